/* test_send.c - the three roads: which is taken, that all bring the same, and that a send that fails leaves nothing. */
#include "core/send.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static quay_port to;

static qy_sender open_road(uint64_t id)
{
    qy_sender sender;
    ck_assert_int_eq(qy_sender_open(&sender, qy_id_home(id)), 0);
    qy_sender_close(&sender);
    return sender;
}

START_TEST(the_road_depends_on_who_sends_and_where)
{
    machine_start(&m, 2);
    to = spawn_on(1, note_message, NULL);
    qy_sender sender = open_road(to.id);
    ck_assert_ptr_nonnull(sender.guest);
    ck_assert_ptr_null(sender.worker);
    for (unsigned i = 0; i < 2; i++) {
        qy_worker *worker = as_worker(i);
        sender = open_road(to.id);
        ck_assert_ptr_eq(sender.worker, worker);
        ck_assert_ptr_eq(sender.station, &worker->station);
        ck_assert_ptr_null(sender.guest);
        tell(to, i);
        ck_assert_uint_eq(worker->outbound[1].count, i == 0); /* to itself: at once */
        ck_assert_uint_eq(port_of(to)->depth, i);
        as_nobody();
    }
    settle_down();
    ck_assert_uint_eq(noted.count, 2);
    machine_stop(&m);
}
END_TEST

START_TEST(there_is_no_road_to_nobody)
{
    qy_sender sender;
    machine_start(&m, 1);
    uint32_t homes[] = {0, m.rt->first_home + 1 /* thread futures */, m.rt->first_home + 2, QY_ID_HOMES - 1};
    for (int inside = 0; inside < 2; inside++) {
        if (inside) as_worker(0);
        for (size_t i = 0; i < COUNT_OF(homes); i++) ck_assert_int_eq(qy_sender_open(&sender, homes[i]), -EPIPE);
        ck_assert_int_eq(quay_send(QUAY_NOBODY, 0, NULL, 0), -EPIPE);
    }
    as_nobody();
    qy_guest_wait_outside(m.rt); /* no failure left this thread inside */
    machine_stop(&m);
}
END_TEST

/* ---- payloads ---- */

static unsigned char pattern[70000];
static size_t expected_size;

static int check_payload(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    noted.count++;
    ck_assert_uint_eq(message->size, expected_size);
    if (!expected_size) ck_assert_ptr_null(message->data);
    else ck_assert_mem_eq(message->data, pattern, expected_size);
    ck_assert_uint_eq((uintptr_t)message->data % 8, 0);
    ck_assert_int_eq(message->status, 0);
    return 0;
}

START_TEST(payloads_of_any_size_arrive_whole_by_any_road)
{
    machine_start(&m, 2);
    to = spawn_on(1, check_payload, NULL);
    for (size_t i = 0; i < sizeof pattern; i++) pattern[i] = (unsigned char)(i * 7);
    for (expected_size = 0; expected_size < sizeof pattern; expected_size += expected_size < 150 ? 1 : 1013) {
        ck_assert_int_eq(quay_send(to, 0, pattern, expected_size), 0);
        for (unsigned i = 0; i < 2; i++) {
            as_worker(i);
            ck_assert_int_eq(quay_send(to, 0, pattern, expected_size), 0);
            as_nobody();
        }
        noted.count = 0;
        settle_down();
        ck_assert_uint_eq(noted.count, 3);
    }
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(order_holds_over_sizes_and_roads)
{
    static unsigned char data[5000];
    machine_start(&m, 2);
    to = spawn_on(1, note_message, NULL);
    for (int road = 0; road < 3; road++) {
        noted.count = 0;
        if (road) as_worker((unsigned)road - 1);
        for (uint32_t i = 0; i < 300; i++) ck_assert_int_eq(quay_send(to, i, data, i * 37 % sizeof data), 0);
        as_nobody();
        settle_down();
        ck_assert_uint_eq(noted.count, 300);
        for (uint32_t i = 0; i < 300; i++) ck_assert_uint_eq(noted.tag[i], i);
    }
    machine_stop(&m);
}
END_TEST

/* ---- failure ---- */

START_TEST(a_send_without_memory_counts_nothing_and_keeps_the_buffer)
{
    machine_start(&m, 2);
    to = spawn_on(1, note_message, NULL);
    void *buffer = quay_buffer_new(10);
    for (unsigned i = 0; i < 2; i++) {
        starve(i);
        as_worker(i);
        ck_assert_int_eq(quay_send(to, 0, NULL, 0), -ENOMEM);
        ck_assert_int_eq(quay_send(to, 0, pattern, 10000), -ENOMEM);
        ck_assert_int_eq(quay_give(to, 0, &buffer, 10), -ENOMEM);
        ck_assert_ptr_nonnull(buffer);
        as_nobody();
        feed();
    }
    ck_assert_uint_eq(stats().sent, 0);
    ck_assert_int_eq(quay_give(to, 0, &buffer, 10), 0);
    ck_assert_ptr_null(buffer);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_guest_without_memory_says_so)
{
    machine_start(&m, 1);
    as_worker(0);
    ck_assert_int_eq(quay_spawn(m.rt, &to, note_message, NULL), 0);
    as_nobody();
    m.starved = true;
    ck_assert_int_eq(quay_send(to, 0, NULL, 0), -ENOMEM);
    qy_guest_wait_outside(m.rt);
    feed();
    ck_assert_int_eq(quay_send(to, 0, NULL, 0), 0);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {the_road_depends_on_who_sends_and_where,
                            there_is_no_road_to_nobody,
                            payloads_of_any_size_arrive_whole_by_any_road,
                            order_holds_over_sizes_and_roads,
                            a_send_without_memory_counts_nothing_and_keeps_the_buffer,
                            a_guest_without_memory_says_so};
    return run_tests("send", tests, COUNT_OF(tests));
}
