/* test_stop.c - the end in its steps: nothing is lost, names are stale, what is outstanding is cancelled. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>

#include "fixture.h"

static void keep_quiet(void *context, quay_log_level level, const char *text)
{
    (void)context, (void)level, (void)text;
}

static quay_runtime *start_with(quay_log *log)
{
    quay_runtime *rt;
    quay_runtime_options options = {.workers = 2, .topology = "core:2 pu:1", .log = log};
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    return rt;
}

static quay_runtime *start(void)
{
    return start_with(keep_quiet);
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

static char said[512];

static void keep_warning(void *context, quay_log_level level, const char *text)
{
    (void)context;
    if (level == QUAY_LOG_WARNING) (void)snprintf(said, sizeof said, "%s", text);
}

static void *open_gate(void *argument)
{
    const quay_runtime *rt = argument;
    while (ck_pr_load_32(&rt->phase) != QY_KILLING) (void)sched_yield();
    (void)sem_post(&opened);
    return NULL;
}

static void name_who_holds_it_up(const char *name, const char *expected)
{
    quay_runtime *rt = start_with(keep_warning);
    quay_port gate;
    pthread_t opener;
    ck_assert_int_eq(sem_init(&entered, 0, 0), 0);
    ck_assert_int_eq(sem_init(&opened, 0, 0), 0);
    quay_port_options options = {.place = quay_core(1), .name = name};
    ck_assert_int_eq(quay_spawn(rt, &gate, pass_gate, &options), 0);
    tell(gate, 0);
    while (sem_wait(&entered)) {
    }
    ck_assert_int_eq(pthread_create(&opener, NULL, open_gate, rt), 0);
    ck_assert_int_eq(quay_runtime_stop(rt, quay_now()), -ETIMEDOUT);
    ck_assert_int_eq(pthread_join(opener, NULL), 0);
    ck_assert_str_eq(said, expected);
}

START_TEST(who_holds_up_a_stop_is_named_though_it_has_no_name)
{
    name_who_holds_it_up("gate", "port gate (worker 1) holds up the stop: its handler is running");
    name_who_holds_it_up(NULL, "port unnamed (worker 1) holds up the stop: its handler is running");
}
END_TEST

static int stop_another(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    int error = quay_runtime_stop(*(quay_runtime *const *)message->data, QUAY_FOREVER);
    return quay_reply(self, &error, sizeof error);
}

START_TEST(a_handler_may_stop_another_runtime)
{
    quay_runtime *rt = start(), *other = start();
    quay_port port;
    int error = 1;
    ck_assert_int_eq(quay_spawn(rt, &port, stop_another, NULL), 0);
    ck_assert_int_eq(quay_call(port, 0, &other, sizeof other, &error, sizeof error, QUAY_FOREVER), (int)sizeof error);
    ck_assert_int_eq(error, 0);
    ck_assert_int_eq(quay_runtime_stop(other, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_stop_unlists_and_a_second_finds_nothing, a_promise_that_outlives_its_runtime_is_cancelled,
                            a_stop_out_of_time_still_ends_every_port_when_the_handler_returns,
                            who_holds_up_a_stop_is_named_though_it_has_no_name, a_handler_may_stop_another_runtime};
    return run_tests("stop", tests, COUNT_OF(tests));
}
