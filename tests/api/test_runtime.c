/* test_runtime.c - a runtime's life: start, drain, stop, two of them, and what a handler may not do with its own.
 *
 * Read next: test_options.c for how it can be started, test_fork.c for what a child sees. */
#include "counting.h"
#include "support.h"

/* ---- start and stop ---- */

START_TEST(starts_with_no_options)
{
    quay_runtime *rt = start_runtime_with(NULL);
    ck_assert_uint_ge(quay_runtime_workers(rt), 1);
    long out = 0;
    quay_port port = spawn(rt, echo, QUAY_ANYWHERE, NULL);
    ck_assert_int_eq(quay_call(port, 0, &(long){7}, sizeof(long), &out, sizeof out, QUAY_FOREVER), sizeof out);
    ck_assert_int_eq(out, 7);
    stop_runtime(rt);
}
END_TEST

START_TEST(start_wants_somewhere_to_put_it)
{
    ck_assert_int_eq(quay_runtime_start(NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(a_stopped_runtime_is_not_running)
{
    quay_runtime *rt = start_runtime(1);
    quay_port port = spawn(rt, ignore, QUAY_ANYWHERE, NULL);
    quay_promise promise;
    quay_future *future;
    quay_stats stats;
    char text[64];
    stop_runtime(rt);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_describe(rt, text, sizeof text), -EINVAL);
    ck_assert_int_eq(quay_runtime_stats(rt, &stats), -EINVAL);
    ck_assert_int_eq(quay_worker_stats(rt, 0, &stats), -EINVAL);
    ck_assert_uint_eq(quay_runtime_workers(rt), 0);
    ck_assert_int_lt(quay_spawn(rt, &port, ignore, NULL), 0);
    ck_assert_int_lt(quay_promise_new(rt, &promise, &future), 0);
}
END_TEST

START_TEST(no_runtime_is_not_running)
{
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_stop(NULL, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_drain(NULL, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_runtime_stats(NULL, &stats), -EINVAL);
    ck_assert_uint_eq(quay_runtime_workers(NULL), 0);
}
END_TEST

START_TEST(ports_of_a_stopped_runtime_are_gone)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    stop_runtime(rt);
    quay_port_counters counters;
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), -EPIPE);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EPIPE);
    ck_assert_int_eq(quay_stop(port), -EPIPE);
    ck_assert_int_eq(quay_kill(port, 0), -EPIPE);
    ck_assert_int_lt(quay_join(port, QUAY_FOREVER, NULL), 0);
    ck_assert_int_eq(quay_port_stats(port, &counters), -EPIPE);
}
END_TEST

/* The next runtime gets the numbers of the last one; ids of the last one must mean nothing to it. */
START_TEST(ids_of_an_earlier_runtime_reach_nobody)
{
    enum { rounds = 50 };
    atomic_long reached = 0;
    quay_port old[rounds];
    for (int round = 0; round < rounds; round++) {
        quay_runtime *rt = start_runtime(1 + (unsigned)round % 2);
        old[round] = spawn(rt, count, quay_core(0), &reached);
        for (int i = 0; i < round; i++) {
            ck_assert_uint_ne(old[i].id, old[round].id);
            send_in_vain(old[i]);
        }
        stop_runtime(rt);
    }
    ck_assert_int_eq(reached, 0);
}
END_TEST

static int count_fini_calls_fini;
static void count_fini(void *state, int reason)
{
    (void)state;
    EXPECT_EQ(reason, 0);
    count_fini_calls_fini++;
}

START_TEST(stop_ends_ports_after_what_they_have_queued)
{
    enum { messages = 1000 };
    quay_runtime *rt = start_runtime(1);
    atomic_long handled = 0;
    gate g;
    count_fini_calls_fini = 0;
    quay_port_options options = {
        .state_size = sizeof(void *), .init = keep_argument, .fini = count_fini, .arg = &handled};
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, count, &options), 0);
    hold_worker(rt, QUAY_ANYWHERE, &g);
    for (int i = 0; i < messages; i++) ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    gate_open(&g);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(handled, messages);
    ck_assert_int_eq(count_fini_calls_fini, 1);
    assert_expectations();
}
END_TEST

static void await_cancelled(unsigned index, void *shared)
{
    (void)index;
    EXPECT_EQ(quay_await(shared, NULL, 0), -ECANCELED);
}

START_TEST(stop_settles_what_is_outstanding)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    crew waiting;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    crew_start(&waiting, 3, await_cancelled, future);
    stop_runtime(rt);
    crew_join(&waiting);
    ck_assert_int_eq(quay_await(future, NULL, 0), -ECANCELED);
    ck_assert_int_lt(quay_settle(promise, 0, NULL, 0), 0);
    quay_drop(future);
    assert_expectations();
}
END_TEST

static void join_until_stopped(unsigned index, void *shared)
{
    (void)index;
    int error = quay_join(*(quay_port *)shared, QUAY_FOREVER, NULL);
    EXPECT(error == 0 || error == -ECANCELED || error == -EPIPE);
}

