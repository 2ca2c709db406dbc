/* test_control.c - what stop, kill, join and the counters know at once, and what they refuse. */
#include <string.h>

#include "fixture.h"

static quay_port noter;

START_TEST(what_has_ended_here_is_known_here)
{
    machine_start(&m, 2);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    for (int from = -1; from < 2; from++) {
        int expected = from == 0 ? -EPIPE : 0; /* elsewhere it is found out there */
        if (from >= 0) as_worker((unsigned)from);
        ck_assert_int_eq(quay_stop(noter), expected);
        ck_assert_int_eq(quay_kill(noter, 0), expected);
        as_nobody();
    }
    settle_down();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(reasons_and_nobodies_are_refused)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(noter, 1), -EINVAL);
    ck_assert_int_eq(quay_stop(QUAY_NOBODY), -EPIPE);
    ck_assert_int_eq(quay_kill(QUAY_NOBODY, 0), -EPIPE);
    ck_assert_int_eq(quay_join(QUAY_NOBODY, QUAY_FOREVER, NULL), -EPIPE);
    ck_assert_int_eq(quay_port_stats(noter, NULL), -EINVAL);
    ck_assert_uint_eq(quay_self_port(NULL).id, 0);
    ck_assert_ptr_null(quay_self_runtime(NULL));
    quay_exit(NULL, 0);
    ck_assert_ptr_nonnull(port_of(noter));
    machine_stop(&m);
}
END_TEST

START_TEST(a_handler_does_not_wait_for_its_own_runtime)
{
    quay_port_counters counters;
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    as_worker(0);
    ck_assert_int_eq(quay_join(noter, QUAY_FOREVER, NULL), -EDEADLK);
    ck_assert_int_eq(quay_port_stats(noter, &counters), -EDEADLK);
    ck_assert_int_eq(quay_runtime_drain(m.rt, QUAY_FOREVER), -EDEADLK);
    ck_assert_int_eq(quay_runtime_stop(m.rt, QUAY_FOREVER), -EDEADLK);
    as_nobody();
    machine_stop(&m);
}
END_TEST

START_TEST(a_join_that_times_out_leaves_the_port_and_the_next_join)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_join(noter, quay_now(), NULL), -ETIMEDOUT);
    settle_down();
    ck_assert_ptr_nonnull(port_of(noter));
    ck_assert_int_eq(quay_kill(noter, -EIO), 0);
    settle_down();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

/* Who looks from time to time whether a port has ended must not fill the memory of its worker. */
START_TEST(joins_that_time_out_do_not_pile_up)
{
    size_t after_warm_up = 0;
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    for (int i = 0; i < 4000; i++) {
        ck_assert_int_eq(quay_join(noter, quay_now(), NULL), -ETIMEDOUT);
        settle_down();
        if (i == 100) after_warm_up = m.live;
    }
    ck_assert_uint_eq(m.live, after_warm_up);
    machine_stop(&m);
}
END_TEST

START_TEST(a_ports_counters_are_read_by_its_own_worker)
{
    quay_port_counters counters;
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, &(quay_port_options){.name = "noter"});
    tell(noter, 0);
    settle_down();
    as_worker(0);
    tell(noter, 0);
    tell(noter, 0);
    ck_assert_int_eq(quay_port_stats(noter, &counters), 0);
    as_nobody();
    ck_assert_uint_eq(counters.handled, 1);
    ck_assert_uint_eq(counters.queued, 2);
    ck_assert_uint_eq(counters.failed, 0);
    ck_assert_str_eq(counters.name, "noter");
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        what_has_ended_here_is_known_here,           reasons_and_nobodies_are_refused,
        a_handler_does_not_wait_for_its_own_runtime, a_join_that_times_out_leaves_the_port_and_the_next_join,
        joins_that_time_out_do_not_pile_up,          a_ports_counters_are_read_by_its_own_worker};
    return run_tests("control", tests, COUNT_OF(tests));
}
