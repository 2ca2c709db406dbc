/* test_alarm.c - messages sent later, on a clock of ours: when they come, that they come once or at their beats, and
 * what a cancel finds. */
#include "core/alarm.h"

#include "fixture.h"

static quay_port noter;
static quay_timer timer;
static int error;

static void begin(unsigned workers)
{
    machine_start(&m, workers);
    noter = spawn_on(workers - 1, note_message, NULL);
    timer = (quay_timer){0};
    m.now = qy_os_linux.now(); /* by which threads tell what is past */
}

static void pass(quay_time time)
{
    m.now += time;
    settle_down();
}

static void set_inside(quay_self *self)
{
    (void)self;
    error = quay_send_after(noter, 7, &(uint64_t){70}, sizeof(uint64_t), m.now + 100, &timer);
}

START_TEST(it_comes_on_time_and_once)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        begin(workers);
        run_in_port(0, set_inside);
        ck_assert_int_eq(error, 0);
        pass(99);
        ck_assert_uint_eq(noted.count, 0);
        pass(1);
        ck_assert_uint_eq(noted.count, 1);
        ck_assert_uint_eq(noted.tag[0], 7);
        ck_assert_uint_eq(noted.number[0], 70);
        pass(1000);
        ck_assert_uint_eq(noted.count, 1);
        assert_all_accounted();
        machine_stop(&m);
    }
}
END_TEST

static void cancel_inside(quay_self *self)
{
    (void)self;
    error = quay_timer_cancel(timer);
}

START_TEST(a_cancel_finds_it_or_does_not)
{
    begin(2);
    run_in_port(0, set_inside);
    run_in_port(0, cancel_inside);
    ck_assert_int_eq(error, 0);
    run_in_port(0, cancel_inside);
    ck_assert_int_eq(error, -EALREADY);
    run_in_port(0, set_inside);
    run_in_port(1, cancel_inside); /* from afar */
    ck_assert_int_eq(error, 0);
    pass(1000);
    ck_assert_uint_eq(noted.count, 0);
    run_in_port(0, set_inside);
    pass(100);
    run_in_port(0, cancel_inside);
    ck_assert_int_eq(error, -EALREADY);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert(qy_heap_empty(&m.rt->workers[0]->timers));
    machine_stop(&m);
}
END_TEST

/* Set by a thread, it lives with its receiver; a cancel by another road may overtake it. */
START_TEST(a_cancel_may_come_before_what_it_cancels)
{
    begin(2);
    ck_assert_int_eq(quay_send_after(noter, 1, NULL, 0, m.now + QUAY_SEC(1000), &timer), 0);
    as_worker(0);
    ck_assert_int_eq(qy_send_control(timer.id, QY_KIND_TIMER_CANCEL, 0, NULL, NULL, 0), 0);
    qy_outbound_flush(qy_me);
    as_nobody();
    settle_down(); /* the lane is looked at before the ingress */
    pass(QUAY_SEC(2000));
    ck_assert_uint_eq(noted.count, 0);
    run_in_port(1, cancel_inside);
    ck_assert_int_eq(error, -EALREADY);
    machine_stop(&m);
}
END_TEST

static quay_time first;
static int64_t period;

static void beat_inside(quay_self *self)
{
    (void)self;
    error = quay_send_every(noter, 3, NULL, 0, first, period, &timer);
}

START_TEST(beats_come_at_their_times_and_missed_ones_not_at_all)
{
    begin(1);
    first = m.now + 10;
    period = 100;
    run_in_port(0, beat_inside);
    ck_assert_int_eq(error, 0);
    pass(9);
    ck_assert_uint_eq(noted.count, 0);
    pass(1);
    ck_assert_uint_eq(noted.count, 1);
    pass(99);
    ck_assert_uint_eq(noted.count, 1);
    pass(1);
    ck_assert_uint_eq(noted.count, 2);
    pass(350); /* three beats, and half a period */
    ck_assert_uint_eq(noted.count, 3);
    pass(49);
    ck_assert_uint_eq(noted.count, 3);
    pass(1); /* the row is as it was */
    ck_assert_uint_eq(noted.count, 4);
    run_in_port(0, cancel_inside);
    pass(1000);
    ck_assert_uint_eq(noted.count, 4);
    machine_stop(&m);
}
END_TEST

