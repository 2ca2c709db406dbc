/* test_quiet.c - drain: not before everything is done with, wherever it is; and who tells it. The workers step while
 * the test is parked. */
#include "fixture.h"

static quay_port noter;

static void step_all(void)
{
    for (unsigned i = 0; i < m.rt->workers_count; i++) step(i);
    qy_runtime_maybe_quiet(m.rt); /* as a worker that goes to sleep does */
}

static int drain_now(void)
{
    return quay_runtime_drain(m.rt, m.now);
}

START_TEST(a_runtime_with_nothing_to_do_is_quiet)
{
    machine_start(&m, 2);
    ck_assert_int_eq(drain_now(), 0);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(drain_now(), 0);
    machine_stop(&m);
}
END_TEST

static void send_on(quay_self *self)
{
    (void)self;
    tell(noter, 0);
}

START_TEST(it_is_not_quiet_while_a_message_is_anywhere)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    tell(noter, 0); /* on the ingress */
    ck_assert_int_eq(drain_now(), -ETIMEDOUT);
    settle_down();
    ck_assert_int_eq(drain_now(), 0);
    as_worker(1);
    tell(noter, 0); /* in the mailbox */
    as_nobody();
    ck_assert_int_eq(drain_now(), -ETIMEDOUT);
    settle_down();
    as_worker(0);
    tell(noter, 0); /* in the batch */
    as_nobody();
    ck_assert_int_eq(drain_now(), -ETIMEDOUT);
    settle_down();
    run_in_port(0, send_on); /* on the lane */
    ck_assert_int_eq(drain_now(), -ETIMEDOUT);
    settle_down();
    ck_assert_int_eq(drain_now(), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(it_is_not_quiet_while_control_messages_are_on_their_way)
{
    machine_start(&m, 2);
    for (int what = 0; what < 3; what++) {
        noter = spawn_on(1, note_message, NULL);
        ck_assert_int_eq(drain_now(), 0);
        if (what == 0) ck_assert_int_eq(quay_spawn(m.rt, &noter, note_message, NULL), 0);
        else ck_assert_int_eq(what == 1 ? quay_stop(noter) : quay_kill(noter, 0), 0);
        ck_assert_int_eq(drain_now(), -ETIMEDOUT);
        settle_down();
    }
    ck_assert_int_eq(drain_now(), 0);
    machine_stop(&m);
}
END_TEST

static void arm_far(quay_self *self)
{
    (void)self;
    quay_drop(quay_ask(noter, 0, NULL, 0, m.now + QUAY_SEC(100)));
    ck_assert_ptr_nonnull(qy_timer_arm(qy_me, m.now + QUAY_SEC(100), qy_timer_expire_answer, 0));
}

START_TEST(timers_do_not_count)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    run_in_port(0, arm_far);
    settle_down();
    ck_assert(!qy_heap_empty(&m.rt->workers[0]->timers));
    ck_assert_int_eq(drain_now(), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(drain_parks_until_a_worker_says_that_it_sleeps)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    for (uint32_t i = 0; i < 1000; i++) tell(noter, i);
    m.parked = step_all;
    ck_assert_int_eq(quay_runtime_drain(m.rt, QUAY_FOREVER), 0);
    ck_assert_uint_eq(noted.count, 1000);
    ck_assert_uint_gt(m.parks, 1);
    ck_assert_uint_eq(m.rt->observed, 0);
    ck_assert_uint_eq(m.rt->visitors, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(nobody_is_told_when_nobody_waits)
{
    machine_start(&m, 1);
    uint32_t quiet = m.rt->quiet;
    m.wakes = 0;
    qy_runtime_maybe_quiet(m.rt);
    ck_assert_uint_eq(m.rt->quiet, quiet);
    ck_assert_uint_eq(m.wakes, 0);
    machine_stop(&m);
}
END_TEST

static void end_meanwhile(void)
{
    ck_pr_store_32(&m.rt->phase, QY_ENDED);
}

START_TEST(drain_ends_with_the_runtime)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    tell(noter, 0);
    m.parked = end_meanwhile;
    ck_assert_int_eq(quay_runtime_drain(m.rt, QUAY_FOREVER), -ECANCELED);
    machine_stop(&m);
}
END_TEST

START_TEST(waiting_for_no_ports_waits_for_the_last)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(qy_runtime_wait_quiet(m.rt, true, m.now), -ETIMEDOUT);
    ck_assert_int_eq(quay_stop(noter), 0);
    m.parked = step_all;
    ck_assert_int_eq(qy_runtime_wait_quiet(m.rt, true, QUAY_FOREVER), 0);
    ck_assert_uint_eq(stats().alive, 0);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_runtime_with_nothing_to_do_is_quiet,
                            it_is_not_quiet_while_a_message_is_anywhere,
                            it_is_not_quiet_while_control_messages_are_on_their_way,
                            timers_do_not_count,
                            drain_parks_until_a_worker_says_that_it_sleeps,
                            nobody_is_told_when_nobody_waits,
                            drain_ends_with_the_runtime,
                            waiting_for_no_ports_waits_for_the_last};
    return run_tests("quiet", tests, COUNT_OF(tests));
}
