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

/* Ports have more to do than a step's turns; how many a step then takes that comes after so long. */
static uint32_t taken_by_busy_worker(quay_time later)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    for (uint32_t i = 0; i < 3 * QY_STEP_MESSAGES; i++) tell(noter, i);
    m.rt->workers[0]->turns_left = 0;
    (void)qy_worker_take(as_worker(0));
    ck_assert_uint_eq(port_of(noter)->depth, QY_BUSY_MESSAGES);
    m.now += later;
    (void)qy_worker_take(as_worker(0));
    as_nobody();
    uint32_t taken = port_of(noter)->depth - QY_BUSY_MESSAGES;
    settle_down();
    ck_assert_uint_eq(noted.count, 3 * QY_STEP_MESSAGES);
    machine_stop(&m);
    return taken;
}

START_TEST(a_busy_worker_takes_as_many_as_its_ports_leave_time_for)
{
    ck_assert_uint_eq(taken_by_busy_worker(0), QY_BUSY_MESSAGES);
    ck_assert_uint_eq(taken_by_busy_worker(50 * QY_BUSY_NS), 50);
    ck_assert_uint_eq(taken_by_busy_worker(QUAY_SEC(1)), QY_STEP_MESSAGES);
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

static void take_so_many(unsigned workers)
{
    machine_start(&m, workers);
    noter = spawn_on(2, note_message, NULL);
    send_batches(0, QY_STEP_MESSAGES + 3);
    send_batches(1, 2);
    step(2);
    ck_assert_uint_eq(noted.count + port_of(noter)->depth, QY_STEP_MESSAGES + 2);
    ck_assert(qy_worker_has_arrivals(m.rt->workers[2]));
    settle_down();
    ck_assert_uint_eq(noted.count, QY_STEP_MESSAGES + 5);
    ck_assert(!qy_worker_has_arrivals(m.rt->workers[2]));
    assert_all_accounted();
}

START_TEST(a_step_takes_so_many_batches_of_each_lane)
{
    take_so_many(3);
    ck_assert_ptr_null(m.rt->workers[2]->told);
    machine_stop(&m);
}
END_TEST

START_TEST(a_step_takes_so_many_batches_of_each_that_has_told)
{
    take_so_many(QY_UNTOLD_PEERS + 1);
    ck_assert_ptr_nonnull(m.rt->workers[2]->told);
    machine_stop(&m);
}
END_TEST

/* ---- words (told.h) ---- */

static void start_many(void)
{
    machine_start(&m, QY_UNTOLD_PEERS + 2);
    noter = spawn_on(2, note_message, NULL);
    for (unsigned source = 0; source < m.rt->workers_count; source++) {
        if (source != 2) send_batches(source, 1); /* lays the belts */
    }
    settle_down();
    noted.count = 0;
}

static void send_untold(unsigned source)
{
    as_worker(source);
    ck_assert_int_eq(quay_send(noter, source, NULL, 0), 0);
    as_nobody();
}

START_TEST(what_is_told_of_is_taken_whoever_sent_it)
{
    start_many();
    for (unsigned source = 0; source < m.rt->workers_count; source++) {
        if (source == 2) continue;
        send_untold(source);
        ck_assert(!qy_worker_has_arrivals(m.rt->workers[2]));
        step(2);
        ck_assert_uint_eq(noted.count, 0);
        qy_outbound_flush(as_worker(source));
        as_nobody();
        ck_assert(qy_worker_has_arrivals(m.rt->workers[2]));
        step(2);
        ck_assert_uint_eq(noted.count, 1);
        ck_assert_uint_eq(noted.tag[0], source);
        noted.count = 0;
    }
    machine_stop(&m);
}
END_TEST

START_TEST(a_stop_finds_what_is_not_told_of_yet)
{
    start_many();
    send_untold(0);
    send_untold(m.rt->workers_count - 1);
    take_all(2);
    ck_assert_uint_eq(port_of(noter)->depth, 2);
    settle_down();
    machine_stop(&m);
}
END_TEST

START_TEST(what_there_was_no_memory_for_is_looked_at_again)
{
    start_many();
    send_untold(1);
    qy_outbound_flush(as_worker(1));
    as_nobody();
    starve(2);
    for (unsigned i = 0; i < 3; i++) {
        step(2);
        ck_assert_uint_eq(noted.count, 0);
        ck_assert(qy_worker_has_arrivals(m.rt->workers[2]));
    }
    feed();
    step(2);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert(!qy_worker_has_arrivals(m.rt->workers[2]));
    machine_stop(&m);
}
END_TEST

/* ---- blocks ---- */

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
    const TTest *tests[] = {
        a_step_takes_so_many_from_one_thread_outside,    a_busy_worker_takes_as_many_as_its_ports_leave_time_for,
        a_step_takes_so_many_batches_of_each_lane,       a_step_takes_so_many_batches_of_each_that_has_told,
        what_is_told_of_is_taken_whoever_sent_it,        a_stop_finds_what_is_not_told_of_yet,
        what_there_was_no_memory_for_is_looked_at_again, pinned_messages_come_home_too,
        discarding_gives_up_what_is_on_the_roads};
    return run_tests("arrivals", tests, COUNT_OF(tests));
}
