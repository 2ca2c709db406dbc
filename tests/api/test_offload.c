/* test_offload.c - blocking work elsewhere: its results, its bounds, its end. */
#include "support.h"

#define CALLS REPEAT(4000)

static quay_runtime *start_with_pool(unsigned threads, unsigned queue)
{
    quay_runtime_options options = runtime_options(2);
    options.offload_threads = threads;
    options.offload_queue = queue;
    return start_runtime_with(&options);
}

/* ---- results ---- */

static int give_back(void *arg)
{
    return *(int *)arg;
}

static int run_and_await(quay_self *self, quay_work *work, void *arg, int *out)
{
    quay_future *f = quay_offload(self, work, arg);
    int got = quay_await(f, out, out ? sizeof *out : 0);
    quay_drop(f);
    return got;
}

static void try_results(quay_self *self, void *argument)
{
    static int zero = 0, one = 1, many = INT32_MAX, error = -ENOENT;
    int out = 7;
    EXPECT_EQ(run_and_await(self, give_back, &zero, NULL), 0);
    EXPECT_EQ(run_and_await(self, give_back, &zero, &out), 0);
    EXPECT_EQ(out, 7);
    EXPECT_EQ(run_and_await(self, give_back, &one, &out), sizeof out);
    EXPECT_EQ(out, 1);
    EXPECT_EQ(run_and_await(self, give_back, &many, &out), sizeof out);
    EXPECT_EQ(out, INT32_MAX);
    EXPECT_EQ(run_and_await(self, give_back, &error, &out), -ENOENT);
    EXPECT_EQ(out, INT32_MAX);
}

START_TEST(what_the_function_returns_is_the_result)
{
    quay_runtime *rt = start_runtime(2);
    run_in_handler(rt, quay_core(1), try_results, NULL);
    stop_runtime(rt);
}
END_TEST

static void try_misuse(quay_self *self, void *argument)
{
    *(quay_self **)argument = self;
    int number = 0;
    EXPECT_EQ(run_and_await(self, NULL, &number, NULL), -EINVAL);
    EXPECT_EQ(run_and_await(NULL, give_back, &number, NULL), -EPERM);
}

static int offload_more(void *arg)
{
    quay_future *f = quay_offload(arg, give_back, NULL);
    int error = quay_await(f, NULL, 0);
    quay_drop(f);
    return error;
}

static void try_from_the_pool(quay_self *self, void *argument)
{
    EXPECT_EQ(run_and_await(self, offload_more, self, NULL), -EPERM);
}

START_TEST(only_the_running_port_may_and_only_a_function)
{
    quay_self *gone;
    int number = 1;
    quay_runtime *rt = start_runtime(2);
    run_in_handler(rt, quay_core(0), try_misuse, &gone);
    run_in_handler(rt, quay_core(0), try_from_the_pool, NULL);
    ck_assert_int_eq(finish_future(quay_offload(gone, give_back, &number), NULL, 0), -EPERM);
    ck_assert_int_eq(finish_future(quay_offload(NULL, give_back, &number), NULL, 0), -EPERM);
    ck_assert_int_eq(finish_future(quay_offload(NULL, NULL, NULL), NULL, 0), -EINVAL);
    stop_runtime(rt);
}
END_TEST

/* ---- elsewhere ---- */

static int block(void *arg)
{
    gate_pass(arg);
    return 0;
}

/* Offloads to the gate whose number is the message's tag; answers with the result. */
static int blocker(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f = quay_offload(self, block, &SHARED(state, gate)[message->tag]);
    int error = quay_await(f, NULL, 0);
    quay_drop(f);
    return error ? error : quay_reply(self, NULL, 0);
}

