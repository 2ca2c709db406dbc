/* test_guest_lane.c - a guest has one lane to each worker it ever sent to, and gets its messages back. */
#include "fixture.h"

static qy_guest *enter(void)
{
    int error;
    qy_guest *guest = qy_guest_enter(m.rt->first_home, &error);
    ck_assert_ptr_nonnull(guest);
    return guest;
}

START_TEST(a_lane_is_made_once)
{
    machine_start(&m, 2);
    qy_guest *guest = enter();
    ck_assert_ptr_null(qy_guest_find_lane(guest, m.rt->workers[1]));
    qy_ingress_lane *lane = qy_guest_lane(guest, m.rt->workers[1]);
    ck_assert_ptr_nonnull(lane);
    ck_assert_ptr_eq(qy_guest_lane(guest, m.rt->workers[1]), lane);
    ck_assert_ptr_eq(qy_guest_find_lane(guest, m.rt->workers[1]), lane);
    ck_assert_ptr_null(qy_guest_find_lane(guest, m.rt->workers[0]));
    qy_guest_leave();
    machine_stop(&m);
}
END_TEST

/* No thread is needed to be on a lane's end. */
START_TEST(lanes_to_hosts_are_kept_by_home)
{
    machine_start(&m, 1);
    qy_guest *guest = enter();
    qy_worker host = {.station = {.runtime = m.rt}, .blocking = true, .index = 7, .home = QY_ID_HOMES - 1};
    ck_assert_ptr_null(qy_guest_find_lane(guest, &host));
    m.starved = true;
    ck_assert_ptr_null(qy_guest_lane(guest, &host));
    m.starved = false;
    qy_ingress_lane *lane = qy_guest_lane(guest, &host);
    ck_assert_ptr_nonnull(lane);
    ck_assert_ptr_eq(qy_guest_find_lane(guest, &host), lane);
    host.home--;
    ck_assert_ptr_null(qy_guest_find_lane(guest, &host));
    qy_guest_leave();
    machine_stop(&m);
}
END_TEST

START_TEST(spent_messages_come_back_before_new_memory_is_taken)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, note_message, NULL);
    tell(port, 0);
    settle_down();
    size_t live = m.live;
    for (int i = 0; i < 1000; i++) {
        tell(port, 0);
        settle_down();
    }
    ck_assert_uint_eq(m.live, live);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_lane_is_made_once, lanes_to_hosts_are_kept_by_home,
                            spent_messages_come_back_before_new_memory_is_taken};
    return run_tests("guest_lane", tests, COUNT_OF(tests));
}
