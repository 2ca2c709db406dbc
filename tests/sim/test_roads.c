/* test_roads.c - what crosses from worker to worker is numbered, and an order that is not that of sending is found. */
#include "support.h"

static int swallow(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return 0;
}

static int send_two(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    const quay_port *to = SHARED(state, quay_port);
    for (uint32_t i = 0; i < 2; i++) ck_assert_int_eq(quay_send(*to, i, NULL, 0), 0);
    return 0;
}

START_TEST(all_that_crosses_is_numbered)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        quay_runtime *rt = simulate(seed, 2, 0);
        quay_port to = spawn_at(rt, swallow, 1, "to", NULL);
        quay_port from = spawn_at(rt, send_two, 0, "from", &to);
        quay_port beside = spawn_at(rt, send_two, 1, "beside", &to);
        for (int i = 0; i < 5; i++) {
            ck_assert_int_eq(quay_send(from, 0, NULL, 0), 0);
            ck_assert_int_eq(quay_send(beside, 0, NULL, 0), 0);
        }
        ck_assert_int_eq(quay_sim_run(rt), 0);
        /* 10 from outside, 10 over the lane; 10 stayed on their worker. Orders and births may number one again. */
        ck_assert_uint_ge(qy_simulation_here->roads.pushed, 20);
        ck_assert_uint_eq(qy_simulation_here->roads.handled.count, 3);
        stop(rt);
    }
}
END_TEST

/* Two messages change places on the ingress lane. */
static void swap_two(void)
{
    quay_runtime *rt = simulate(1, 1, 0);
    be_plain();
    quay_port to = spawn_at(rt, swallow, 0, "to", NULL);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    qy_lane *lane = &qy_runtime_guest(rt, rt->workers_count)->lanes[0]->lane;
    qy_parcel *head = lane->fifo.head;
    qy_simulation_here->failing = true; /* nobody gets the turn between the two */
    (void)quay_send(to, 0, NULL, 0);
    (void)quay_send(to, 1, NULL, 0);
    qy_simulation_here->failing = false;
    qy_parcel *first = head->next, *second = first->next;
    head->next = second;
    second->next = first;
    first->next = NULL;
    lane->fifo.tail = first;
    (void)quay_sim_run(rt);
}

START_TEST(a_wrong_order_is_found)
{
    assert_dies_saying(swap_two, "handled out of order");
}
END_TEST

START_TEST(batches_are_as_long_as_the_seed_says)
{
    quay_runtime *rt = simulate(1, 2, 0);
    be_plain();
    qy_simulation_here->settings.batch = 3;
    qy_roads_arm(qy_simulation_here, rt->workers[0]);
    ck_assert_uint_eq(rt->workers[0]->outbound[1].count, QY_BATCH - 3);
    ck_assert_uint_eq(rt->workers[0]->parking.asleep, 1);
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {all_that_crosses_is_numbered, a_wrong_order_is_found, batches_are_as_long_as_the_seed_says};
    return run_tests("roads", tests, COUNT_OF(tests));
}
