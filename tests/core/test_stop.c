/* test_stop.c - the end in its steps: nothing is lost, names are stale, what is outstanding is cancelled. */
#include <semaphore.h>

#include "fixture.h"

static void keep_quiet(void *context, quay_log_level level, const char *text)
{
    (void)context, (void)level, (void)text;
}

static quay_runtime *start(void)
{
    quay_runtime *rt;
    quay_runtime_options options = {.workers = 2, .topology = "core:2 pu:1", .log = keep_quiet};
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    return rt;
}

static sem_t entered, opened;

static int pass_gate(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    (void)sem_post(&entered);
    while (sem_wait(&opened)) {
    }
    return 0;
}

static uint32_t finished;

static void note_finish(void *state, int reason)
{
    (void)state, (void)reason;
    ck_pr_inc_32(&finished);
}

START_TEST(a_stop_unlists_and_a_second_finds_nothing)
{
    quay_runtime *rt = start();
    uint32_t home = rt->first_home;
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_ptr_null(qy_homes_runtime(home));
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_stop(NULL, QUAY_FOREVER), -EINVAL);
}
END_TEST

START_TEST(a_promise_that_outlives_its_runtime_is_cancelled)
{
    quay_runtime *rt = start();
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &f), 0);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_await(f, NULL, 0), -ECANCELED);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), -EALREADY);
    quay_drop(f);
}
END_TEST

/* More ports than a worker has turns for in a step, all behind a handler that does not come back in time. */
START_TEST(a_stop_out_of_time_still_ends_every_port_when_the_handler_returns)
{
    enum { PORTS = 5 * QY_STEP_TURNS };
    quay_runtime *rt = start();
    quay_port gate, port;
    ck_assert_int_eq(sem_init(&entered, 0, 0), 0);
    ck_assert_int_eq(sem_init(&opened, 0, 0), 0);
    quay_port_options options = {.place = quay_core(1), .fini = note_finish};
    for (int i = 0; i < PORTS; i++) {
        ck_assert_int_eq(quay_spawn(rt, &port, pass_gate, &options), 0);
        if (i == 0) gate = port;
    }
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    tell(gate, 0);
    while (sem_wait(&entered)) {
    }
    qy_worker *worker = rt->workers[1];
    uint32_t home = rt->first_home;
    ck_assert_int_eq(quay_runtime_stop(rt, quay_now()), -ETIMEDOUT);
    ck_assert_ptr_null(qy_homes_runtime(home));
    ck_assert_ptr_nonnull(ck_pr_load_ptr(&worker->turn)); /* not freed before the handler is back */
    (void)sem_post(&opened);
    for (uint32_t first = 0; first != home;) { /* given back when all is freed */
        ck_assert_int_eq(qy_homes_take(3, &first), 0);
        qy_homes_give(first, 3, NULL);
    }
    ck_assert_uint_eq(ck_pr_load_32(&finished), PORTS);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_stop_unlists_and_a_second_finds_nothing, a_promise_that_outlives_its_runtime_is_cancelled,
                            a_stop_out_of_time_still_ends_every_port_when_the_handler_returns};
    return run_tests("stop", tests, COUNT_OF(tests));
}
