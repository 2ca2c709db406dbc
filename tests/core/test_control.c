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

/* The thread has sent before, so it has a guest; what it would send now has no memory. */
START_TEST(a_question_that_finds_no_memory_is_not_waited_for)
{
    quay_port_counters counters;
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    tell(noter, 0);
    qy_pool *pool = &qy_runtime_guest(m.rt, m.rt->workers_count)->station.pool;
    for (unsigned i = 0; i < QY_CLASSES; i++) pool->free[i] = NULL;
    m.starved = true;
    ck_assert_int_eq(quay_join(noter, QUAY_FOREVER, NULL), -ENOMEM);
    ck_assert_int_eq(quay_port_stats(noter, &counters), -ENOMEM);
    feed();
    settle_down();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
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

static machine other;
static quay_port stranger;

/* What would wait is refused; what is known at once is said. */
static void ask_about_another(quay_self *self)
{
    quay_port_counters counters;
    quay_stats sum;
    (void)self;
    ck_assert_int_eq(quay_join(stranger, QUAY_FOREVER, NULL), -EPERM);
    ck_assert_int_eq(quay_port_stats(stranger, &counters), -EPIPE);
    ck_assert_uint_eq(quay_runtime_workers(other.rt), 2);
    ck_assert_int_eq(quay_runtime_stats(other.rt, &sum), 0);
    ck_assert_int_eq(quay_runtime_drain(other.rt, QUAY_FOREVER), 0); /* there is nothing to wait for */
}

START_TEST(a_handler_may_look_at_another_runtime)
{
    machine_start(&m, 1);
    machine_start(&other, 2);
    ck_assert_int_eq(quay_spawn(other.rt, &stranger, note_message, NULL), 0);
    machine_settle(&other);
    run_in_port(0, ask_about_another);
    machine_stop(&other);
    machine_stop(&m);
}
END_TEST

static void sleep_as_another(quay_self *self)
{
    quay_self copy = *self;
    ck_assert_int_eq(quay_sleep(&copy, 1), -EINVAL);
    ck_assert_int_eq(quay_sleep(NULL, 1), -EINVAL);
}

START_TEST(only_the_running_port_sleeps)
{
    machine_start(&m, 1);
    run_in_port(0, sleep_as_another);
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_without_a_name_has_an_empty_one)
{
    quay_port_counters counters = {.name = "somebody"};
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_ptr_null(port_of(noter)->cold);
    (void)as_worker(0);
    ck_assert_int_eq(quay_port_stats(noter, &counters), 0);
    ck_assert_str_eq(counters.name, "");
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
        what_has_ended_here_is_known_here,      a_question_that_finds_no_memory_is_not_waited_for,
        reasons_and_nobodies_are_refused,       a_handler_does_not_wait_for_its_own_runtime,
        a_handler_may_look_at_another_runtime,  only_the_running_port_sleeps,
        a_port_without_a_name_has_an_empty_one, a_join_that_times_out_leaves_the_port_and_the_next_join,
        joins_that_time_out_do_not_pile_up,     a_ports_counters_are_read_by_its_own_worker};
    return run_tests("control", tests, COUNT_OF(tests));
}
