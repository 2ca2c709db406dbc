/* aggregator.c - a port that hands each ask to a port made for it, the gatherer, which may wait as it likes.
 *
 * The gatherer gets the ask by quay_forward, duty and deadline included; it asks, waits, answers and ends. The asks it
 * makes have the patience for their deadline, so all of them settle by then, whatever becomes of the ports.
 *
 * Ownership: struct aggregator is counted by the aggregator and its gatherers, the last of which frees it: the
 * aggregator may end before them. All that one gathering needs is one block of its handler's. */
#include "aggregator.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct aggregator {
    atomic_uint users;
    uint32_t count, room, enough;
    int64_t patience;
    quay_port ports[];
} aggregator;

static void release(aggregator *a)
{
    if (atomic_fetch_sub_explicit(&a->users, 1, memory_order_acq_rel) == 1) free(a);
}

/* Both kinds of port have the pointer for their state. */
static int keep(quay_self *self, void *state, void *arg)
{
    *(aggregator **)state = arg;
    return 0;
}

static void let_go(void *state, int reason)
{
    release(*(aggregator **)state);
}

static int spawn(quay_runtime *rt, quay_port *out, quay_handler *handler, aggregator *a, const char *name,
                 quay_place place)
{
    quay_port_options options = {
        .name = name, .place = place, .state_size = sizeof(aggregator *), .init = keep, .fini = let_go, .arg = a};
    return quay_spawn(rt, out, handler, &options);
}

/* ---- the gatherer ---- */

/* One part, as it lies in the answer. */
typedef struct part {
    int32_t status;
    uint32_t size;
    unsigned char data[];
} part;

_Static_assert(sizeof(part) == QUAY_AGGREGATOR_PART_SIZE(0), "as the macro says");

typedef struct gathering {
    const aggregator *a;
    quay_aggregator_answer *answer;
    quay_future **futures; /* by port */
    quay_future **pending; /* those not settled */
    uint32_t left;
} gathering;

static part *part_of(const gathering *g, uint32_t index)
{
    size_t offset = sizeof *g->answer + index * QUAY_AGGREGATOR_PART_SIZE(g->a->room);
    return (part *)(void *)((char *)g->answer + offset);
}

/* The answer and both arrays in one block, which begins with the answer. */
static int prepare(gathering *g, const aggregator *a)
{
    size_t size = QUAY_AGGREGATOR_SIZE(a->count, a->room);
    char *block = calloc(1, size + 2 * a->count * sizeof *g->futures);
    if (!block) return -ENOMEM;
    *g = (gathering){.a = a, .answer = (quay_aggregator_answer *)(void *)block};
    g->futures = (quay_future **)(void *)(block + size);
    g->pending = g->futures + a->count;
    *g->answer = (quay_aggregator_answer){.count = a->count, .room = a->room};
    return 0;
}

static void scatter(gathering *g, const quay_message *message)
{
    quay_time until = quay_in(g->a->patience);
    for (uint32_t i = 0; i < g->a->count; i++) {
        g->futures[i] = quay_ask(g->a->ports[i], message->tag, message->data, message->size, until);
    }
}

/* What has settled leaves the pending ones. */
static void sift(gathering *g)
{
    g->left = g->answer->good = 0;
    for (uint32_t i = 0; i < g->a->count; i++) {
        quay_future *f = g->futures[i];
        part *p = part_of(g, i);
        if (!quay_settled(f)) {
            p->status = -ECANCELED;
            g->pending[g->left++] = f;
            continue;
        }
        int got = quay_await(f, p->data, g->a->room);
        p->status = got < 0 ? got : 0;
        p->size = got < 0 ? 0 : (uint32_t)got;
        g->answer->good += got >= 0;
    }
}

/* Until there is enough; the error of a wait is that of a gatherer who is not wanted any more. */
static int gather(gathering *g)
{
    for (;;) {
        sift(g);
        if (!g->left || g->answer->good >= g->a->enough) return 0;
        int index = quay_await_any(g->pending, g->left, QUAY_FOREVER);
        if (index < 0) return index;
    }
}

static void give_up(gathering *g)
{
    for (uint32_t i = 0; i < g->a->count; i++) {
        (void)quay_cancel(g->futures[i]);
        quay_drop(g->futures[i]);
    }
    free(g->answer);
}

static int answer_all(quay_self *self, const aggregator *a, const quay_message *message)
{
    gathering g;
    int error = prepare(&g, a);
    if (error) return error;
    scatter(&g, message);
    error = gather(&g);
    if (!error) error = quay_reply(self, g.answer, QUAY_AGGREGATOR_SIZE(a->count, a->room));
    give_up(&g);
    return error == -EINVAL ? 0 : error; /* nobody asked */
}

static int gatherer(quay_self *self, void *state, const quay_message *message)
{
    quay_exit(self, 0);
    return answer_all(self, *(aggregator **)state, message);
}

/* ---- the aggregator ---- */

static int handle(quay_self *self, void *state, const quay_message *message)
{
    aggregator *a = *(aggregator **)state;
    quay_port port;
    atomic_fetch_add_explicit(&a->users, 1, memory_order_relaxed);
    int error = spawn(quay_self_runtime(self), &port, gatherer, a, "gatherer", QUAY_ANYWHERE);
    if (error) {
        release(a);
        return error;
    }
    error = quay_forward(self, port);
    if (error) (void)quay_kill(port, error);
    return error;
}

static int check(const quay_aggregator_options *options)
{
    if (!options || !options->ports || !options->count || options->enough > options->count) return -EINVAL;
    if (options->patience <= 0) return -EINVAL;
    size_t most = QUAY_MESSAGE_MAX - sizeof(quay_aggregator_answer);
    return options->count > most / QUAY_AGGREGATOR_PART_SIZE(options->room) ? -EMSGSIZE : 0;
}

int quay_aggregator_spawn(quay_runtime *rt, quay_port *out, const quay_aggregator_options *options)
{
    int error = check(options);
    if (error) return error;
    size_t ports = options->count * sizeof *options->ports;
    aggregator *a = malloc(sizeof *a + ports);
    if (!a) return -ENOMEM;
    atomic_init(&a->users, 1);
    a->count = options->count;
    a->room = options->room;
    a->enough = options->enough ? options->enough : options->count;
    a->patience = options->patience;
    memcpy(a->ports, options->ports, ports);
    error = spawn(rt, out, handle, a, options->name ? options->name : "aggregator", options->place);
    if (error) free(a);
    return error;
}

/* Whoever received the answer may have it at any address. */
quay_aggregator_part quay_aggregator_at(const void *answer, size_t size, uint32_t index)
{
    quay_aggregator_answer head;
    part found;
    const quay_aggregator_part none = {.status = -EBADMSG};
    if (!answer || size < sizeof head) return none;
    memcpy(&head, answer, sizeof head);
    if (index >= head.count || size != QUAY_AGGREGATOR_SIZE(head.count, head.room)) return none;
    const char *at = (const char *)answer + sizeof head + index * QUAY_AGGREGATOR_PART_SIZE(head.room);
    memcpy(&found, at, sizeof found);
    return (quay_aggregator_part){.status = found.status, .size = found.size, .data = at + sizeof found};
}