START_TEST(workers_go_on_meanwhile_and_threads_are_as_many_as_may_be)
{
    enum { THREADS = 3, WORK = 5 };
    gate gates[WORK];
    quay_future *futures[WORK];
    quay_runtime *rt = start_with_pool(THREADS, 0);
    quay_port other = spawn(rt, echo, quay_core(0), NULL);
    for (int i = 0; i < WORK; i++) {
        gate_init(&gates[i]);
        futures[i] = quay_ask(spawn(rt, blocker, quay_core(0), gates), (uint32_t)i, NULL, 0, QUAY_FOREVER);
        if (i < THREADS) gate_await_entry(&gates[i]);
    }
    ck_assert_int_eq(quay_call(other, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    int entered;
    for (int i = THREADS; i < WORK; i++) { /* all threads are taken */
        ck_assert_int_eq(sem_getvalue(&gates[i].entered, &entered), 0);
        ck_assert_int_eq(entered, 0);
    }
    for (int i = 0; i < WORK; i++) gate_open(&gates[i]);
    for (int i = 0; i < WORK; i++) ck_assert_int_eq(finish_future(futures[i], NULL, 0), 0);
    stop_runtime(rt);
}
END_TEST

/* One thread that is held, a queue of two: the rest is refused, at once. */
static void exhaust(quay_self *self, void *argument)
{
    enum { TAKEN = 3, REFUSED = 4 };
    gate *gates = argument;
    quay_future *taken[TAKEN];
    taken[0] = quay_offload(self, block, &gates[0]);
    gate_await_entry(&gates[0]);
    for (int i = 1; i < TAKEN; i++) {
        taken[i] = quay_offload(self, block, &gates[i]);
        EXPECT(!quay_settled(taken[i]));
    }
    for (int i = 0; i < REFUSED; i++) {
        quay_future *f = quay_offload(self, block, NULL);
        EXPECT(quay_settled(f));
        EXPECT_EQ(quay_await(f, NULL, 0), -EAGAIN);
        quay_drop(f);
    }
    for (int i = 0; i < TAKEN; i++) gate_open(&gates[i]);
    EXPECT_EQ(quay_await_all(taken, TAKEN, QUAY_FOREVER), 0);
    for (int i = 0; i < TAKEN; i++) {
        EXPECT_EQ(quay_await(taken[i], NULL, 0), 0);
        quay_drop(taken[i]);
    }
    EXPECT_EQ(run_and_await(self, give_back, &(int){0}, NULL), 0);
}

START_TEST(an_exhausted_pool_queues_so_many_and_refuses_the_rest)
{
    gate gates[3];
    for (int i = 0; i < 3; i++) gate_init(&gates[i]);
    quay_runtime *rt = start_with_pool(1, 2);
    run_in_handler(rt, quay_core(0), exhaust, gates);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_pool_beyond_all_bounds_is_refused)
{
    quay_runtime *rt;
    quay_runtime_options options = runtime_options(1);
    options.offload_threads = QUAY_OFFLOAD_THREADS_MAX + 1;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), -EINVAL);
}
END_TEST

/* ---- the function as a thread outside ---- */

struct talk {
    quay_runtime *rt;
    quay_port port;
    quay_promise promise;
};

static int talk(void *arg)
{
    const struct talk *t = arg;
    char text[8];
    if (quay_call(t->port, 0, "hello", 6, text, sizeof text, QUAY_FOREVER) != 6) return -EPROTO;
    if (quay_runtime_drain(t->rt, QUAY_FOREVER) != -EDEADLK) return -EPROTO;
    if (quay_runtime_stop(t->rt, QUAY_FOREVER) != -EDEADLK) return -EPROTO;
    return quay_settle(t->promise, 0, text, sizeof text);
}

static void let_talk(quay_self *self, void *argument)
{
    struct talk *t = argument;
    char text[8] = "";
    quay_future *brought;
    EXPECT_EQ(quay_promise_new(t->rt, &t->promise, &brought), 0);
    EXPECT_EQ(run_and_await(self, talk, t, NULL), 0);
    EXPECT_EQ(quay_await(brought, text, sizeof text), sizeof text);
    EXPECT(!strcmp(text, "hello"));
    quay_drop(brought);
}

START_TEST(the_function_sends_asks_and_settles_but_does_not_wait_for_its_runtime)
{
    quay_runtime *rt = start_runtime(2);
    struct talk t = {.rt = rt, .port = spawn(rt, echo, quay_core(0), NULL)};
    run_in_handler(rt, quay_core(0), let_talk, &t);
    stop_runtime(rt);
}
END_TEST

/* ---- nobody waits any more ---- */

static int leave_in_flight(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f = quay_offload(self, block, SHARED(state, gate));
    if (message->tag == 0) quay_drop(f);
    else if (message->tag == 1) EXPECT_EQ(quay_cancel(f), 0);
    else EXPECT_EQ(quay_await(f, NULL, 0), -ECANCELED);
    return 0;
}

