/* stories.c - ports, messages, futures and timers. Owns nothing. Read next: stories_ends.c. */
#include "stories.h"

#include <string.h>

/* ---- a ball goes to and fro ---- */

static int pass_ball(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    const uint32_t *left = QUAY_PAYLOAD(message, uint32_t);
    if (!left) return -EBADMSG;
    c->handled++;
    if (!*left) return 0;
    quay_port to = quay_self_port(self).id == c->port[0].id ? c->port[1] : c->port[0];
    EXPECT(!quay_send(to, 0, &(uint32_t){*left - 1}, sizeof *left));
    return 0;
}

static void play_ball(cast *c)
{
    c->port[0] = enter(c, pass_ball, "ping");
    c->port[1] = enter(c, pass_ball, "pong");
    EXPECT(!quay_send(c->port[0], 0, &(uint32_t){20}, sizeof(uint32_t)));
    EXPECT(!quay_runtime_drain(c->rt, QUAY_FOREVER));
    EXPECT(c->handled == 21);
}

/* ---- four senders, one receiver: each one's messages come in their order ---- */

#define SENT_EACH 6

static int receive_row(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    cast *c = cast_of(state);
    const uint32_t *number = QUAY_PAYLOAD(message, uint32_t);
    if (!number || message->tag >= 4) return -EBADMSG;
    ALWAYS(*number >= c->next[message->tag]);
    EXPECT(*number == c->next[message->tag]);
    c->next[message->tag] = *number + 1;
    return 0;
}

static int send_row(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    cast *c = cast_of(state);
    for (uint32_t i = 0; i < SENT_EACH; i++) {
        int error = quay_send(c->port[0], message->tag, &i, sizeof i);
        EXPECT(!error);
    }
    return 0;
}

static void play_rows(cast *c)
{
    c->port[0] = enter(c, receive_row, "receiver");
    for (uint32_t i = 0; i < 4; i++) {
        quay_port sender = enter(c, send_row, "sender");
        EXPECT(!quay_send(sender, i, NULL, 0));
    }
    EXPECT(!quay_runtime_drain(c->rt, QUAY_FOREVER));
    for (uint32_t i = 0; i < 4; i++) EXPECT(c->next[i] == SENT_EACH);
}

/* ---- one message goes by another port, the next one directly: between them there is no order ---- */

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)message;
    int error = quay_forward(self, c->port[2]);
    EXPECT(!error);
    return error;
}

static int take_detour(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)self, (void)message;
    for (uint32_t i = 0; i < 2; i++) {
        int error = quay_send(c->port[1 + i], 0, NULL, 0);
        EXPECT(!error);
    }
    return 0;
}

static int count_arrivals(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    cast_of(state)->handled++;
    return 0;
}

static void play_forward(cast *c)
{
    c->port[0] = enter(c, take_detour, "sender");
    c->port[1] = enter(c, pass_on, "detour");
    c->port[2] = enter(c, count_arrivals, "receiver");
    for (int i = 0; i < 5; i++) EXPECT(!quay_send(c->port[0], 0, NULL, 0));
    EXPECT(!quay_runtime_drain(c->rt, QUAY_FOREVER));
    EXPECT(c->handled == 10);
}

/* ---- calls within calls ---- */

static int add_down(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    const uint32_t *depth = QUAY_PAYLOAD(message, uint32_t);
    if (!depth) return -EBADMSG;
    uint32_t sum = 0;
    uint32_t below = *depth - 1;
    if (*depth) {
        int got = quay_call(c->port[*depth], 0, &below, sizeof below, &sum, sizeof sum, QUAY_FOREVER);
        EXPECT(got == sizeof sum);
        if (got < 0) return got;
    }
    sum += *depth;
    return quay_reply(self, &sum, sizeof sum);
}

static void play_calls(cast *c)
{
    quay_future *f[3];
    for (int i = 0; i < 5; i++) c->port[i] = enter(c, add_down, "adder");
    for (uint32_t i = 0; i < 3; i++) f[i] = quay_ask(c->port[0], 0, &(uint32_t){4 - i}, sizeof i, QUAY_FOREVER);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t sum = 0;
        int got = quay_await(f[i], &sum, sizeof sum);
        EXPECT(got == sizeof sum);
        ALWAYS(got < 0 || sum == (4 - i) * (5 - i) / 2);
        quay_drop(f[i]);
    }
}

