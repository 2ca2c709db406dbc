/* test_homes.c - rows of homes, and names that stay stale when a home gets a new runtime. */
#include "fixture.h"

START_TEST(rows_do_not_overlap_and_home_0_is_nobodys)
{
    uint32_t a, b, c;
    ck_assert_int_eq(qy_homes_take(10, &a), 0);
    ck_assert_int_eq(qy_homes_take(5, &b), 0);
    ck_assert_uint_ge(a, 1);
    ck_assert(b >= a + 10 || a >= b + 5);
    qy_homes_give(a, 10, NULL);
    ck_assert_int_eq(qy_homes_take(11, &c), 0);
    ck_assert(b >= c + 11 || c >= b + 5);
}
END_TEST

START_TEST(there_are_so_many_and_no_more)
{
    uint32_t first, none;
    ck_assert_int_eq(qy_homes_take(QY_ID_HOMES, &none), -EAGAIN);
    ck_assert_int_eq(qy_homes_take(QUAY_WORKERS_MAX, &first), 0);
    ck_assert_int_eq(qy_homes_take(1, &none), -EAGAIN);
    qy_homes_give(first, 1, NULL);
    ck_assert_int_eq(qy_homes_take(1, &none), 0);
    ck_assert_uint_eq(none, first);
}
END_TEST

START_TEST(floors_are_kept_and_a_home_used_up_is_not_given_again)
{
    uint32_t first, again, floors[] = {77, 0, 99};
    ck_assert_int_eq(qy_homes_take(3, &first), 0);
    for (uint32_t i = 0; i < 3; i++) ck_assert_uint_eq(qy_homes_floor(first + i), 1);
    qy_homes_give(first, 3, floors);
    ck_assert_uint_eq(qy_homes_floor(first), 77);
    ck_assert_uint_eq(qy_homes_floor(first + 2), 99);
    ck_assert_int_eq(qy_homes_take(3, &again), 0);
    ck_assert_uint_gt(again, first + 1);
    qy_homes_give(again, 3, NULL); /* floors as they were */
    ck_assert_uint_eq(qy_homes_floor(first + 2), 99);
}
END_TEST

START_TEST(a_runtime_is_found_under_each_of_its_homes_while_it_is_listed)
{
    machine_start(&m, 3);
    quay_runtime *rt = m.rt;
    uint32_t first = rt->first_home;
    for (uint32_t i = 0; i <= 3; i++) ck_assert_ptr_eq(qy_homes_runtime(first + i), rt);
    ck_assert_ptr_ne(qy_homes_runtime(first + 4), rt);
    ck_assert_uint_eq(qy_homes_find(rt), first);
    machine_stop(&m);
    for (uint32_t i = 0; i <= 3; i++) ck_assert_ptr_null(qy_homes_runtime(first + i));
    ck_assert_uint_eq(qy_homes_find(rt), QY_ID_HOMES);
    ck_assert_uint_eq(qy_homes_find(NULL), QY_ID_HOMES);
}
END_TEST

/* ---- one runtime after another in the same homes ---- */

static uint64_t future_id;

static void note_promise(quay_self *self)
{
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    future_id = promise.id;
}

static void assert_stale(quay_port port)
{
    unsigned before = noted.count;
    uint64_t dead = stats().dead[QUAY_DEAD_NO_PORT];
    tell(port, 1);
    settle_down();
    ck_assert_uint_eq(noted.count, before);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], dead + 1);
    as_worker(0);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), -EPIPE);
    as_nobody();
}

START_TEST(ports_and_futures_of_a_runtime_that_ended_are_stale_in_the_next)
{
    enum { LIVES = 6, PORTS = 8 };
    quay_port old[LIVES * PORTS];
    uint64_t old_futures[LIVES];
    for (unsigned life = 0; life < LIVES; life++) {
        machine_start(&m, 1);
        for (unsigned i = 0; i < life * PORTS; i++) assert_stale(old[i]);
        for (unsigned i = 0; i < PORTS; i++) {
            old[life * PORTS + i] = spawn_on(0, note_message, NULL);
            if (i % 2) ck_assert_int_eq(quay_kill(old[life * PORTS + i], 0), 0);
        }
        for (unsigned i = 0; i < life * PORTS; i++) assert_stale(old[i]);
        run_in_port(0, note_promise);
        for (unsigned i = 0; i < life; i++) ck_assert_ptr_null(qy_port_future_find(m.rt->workers[0], old_futures[i]));
        old_futures[life] = future_id;
        ck_assert_ptr_nonnull(qy_port_future_find(m.rt->workers[0], future_id));
        settle_down();
        machine_stop(&m);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {rows_do_not_overlap_and_home_0_is_nobodys, there_are_so_many_and_no_more,
                            floors_are_kept_and_a_home_used_up_is_not_given_again,
                            a_runtime_is_found_under_each_of_its_homes_while_it_is_listed,
                            ports_and_futures_of_a_runtime_that_ended_are_stale_in_the_next};
    return run_tests("homes", tests, COUNT_OF(tests));
}
