/* test_outbound.c - batches leave at the end of a step or when full; blocks go home, wake nobody and are used again. */
#include "core/outbound.h"

#include <string.h>

#include "fixture.h"

static quay_port there;
static unsigned to_send;

/* Too large for the belt. */
static const char payload[QY_BELT_LARGEST + 1];

static void send_there(quay_self *self)
{
    (void)self;
    for (unsigned i = 0; i < to_send; i++) ck_assert_int_eq(quay_send(there, i, payload, sizeof payload), 0);
}

static void assert_flushed(const qy_worker *worker)
{
    ck_assert_uint_eq(worker->dirty, 0);
    for (uint32_t i = 0; i < worker->peers; i++) {
        ck_assert_ptr_null(worker->outbound[i].first);
        ck_assert_uint_eq(worker->outbound[i].count, 0);
        ck_assert(!worker->outbound[i].listed);
    }
}

/* The running handler's batch, looked at before the step ends. */
static void assert_batch(unsigned destination, unsigned count)
{
    ck_assert_uint_eq(qy_me->outbound[destination].count, count);
    ck_assert_int_eq(qy_lane_empty(&m.rt->workers[destination]->lanes[qy_me->index]), to_send < QY_BATCH);
}

static void send_and_look(quay_self *self)
{
    send_there(self);
    assert_batch(1, to_send % QY_BATCH);
    ck_assert_uint_eq(qy_me->dirty, 2);
}

START_TEST(a_batch_leaves_at_the_end_of_the_step_or_when_it_is_full)
{
    static const unsigned counts[] = {1, QY_BATCH - 1, QY_BATCH, QY_BATCH + 1, 3 * QY_BATCH + 5};
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        noted.count = 0;
        to_send = counts[i];
        run_in_port(0, send_and_look);
        assert_flushed(m.rt->workers[0]);
        settle_down();
        ck_assert_uint_eq(noted.count, counts[i]);
        for (unsigned j = 0; j < noted.count; j++) ck_assert_uint_eq(noted.tag[j], j);
    }
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(every_destination_gets_its_batch)
{
    machine_start(&m, 4);
    to_send = 3;
    for (unsigned i = 1; i < 4; i++) {
        there = spawn_on(i, note_message, NULL);
        run_in_port(0, send_there);
    }
    assert_flushed(m.rt->workers[0]);
    settle_down();
    ck_assert_uint_eq(noted.count, 9);
    machine_stop(&m);
}
END_TEST

START_TEST(messages_wake_a_sleeper_once_a_batch_and_blocks_do_not)
{
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    to_send = QY_BATCH / 2;
    ck_pr_store_32(&m.rt->workers[1]->parking.asleep, 1);
    m.wakes = 0;
    run_in_port(0, send_there); /* the spawn by the ingress wakes nobody who is awake: worker 0 */
    ck_assert_uint_eq(m.wakes, 1);
    settle_down();
    m.wakes = 0;
    ck_pr_store_32(&m.rt->workers[0]->parking.asleep, 1);
    qy_outbound_flush_blocks(as_worker(1));
    as_nobody();
    ck_assert(!qy_lane_empty(&m.rt->workers[0]->lanes[1]));
    ck_assert_uint_eq(m.wakes, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(blocks_go_home_a_batch_at_a_time_and_all_before_sleep)
{
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    to_send = QY_BATCH + 10;
    run_in_port(0, send_there);
    step(1);
    step(1);
    step(1);
    qy_chain *chain = &m.rt->workers[1]->outbound[0].home[qy_class_for(QY_MESSAGE_HEADER + sizeof payload)];
    ck_assert_uint_gt(chain->count, 0);
    ck_assert_uint_lt(chain->count, QY_BATCH);
    ck_assert(!qy_lane_empty(&m.rt->workers[0]->lanes[1]));
    ck_assert_uint_eq(m.rt->workers[1]->homing, 1);
    qy_outbound_flush_blocks(as_worker(1));
    as_nobody();
    ck_assert_uint_eq(chain->count, 0);
    ck_assert_uint_eq(m.rt->workers[1]->homing, 0);
    ck_assert(!m.rt->workers[1]->outbound[0].homing);
    machine_stop(&m);
}
END_TEST

/* Traffic one way only, of several classes: what is sent comes home, so memory stops growing. */
START_TEST(one_way_traffic_needs_no_more_memory)
{
    size_t after_warm_up = 0;
    char data[600];
    memset(data, 1, sizeof data);
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    for (int round = 0; round < 300; round++) {
        noted.count = 0;
        as_worker(0);
        for (size_t i = 0; i < 200; i++) ck_assert_int_eq(quay_send(there, 0, data, i % 4 * 200), 0);
        as_nobody();
        settle_down();
        if (round == 50) after_warm_up = m.live;
    }
    ck_assert_uint_eq(m.live, after_warm_up);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_batch_leaves_at_the_end_of_the_step_or_when_it_is_full, every_destination_gets_its_batch,
                            messages_wake_a_sleeper_once_a_batch_and_blocks_do_not,
                            blocks_go_home_a_batch_at_a_time_and_all_before_sleep,
                            one_way_traffic_needs_no_more_memory};
    return run_tests("outbound", tests, COUNT_OF(tests));
}
