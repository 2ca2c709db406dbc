/* test_message.c - buffers, payloads beyond the largest class, and where a spent message goes. */
#include "core/message.h"

#include <string.h>

#include "fixture.h"

/* ---- buffers ---- */

START_TEST(a_buffer_is_aligned_and_knows_its_size)
{
    static const size_t sizes[] = {1, 15, 16, 17, 4096, 1000003};
    machine_start(&m, 1);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        void *buffer = qy_buffer_new(&m.rt->memory, sizes[i]);
        ck_assert_ptr_nonnull(buffer);
        ck_assert_uint_eq((uintptr_t)buffer % 16, 0);
        ck_assert_uint_eq(qy_buffer_size(buffer), sizes[i]);
        memset(buffer, 1, sizes[i]);
        quay_buffer_free(buffer);
    }
    machine_stop(&m);
}
END_TEST

START_TEST(a_buffer_goes_back_to_the_memory_it_came_from)
{
    machine_start(&m, 1);
    size_t before = m.live;
    as_worker(0);
    void *of_worker = quay_buffer_new(100);
    as_nobody();
    ck_assert_uint_gt(m.live, before);
    size_t with_one = m.live;
    void *of_thread = quay_buffer_new(100);
    ck_assert_uint_eq(m.live, with_one);
    quay_buffer_free(of_worker);
    ck_assert_uint_eq(m.live, before);
    quay_buffer_free(of_thread);
    machine_stop(&m);
}
END_TEST

START_TEST(there_is_no_buffer_of_no_size_too_large_a_size_or_no_memory)
{
    machine_start(&m, 1);
    ck_assert_ptr_null(qy_buffer_new(&m.rt->memory, 0));
    ck_assert_ptr_null(qy_buffer_new(&m.rt->memory, QUAY_MESSAGE_MAX + 1));
    m.starved = true;
    ck_assert_ptr_null(qy_buffer_new(&m.rt->memory, 1));
    machine_stop(&m);
}
END_TEST

/* ---- messages ---- */

START_TEST(a_message_has_room_for_its_payload)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    for (size_t size = 0; size < 6000; size += size < 200 ? 1 : 97) {
        for (int extended = 0; extended < 2; extended++) {
            qy_message *message = qy_message_new(&worker->station, size, extended ? QY_EXTENDED : 0);
            ck_assert_uint_eq(message->size, size);
            ck_assert_uint_eq(qy_message_kind(message), QY_KIND_USER);
            ck_assert_uint_eq(qy_message_owner(message), 0);
            ck_assert_uint_eq((uintptr_t)qy_message_data(message) % 8, 0);
            bool inline_data = !(message->meta & QY_BUFFER);
            ck_assert_int_eq(inline_data, QY_MESSAGE_HEADER + (extended ? sizeof(qy_extra) : 0) + size <= 4096);
            size_t bytes = QY_MESSAGE_HEADER + qy_body_size(message->meta, message->size);
            ck_assert_uint_ge(qy_class_bytes[qy_message_class(message)], bytes);
            memset(qy_message_data(message), 7, size);
            qy_message_free(worker, message);
        }
    }
    as_nobody();
    machine_stop(&m);
}
END_TEST

START_TEST(sixteen_bytes_are_one_line)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    ck_assert_uint_eq(qy_message_class(qy_message_new(&worker->station, 16, 0)), 0);
    ck_assert_uint_eq(qy_message_class(qy_message_new(&worker->station, 17, 0)), 1);
    ck_assert_uint_eq(qy_message_class(qy_message_new(&worker->station, 40, QY_EXTENDED)), 1);
    as_nobody();
    machine_stop(&m);
}
END_TEST

static size_t free_blocks(const qy_pool *pool, unsigned size_class)
{
    size_t count = 0;
    for (const qy_block *block = pool->free[size_class]; block; block = block->next) count++;
    return count;
}

START_TEST(a_large_message_without_memory_leaves_nothing)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    qy_message_free(worker, qy_message_new(&worker->station, 0, 0));
    size_t before = m.live, blocks = free_blocks(&worker->station.pool, 0);
    m.starved = true;
    ck_assert_ptr_null(qy_message_new(&worker->station, 100000, 0));
    ck_assert_uint_eq(m.live, before);
    ck_assert_uint_eq(free_blocks(&worker->station.pool, 0), blocks);
    as_nobody();
    machine_stop(&m);
}
END_TEST

/* Its buffer is there, but not the block that would point to it. */
START_TEST(a_large_message_without_a_block_gives_its_buffer_back)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    starve_after(0, 1);
    size_t before = m.live;
    ck_assert_ptr_null(qy_message_new(&worker->station, 100000, 0));
    ck_assert_uint_eq(m.spare, 0);
    ck_assert_uint_eq(m.live, before);
    as_nobody();
    machine_stop(&m);
}
END_TEST

START_TEST(freeing_a_message_frees_its_buffer_once)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    qy_message_free(worker, qy_message_new(&worker->station, 0, 0));
    size_t before = m.live;
    qy_message_free(worker, qy_message_new(&worker->station, 100000, 0));
    ck_assert_uint_eq(m.live, before);
    as_nobody();
    machine_stop(&m);
}
END_TEST

/* M1: what is the stub of a lane is only marked. */
START_TEST(a_pinned_message_is_spent_but_not_used_again)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    qy_message *message = qy_message_new(&worker->station, 8, 0);
    message->meta |= QY_PINNED;
    qy_message_free(worker, message);
    ck_assert(message->meta & QY_SPENT);
    ck_assert_ptr_ne(qy_message_new(&worker->station, 8, 0), message);
    message->meta &= ~(QY_PINNED | QY_SPENT);
    qy_message_free(worker, message);
    ck_assert_ptr_eq(qy_message_new(&worker->station, 8, 0), message);
    as_nobody();
    machine_stop(&m);
}
END_TEST

START_TEST(a_spent_message_goes_home)
{
    machine_start(&m, 2);
    qy_worker *home = m.rt->workers[0], *away = as_worker(1);
    qy_message_free(away, qy_message_new(&home->station, 8, 0));
    ck_assert_uint_eq(away->outbound[0].home[0].count, 1);
    as_nobody();
    int error;
    qy_guest *guest = qy_guest_enter(m.rt->first_home, &error);
    qy_message *of_guest = qy_guest_message(guest, 8, 0);
    qy_guest_leave();
    as_worker(1);
    qy_message_free(away, of_guest);
    ck_assert(!qy_ingress_empty(&guest->returned));
    as_nobody();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_buffer_is_aligned_and_knows_its_size,
                            a_buffer_goes_back_to_the_memory_it_came_from,
                            there_is_no_buffer_of_no_size_too_large_a_size_or_no_memory,
                            a_message_has_room_for_its_payload,
                            sixteen_bytes_are_one_line,
                            a_large_message_without_memory_leaves_nothing,
                            a_large_message_without_a_block_gives_its_buffer_back,
                            freeing_a_message_frees_its_buffer_once,
                            a_pinned_message_is_spent_but_not_used_again,
                            a_spent_message_goes_home};
    return run_tests("message", tests, COUNT_OF(tests));
}
