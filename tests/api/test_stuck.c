/* test_stuck.c - what the log says of a handler that does not come back, and of those that only seem not to. */
#include <signal.h>
#include <stdio.h>

#include "support.h"

#define SOON QUAY_MS(5)

static sem_t told;

/* Each line that names a stuck handler is counted by the semaphore. */
static void capture_and_tell(void *context, quay_log_level level, const char *text)
{
    capture_log(context, level, text);
    if (strstr(text, "stuck")) sem_post(&told);
}

static void await_telling(void)
{
    while (sem_wait(&told) != 0)
        ;
}

static quay_runtime *start_watched(int64_t stuck_after)
{
    quay_runtime_options options = runtime_options(2);
    options.stuck_after = stuck_after;
    options.log = capture_and_tell;
    return start_runtime_with(&options);
}

static quay_port spawn_named(quay_runtime *rt, const char *name, quay_handler *handler, quay_init *init, void *shared)
{
    quay_port port;
    quay_port_options options = {
        .name = name, .place = quay_core(0), .state_size = sizeof(void *), .init = init, .arg = shared};
    ck_assert_int_eq(quay_spawn(rt, &port, handler, &options), 0);
    return port;
}

static void set_up(void)
{
    if (sem_init(&told, 0, 0)) abort();
}

/* Sends itself work and wakes others before it gets stuck. */
static quay_port behind[6];

static int busy_then_stuck(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag != 77) return 0;
    for (size_t i = 0; i < COUNT_OF(behind); i++) EXPECT_EQ(quay_send(behind[i], 0, NULL, 0), 0);
    for (int i = 0; i < 3; i++) EXPECT_EQ(quay_send(quay_self_port(self), 0, NULL, 0), 0);
    gate_pass(SHARED(state, gate));
    return 0;
}

START_TEST(the_log_names_port_message_and_who_waits_and_says_where_it_is)
{
    gate g;
    gate_init(&g);
    quay_runtime *rt = start_watched(SOON);
    for (size_t i = 0; i < COUNT_OF(behind); i++) behind[i] = spawn_named(rt, "behind", ignore, NULL, NULL);
    quay_port port = spawn_named(rt, "sinner", busy_then_stuck, keep_argument, &g);
    ck_assert_int_eq(quay_send(port, 77, NULL, 0), 0);
    gate_await_entry(&g);
    for (int i = 0; i < 3; i++) await_telling(); /* at doubling intervals, as long as it lasts */
    gate_open(&g);
    char id[64];
    snprintf(id, sizeof id, "port sinner (id %llu, worker 0) is stuck", (unsigned long long)port.id);
    ck_assert(log_mentions(&runtime_log, id));
    ck_assert(log_mentions(&runtime_log, "handling a message with tag 77 for "));
    ck_assert(log_mentions(&runtime_log, "3 messages of its own"));
    ck_assert(log_mentions(&runtime_log, "6 ports: behind, behind, behind, behind, ..."));
    ck_assert(log_mentions(&runtime_log, "port sinner: #0 "));
    ck_assert(log_mentions(&runtime_log, "port sinner: #3 "));
    stop_runtime(rt);
}
END_TEST

static int stuck_init(quay_self *self, void *state, void *argument)
{
    gate_pass(argument);
    return keep_argument(self, state, argument);
}

static void stuck_fini(void *state, int reason)
{
    gate_pass(SHARED(state, gate));
}

START_TEST(init_and_fini_get_stuck_too)
{
    gate g;
    gate_init(&g);
    quay_runtime *rt = start_watched(SOON);
    quay_port port;
    quay_port_options options = {
        .name = "both", .state_size = sizeof(void *), .init = stuck_init, .fini = stuck_fini, .arg = &g};
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &options), 0);
    await_telling();
    ck_assert(log_mentions(&runtime_log, "it has been in its init for"));
    gate_open(&g);
    ck_assert_int_eq(quay_kill(port, 0), 0);
    while (!log_mentions(&runtime_log, "it has been in its fini for")) await_telling();
    gate_open(&g);
    stop_runtime(rt);
}
END_TEST

/* In a process of its own, all of whose real-time signals are taken. */
START_TEST(without_a_signal_the_port_is_named_all_the_same)
{
    gate g;
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) (void)signal(number, SIG_IGN);
    gate_init(&g);
    quay_runtime *rt = start_watched(SOON);
    quay_port port = spawn_named(rt, "sinner", busy_then_stuck, keep_argument, &g);
    for (size_t i = 0; i < COUNT_OF(behind); i++) behind[i] = spawn_named(rt, "behind", ignore, NULL, NULL);
    ck_assert_int_eq(quay_send(port, 77, NULL, 0), 0);
    gate_await_entry(&g);
    for (int i = 0; i < 2; i++) await_telling();
    gate_open(&g);
    ck_assert(log_mentions(&runtime_log, "no real-time signal can be had"));
    ck_assert(log_mentions(&runtime_log, "port sinner (worker 0) is stuck: its handler has run for "));
    stop_runtime(rt);
}
END_TEST