/* ---- three that call each other in a ring: one of them is told, and all come back ---- */

static int call_next(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    if (message->tag == 3) return quay_reply(self, NULL, 0);
    quay_port next = c->port[(message->tag + 1) % 3];
    int got = quay_call(next, message->tag + 1, NULL, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(got == 0 || got == -EDEADLK || got == -ECANCELED);
    return got < 0 ? got : quay_reply(self, NULL, 0);
}

static void play_ring(cast *c)
{
    static const char *const names[] = {"first", "second", "third"};
    for (int i = 0; i < 3; i++) c->port[i] = enter(c, call_next, names[i]);
    int got = quay_call(c->port[0], 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(got == -EDEADLK);
}

/* ---- alarms, a beat that is cancelled, sleep ---- */

static int keep_time(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    const quay_time *at = QUAY_PAYLOAD(message, quay_time);
    if (at) ALWAYS(quay_now() >= *at);
    if (message->tag == 9) {
        quay_time until = quay_in(QUAY_MS(5));
        int error = quay_sleep(self, QUAY_MS(5));
        EXPECT(!error);
        ALWAYS(error || quay_now() >= until);
    }
    c->handled++;
    return 0;
}

static void play_time(cast *c)
{
    quay_timer beat = {0};
    for (int i = 0; i < 3; i++) c->port[i] = enter(c, keep_time, "clock");
    for (int i = 0; i < 6; i++) {
        quay_time at = quay_in(QUAY_MS(7 - i));
        EXPECT(!quay_send_after(c->port[i % 3], 1, &at, sizeof at, at, NULL));
    }
    EXPECT(!quay_send_every(c->port[0], 2, NULL, 0, quay_in(QUAY_MS(1)), QUAY_MS(2), &beat));
    EXPECT(!quay_send(c->port[1], 9, NULL, 0));
    ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_MS(20))));
    EXPECT(c->handled >= 7 + 9);
    if (beat.id) (void)quay_timer_cancel(beat);
    if (!c->hard) ALWAYS(!quay_sim_run(c->rt));
}

/* ---- ports come and go, and are missed by nobody who joins them ---- */

static void note_end(void *state, int reason)
{
    (void)reason;
    cast_of(state)->ended++;
}

static int come_and_go(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    if (message->tag == 0) quay_exit(self, -EINTR);
    for (uint32_t i = 0; i < message->tag; i++) {
        quay_port child;
        quay_port_options options = {.place = QUAY_SPREAD,
                                     .state_size = sizeof(role *),
                                     .init = take_role,
                                     .fini = note_end,
                                     .arg = role_of(state)};
        if (quay_spawn(c->rt, &child, come_and_go, &options)) continue;
        (void)quay_send(child, message->tag - 1, NULL, 0);
        if (i % 2) (void)quay_kill(child, -EINTR);
    }
    return 0;
}

static void play_generations(cast *c)
{
    quay_stats stats = {0};
    c->port[0] = enter(c, come_and_go, "first");
    c->port[1] = enter(c, come_and_go, "brief");
    EXPECT(!quay_send(c->port[0], 3, NULL, 0));
    EXPECT(!quay_send(c->port[1], 0, NULL, 0));
    int reason = 1;
    int error = quay_join(c->port[1], quay_in(QUAY_SEC(1)), &reason); /* its message may have found no memory */
    EXPECT(!error && reason == -EINTR);
    ALWAYS(!quay_sim_run(c->rt));
    ALWAYS(!quay_runtime_stats(c->rt, &stats));
    ALWAYS(stats.spawned >= stats.alive);
    EXPECT(c->ended == stats.spawned - stats.alive - 1);
}

/* ---- answers against deadlines and cancels: one outcome, which stays ---- */

static int answer_some_time(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    int error = quay_sleep(self, QUAY_MS(message->tag));
    ALWAYS(!error || error == -ECANCELED || c->hard);
    return error ? error : quay_reply(self, &message->tag, sizeof message->tag);
}