START_TEST(beats_at_the_ends_of_time)
{
    static const quay_time firsts[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    static const int64_t periods[] = {1, 2, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(firsts) * COUNT_OF(periods); i++) {
        begin(1);
        first = firsts[i / COUNT_OF(periods)];
        period = periods[i % COUNT_OF(periods)];
        run_in_port(0, beat_inside);
        ck_assert_int_eq(error, 0);
        settle_down();
        ck_assert_uint_eq(noted.count, first <= m.now);
        pass(2);
        ck_assert_uint_eq(noted.count, first > m.now ? 0u : period <= 2 ? 2u : 1u);
        machine_stop(&m);
    }
}
END_TEST

START_TEST(without_memory_a_beat_is_skipped)
{
    begin(1);
    first = m.now + 100;
    period = 100;
    run_in_port(0, beat_inside);
    starve(0);
    pass(100);
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_gt(m.refused, 0);
    feed();
    pass(100);
    ck_assert_uint_eq(noted.count, 1);
    machine_stop(&m);
}
END_TEST

static void set_starved(quay_self *self)
{
    starve(0);
    set_inside(self);
    feed();
}

START_TEST(without_memory_there_is_none)
{
    begin(1);
    run_in_port(0, set_starved);
    ck_assert_int_eq(error, -ENOMEM);
    ck_assert_uint_eq(timer.id, 0);
    pass(1000);
    ck_assert_uint_eq(noted.count, 0);
    machine_stop(&m);
}
END_TEST

static unsigned blocks_left;

static void set_with_few_blocks(quay_self *self)
{
    ration(0, 1, blocks_left);
    set_inside(self);
    feed();
}

START_TEST(memory_may_be_missing_for_any_part_of_it)
{
    int failed = 0;
    error = -ENOMEM;
    for (blocks_left = 0; error; blocks_left++) {
        begin(1);
        run_in_port(0, set_inside);
        run_in_port(0, cancel_inside); /* its id is free to be reserved again */
        run_in_port(0, set_with_few_blocks);
        ck_assert(error == 0 || error == -ENOMEM);
        ck_assert_int_eq(qy_list_empty(&m.rt->workers[0]->alarms), error != 0);
        failed += error != 0;
        pass(1000);
        ck_assert_uint_eq(noted.count, !error);
        machine_stop(&m);
    }
    ck_assert_int_ge(failed, 3); /* the alarm, its message, its timer */
}
END_TEST

START_TEST(a_thread_without_memory_or_ids_sets_none)
{
    static const char large[3 * 1024];
    static const char larger[6 * 1024];
    begin(1);
    qy_worker *worker = m.rt->workers[0];
    tell(noter, 0); /* the thread has a guest */
    settle_down();
    starve(0);
    ck_assert_int_eq(quay_send_after(noter, 1, larger, sizeof larger, m.now + QUAY_SEC(1000), &timer), -ENOMEM);
    feed();
    uint64_t taken = qy_stock_taken(&worker->timer_stock);
    size_t live = 0;
    worker->timer_stock.count = 0;
    ck_pr_store_32(&worker->timer_ids.claimed, QY_TABLE_SLOTS / QY_TABLE_CHUNK);
    for (int i = 0; i < 100; i++) {
        const void *data = i % 2 ? large : larger;
        size_t size = i % 2 ? sizeof large : sizeof larger;
        ck_assert_int_eq(quay_send_after(noter, 1, data, size, m.now + QUAY_SEC(1000), &timer), -EAGAIN);
        if (i < 2) live = m.live;
        ck_assert_uint_eq(m.live, live);
    }
    ck_assert_uint_eq(timer.id, 0);
    ck_assert_uint_eq(qy_stock_taken(&worker->timer_stock), taken);
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_of_another_runtime_gets_it_too)
{
    machine other;
    begin(1);
    machine_start(&other, 1);
    ck_assert_int_eq(quay_spawn(other.rt, &noter, note_message, NULL), 0);
    run_in_port(0, set_inside);
    ck_assert_int_eq(error, 0);
    pass(100);
    machine_settle(&other);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(noted.number[0], 70);
    run_in_port(0, set_inside);
    machine_stop(&other);
    pass(100); /* nobody is there to miss it */
    ck_assert_uint_eq(noted.count, 1);
    machine_stop(&m);
}
END_TEST

START_TEST(a_worker_that_drains_sets_none)
{
    begin(1);
    ck_assert_int_eq(quay_send_after(noter, 1, NULL, 0, m.now + QUAY_SEC(1000), NULL), 0);
    m.rt->workers[0]->draining = true;
    settle_down();
    ck_assert(qy_list_empty(&m.rt->workers[0]->alarms));
    ck_assert_str_eq(m.log, "");
    machine_stop(&m);
}
END_TEST

START_TEST(an_old_name_cancels_nothing)
{
    begin(1);
    run_in_port(0, set_inside);
    quay_timer old = timer;
    run_in_port(0, cancel_inside);
    run_in_port(0, set_inside);
    ck_assert_uint_eq(qy_id_slot(timer.id), qy_id_slot(old.id));
    timer = old;
    run_in_port(0, cancel_inside);
    ck_assert_int_eq(error, -EALREADY);
    pass(100);
    ck_assert_uint_eq(noted.count, 1);
    machine_stop(&m);
}
END_TEST

START_TEST(the_end_forgets_all)
{
    begin(2);
    run_in_port(0, set_inside);
    ck_assert_int_eq(quay_send_after(noter, 1, NULL, 0, m.now + QUAY_SEC(1000), NULL), 0);
    settle_down();
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(!qy_list_empty(&m.rt->workers[i]->alarms));
        qy_alarm_cancel_all(as_worker(i));
        as_nobody();
        ck_assert(qy_list_empty(&m.rt->workers[i]->alarms));
    }
    pass(QUAY_SEC(2000));
    ck_assert_uint_eq(noted.count, 0);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {it_comes_on_time_and_once,
                            a_cancel_finds_it_or_does_not,
                            a_cancel_may_come_before_what_it_cancels,
                            beats_come_at_their_times_and_missed_ones_not_at_all,
                            beats_at_the_ends_of_time,
                            without_memory_a_beat_is_skipped,
                            without_memory_there_is_none,
                            memory_may_be_missing_for_any_part_of_it,
                            a_thread_without_memory_or_ids_sets_none,
                            a_port_of_another_runtime_gets_it_too,
                            a_worker_that_drains_sets_none,
                            an_old_name_cancels_nothing,
                            the_end_forgets_all};
    return run_tests("alarm", tests, COUNT_OF(tests));
}
