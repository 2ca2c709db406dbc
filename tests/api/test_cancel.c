/* test_cancel.c - futures given up, and whose they are: a port's is that port's, a thread's is the threads'.
 *
 * Read next: test_await_in_handler.c. */
#include "support.h"

/* ---- cancel ---- */

START_TEST(a_cancelled_future_is_settled)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    ck_assert_int_eq(quay_cancel(future), 0);
    ck_assert(quay_settled(future));
    ck_assert_int_eq(quay_cancel(future), -EALREADY);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), -EALREADY);
    ck_assert_int_eq(finish_future(future, NULL, 0), -ECANCELED);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_settled_future_is_not_cancelled)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future, *failed = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_cancel(future), -EALREADY);
    ck_assert_int_eq(finish_future(future, NULL, 0), 0);
    ck_assert_int_eq(quay_cancel(failed), -EALREADY);
    ck_assert_int_eq(finish_future(failed, NULL, 0), -EPIPE);
    stop_runtime(rt);
}
END_TEST

/* Whether the ask still runs is not promised; that its answer goes nowhere is. */
START_TEST(the_answer_to_a_cancelled_ask_is_dropped)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    quay_future *f = quay_ask(port, 0, "data", 4, QUAY_FOREVER);
    ck_assert_int_eq(quay_cancel(f), 0);
    gate_open(&g);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.late + stats.dead[QUAY_DEAD_EXPIRED], 1);
    ck_assert_int_eq(finish_future(f, NULL, 0), -ECANCELED);
    stop_runtime(rt);
}
END_TEST

static void await_cancelled(unsigned index, void *shared)
{
    (void)index;
    EXPECT_EQ(quay_await(shared, NULL, 0), -ECANCELED);
}

START_TEST(cancel_wakes_who_waits)
{
    quay_runtime *rt = start_runtime(1);
    for (int i = 0; i < REPEAT(200) + 10; i++) {
        quay_promise promise;
        quay_future *future;
        crew waiting;
        ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
        crew_start(&waiting, 4, await_cancelled, future);
        ck_assert_int_eq(quay_cancel(future), 0);
        crew_join(&waiting);
        quay_drop(future);
    }
    stop_runtime(rt);
}
END_TEST

typedef struct race {
    quay_runtime *rt;
    quay_promise promise;
    quay_future *future;
    sem_t start, done;
    int settled;
    int rounds;
} race;

static void settle_each(unsigned index, void *shared)
{
    (void)index;
    race *r = shared;
    for (int i = 0; i < r->rounds; i++) {
        while (sem_wait(&r->start) != 0)
            ;
        r->settled = quay_settle(r->promise, 0, NULL, 0);
        sem_post(&r->done);
    }
}

START_TEST(cancel_and_settle_race_to_one_outcome)
{
    race r = {.rt = start_runtime(1), .rounds = REPEAT(20000)};
    int outcomes[2] = {0, 0};
    sem_init(&r.start, 0, 0);
    sem_init(&r.done, 0, 0);
    crew settling;
    crew_start(&settling, 1, settle_each, &r);
    for (int i = 0; i < r.rounds; i++) {
        ck_assert_int_eq(quay_promise_new(r.rt, &r.promise, &r.future), 0);
        sem_post(&r.start);
        int cancelled = quay_cancel(r.future);
        while (sem_wait(&r.done) != 0)
            ;
        ck_assert(cancelled == 0 || cancelled == -EALREADY);
        ck_assert_int_eq(finish_future(r.future, NULL, 0), cancelled == 0 ? -ECANCELED : 0);
        ck_assert_int_eq(r.settled, cancelled == 0 ? -EALREADY : 0);
        outcomes[cancelled == 0]++;
    }
    crew_join(&settling);
    ck_assert_int_eq(outcomes[0] + outcomes[1], r.rounds);
    stop_runtime(r.rt);
}
END_TEST

static int ask_and_cancel(quay_self *self, void *state, const quay_message *message)
{
    quay_port to = *SHARED(state, quay_port);
    (void)message;
    quay_future *f = quay_ask(to, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(!quay_settled(f));
    EXPECT_EQ(quay_cancel(f), 0);
    EXPECT(quay_settled(f));
    EXPECT_EQ(quay_cancel(f), -EALREADY);
    EXPECT_EQ(quay_await(f, NULL, 0), -ECANCELED);
    quay_drop(f);
    return quay_reply(self, NULL, 0);
}

START_TEST(a_port_may_cancel_its_asks)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        quay_port to = spawn(rt, echo, quay_core(core), NULL);
        quay_port port = spawn(rt, ask_and_cancel, quay_core(0), &to);
        for (int i = 0; i < 1000; i++) ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    }
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.late + stats.dead[QUAY_DEAD_EXPIRED], 2000);
    stop_runtime(rt);
}
END_TEST

/* ---- whose future it is ---- */

static void use_anothers(quay_future *f)
{
    char out[8];
    EXPECT_EQ(quay_await(f, out, sizeof out), -EPERM);
    EXPECT_EQ(quay_await_until(f, out, sizeof out, 0), -EPERM);
    EXPECT_EQ(quay_await_any(&f, 1, 0), -EPERM);
    EXPECT_EQ(quay_await_all(&f, 1, 0), -EPERM);
    EXPECT_EQ(quay_cancel(f), -EPERM);
    EXPECT_EQ(quay_then(f, QUAY_NOBODY, 0), -EPERM);
    EXPECT(!quay_settled(f));
}

/* The port: makes a future when asked, and drops it when told. The others try it meanwhile. */
typedef struct owner {
    quay_future *future;
    quay_promise promise;
} owner;

static int own(quay_self *self, void *state, const quay_message *message)
{
    owner *o = SHARED(state, owner);
    if (message->tag == 0) {
        EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &o->promise, &o->future), 0);
    } else {
        EXPECT(!quay_settled(o->future));
        EXPECT_EQ(quay_settle(o->promise, 0, NULL, 0), 0);
        EXPECT_EQ(quay_await(o->future, NULL, 0), 0);
        quay_drop(o->future);
    }
    return quay_reply(self, NULL, 0);
}

static void use_anothers_inside(quay_self *self, void *argument)
{
    (void)self;
    use_anothers(argument);
}

START_TEST(a_ports_future_is_its_own)
{
    quay_runtime *rt = start_runtime(2), *other = start_runtime(1);
    owner o = {.future = NULL};
    quay_port port = spawn(rt, own, quay_core(0), &o);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    use_anothers(o.future);
    run_in_handler(rt, quay_core(0), use_anothers_inside, o.future);
    run_in_handler(rt, quay_core(1), use_anothers_inside, o.future);
    run_in_handler(other, quay_core(0), use_anothers_inside, o.future);
    ck_assert_int_eq(quay_call(port, 1, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop_runtime(other);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_threads_future_is_for_threads)
{
    quay_runtime *rt = start_runtime(2);
    quay_promise promise;
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    run_in_handler(rt, quay_core(0), use_anothers_inside, future);
    run_in_handler(rt, quay_core(1), use_anothers_inside, future);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    run_in_handler(rt, quay_core(1), use_anothers_inside, future); /* also when it is settled */
    ck_assert_int_eq(finish_future(future, NULL, 0), 0);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_cancelled_future_is_settled, a_settled_future_is_not_cancelled,     the_answer_to_a_cancelled_ask_is_dropped,
        cancel_wakes_who_waits,        cancel_and_settle_race_to_one_outcome, a_port_may_cancel_its_asks,
        a_ports_future_is_its_own,     a_threads_future_is_for_threads,
    };
    return run_tests("cancel", tests, COUNT_OF(tests));
}