static void play_deadlines(cast *c)
{
    quay_future *f[6];
    for (int i = 0; i < 3; i++) c->port[i] = enter(c, answer_some_time, "slow");
    for (uint32_t i = 0; i < 6; i++) f[i] = quay_ask(c->port[i % 3], 2 * i, NULL, 0, quay_in(QUAY_MS(8)));
    int cancelled = quay_cancel(f[2]);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t tag = 0;
        int got = quay_await(f[i], &tag, sizeof tag);
        ALWAYS(got < 0 || (got == sizeof tag && tag == 2 * i));
        ALWAYS(i != 2 || cancelled || got == -ECANCELED);
        ALWAYS(quay_await(f[i], &tag, sizeof tag) == got);
        ALWAYS(quay_cancel(f[i]) == -EALREADY);
        quay_drop(f[i]);
    }
}

/* ---- the duty to answer goes round: forwarded, deferred, and the result sent on ---- */

enum { FORWARD, DEFER, SETTLE, THEN, RESULT };

static int pass_duty(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    const quay_promise *promise = QUAY_PAYLOAD(message, quay_promise);
    switch (message->tag) {
    case FORWARD:
        return quay_forward(self, c->port[1]);
    case SETTLE:
        if (promise) (void)quay_settle(*promise, 0, &(uint32_t){42}, sizeof(uint32_t));
        return 0;
    case THEN: {
        quay_future *f = quay_ask(c->port[0], FORWARD, NULL, 0, QUAY_FOREVER);
        EXPECT(!quay_then(f, quay_self_port(self), RESULT));
        quay_drop(f);
        return 0;
    }
    default:
        EXPECT(!message->status && message->size == sizeof(uint32_t));
        c->handled++;
        return 0;
    }
}

static int defer_duty(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)message;
    quay_promise promise = quay_defer(self);
    EXPECT(promise.id);
    int error = quay_send(c->port[2], SETTLE, &promise, sizeof promise);
    if (error) (void)quay_settle(promise, error, NULL, 0);
    return 0;
}

static void play_duties(cast *c)
{
    c->port[0] = enter(c, pass_duty, "forwards");
    c->port[1] = enter(c, defer_duty, "defers");
    c->port[2] = enter(c, pass_duty, "settles");
    c->port[3] = enter(c, pass_duty, "listens");
    for (int i = 0; i < 3; i++) EXPECT(!quay_send(c->port[3], THEN, NULL, 0));
    uint32_t answer = 0;
    int got = quay_call(c->port[0], FORWARD, NULL, 0, &answer, sizeof answer, quay_in(QUAY_SEC(1)));
    EXPECT(got == sizeof answer && answer == 42);
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(c->handled == 3);
}

/* ---- answers that come when the future is gone, and its place taken by the next ---- */

static int answer_late(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    int error = quay_sleep(self, QUAY_MS(3));
    return error ? error : quay_reply(self, &message->tag, sizeof message->tag);
}

static int lose_patience(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    cast *c = cast_of(state);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t tag = 99;
        quay_future *f = quay_ask(c->port[i % 2], i, NULL, 0, QUAY_FOREVER);
        int got = quay_await_until(f, &tag, sizeof tag, quay_in(QUAY_MS(message->tag)));
        ALWAYS(got < 0 || tag == i);
        quay_drop(f);
    }
    c->handled++;
    return 0;
}

static void play_late_answers(cast *c)
{
    for (int i = 0; i < 2; i++) c->port[i] = enter(c, answer_late, "late");
    for (int i = 2; i < 5; i++) c->port[i] = enter(c, lose_patience, "impatient");
    for (uint32_t i = 2; i < 5; i++) EXPECT(!quay_send(c->port[i], 2 * i, NULL, 0));
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(c->handled == 3);
}

/* ---- who waits for ever can be killed ---- */

static int wait_for_ever(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    cast *c = cast_of(state);
    quay_promise promise;
    quay_future *f;
    int error = quay_promise_new(quay_self_runtime(self), &promise, &f);
    if (error) return error;
    error = quay_await(f, NULL, 0);
    EXPECT(error == -ECANCELED && quay_cancelled(self));
    quay_drop(f);
    c->handled++;
    return error;
}

