/* test_loop.c - simulated workers step, sleep and end; handlers wait on their fibers meanwhile. */
#include "support.h"

static int nap(quay_self *self, void *state, const quay_message *message)
{
    unsigned *handled = SHARED(state, unsigned);
    ck_assert_int_eq(quay_sleep(self, QUAY_MS(message->tag)), 0);
    ++*handled;
    return 0;
}

START_TEST(handlers_that_wait_leave_the_worker_to_others)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        unsigned handled = 0;
        quay_runtime *rt = simulate(seed, 1, 0);
        quay_time start = quay_now();
        for (uint32_t i = 1; i <= 8; i++) {
            ck_assert_int_eq(quay_send(spawn_at(rt, nap, 0, "napper", &handled), 10, NULL, 0), 0);
        }
        ck_assert_int_eq(quay_sim_run(rt), 0);
        ck_assert_uint_eq(handled, 8);
        ck_assert_int_lt(quay_now() - start, QUAY_MS(20)); /* all at once */
        stop(rt);
    }
}
END_TEST

static int end_by_tag(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag) quay_exit(self, -(int)message->tag);
    else ck_assert_int_eq(quay_sleep(self, QUAY_MS(1)), 0);
    return 0;
}

static unsigned count_ended(const qy_simulation *sim, int reason)
{
    unsigned count = 0;
    for (uint64_t i = 0; i < sim->trace.count && i < QY_TRACE_KEPT; i++) {
        const qy_event *event = &sim->trace.latest[i];
        count += event->kind == QY_EVENT_ENDED && event->status == reason;
    }
    return count;
}

START_TEST(each_end_is_told_once)
{
    quay_runtime *rt = simulate(5, 2, 0);
    quay_port naps = spawn_at(rt, end_by_tag, 0, "naps", NULL);
    ck_assert_int_eq(quay_send(naps, 0, NULL, 0), 0);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(quay_send(spawn_at(rt, end_by_tag, i % 2, "ends", NULL), EINTR, NULL, 0), 0);
    }
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_uint_eq(count_ended(qy_simulation_here, -EINTR), 4);
    ck_assert_uint_eq(count_ended(qy_simulation_here, 0), 0);
    stop(rt);
}
END_TEST

START_TEST(idle_workers_sleep)
{
    quay_runtime *rt = simulate(6, 4, 0);
    be_plain();
    ck_assert_int_eq(quay_sim_run(rt), 0);
    uint64_t choices = qy_simulation_here->choices;
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_uint_le(qy_simulation_here->choices, choices + 1);
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {handlers_that_wait_leave_the_worker_to_others, each_end_is_told_once, idle_workers_sleep};
    return run_tests("loop", tests, COUNT_OF(tests));
}
