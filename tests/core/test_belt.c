/* test_belt.c - every size, round and round, one order with the lane, and what was written seen whole (T1 to T3). */
#include "core/belt.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/rng.h"
#include "fixture.h"

typedef union block {
    qy_message message;
    unsigned char bytes[QY_MESSAGE_HEADER + QY_BELT_LARGEST];
} block;

static qy_belt belt;

/* Bytes that, taken for a line's turn, would be the next ones. */
static void fill(block *b, uint64_t number, size_t size)
{
    b->message.to = number;
    b->message.meta = qy_meta(QY_KIND_USER, 0, qy_class_for(QY_MESSAGE_HEADER + size), 0);
    b->message.from = ~number;
    b->message.label = qy_label((uint32_t)number, size);
    for (size_t i = 0; i < size; i++) b->message.payload[i] = (unsigned char)(i % 8 ? 0 : number + i / 8);
}

static bool put(uint64_t number, size_t size)
{
    block b;
    if (!qy_belt_has_room(&belt, qy_belt_lines(size))) return false;
    fill(&b, number, size);
    qy_belt_put(&belt, &b.message, size);
    return true;
}

static bool take(uint64_t number, size_t size)
{
    block got, expected;
    const qy_line *line = qy_belt_first(&belt);
    if (!line) return false;
    fill(&expected, number, size);
    ck_assert_uint_eq(qy_line_size(line), size);
    qy_belt_take(&belt, line, &got.message, size);
    ck_assert_uint_eq(got.message.to, expected.message.to);
    ck_assert_uint_eq(got.message.from, expected.message.from);
    ck_assert_uint_eq(got.message.label, expected.message.label);
    ck_assert_mem_eq(got.message.payload, expected.message.payload, size);
    return true;
}

START_TEST(every_size_comes_out_as_it_went_in)
{
    qy_belt_init(&belt);
    for (uint64_t round = 0; round < 10; round++) {
        for (size_t size = 0; size <= QY_BELT_LARGEST; size++) {
            ck_assert(!take(0, 0));
            ck_assert(put(round * 1000 + size, size));
            ck_assert(take(round * 1000 + size, size));
        }
    }
}
END_TEST

START_TEST(a_full_belt_has_no_room_until_something_is_taken)
{
    qy_belt_init(&belt);
    for (uint64_t round = 0; round < 5; round++) {
        uint64_t count = 0;
        while (put(count, 0)) count++;
        ck_assert_uint_gt(count, QY_BELT_LINES - QY_BELT_REPORT);
        ck_assert_uint_le(count, QY_BELT_LINES);
        for (uint64_t i = 0; i < count; i++) ck_assert(take(i, 0));
        ck_assert(!take(0, 0));
    }
}
END_TEST

/* ---- two threads ---- */

#define CROSSINGS 50000

static size_t size_of(uint64_t number)
{
    return number * 7919 % (QY_BELT_LARGEST + 1);
}

static void *put_all(void *unused)
{
    for (uint64_t i = 0; i < CROSSINGS;) {
        if (put(i, size_of(i))) i++;
        else sched_yield();
    }
    return unused;
}

START_TEST(another_thread_takes_what_one_has_put)
{
    pthread_t producer;
    qy_belt_init(&belt);
    ck_assert_int_eq(pthread_create(&producer, NULL, put_all, NULL), 0);
    for (uint64_t i = 0; i < CROSSINGS;) {
        if (take(i, size_of(i))) i++;
        else sched_yield();
    }
    ck_assert_int_eq(pthread_join(producer, NULL), 0);
}
END_TEST

/* ---- with the lane ---- */

static quay_port there;

static void send_numbered(uint32_t number, size_t size)
{
    static const char data[1000];
    ck_assert_int_eq(quay_send(there, number, data, size), 0);
}

/* From the other worker, and no more is under way. */
static void send_and_settle(uint32_t number)
{
    as_worker(0);
    send_numbered(number, 8);
    as_nobody();
    settle_down();
}

START_TEST(a_belt_is_laid_for_who_sends)
{
    machine_start(&m, 3);
    qy_belt **belts = m.rt->workers[1]->belts;
    there = spawn_on(1, note_message, NULL);
    for (uint32_t i = 0; i < 4; i++) {
        as_worker(0);
        send_numbered(i, 8);
        as_nobody();
        ck_assert_uint_eq(m.rt->workers[0]->outbound[1].count, i == 0); /* that one by the lane */
        settle_down();
        ck_assert_ptr_nonnull(belts[0]);
        ck_assert_uint_eq(belts[0]->put, i);
    }
    ck_assert_uint_eq(noted.count, 4);
    ck_assert_ptr_null(belts[1]);
    ck_assert_ptr_null(belts[2]);
    machine_stop(&m);
}
END_TEST

/* Large messages one way; what comes back is blocks. */
START_TEST(no_belt_is_laid_for_blocks_that_go_home)
{
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    as_worker(0);
    for (uint32_t i = 0; i < 10 * QY_BATCH; i++) send_numbered(i, 1000);
    as_nobody();
    settle_down();
    ck_assert_ptr_ne(m.rt->workers[0]->lanes[1].fifo.head, &m.rt->workers[0]->lanes[1].stub); /* some came */
    ck_assert_ptr_null(m.rt->workers[0]->belts[1]);
    machine_stop(&m);
}
END_TEST

START_TEST(without_memory_for_a_belt_the_lane_goes_on)
{
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    send_and_settle(0);
    qy_belt *laid = m.rt->workers[1]->belts[0];
    qy_release(&m.rt->memory, laid, sizeof *laid); /* as if it had not been */
    m.rt->workers[1]->belts[0] = m.rt->workers[0]->outbound[1].belt = NULL;
    for (uint32_t i = 1; i < 10; i++) {
        m.starved = i < 5;
        send_and_settle(i);
        ck_assert_int_eq(m.rt->workers[1]->belts[0] != NULL, i >= 5);
    }
    ck_assert_uint_gt(m.refused, 0);
    ck_assert_uint_eq(m.rt->workers[1]->belts[0]->put, 4);
    for (uint32_t i = 0; i < 10; i++) ck_assert_uint_eq(noted.tag[i], i);
    machine_stop(&m);
}
END_TEST

/* Small and large ones mixed, floods that fill the belt, steps of either side in between. */
START_TEST(belt_and_lane_keep_one_order)
{
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    qy_rng rng = {42};
    uint32_t sent = 0;
    while (sent < NOTED_MOST - 2 * QY_BELT_LINES) {
        as_worker(0);
        for (uint64_t burst = qy_rng_below(&rng, 2 * QY_BELT_LINES); burst; burst--) {
            send_numbered(sent++, qy_rng_below(&rng, 4) ? 8 : qy_rng_below(&rng, 1000));
        }
        as_nobody();
        for (uint64_t steps = qy_rng_below(&rng, 4); steps; steps--) step((unsigned)qy_rng_below(&rng, 2));
    }
    settle_down();
    ck_assert_uint_eq(noted.count, sent);
    for (uint32_t i = 0; i < sent; i++) ck_assert_uint_eq(noted.tag[i], i);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_size_comes_out_as_it_went_in,
                            a_full_belt_has_no_room_until_something_is_taken,
                            another_thread_takes_what_one_has_put,
                            belt_and_lane_keep_one_order,
                            a_belt_is_laid_for_who_sends,
                            no_belt_is_laid_for_blocks_that_go_home,
                            without_memory_for_a_belt_the_lane_goes_on};
    return run_tests("belt", tests, COUNT_OF(tests));
}
