/* test_order.c - what a worker does when it is told to drain and to kill. */
#include "core/order.h"

#include <string.h>

#include "fixture.h"

static void order(qy_order what)
{
    ck_pr_or_32(&m.rt->workers[0]->parking.orders, what);
    settle_down();
}

START_TEST(draining_ends_ports_after_what_they_have_queued)
{
    machine_start(&m, 1);
    spawn_on(0, note_message, &(quay_port_options){.fini = note_end});
    quay_port noter = spawn_on(0, note_message, &(quay_port_options){.fini = note_end});
    as_worker(0);
    for (uint32_t i = 0; i < 100; i++) tell(noter, i);
    as_nobody();
    order(QY_ORDER_DRAIN);
    ck_assert_uint_eq(noted.count, 100);
    ck_assert_uint_eq(noted.ended, 2);
    spawn_on(0, note_message, &(quay_port_options){.fini = note_end});
    ck_assert_uint_eq(noted.ended, 3);
    ck_assert_uint_eq(stats().alive, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(killing_names_some_and_ends_all)
{
    machine_start(&m, 1);
    for (int i = 0; i < 20; i++) spawn_on(0, note_message, &(quay_port_options){.name = "laggard", .fini = note_end});
    order(QY_ORDER_KILL);
    ck_assert_uint_eq(noted.ended, 20);
    ck_assert_int_eq(noted.reason, -ECANCELED);
    ck_assert_ptr_nonnull(strstr(m.log, "port laggard (worker 0)"));
    ck_assert_ptr_nonnull(strstr(m.log, "and 4 more"));
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {draining_ends_ports_after_what_they_have_queued, killing_names_some_and_ends_all};
    return run_tests("order", tests, COUNT_OF(tests));
}