START_TEST(work_goes_on_when_its_future_is_dropped_cancelled_or_its_port_gone)
{
    gate g;
    gate_init(&g);
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, leave_in_flight, quay_core(1), &g);
    for (uint32_t tag = 0; tag < 3; tag++) {
        ck_assert_int_eq(quay_send(port, tag, NULL, 0), 0);
        gate_await_entry(&g);
    }
    ck_assert_int_eq(quay_kill(port, 0), 0);
    join_port(port, 0);
    for (int i = 0; i < 3; i++) gate_open(&g);
    ck_assert_uint_eq(drained_stats(rt).late, 3);
    stop_runtime(rt);
}
END_TEST

/* ---- stop ---- */

START_TEST(a_stop_waits_for_work_in_flight)
{
    gate g;
    gate_init(&g);
    quay_runtime *rt = start_runtime(2);
    quay_future *f = quay_ask(spawn(rt, blocker, quay_core(0), &g), 0, NULL, 0, QUAY_FOREVER);
    gate_await_entry(&g);
    ck_assert_int_eq(quay_runtime_drain(rt, quay_now()), -ETIMEDOUT);
    gate_open(&g);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(finish_future(f, NULL, 0), 0);
}
END_TEST

static atomic_long begun;

static int begin(void *arg)
{
    atomic_fetch_add(&begun, 1);
    return block(arg);
}

static int begin_two(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f[2];
    for (int i = 0; i < 2; i++) f[i] = quay_offload(self, begin, SHARED(state, gate));
    int error = quay_await_all(f, 2, QUAY_FOREVER);
    for (int i = 0; i < 2; i++) quay_drop(f[i]);
    return error;
}

START_TEST(past_its_deadline_a_stop_runs_nothing_new_and_lets_the_rest_finish_alone)
{
    static gate g; /* outlives the runtime: its last user is not waited for */
    gate_init(&g);
    quay_runtime *rt = start_with_pool(1, 0);
    quay_future *f = quay_ask(spawn(rt, begin_two, quay_core(0), &g), 0, NULL, 0, QUAY_FOREVER);
    gate_await_entry(&g);
    ck_assert_int_eq(quay_runtime_stop(rt, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    ck_assert(log_mentions(&runtime_log, "1 offloaded functions hold up the stop"));
    int error = finish_future(f, NULL, 0);
    ck_assert(error == -EOWNERDEAD || error == -ECANCELED);
    gate_open(&g);
    ck_assert_int_eq(atomic_load(&begun), 1);
}
END_TEST

/* ---- many ---- */

static int add_up(void *arg)
{
    atomic_fetch_add((atomic_long *)arg, 1);
    return 1;
}

static int offload_often(quay_self *self, void *state, const quay_message *message)
{
    for (int i = 0; i < CALLS; i++) {
        int out = 0;
        int got = run_and_await(self, add_up, SHARED(state, atomic_long), &out);
        EXPECT_EQ(got, sizeof out);
    }
    return quay_reply(self, NULL, 0);
}

START_TEST(all_of_many_is_done_once)
{
    enum { PORTS = 6 };
    atomic_long done = 0;
    quay_future *futures[PORTS];
    quay_runtime *rt = start_runtime(2);
    for (int i = 0; i < PORTS; i++) {
        quay_port_options options = {.state_size = sizeof(void *),
                                     .init = keep_argument,
                                     .arg = &done,
                                     .place = i < 4 ? quay_core((unsigned)i % 2) : QUAY_ANYWHERE,
                                     .blocking = i >= 4};
        quay_port port;
        ck_assert_int_eq(quay_spawn(rt, &port, offload_often, &options), 0);
        futures[i] = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    }
    for (int i = 0; i < PORTS; i++) ck_assert_int_eq(finish_future(futures[i], NULL, 0), 0);
    ck_assert_int_eq(atomic_load(&done), PORTS * CALLS);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_the_function_returns_is_the_result,
                            only_the_running_port_may_and_only_a_function,
                            workers_go_on_meanwhile_and_threads_are_as_many_as_may_be,
                            an_exhausted_pool_queues_so_many_and_refuses_the_rest,
                            a_pool_beyond_all_bounds_is_refused,
                            the_function_sends_asks_and_settles_but_does_not_wait_for_its_runtime,
                            work_goes_on_when_its_future_is_dropped_cancelled_or_its_port_gone,
                            a_stop_waits_for_work_in_flight,
                            past_its_deadline_a_stop_runs_nothing_new_and_lets_the_rest_finish_alone,
                            all_of_many_is_done_once};
    return run_tests("offload", tests, COUNT_OF(tests));
}
