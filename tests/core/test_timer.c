/* test_timer.c - in order, never early, so many a step; and the clock. */
#include "core/timer.h"

#include "base/rng.h"
#include "fixture.h"

static uint64_t fired[1000];
static unsigned fired_count;

static void note_fired(qy_worker *worker, uint64_t target)
{
    ck_assert_ptr_eq(worker, m.rt->workers[0]);
    fired[fired_count++] = target;
}

static qy_timer *arm(quay_time at, uint64_t target)
{
    qy_timer *timer = qy_timer_arm(m.rt->workers[0], at, note_fired, target);
    ck_assert_ptr_nonnull(timer);
    return timer;
}

START_TEST(a_timer_fires_once_and_never_early)
{
    machine_start(&m, 1);
    arm(m.now + 100, 7);
    for (int i = 0; i < 99; i++, m.now++) ck_assert(!step(0));
    ck_assert_uint_eq(fired_count, 0);
    m.now++;
    ck_assert(step(0));
    ck_assert_uint_eq(fired_count, 1);
    ck_assert_uint_eq(fired[0], 7);
    m.now += 1000;
    ck_assert(!step(0));
    machine_stop(&m);
}
END_TEST

START_TEST(timers_fire_in_the_order_of_their_times_then_of_their_arming)
{
    enum { TIMERS = 200 };
    quay_time at[TIMERS];
    qy_rng rng = {.state = 11};
    machine_start(&m, 1);
    for (uint64_t i = 0; i < TIMERS; i++) arm(at[i] = m.now + (quay_time)qy_rng_below(&rng, 40), i);
    m.now += 1000;
    settle_down();
    ck_assert_uint_eq(fired_count, TIMERS);
    for (unsigned i = 1; i < TIMERS; i++) {
        quay_time before = at[fired[i - 1]], now = at[fired[i]];
        ck_assert(before < now || (before == now && fired[i - 1] < fired[i]));
    }
    machine_stop(&m);
}
END_TEST

START_TEST(a_disarmed_timer_does_not_fire)
{
    machine_start(&m, 1);
    qy_timer *timers[3];
    for (uint64_t i = 0; i < 3; i++) timers[i] = arm(m.now + 10, i);
    qy_timer_disarm(m.rt->workers[0], timers[1]);
    m.now += 10;
    settle_down();
    ck_assert_uint_eq(fired_count, 2);
    ck_assert_uint_eq(fired[0], 0);
    ck_assert_uint_eq(fired[1], 2);
    machine_stop(&m);
}
END_TEST

/* W2: a flood of timers leaves the rest of the step its turn. */
START_TEST(a_step_fires_so_many)
{
    machine_start(&m, 1);
    for (uint64_t i = 0; i < COUNT_OF(fired); i++) arm(m.now, i);
    ck_assert(step(0));
    ck_assert_uint_gt(fired_count, 0);
    ck_assert_uint_lt(fired_count, COUNT_OF(fired));
    settle_down();
    ck_assert_uint_eq(fired_count, COUNT_OF(fired));
    machine_stop(&m);
}
END_TEST

static int go_on(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    tell(quay_self_port(self), message->tag);
    return 0;
}

START_TEST(a_busy_worker_fires_timers_too)
{
    machine_start(&m, 2);
    quay_port port;
    as_worker(0);
    ck_assert_int_eq(quay_spawn(m.rt, &port, go_on, NULL), 0);
    tell(port, 0);
    as_nobody();
    quay_port noter = {0};
    as_worker(0);
    ck_assert_int_eq(quay_spawn(m.rt, &noter, note_message, NULL), 0);
    as_nobody();
    arm(m.now + 1, 5);
    m.now += 1;
    for (int i = 0; i < 9 && !fired_count; i++) {
        as_worker(1);
        tell(noter, 0); /* so that something always arrives */
        qy_outbound_flush(qy_me);
        as_nobody();
        ck_assert(step(0));
    }
    ck_assert_uint_eq(fired_count, 1);
    machine_stop(&m);
}
END_TEST

static void arm_again(qy_worker *worker, uint64_t target)
{
    note_fired(worker, target);
    if (target) ck_assert_ptr_nonnull(qy_timer_arm(worker, m.now + 1, arm_again, target - 1));
}

START_TEST(an_action_may_arm_a_timer)
{
    machine_start(&m, 1);
    ck_assert_ptr_nonnull(qy_timer_arm(m.rt->workers[0], m.now, arm_again, 5));
    for (unsigned i = 1; i <= 6; i++, m.now++) {
        settle_down();
        ck_assert_uint_eq(fired_count, i);
    }
    machine_stop(&m);
}
END_TEST

START_TEST(without_memory_there_is_no_timer)
{
    machine_start(&m, 1);
    starve(0);
    ck_assert_ptr_null(qy_timer_arm(m.rt->workers[0], m.now, note_fired, 0));
    feed();
    ck_assert(!step(0));
    machine_stop(&m);
}
END_TEST

START_TEST(a_worker_has_its_own_clock_and_time_ends)
{
    machine_start(&m, 1);
    as_worker(0);
    ck_assert_int_eq(quay_now(), m.now);
    ck_assert_int_eq(quay_in(5), m.now + 5);
    ck_assert_int_eq(quay_in(-5), m.now - 5);
    ck_assert_int_eq(quay_in(INT64_MAX), QUAY_FOREVER);
    ck_assert_int_eq(quay_in(QUAY_FOREVER - m.now), QUAY_FOREVER);
    ck_assert_int_eq(quay_in(QUAY_FOREVER - m.now - 1), QUAY_FOREVER - 1);
    ck_assert_int_eq(quay_in(INT64_MIN), INT64_MIN + m.now);
    as_nobody();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_timer_fires_once_and_never_early, timers_fire_in_the_order_of_their_times_then_of_their_arming,
        a_disarmed_timer_does_not_fire,     a_step_fires_so_many,
        a_busy_worker_fires_timers_too,     an_action_may_arm_a_timer,
        without_memory_there_is_no_timer,   a_worker_has_its_own_clock_and_time_ends};
    return run_tests("timer", tests, COUNT_OF(tests));
}
