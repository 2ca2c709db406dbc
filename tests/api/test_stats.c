/* test_stats.c - every counter moves when its comment says so, and together they lose nothing.
 *
 * Read next: test_allocation.c. */
#include "support.h"

static int fail_if_tagged(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    (void)state;
    return message->tag ? -EIO : 0;
}

START_TEST(messages_are_counted)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, fail_if_tagged, quay_core(1), NULL);
    for (uint32_t i = 0; i < 30; i++) ck_assert_int_eq(quay_send(port, i % 3 == 0, NULL, 0), 0);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.sent, 30);
    ck_assert_uint_eq(stats.handled, 30);
    ck_assert_uint_eq(stats.failed, 10);
    ck_assert_uint_eq(stats.late, 0);
    ck_assert_uint_eq(quay_dead_total(&stats), 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(ports_are_counted)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port[10];
    for (unsigned i = 0; i < COUNT_OF(port); i++) port[i] = spawn(rt, ignore, quay_core(i % 2), NULL);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.spawned, 10);
    ck_assert_uint_eq(stats.alive, 10);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(i % 2 ? quay_stop(port[i]) : quay_kill(port[i], -EIO), 0);
        ck_assert_int_eq(quay_join(port[i], QUAY_FOREVER, NULL), 0);
    }
    stats = drained_stats(rt);
    ck_assert_uint_eq(stats.spawned, 10);
    ck_assert_uint_eq(stats.alive, 6);
    ck_assert_uint_eq(stats.sent, 0); /* stop and kill are no messages */
    stop_runtime(rt);
}
END_TEST

static void queue_and_kill(quay_self *self, void *argument)
{
    quay_port port = *(quay_port *)argument;
    (void)self;
    for (int i = 0; i < 7; i++) EXPECT_EQ(quay_send(port, 0, NULL, 0), 0);
    EXPECT_EQ(quay_kill(port, 0), 0);
}

/* Expired ones are in test_deadline.c, refused ones in test_fairness.c. */
START_TEST(dead_letters_are_counted_by_reason)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    run_in_handler(rt, quay_core(1), queue_and_kill, &port);
    uint64_t accepted = 0;
    for (int i = 0; i < 3; i++) accepted += quay_send(port, 0, NULL, 0) == 0;
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.sent, 1 + 7 + accepted);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_ENDED], 7);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_NO_PORT], accepted);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_EXPIRED], 0);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_REFUSED], 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(the_dead_are_summed)
{
    quay_stats stats = {.sent = 1000, .handled = 1000};
    ck_assert_uint_eq(quay_dead_total(&stats), 0);
    for (uint64_t i = 0; i < QUAY_DEAD_REASONS; i++) stats.dead[i] = UINT64_C(1) << (10 * i);
    ck_assert_uint_eq(quay_dead_total(&stats), UINT64_C(1) + (1 << 10) + (1 << 20) + (1 << 30) + (UINT64_C(1) << 40));
}
END_TEST

/* ---- queued ---- */

static void queue_for_sibling(quay_self *self, void *argument)
{
    quay_port sibling = *(quay_port *)argument;
    quay_stats stats;
    quay_port_counters counters;
    for (int i = 0; i < 5; i++) EXPECT_EQ(quay_send(sibling, 0, NULL, 0), 0);
    EXPECT_EQ(quay_runtime_stats(quay_self_runtime(self), &stats), 0);
    EXPECT_EQ(stats.sent, 6);
    EXPECT_EQ(stats.handled, 0);
    EXPECT_EQ(stats.queued, 6); /* the one in hand is one */
    EXPECT_EQ(quay_port_stats(sibling, &counters), 0);
    EXPECT_EQ(counters.queued, 5);
    EXPECT_EQ(counters.handled, 0);
    EXPECT_EQ(quay_port_stats(quay_self_port(self), &counters), 0);
    EXPECT_EQ(counters.handled, 0);
}

START_TEST(what_waits_is_queued)
{
    quay_runtime *rt = start_runtime(1);
    quay_port sibling = spawn(rt, ignore, QUAY_ANYWHERE, NULL);
    run_in_handler(rt, QUAY_ANYWHERE, queue_for_sibling, &sibling);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.handled, 6);
    stop_runtime(rt);
}
END_TEST

/* ---- late ---- */

START_TEST(late_answers_are_counted)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    gate_init(&g);
    quay_port port = spawn(rt, pass_gate, quay_core(1), &g);
    quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    gate_await_entry(&g);
    ck_assert_int_eq(quay_cancel(f), 0);
    gate_open(&g);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.late, 1);
    ck_assert_uint_eq(stats.handled, 1);
    quay_drop(f);
    stop_runtime(rt);
}
END_TEST

/* ---- each worker's ---- */

static void add_stats(quay_stats *sum, const quay_stats *stats)
{
    sum->sent += stats->sent;
    sum->handled += stats->handled;
    sum->failed += stats->failed;
    sum->queued += stats->queued;
    sum->spawned += stats->spawned;
    sum->alive += stats->alive;
    for (int i = 0; i < QUAY_DEAD_REASONS; i++) sum->dead[i] += stats->dead[i];
}

