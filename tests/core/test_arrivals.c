/* test_arrivals.c - what a step takes of each source, blocks that come home, and what nobody takes any more. */
#include "core/arrivals.h"

#include "fixture.h"

static quay_port noter;

START_TEST(a_step_takes_so_many_from_one_thread_outside)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    for (uint32_t i = 0; i < QY_STEP_MESSAGES + 5; i++) tell(noter, i);
    step(0);
    ck_assert_uint_eq(noted.count + port_of(noter)->depth, QY_STEP_MESSAGES);
    settle_down();
    ck_assert_uint_eq(noted.count, QY_STEP_MESSAGES + 5);
    for (uint32_t i = 0; i < QY_STEP_MESSAGES + 5; i++) ck_assert_uint_eq(noted.tag[i], i);
    machine_stop(&m);
}
END_TEST

/* Send as a worker, without a handler, and put it onto the lane. */
static void send_batches(unsigned source, unsigned batches)
{
    for (uint32_t i = 0; i < batches; i++) {
        as_worker(source);
        ck_assert_int_eq(quay_send(noter, i, NULL, 0), 0);
        qy_outbound_flush(qy_me);
        as_nobody();
    }
}

START_TEST(a_step_takes_so_many_batches_of_each_lane)
{
    machine_start(&m, 3);
    noter = spawn_on(2, note_message, NULL);
    send_batches(0, QY_STEP_MESSAGES + 3);
    send_batches(1, 2);
    step(2);
    ck_assert_uint_eq(noted.count + port_of(noter)->depth, QY_STEP_MESSAGES + 2);
    settle_down();
    ck_assert_uint_eq(noted.count, QY_STEP_MESSAGES + 5);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* A message that is alone in its batch is its lane's stub when it is freed. */
START_TEST(pinned_messages_come_home_too)
{
    size_t after_warm_up = 0;
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    for (int i = 0; i < 3000; i++) {
        noted.count = 0;
        send_batches(0, 1);
        settle_down();
        if (i == 1500) after_warm_up = m.live;
    }
    ck_assert_uint_eq(m.live, after_warm_up);
    machine_stop(&m);
}
END_TEST

/* What nobody will take any more gives up its buffers; machine_stop sees that nothing is left. */
START_TEST(discarding_gives_up_what_is_on_the_roads)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    for (int i = 0; i < 3; i++) {
        as_worker(0);
        void *buffer = quay_buffer_new(10000);
        ck_assert_int_eq(quay_give(noter, 0, &buffer, 10000), 0);
        qy_outbound_flush(qy_me);
        buffer = quay_buffer_new(10000);
        as_nobody();
        ck_assert_int_eq(quay_give(noter, 0, &buffer, 10000), 0);
    }
    size_t before = m.live;
    qy_worker_discard(m.rt->workers[1]);
    ck_assert_uint_le(m.live, before - 6 * 10000);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_step_takes_so_many_from_one_thread_outside, a_step_takes_so_many_batches_of_each_lane,
                            pinned_messages_come_home_too, discarding_gives_up_what_is_on_the_roads};
    return run_tests("arrivals", tests, COUNT_OF(tests));
}