START_TEST(stop_lets_joiners_go)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    crew joining;
    crew_start(&joining, 3, join_until_stopped, &port);
    stop_runtime(rt);
    crew_join(&joining);
    assert_expectations();
}
END_TEST

static captured_log laggard_log = CAPTURED_LOG;
static counting_allocator laggard_memory = COUNTING_ALLOCATOR;

START_TEST(stop_names_laggards_at_its_deadline)
{
    quay_runtime_options options = runtime_options(2);
    options.log_context = &laggard_log;
    options.allocator = counting_seam(&laggard_memory);
    quay_runtime *rt = start_runtime_with(&options);
    gate g;
    gate_init(&g);
    quay_port slow;
    quay_port_options slow_options = {
        .name = "slowcoach", .place = quay_core(1), .state_size = sizeof(void *), .init = keep_argument, .arg = &g};
    ck_assert_int_eq(quay_spawn(rt, &slow, pass_gate, &slow_options), 0);
    ck_assert_int_eq(quay_send(slow, 0, NULL, 0), 0);
    gate_await_entry(&g);
    quay_future *behind = quay_ask(slow, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_runtime_stop(rt, quay_in(QUAY_MS(50))), -ETIMEDOUT);
    ck_assert(log_mentions(&laggard_log, "slowcoach"));
    ck_assert_int_lt(finish_future(behind, NULL, 0), 0);
    gate_open(&g);
    counting_await_empty(&laggard_memory);
    assert_expectations();
}
END_TEST

/* ---- drain ---- */

START_TEST(drain_waits_for_a_running_handler)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    ck_assert_int_eq(quay_runtime_drain(rt, quay_in(QUAY_MS(50))), -ETIMEDOUT);
    ck_assert_int_eq(quay_runtime_drain(rt, quay_now()), -ETIMEDOUT);
    gate_open(&g);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_stats(rt, &stats), 0);
    ck_assert_uint_eq(stats.handled, 1);
    stop_runtime(rt);
}
END_TEST

/* A message with a number goes on to the port whose turn it is, with one less. */
typedef struct relay {
    quay_port port[4];
    atomic_long hops;
} relay;

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    relay *r = SHARED(state, relay);
    const long *left = QUAY_PAYLOAD(message, long);
    atomic_fetch_add(&r->hops, 1);
    if (*left == 0) return 0;
    return quay_send(r->port[*left % 4], 0, &(long){*left - 1}, sizeof(long));
}

START_TEST(drain_waits_for_chains_across_workers)
{
    const long length = REPEAT(20000);
    quay_runtime *rt = start_runtime(2);
    relay r = {.hops = 0};
    for (unsigned i = 0; i < 4; i++) r.port[i] = spawn(rt, pass_on, quay_core(i / 2), &r);
    for (long round = 1; round <= 20; round++) {
        ck_assert_int_eq(quay_send(r.port[0], 0, &(long){length}, sizeof(long)), 0);
        ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
        ck_assert_int_eq(r.hops, round * (length + 1));
    }
    stop_runtime(rt);
}
END_TEST

static void drain_often(unsigned index, void *shared)
{
    (void)index;
    for (int i = 0; i < REPEAT(200); i++) EXPECT_EQ(quay_runtime_drain(shared, QUAY_FOREVER), 0);
}

START_TEST(several_threads_may_drain)
{
    quay_runtime *rt = start_runtime(2);
    relay r = {.hops = 0};
    for (unsigned i = 0; i < 4; i++) r.port[i] = spawn(rt, pass_on, quay_core(i / 2), &r);
    crew draining;
    crew_start(&draining, 4, drain_often, rt);
    for (int i = 0; i < REPEAT(200); i++) ck_assert_int_eq(quay_send(r.port[0], 0, &(long){50}, sizeof(long)), 0);
    crew_join(&draining);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(r.hops, REPEAT(200) * 51);
    stop_runtime(rt);
}
END_TEST

/* ---- from inside ---- */

static void block_on_oneself(quay_self *self, void *argument)
{
    quay_port other = *(quay_port *)argument;
    quay_runtime *rt = quay_self_runtime(self);
    quay_runtime *second = NULL;
    EXPECT_EQ(quay_runtime_stop(rt, QUAY_FOREVER), -EDEADLK);
    EXPECT_EQ(quay_runtime_drain(rt, QUAY_FOREVER), -EDEADLK);
    EXPECT_EQ(quay_runtime_start(&second, NULL), -EDEADLK);
    EXPECT_EQ(quay_join(quay_self_port(self), QUAY_FOREVER, NULL), -EDEADLK);
    EXPECT_EQ(quay_join(other, QUAY_FOREVER, NULL), -EDEADLK);
}

START_TEST(a_handler_may_not_wait_for_its_runtime)
{
    quay_runtime *rt = start_runtime(2);
    quay_port other = spawn(rt, ignore, quay_core(1), NULL);
    run_in_handler(rt, quay_core(0), block_on_oneself, &other);
    ck_assert_uint_eq(quay_runtime_workers(rt), 2);
    stop_runtime(rt);
}
END_TEST

