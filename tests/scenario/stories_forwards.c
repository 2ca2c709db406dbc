/* stories_forwards.c - asks that are passed on: rings that lead through them, and cancels that follow them.
 * Ownership: see stories.h. Read next: test_seeds.c. */
#include "stories.h"

enum { BEGIN, ASK, TAIL };

/* ---- a ring that leads through a forward is found, whoever closes it ---- */

/* The first calls the second, who passes that on to the third; and the third calls the first. */
static int call_second(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    if (message->tag == TAIL) return quay_reply(self, NULL, 0);
    int got = quay_call(c->port[1], ASK, NULL, 0, NULL, 0, QUAY_FOREVER);
    return got < 0 ? got : quay_reply(self, NULL, 0);
}

static int pass_to_third(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    return quay_forward(self, cast_of(state)->port[2]);
}

static int pass_to_third_late(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    int error = quay_sleep(self, QUAY_MS(35)); /* who waits has been looked at by then */
    EXPECT(!error || error == -ECANCELED);
    return error ? error : pass_to_third(self, state, message);
}

static int call_first(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    int got = quay_call(cast_of(state)->port[0], TAIL, NULL, 0, NULL, 0, QUAY_FOREVER);
    return got < 0 ? got : quay_reply(self, NULL, 0);
}

static int call_first_before(quay_self *self, void *state, const quay_message *message)
{
    return message->tag == BEGIN ? call_first(self, state, message) : quay_reply(self, NULL, 0);
}

static void play_ring(cast *c)
{
    c->port[0] = enter(c, call_second, "first");
    c->port[1] = enter(c, pass_to_third, "second");
    c->port[2] = enter(c, call_first, "third");
    int got = quay_call(c->port[0], BEGIN, NULL, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(got == -EDEADLK);
}

/* The third may have called the first before that began to wait: then there is no ring. */
static void play_late_ring(cast *c)
{
    static const int roles[] = {0, 2};
    quay_future *f[2];
    int got[2];
    c->port[0] = enter(c, call_second, "first");
    c->port[1] = enter(c, pass_to_third_late, "second");
    c->port[2] = enter(c, call_first_before, "third");
    for (int i = 0; i < 2; i++) f[i] = quay_ask(c->port[roles[i]], BEGIN, NULL, 0, QUAY_FOREVER);
    for (int i = 0; i < 2; i++) {
        got[i] = quay_await(f[i], NULL, 0);
        EXPECT(got[i] == 0 || got[i] == -EDEADLK);
        quay_drop(f[i]);
    }
    EXPECT(got[0] == 0 || got[1] == 0);
}

/* ---- a cancel reaches the port that has the ask, wherever it is by then ---- */

#define ASKS 3
#define AGES QUAY_SEC(1000)

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)message;
    return quay_forward(self, c->port[role_of(state)->number + 1]);
}

static int work_for_ages(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)message;
    int error = quay_sleep(self, AGES);
    EXPECT(error == -ECANCELED && quay_cancelled(self));
    return error;
}

/* Not all at once; each is cancelled, or known to be settled. */
static int ask_and_cancel(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    quay_future *f[ASKS];
    (void)message;
    for (int i = 0; i < ASKS; i++) f[i] = quay_ask(c->port[1], ASK, NULL, 0, QUAY_FOREVER);
    for (int i = 0; i < ASKS; i++) {
        int error = quay_sleep(self, QUAY_US(3));
        EXPECT(!error);
        error = quay_cancel(f[i]);
        EXPECT(!error);
        quay_drop(f[i]);
    }
    return 0;
}

static void enter_chain(cast *c, quay_handler *first)
{
    static const char *const names[] = {"first", "second", "third"};
    c->port[0] = enter(c, first, names[0]);
    for (int i = 1; i < 3; i++) c->port[i] = enter(c, pass_on, names[i]);
    for (int i = 3; i < 5; i++) c->port[i] = enter(c, work_for_ages, "last");
}

static void expect_soon(cast *c, quay_time begun)
{
    int error = quay_runtime_drain(c->rt, QUAY_FOREVER);
    EXPECT(!error && quay_now() - begun < AGES);
}

static void play_cancels(cast *c)
{
    quay_time begun = quay_now();
    enter_chain(c, ask_and_cancel);
    EXPECT(!quay_send(c->port[0], BEGIN, NULL, 0));
    expect_soon(c, begun);
}

static void play_threads_cancels(cast *c)
{
    quay_time begun = quay_now();
    quay_future *f[ASKS];
    enter_chain(c, pass_on);
    for (int i = 0; i < ASKS; i++) f[i] = quay_ask(c->port[0], ASK, NULL, 0, QUAY_FOREVER);
    for (int i = 0; i < ASKS; i++) {
        int got = quay_await_until(f[i], NULL, 0, quay_in(QUAY_US(5)));
        EXPECT(got == -ETIMEDOUT);
        got = quay_cancel(f[i]);
        EXPECT(!got);
        quay_drop(f[i]);
    }
    expect_soon(c, begun);
}

const story stories_of_forwards[] = {{"a ring through a forward", play_ring},
                                     {"a forward that closes a ring", play_late_ring},
                                     {"cancels of what was passed on", play_cancels},
                                     {"a thread cancels what was passed on", play_threads_cancels},
                                     {0}};
