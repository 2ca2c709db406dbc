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
static void swap_two_in(quay_runtime *rt)
{
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

static void swap_two(void)
{
    swap_two_in(simulate(1, 1, 0));
}

static void swap_two_in_a_smaller_runtime(void)
{
    quay_runtime *rt;
    (void)simulate(1, 3, 0);
    if (!quay_runtime_start(&rt, &(quay_runtime_options){.workers = 1})) swap_two_in(rt);
}

START_TEST(a_wrong_order_is_found)
{
    assert_dies_saying(swap_two_in_a_smaller_runtime, "handled out of order");
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

static int answer_asks(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return message->tag == 9 ? quay_reply(self, NULL, 0) : 0;
}

/* By timers and answers a worker sends for no port of its own; and a timer's message is the timer from then on. */
static int send_by_others(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    const quay_port to = *SHARED(state, quay_port);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(quay_send_after(to, 1, NULL, 0, quay_in(QUAY_US(i)), NULL), 0);
        quay_future *f = quay_ask(to, 9, NULL, 0, QUAY_FOREVER);
        ck_assert_int_eq(quay_then(f, to, 3), 0);
        quay_drop(f);
    }
    return 0;
}

START_TEST(what_is_sent_for_no_port_has_no_order)
{
    for (uint64_t seed = 1; seed < 100; seed++) {
        quay_runtime *rt;
        quay_runtime *first = simulate(seed, 1, 0);
        ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.workers = 4}), 0);
        quay_port to = spawn_at(rt, answer_asks, 2, "to", NULL);
        quay_port from = spawn_at(rt, send_by_others, 1, "from", &to);
        for (int i = 0; i < 8; i++) ck_assert_int_eq(quay_send(from, 0, NULL, 0), 0);
        ck_assert_int_eq(quay_sim_run(rt), 0);
        ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
        stop(first);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {all_that_crosses_is_numbered, a_wrong_order_is_found, what_is_sent_for_no_port_has_no_order,
                            batches_are_as_long_as_the_seed_says};
    return run_tests("roads", tests, COUNT_OF(tests));
}
