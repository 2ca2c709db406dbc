/* ticker.c - one timer, and for each subscriber whether its last tick is done with.
 *
 * A tick is an ask, so that its end is known: whatever the subscriber answers, or that it did not (-ENOMSG), comes back
 * as a message of the ticker to itself. -EPIPE says that there is no such port any more.
 *
 * Ownership: struct ticker is the port's state; its array is freed by fini. */
#include "ticker.h"

#include <stdlib.h>

enum { SUBSCRIBE, UNSUBSCRIBE, BEAT, DONE }; /* DONE and the number of a subscriber */

typedef struct subscription {
    quay_port port;
    uint32_t tag;
} subscription;

typedef struct subscriber {
    quay_port port; /* QUAY_NOBODY: its place is free */
    uint32_t tag;
    bool busy;     /* with a tick; the place is not free before it is done */
    bool told;     /* at least once */
    uint64_t next; /* beat, then */
} subscriber;

typedef struct ticker {
    int64_t period;
    quay_time begin;
    quay_timer timer;
    bool ticking;
    subscriber *places;
    uint32_t places_count;
    uint32_t subscribed;
} ticker;

/* ---- subscribers ---- */

static subscriber *find(const ticker *t, quay_port port)
{
    for (uint32_t i = 0; i < t->places_count; i++) {
        if (t->places[i].port.id == port.id) return &t->places[i];
    }
    return NULL;
}

static subscriber *free_place(ticker *t)
{
    for (uint32_t i = 0; i < t->places_count; i++) {
        if (!t->places[i].port.id && !t->places[i].busy) return &t->places[i];
    }
    subscriber *places = realloc(t->places, (t->places_count + 1) * sizeof *places);
    if (!places) return NULL;
    t->places = places;
    return &places[t->places_count++];
}

/* The timer runs while there are subscribers. Its beats keep to the row that begins at `begin`. */
static int start_ticking(ticker *t, quay_self *self)
{
    quay_time now = quay_now();
    if (!t->begin) t->begin = now + t->period;
    quay_time next = t->begin;
    if (next < now) next += (now - next) / t->period * t->period + t->period;
    int error = quay_send_every(quay_self_port(self), BEAT, NULL, 0, next, t->period, &t->timer);
    t->ticking = !error;
    return error;
}

static void forget(ticker *t, subscriber *s)
{
    s->port = QUAY_NOBODY;
    if (--t->subscribed || !t->ticking) return;
    (void)quay_timer_cancel(t->timer);
    t->ticking = false;
}

static int subscribe(ticker *t, quay_self *self, const subscription *wanted)
{
    if (!wanted || !wanted->port.id) return wanted ? -EINVAL : -EBADMSG;
    subscriber *s = find(t, wanted->port);
    if (!s) {
        s = free_place(t);
        if (!s) return -ENOMEM;
        *s = (subscriber){0}; /* new memory is a free place, too */
        int error = t->ticking ? 0 : start_ticking(t, self);
        if (error) return error;
        *s = (subscriber){.port = wanted->port};
        t->subscribed++;
    }
    s->tag = wanted->tag;
    return quay_reply(self, NULL, 0);
}

static int unsubscribe(ticker *t, quay_self *self, const quay_port *port)
{
    if (!port) return -EBADMSG;
    subscriber *s = port->id ? find(t, *port) : NULL;
    if (!s) return -EALREADY;
    forget(t, s);
    return quay_reply(self, NULL, 0);
}

/* ---- ticks ---- */

static void tick(ticker *t, quay_self *self, subscriber *s, uint64_t number)
{
    quay_tick told = {
        .beat = number, .missed = s->told ? number - s->next : 0, .due = t->begin + (int64_t)number * t->period};
    quay_future *f = quay_ask(s->port, s->tag, &told, sizeof told, QUAY_FOREVER);
    int error = quay_settled(f) ? quay_await(f, NULL, 0) : 0;
    if (!error) error = quay_then(f, quay_self_port(self), DONE + (uint32_t)(s - t->places));
    quay_drop(f);
    if (error == -EPIPE) forget(t, s);
    if (error) return;
    s->busy = s->told = true;
    s->next = number + 1;
}

/* Several beats may be due if this core was busy: only the last is told, once. */
static int beat(ticker *t, quay_self *self)
{
    quay_time now = quay_now();
    if (!t->ticking || now < t->begin) return 0; /* of a timer that was cancelled too late */
    uint64_t number = (uint64_t)((now - t->begin) / t->period);
    for (uint32_t i = 0; i < t->places_count; i++) {
        subscriber *s = &t->places[i];
        if (s->port.id && !s->busy && (!s->told || number >= s->next)) tick(t, self, s, number);
    }
    return 0;
}

static int done(ticker *t, const quay_message *message)
{
    uint32_t number = message->tag - DONE;
    if (number >= t->places_count || !t->places[number].busy) return -EBADMSG;
    subscriber *s = &t->places[number];
    s->busy = false;
    if (message->status == -EPIPE && s->port.id) forget(t, s);
    return 0;
}

static int handle(quay_self *self, void *state, const quay_message *message)
{
    ticker *t = state;
    bool own = message->from.id == quay_self_port(self).id;
    switch (message->tag) {
    case SUBSCRIBE:
        return subscribe(t, self, QUAY_PAYLOAD(message, subscription));
    case UNSUBSCRIBE:
        return unsubscribe(t, self, QUAY_PAYLOAD(message, quay_port));
    case BEAT:
        return own ? beat(t, self) : -EBADMSG;
    default:
        return own ? done(t, message) : -EBADMSG;
    }
}

static int begin(quay_self *self, void *state, void *arg)
{
    ((ticker *)state)->period = *(int64_t *)arg;
    free(arg);
    return 0;
}

static void end(void *state, int reason)
{
    ticker *t = state;
    if (t->ticking) (void)quay_timer_cancel(t->timer);
    free(t->places);
}

int quay_ticker_spawn(quay_runtime *rt, quay_port *out, int64_t period, quay_place place)
{
    if (period <= 0) return -EINVAL;
    int64_t *copy = malloc(sizeof *copy);
    if (!copy) return -ENOMEM;
    *copy = period;
    int error = quay_spawn(
        rt, out, handle,
        &(quay_port_options){
            .name = "ticker", .place = place, .state_size = sizeof(ticker), .init = begin, .fini = end, .arg = copy});
    if (error) free(copy);
    return error;
}

/* ---- its callers' side ---- */

static int tell(quay_port to, uint32_t tag, const void *data, size_t size, quay_time deadline)
{
    int got = quay_call(to, tag, data, size, NULL, 0, deadline);
    return got < 0 ? got : 0;
}

int quay_ticker_subscribe(quay_port to, quay_port port, uint32_t tag, quay_time deadline)
{
    subscription wanted = {.port = port, .tag = tag};
    return tell(to, SUBSCRIBE, &wanted, sizeof wanted, deadline);
}

int quay_ticker_unsubscribe(quay_port to, quay_port port, quay_time deadline)
{
    return tell(to, UNSUBSCRIBE, &port, sizeof port, deadline);
}
