/* test_promise.c - answers given later, from elsewhere: promises made new, and duties taken out of a handler call.
 *
 * Read next: test_then.c. */
#include "support.h"

static void new_promise(quay_runtime *rt, quay_promise *promise, quay_future **future)
{
    *promise = (quay_promise){0};
    *future = NULL;
    ck_assert_int_eq(quay_promise_new(rt, promise, future), 0);
    ck_assert(promise->id != 0);
    ck_assert_ptr_nonnull(*future);
}

/* ---- made and settled by a thread ---- */

START_TEST(a_promise_wants_its_arguments)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(NULL, &promise, &future), -EINVAL);
    ck_assert_int_eq(quay_promise_new(rt, NULL, &future), -EINVAL);
    ck_assert_int_eq(quay_promise_new(rt, &promise, NULL), -EINVAL);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_promise_is_settled_once)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    new_promise(rt, &promise, &future);
    ck_assert(!quay_settled(future));
    ck_assert_int_eq(quay_settle(promise, 0, "first", 5), 0);
    ck_assert(quay_settled(future));
    ck_assert_int_eq(quay_settle(promise, 0, "second", 6), -EALREADY);
    ck_assert_int_eq(quay_settle(promise, -EIO, NULL, 0), -EALREADY);
    char out[6] = "";
    ck_assert_int_eq(finish_future(future, out, sizeof out), 5);
    ck_assert_str_eq(out, "first");
    stop_runtime(rt);
}
END_TEST

START_TEST(a_promise_may_be_settled_with_an_error)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    char out[4] = "old";
    new_promise(rt, &promise, &future);
    ck_assert_int_eq(quay_settle(promise, -ENOTTY, "new", 4), 0); /* the data is ignored */
    ck_assert_int_eq(finish_future(future, out, sizeof out), -ENOTTY);
    ck_assert_str_eq(out, "old");
    stop_runtime(rt);
}
END_TEST

static void settle_badly(quay_promise promise)
{
    EXPECT_EQ(quay_settle(promise, 1, NULL, 0), -EINVAL);
    EXPECT_EQ(quay_settle(promise, EIO, "data", 4), -EINVAL);
    EXPECT_EQ(quay_settle(promise, 0, NULL, 1), -EINVAL);
    EXPECT_EQ(quay_settle(promise, 0, "", QUAY_MESSAGE_MAX + 1), -EMSGSIZE);
}

static void settle_badly_inside(quay_self *self, void *argument)
{
    (void)self;
    settle_badly(*(quay_promise *)argument);
}

START_TEST(a_refused_settlement_leaves_the_promise)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    new_promise(rt, &promise, &future);
    settle_badly(promise);
    run_in_handler(rt, QUAY_ANYWHERE, settle_badly_inside, &promise);
    ck_assert(!quay_settled(future));
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(future, NULL, 0), 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(many_promises_are_kept_apart)
{
    enum { promises = 20000 };
    quay_runtime *rt = start_runtime(1);
    quay_promise *promise = calloc(promises, sizeof *promise);
    quay_future **future = calloc(promises, sizeof(quay_future *));
    ck_assert(promise && future);
    for (long i = 0; i < promises; i++) new_promise(rt, &promise[i], &future[i]);
    for (long i = promises - 1; i >= 0; i--) ck_assert_int_eq(quay_settle(promise[i], 0, &i, sizeof i), 0);
    for (long i = 0; i < promises; i++) {
        long out = -1;
        ck_assert_int_eq(finish_future(future[i], &out, sizeof out), sizeof out);
        ck_assert_int_eq(out, i);
        ck_assert_int_lt(quay_settle(promise[i], 0, NULL, 0), 0); /* there is nobody there any more */
    }
    free(promise);
    free(future);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_late_settlement_is_told_or_counted)
{
    quay_runtime *rt = start_runtime(2);
    quay_promise promise;
    quay_future *future;
    new_promise(rt, &promise, &future);
    quay_drop(future);
    int error = quay_settle(promise, 0, NULL, 0);
    ck_assert_msg(error == 0 || error == -EALREADY, "settle: %s", quay_strerror(error));
    if (error == 0) ck_assert_uint_eq(drained_stats(rt).late, 1);
    stop_runtime(rt);
}
END_TEST

/* Threads and ports try to settle one promise: one answer is there, of one who was told so. */
typedef struct contest {
    quay_promise promise;
    atomic_long wins;
} contest;

static void settle_first(unsigned index, void *shared)
{
    contest *c = shared;
    int error = quay_settle(c->promise, 0, &index, sizeof index);
    EXPECT(error == 0 || error == -EALREADY);
    if (error == 0) c->wins++;
}