/* ---- two runtimes ---- */

typedef struct ball {
    long left;
    quay_port from;
    quay_promise over;
} ball;

static int hit_back(quay_self *self, void *state, const quay_message *message)
{
    const ball *b = QUAY_PAYLOAD(message, ball);
    atomic_fetch_add(SHARED(state, atomic_long), 1);
    if (message->from.id != 0) EXPECT_EQ(message->from.id, b->from.id);
    if (b->left == 0) return quay_settle(b->over, 0, &b->left, sizeof b->left);
    ball next = {b->left - 1, quay_self_port(self), b->over};
    return quay_send(b->from, 0, &next, sizeof next);
}

START_TEST(ports_of_two_runtimes_message_each_other)
{
    const long hits = REPEAT(20000);
    quay_runtime *a = start_runtime(1), *b = start_runtime(2);
    atomic_long count_a = 0, count_b = 0;
    quay_port player_a = spawn(a, hit_back, QUAY_ANYWHERE, &count_a);
    quay_port player_b = spawn(b, hit_back, quay_core(1), &count_b);
    ball first = {.left = hits, .from = player_a};
    quay_future *over;
    long left = 1;
    ck_assert_int_eq(quay_promise_new(a, &first.over, &over), 0);
    ck_assert_int_eq(quay_send(player_b, 0, &first, sizeof first), 0);
    ck_assert_int_eq(finish_future(over, &left, sizeof left), sizeof left);
    ck_assert_int_eq(count_b, hits / 2 + 1);
    ck_assert_int_eq(count_a, hits / 2);
    drained_stats(b);
    stop_runtime(a);
    stop_runtime(b);
}
END_TEST

static int ask_abroad(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == 1) { /* what quay_then brought */
        EXPECT_EQ(message->status, 0);
        const long *answer = QUAY_PAYLOAD(message, long);
        EXPECT(answer && *answer == 42);
        atomic_fetch_add(&SHARED(state, relay)->hops, 1);
        return 0;
    }
    quay_future *f = quay_ask(SHARED(state, relay)->port[0], 0, &(long){42}, sizeof(long), QUAY_FOREVER);
    EXPECT_EQ(quay_then(f, quay_self_port(self), 1), 0);
    quay_drop(f);
    return 0;
}

START_TEST(a_handler_may_ask_another_runtime)
{
    quay_runtime *a = start_runtime(1), *b = start_runtime(1);
    relay r = {.port[0] = spawn(b, echo, QUAY_ANYWHERE, NULL)};
    quay_port asker = spawn(a, ask_abroad, QUAY_ANYWHERE, &r);
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(quay_send(asker, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_runtime_drain(a, QUAY_FOREVER), 0); /* all asks are sent */
    ck_assert_int_eq(quay_runtime_drain(b, QUAY_FOREVER), 0); /* and answered */
    ck_assert_int_eq(quay_runtime_drain(a, QUAY_FOREVER), 0); /* and the answers handled */
    ck_assert_int_eq(r.hops, 1000);
    stop_runtime(b);
    stop_runtime(a);
}
END_TEST

static void use_other_runtime(quay_self *self, void *argument)
{
    quay_runtime *other = argument;
    quay_promise promise;
    quay_future *future;
    quay_port port;
    (void)self;
    EXPECT_EQ(quay_promise_new(other, &promise, &future), -EPERM);
    EXPECT_EQ(quay_spawn(other, &port, ignore, NULL), 0);
    EXPECT_EQ(quay_send(port, 0, NULL, 0), 0);
    EXPECT_EQ(quay_stop(port), 0);
}

START_TEST(a_handler_may_spawn_in_another_runtime)
{
    quay_runtime *a = start_runtime(1), *b = start_runtime(1);
    run_in_handler(a, QUAY_ANYWHERE, use_other_runtime, b);
    quay_stats stats = drained_stats(b);
    ck_assert_uint_eq(stats.handled, 1);
    ck_assert_uint_eq(stats.alive, 0);
    stop_runtime(b);
    stop_runtime(a);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        starts_with_no_options,
        start_wants_somewhere_to_put_it,
        a_stopped_runtime_is_not_running,
        no_runtime_is_not_running,
        ports_of_a_stopped_runtime_are_gone,
        ids_of_an_earlier_runtime_reach_nobody,
        stop_ends_ports_after_what_they_have_queued,
        stop_settles_what_is_outstanding,
        stop_lets_joiners_go,
        stop_names_laggards_at_its_deadline,
        drain_waits_for_a_running_handler,
        drain_waits_for_chains_across_workers,
        several_threads_may_drain,
        a_handler_may_not_wait_for_its_runtime,
        ports_of_two_runtimes_message_each_other,
        a_handler_may_ask_another_runtime,
        a_handler_may_spawn_in_another_runtime,
    };
    return run_tests("runtime", tests, COUNT_OF(tests));
}