static int deaf_and_stuck(quay_self *self, void *state, const quay_message *message)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    EXPECT_EQ(pthread_sigmask(SIG_BLOCK, &all, &before), 0);
    gate_pass(SHARED(state, gate));
    EXPECT_EQ(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    return 0;
}

/* Where memory is limited, even the name is another thread's to know. */
static void get_stuck_deaf(size_t memory_limit, const char *said)
{
    gate g;
    gate_init(&g);
    quay_runtime_options options = runtime_options(2);
    options.stuck_after = SOON;
    options.log = capture_and_tell;
    options.memory_limit = memory_limit;
    quay_runtime *rt = start_runtime_with(&options);
    quay_port port = spawn_named(rt, "deaf", deaf_and_stuck, keep_argument, &g);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    gate_await_entry(&g);
    await_telling();
    gate_open(&g);
    ck_assert(log_mentions(&runtime_log, said));
    ck_assert(log_mentions(&runtime_log, "its thread takes no signal that would show where"));
    stop_runtime(rt);
}

START_TEST(a_thread_that_takes_no_signal_is_told_of_without_it)
{
    get_stuck_deaf(0, "port deaf (worker 0) is stuck: its handler has run for ");
    get_stuck_deaf((size_t)64 << 20, "port unknown (worker 0) is stuck: its handler has run for ");
}
END_TEST

/* While one handler is stuck for a time in which several alarms are told, others wait for a future, and sleep again and
 * again. */
static int waits(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f =
        SHARED(state, quay_port)->id ? quay_ask(*SHARED(state, quay_port), 0, NULL, 0, QUAY_FOREVER) : NULL;
    if (f) EXPECT_EQ(quay_await(f, NULL, 0), -ECANCELED);
    quay_drop(f);
    return 0;
}

static int naps(quay_self *self, void *state, const quay_message *message)
{
    while (!quay_cancelled(self)) (void)quay_sleep(self, QUAY_US(100));
    return 0;
}

START_TEST(who_waits_is_not_stuck)
{
    gate g;
    quay_runtime *rt = start_watched(SOON);
    quay_port silent = spawn_named(rt, "silent", never_answer, NULL, NULL);
    quay_port waiter = spawn_named(rt, "waiter", waits, keep_argument, &silent);
    quay_port napper = spawn_named(rt, "napper", naps, NULL, NULL);
    ck_assert_int_eq(quay_send(waiter, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_send(napper, 0, NULL, 0), 0);
    (void)hold_worker(rt, quay_core(1), &g);
    for (int i = 0; i < 4; i++) await_telling();
    gate_open(&g);
    ck_assert(!log_mentions(&runtime_log, "waiter"));
    ck_assert(!log_mentions(&runtime_log, "napper"));
    ck_assert_int_eq(quay_kill(waiter, 0), 0);
    ck_assert_int_eq(quay_kill(napper, 0), 0);
    stop_runtime(rt);
}
END_TEST

/* The second runtime's alarms tell how much time has passed. */
START_TEST(nothing_is_said_when_it_is_off)
{
    gate off, on;
    static captured_log quiet = CAPTURED_LOG;
    quay_runtime_options options = runtime_options(2);
    options.stuck_after = QUAY_FOREVER;
    options.log_context = &quiet;
    quay_runtime *unwatched = start_runtime_with(&options);
    quay_runtime *watched = start_watched(SOON);
    (void)hold_worker(unwatched, quay_core(0), &off);
    (void)hold_worker(watched, quay_core(0), &on);
    for (int i = 0; i < 3; i++) await_telling();
    ck_assert_uint_eq(log_lines(&quiet, QUAY_LOG_WARNING), 0);
    gate_open(&off);
    gate_open(&on);
    stop_runtime(unwatched);
    stop_runtime(watched);
}
END_TEST

START_TEST(lengths_that_make_no_sense_are_refused)
{
    const int64_t bad[] = {-1, INT64_MIN, 1, QUAY_STUCK_LEAST - 1};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        quay_runtime *rt;
        quay_runtime_options options = runtime_options(1);
        options.stuck_after = bad[i];
        ck_assert_int_eq(quay_runtime_start(&rt, &options), -EINVAL);
    }
}
END_TEST

int main(void)
{
    set_up();
    const TTest *tests[] = {the_log_names_port_message_and_who_waits_and_says_where_it_is,
                            init_and_fini_get_stuck_too,
                            without_a_signal_the_port_is_named_all_the_same,
                            a_thread_that_takes_no_signal_is_told_of_without_it,
                            who_waits_is_not_stuck,
                            nothing_is_said_when_it_is_off,
                            lengths_that_make_no_sense_are_refused};
    return run_tests("stuck", tests, COUNT_OF(tests));
}