START_TEST(one_of_many_settlers_wins)
{
    quay_runtime *rt = start_runtime(1);
    for (int i = 0; i < REPEAT(500) + 10; i++) {
        contest c = {.wins = 0};
        quay_future *future;
        crew settling;
        unsigned out = 99;
        new_promise(rt, &c.promise, &future);
        crew_start(&settling, 4, settle_first, &c);
        ck_assert_int_eq(quay_await(future, &out, sizeof out), sizeof out);
        crew_join(&settling);
        unsigned again = 98;
        ck_assert_int_eq(finish_future(future, &again, sizeof again), sizeof again);
        ck_assert_uint_eq(out, again);
        ck_assert_uint_lt(out, 4);
        ck_assert_int_eq(c.wins, 1);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- made and settled by a port ---- */

static void settle_ones_own(quay_self *self, void *argument)
{
    quay_runtime *rt = quay_self_runtime(self);
    quay_promise promise;
    quay_future *future;
    (void)argument;
    EXPECT_EQ(quay_promise_new(rt, NULL, &future), -EINVAL);
    EXPECT_EQ(quay_promise_new(rt, &promise, NULL), -EINVAL);
    EXPECT_EQ(quay_promise_new(rt, &promise, &future), 0);
    EXPECT(!quay_settled(future));
    settle_badly(promise);
    long number = 5, out = 0;
    EXPECT_EQ(quay_settle(promise, 0, &number, sizeof number), 0);
    EXPECT_EQ(quay_settle(promise, 0, &number, sizeof number), -EALREADY);
    EXPECT(quay_settled(future));
    EXPECT_EQ(quay_await(future, &out, sizeof out), sizeof out);
    EXPECT_EQ(out, 5);
    quay_drop(future);
}

START_TEST(a_port_may_settle_its_own_promise)
{
    quay_runtime *rt = start_runtime(1);
    run_in_handler(rt, QUAY_ANYWHERE, settle_ones_own, NULL);
    stop_runtime(rt);
}
END_TEST

static int settle_payload(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    const quay_promise *promise = QUAY_PAYLOAD(message, quay_promise);
    EXPECT(promise != NULL);
    if (state) atomic_fetch_add(SHARED(state, atomic_long), 1);
    return quay_settle(*promise, 0, &message->tag, sizeof message->tag);
}

START_TEST(a_port_may_settle_a_threads_promise)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long settled = 0;
    quay_port port = spawn(rt, settle_payload, quay_core(1), &settled);
    for (uint32_t i = 0; i < 1000; i++) {
        quay_promise promise;
        quay_future *future;
        uint32_t out = ~i;
        new_promise(rt, &promise, &future);
        ck_assert_int_eq(quay_send(port, i, &promise, sizeof promise), 0);
        ck_assert_int_eq(finish_future(future, &out, sizeof out), sizeof out);
        ck_assert_uint_eq(out, i);
    }
    ck_assert_int_eq(settled, 1000);
    stop_runtime(rt);
}
END_TEST

/* ---- duties taken out ---- */

typedef struct desk {
    quay_port settler; /* is sent the promise, unless nobody */
    quay_promise promise;
    int exit_reason;
    atomic_long results;
} desk;

enum { HAND_OVER, KEEP, SETTLE_KEPT, SETTLE_NOW, DEFER_TWICE, DEFER_ANSWERED, LEAVE };

static int defer_and_more(quay_self *self, desk *d, uint32_t tag)
{
    d->promise = quay_defer(self);
    EXPECT(d->promise.id != 0);
    EXPECT_EQ(quay_reply(self, NULL, 0), -EALREADY);
    EXPECT_EQ(quay_fail(self, -EIO), -EALREADY);
    EXPECT_EQ(quay_forward(self, d->settler), -EALREADY);
    if (tag == DEFER_TWICE) EXPECT_EQ(quay_defer(self).id, 0);
    if (tag == HAND_OVER) return quay_send(d->settler, 42, &d->promise, sizeof d->promise);
    if (tag == LEAVE) quay_exit(self, d->exit_reason);
    if (tag == KEEP || tag == LEAVE) return 0;
    return quay_settle(d->promise, 0, &(uint32_t){42}, sizeof(uint32_t));
}

static int take_duty(quay_self *self, void *state, const quay_message *message)
{
    desk *d = SHARED(state, desk);
    switch (message->tag) {
    case SETTLE_KEPT:
        return quay_settle(d->promise, 0, &(uint32_t){42}, sizeof(uint32_t));
    case DEFER_ANSWERED:
        EXPECT_EQ(quay_reply(self, &(uint32_t){42}, sizeof(uint32_t)), 0);
        EXPECT_EQ(quay_defer(self).id, 0);
        return 0;
    default:
        return defer_and_more(self, d, message->tag);
    }
}

START_TEST(a_deferred_answer_comes)
{
    static const uint32_t tags[] = {HAND_OVER, SETTLE_NOW, DEFER_TWICE, DEFER_ANSWERED};
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        atomic_long settled = 0;
        desk d = {.settler = spawn(rt, settle_payload, quay_core(core), &settled)};
        quay_port port = spawn(rt, take_duty, quay_core(1), &d);
        for (size_t i = 0; i < 100 * COUNT_OF(tags); i++) {
            uint32_t out = 0, tag = tags[i % COUNT_OF(tags)];
            ck_assert_int_eq(quay_call(port, tag, NULL, 0, &out, sizeof out, QUAY_FOREVER), sizeof out);
            ck_assert_uint_eq(out, 42);
        }
        ck_assert_int_eq(settled, 100);
        ck_assert_uint_eq(drained_stats(rt).late, 0);
        stop_runtime(rt);
    }
}
END_TEST