START_TEST(workers_sum_up)
{
    quay_runtime *rt = start_runtime(4);
    quay_port port[4];
    for (unsigned i = 0; i < COUNT_OF(port); i++) port[i] = spawn(rt, fail_if_tagged, quay_core(i), NULL);
    for (unsigned i = 0; i < 100; i++) ck_assert_int_eq(quay_send(port[i % 3], i % 5 == 0, NULL, 0), 0);
    quay_stats all = drained_stats(rt), stats, sum = {0};
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(quay_worker_stats(rt, i, &stats), 0);
        ck_assert_uint_eq(stats.handled, i == 3 ? 0 : (99 - i) / 3 + 1);
        add_stats(&sum, &stats);
    }
    ck_assert_uint_eq(sum.handled, all.handled);
    ck_assert_uint_eq(sum.failed, all.failed);
    ck_assert_uint_eq(sum.alive, all.alive);
    ck_assert_uint_eq(quay_dead_total(&sum), quay_dead_total(&all));
    ck_assert_uint_le(sum.sent, all.sent); /* threads outside sent the rest */
    stop_runtime(rt);
}
END_TEST

START_TEST(stats_want_a_worker_and_somewhere_to_put_them)
{
    quay_runtime *rt = start_runtime(2);
    quay_stats stats;
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    ck_assert_int_eq(quay_runtime_stats(rt, NULL), -EINVAL);
    ck_assert_int_eq(quay_worker_stats(rt, 0, NULL), -EINVAL);
    ck_assert_int_eq(quay_worker_stats(rt, 2, &stats), -EINVAL);
    ck_assert_int_eq(quay_worker_stats(rt, ~0U, &stats), -EINVAL);
    ck_assert_int_eq(quay_port_stats(port, NULL), -EINVAL);
    stop_runtime(rt);
}
END_TEST

/* ---- a port's ---- */

START_TEST(a_port_has_counters)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port, unnamed = spawn(rt, ignore, quay_core(0), NULL);
    quay_port_options options = {.name = "the counted one", .place = quay_core(1)};
    quay_port_counters counters;
    ck_assert_int_eq(quay_spawn(rt, &port, fail_if_tagged, &options), 0);
    for (uint32_t i = 0; i < 30; i++) ck_assert_int_eq(quay_send(port, i % 3 == 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(quay_port_stats(port, &counters), 0);
    ck_assert_uint_eq(counters.handled, 30);
    ck_assert_uint_eq(counters.failed, 10);
    ck_assert_uint_eq(counters.queued, 0);
    ck_assert_str_eq(counters.name, "the counted one");
    ck_assert_int_eq(quay_port_stats(unnamed, &counters), 0);
    ck_assert_uint_eq(counters.handled, 0);
    ck_assert_str_eq(counters.name, "");
    ck_assert_int_eq(quay_stop(port), 0);
    join_port(port, 0);
    ck_assert_int_eq(quay_port_stats(port, &counters), -EPIPE);
    stop_runtime(rt);
}
END_TEST

static void read_counters(unsigned index, void *shared)
{
    (void)index;
    for (int i = 0; i < REPEAT(2000); i++) {
        quay_port_counters counters;
        EXPECT_EQ(quay_port_stats(*(quay_port *)shared, &counters), 0);
        EXPECT_EQ(strcmp(counters.name, ""), 0);
    }
}

START_TEST(many_threads_read_a_ports_counters)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    crew reading;
    crew_start(&reading, 4, read_counters, &port);
    for (int i = 0; i < REPEAT(10000); i++) ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    crew_join(&reading);
    stop_runtime(rt);
}
END_TEST

static void read_from_handler(quay_self *self, void *argument)
{
    const quay_port *ports = argument; /* one here, one elsewhere */
    quay_port_counters counters;
    (void)self;
    EXPECT_EQ(quay_port_stats(ports[0], &counters), 0);
    EXPECT_EQ(quay_port_stats(ports[1], &counters), -EDEADLK);
    EXPECT_EQ(quay_port_stats(ports[0], NULL), -EINVAL);
    EXPECT_EQ(quay_port_stats(QUAY_NOBODY, &counters), -EPIPE);
}

START_TEST(a_handler_reads_its_own_workers_ports)
{
    quay_runtime *rt = start_runtime(2);
    quay_port ports[] = {spawn(rt, ignore, quay_core(0), NULL), spawn(rt, ignore, quay_core(1), NULL)};
    run_in_handler(rt, quay_core(0), read_from_handler, ports);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        messages_are_counted,
        ports_are_counted,
        dead_letters_are_counted_by_reason,
        the_dead_are_summed,
        what_waits_is_queued,
        late_answers_are_counted,
        workers_sum_up,
        stats_want_a_worker_and_somewhere_to_put_them,
        a_port_has_counters,
        many_threads_read_a_ports_counters,
        a_handler_reads_its_own_workers_ports,
    };
    return run_tests("stats", tests, COUNT_OF(tests));
}