static void play_kills(cast *c)
{
    for (int i = 0; i < 4; i++) {
        c->port[i] = enter(c, wait_for_ever, "waits");
        EXPECT(!quay_send(c->port[i], 0, NULL, 0));
    }
    ALWAYS(!quay_sim_run(c->rt));
    for (int i = 0; i < 4; i++) {
        int reason = 0;
        end_for_sure(c->port[i], -EINTR);
        int error = quay_join(c->port[i], QUAY_FOREVER, &reason);
        EXPECT(!error && reason == -EINTR);
    }
    EXPECT(c->handled == 4);
}

/* ---- buffers and payloads of all sizes ---- */

static int weigh(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    const unsigned char *bytes = message->data;
    for (uint32_t i = 0; i < message->size; i++) ALWAYS(bytes[i] == (unsigned char)message->tag);
    void *taken = message->tag % 2 ? quay_take(self) : NULL;
    quay_buffer_free(taken);
    c->handled++;
    return 0;
}

static void play_sizes(cast *c)
{
    static const size_t sizes[] = {1, 16, 17, 100, 1000, 5000, 70000};
    for (int i = 0; i < 2; i++) c->port[i] = enter(c, weigh, "scales");
    for (uint32_t i = 0; i < 14; i++) {
        size_t size = sizes[i % 7];
        void *buffer = quay_buffer_new(size);
        if (!buffer) continue;
        memset(buffer, (int)i, size);
        int error = i < 7 ? quay_send(c->port[i % 2], i, buffer, size) : quay_give(c->port[i % 2], i, &buffer, size);
        EXPECT(!error);
        quay_buffer_free(buffer);
    }
    EXPECT(!quay_runtime_drain(c->rt, QUAY_FOREVER));
    EXPECT(c->handled == 14);
}

/* ---- a second runtime, that is stopped while the first still talks to it ---- */

static int echo(quay_self *self, void *state, const quay_message *message)
{
    cast_of(state)->handled++;
    return quay_reply(self, message->data, message->size);
}

static int ask_abroad(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    cast *c = cast_of(state);
    uint32_t answer = 0;
    int got = quay_call(c->port[0], 0, &message->tag, sizeof message->tag, &answer, sizeof answer, QUAY_FOREVER);
    ALWAYS(got < 0 || answer == message->tag);
    return got < 0 ? got : 0;
}

static void play_two_runtimes(cast *c)
{
    quay_runtime *first = c->rt;
    quay_runtime *second;
    int error = quay_runtime_start(&second, &(quay_runtime_options){.workers = 2, .log = say_nothing});
    EXPECT(!error);
    if (error) return;
    c->rt = second;
    c->port[0] = enter(c, echo, "abroad");
    c->rt = first;
    for (int i = 1; i < 4; i++) {
        c->port[i] = enter(c, ask_abroad, "at home");
        for (uint32_t tag = 1; tag < 4; tag++) (void)quay_send(c->port[i], tag, NULL, 0);
    }
    (void)quay_runtime_drain(second, quay_in(QUAY_US(30)));
    error = quay_runtime_stop(second, QUAY_FOREVER);
    ALWAYS(!error);
    error = quay_runtime_drain(first, QUAY_FOREVER);
    EXPECT(!error);
}

/* ---- the list ---- */

const story stories_of_ports[] = {{"a ball goes to and fro", play_ball},
                                  {"rows from four senders", play_rows},
                                  {"a message takes a detour", play_forward},
                                  {"calls within calls", play_calls},
                                  {"a ring of calls", play_ring},
                                  {"alarms, beats and sleep", play_time},
                                  {"ports come and go", play_generations},
                                  {"answers against deadlines and cancels", play_deadlines},
                                  {"the duty to answer goes round", play_duties},
                                  {"answers come late", play_late_answers},
                                  {"who waits for ever is killed", play_kills},
                                  {"payloads of all sizes", play_sizes},
                                  {"two runtimes", play_two_runtimes},
                                  {0}};