START_TEST(a_kept_promise_is_settled_by_a_later_message_or_a_thread)
{
    quay_runtime *rt = start_runtime(2);
    desk d = {.settler = QUAY_NOBODY};
    quay_port port = spawn(rt, take_duty, quay_core(1), &d);
    for (int i = 0; i < 200; i++) {
        uint32_t out = 0;
        quay_future *f = quay_ask(port, KEEP, NULL, 0, QUAY_FOREVER);
        drained_stats(rt); /* the promise is there, and the future not settled */
        ck_assert(!quay_settled(f));
        if (i % 2) ck_assert_int_eq(quay_send(port, SETTLE_KEPT, NULL, 0), 0);
        else ck_assert_int_eq(quay_settle(d.promise, 0, &(uint32_t){42}, sizeof(uint32_t)), 0);
        ck_assert_int_eq(finish_future(f, &out, sizeof out), sizeof out);
        ck_assert_uint_eq(out, 42);
    }
    drained_stats(rt);
    stop_runtime(rt);
}
END_TEST

typedef struct latecomer {
    quay_promise promise;
    uint64_t untold; /* settlements that seemed to succeed */
} latecomer;

static void settle_late(quay_self *self, void *argument)
{
    (void)self;
    latecomer *l = argument;
    int error = quay_settle(l->promise, 0, NULL, 0);
    EXPECT(error == 0 || error == -EALREADY);
    l->untold += error == 0;
}

START_TEST(a_duty_dies_with_its_port)
{
    quay_runtime *rt = start_runtime(2);
    latecomer l = {.untold = 0};
    for (int i = 0; i < 3; i++) {
        desk d = {.exit_reason = -EIO};
        quay_port port = spawn(rt, take_duty, quay_core(1), &d);
        quay_future *f = quay_ask(port, i == 0 ? LEAVE : KEEP, NULL, 0, QUAY_FOREVER);
        drained_stats(rt);
        if (i == 1) ck_assert_int_eq(quay_kill(port, -EIO), 0);
        if (i == 2) ck_assert_int_eq(quay_stop(port), 0);
        join_port(port, i == 2 ? 0 : -EIO);
        ck_assert_int_eq(quay_await(f, NULL, 0), -EOWNERDEAD);
        l.promise = d.promise;
        run_in_handler(rt, quay_core(1), settle_late, &l);
        run_in_handler(rt, quay_core(0), settle_late, &l);
        ck_assert_int_eq(finish_future(f, NULL, 0), -EOWNERDEAD);
        ck_assert_uint_ge(drained_stats(rt).late, l.untold);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- a port asks, a second takes the duty, a third settles ---- */

typedef struct chain {
    quay_port to;
    atomic_long answers;
} chain;

static int ask_for_42(quay_self *self, void *state, const quay_message *message)
{
    chain *c = SHARED(state, chain);
    if (message->tag == 1) {
        const uint32_t *answer = QUAY_PAYLOAD(message, uint32_t);
        EXPECT(answer && *answer == 42);
        c->answers++;
        return 0;
    }
    quay_future *f = quay_ask(c->to, HAND_OVER, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_then(f, quay_self_port(self), 1), 0);
    quay_drop(f);
    return 0;
}

START_TEST(a_duty_travels_between_ports)
{
    for (unsigned where = 0; where < 8; where++) {
        quay_runtime *rt = start_runtime(2);
        atomic_long settled = 0;
        desk d = {.settler = spawn(rt, settle_payload, quay_core(where & 1), &settled)};
        chain c = {.to = spawn(rt, take_duty, quay_core(where >> 1 & 1), &d)};
        quay_port asking = spawn(rt, ask_for_42, quay_core(where >> 2 & 1), &c);
        for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_send(asking, 0, NULL, 0), 0);
        drained_stats(rt);
        ck_assert_int_eq(c.answers, 100);
        ck_assert_int_eq(settled, 100);
        stop_runtime(rt);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_promise_wants_its_arguments,
        a_promise_is_settled_once,
        a_promise_may_be_settled_with_an_error,
        a_refused_settlement_leaves_the_promise,
        many_promises_are_kept_apart,
        a_late_settlement_is_told_or_counted,
        one_of_many_settlers_wins,
        a_port_may_settle_its_own_promise,
        a_port_may_settle_a_threads_promise,
        a_deferred_answer_comes,
        a_kept_promise_is_settled_by_a_later_message_or_a_thread,
        a_duty_dies_with_its_port,
        a_duty_travels_between_ports,
    };
    return run_tests("promise", tests, COUNT_OF(tests));
}
