/* test_future.c - ports' futures: bound until freed (F1, F2), settled once, their sinks, and carriers on the road. */
#include "core/future.h"

#include <string.h>

#include "core/answer.h"
#include "fixture.h"

static qy_worker *worker;
static qy_port *holder;
static quay_port noter;

/* A machine of two, the test being worker 0 in a handler of `holder`. */
static quay_self self;

static void begin(void)
{
    machine_start(&m, 2);
    noter = spawn_on(0, note_message, NULL);
    holder = port_of(spawn_on(0, note_message, NULL));
    worker = as_worker(0);
    self = (quay_self){.worker = worker, .port = holder};
    worker->running = &self;
}

static void end(void)
{
    worker->running = NULL;
    as_nobody();
    settle_down();
    machine_stop(&m);
}

static const qy_result done = {.status = 0};

/* ---- constants ---- */

START_TEST(constants_have_their_error_for_ever)
{
    static const int errors[] = {-ENOMEM, -EPIPE, -EINVAL, -EMSGSIZE, -EAGAIN, -ETIMEDOUT, -EPERM, -ECANCELED};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        quay_future *f = qy_future_constant(errors[i]);
        ck_assert_ptr_eq(f, qy_future_constant(errors[i]));
        for (int j = 0; j < 2; j++, quay_drop(f)) {
            ck_assert(quay_settled(f));
            ck_assert_int_eq(quay_await(f, NULL, 0), errors[i]);
            ck_assert_int_eq(quay_cancel(f), -EALREADY);
        }
    }
}
END_TEST

/* ---- birth and end ---- */

START_TEST(a_future_is_found_until_it_is_dropped)
{
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    uint64_t id = f->id;
    ck_assert_ptr_eq(qy_port_future_find(worker, id), f);
    ck_assert_int_eq(qy_port_future_settle(f, &done), 0);
    ck_assert_ptr_eq(qy_port_future_find(worker, id), f);
    qy_port_future_drop(f);
    ck_assert_ptr_null(qy_port_future_find(worker, id));
    ck_assert_ptr_null(holder->futures);
    qy_port_future *next = qy_port_future_new(worker, holder);
    ck_assert_uint_ne(next->id, id);
    ck_assert_ptr_null(qy_port_future_find(worker, id));
    end();
}
END_TEST

START_TEST(futures_leave_the_chain_in_any_order)
{
    static const unsigned orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    begin();
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        qy_port_future *f[3];
        for (unsigned j = 0; j < 3; j++) f[j] = qy_port_future_new(worker, holder);
        for (unsigned j = 0; j < 3; j++) {
            qy_port_future_drop(f[orders[i][j]]);
            unsigned left = 0;
            for (const qy_port_future *at = holder->futures; at; at = at->next) left++;
            ck_assert_uint_eq(left, 2 - j);
        }
    }
    ck_assert_uint_eq(living_futures(worker), 0);
    end();
}
END_TEST

START_TEST(an_answer_to_a_future_not_in_use_is_late)
{
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    uint64_t id = f->id;
    qy_port_future_drop(f);
    uint64_t late = stats().late;
    for (uint64_t guess = id; guess <= id + 2; guess++) ck_assert_int_eq(qy_answer(guess, &(qy_result){0}), 0);
    ck_assert_uint_eq(stats().late, late + 3);
    ck_assert_ptr_eq(qy_port_future_new(worker, holder), f);
    ck_assert(!f->settled);
    ck_assert_uint_eq(f->id, id + 1);
    qy_port_future_drop(f);
    end();
}
END_TEST

START_TEST(a_future_without_memory_leaves_nothing)
{
    begin();
    starve(0);
    ck_assert_ptr_null(qy_port_future_new(worker, holder));
    feed();
    ck_assert_uint_eq(living_futures(worker), 0);
    ck_assert_ptr_null(holder->futures);
    end();
}
END_TEST

START_TEST(a_future_whose_names_are_used_up_retires)
{
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    uint32_t slot = qy_id_slot(f->id);
    f->id = qy_id_make(worker->home, slot, QY_ID_LAST_GENERATION); /* as after so many lives */
    qy_port_future_drop(f);
    ck_assert_ptr_null(qy_table_find(&worker->futures, qy_id_make(worker->home, slot, 1)));
    ck_assert_uint_eq(living_futures(worker), 0);
    f = qy_port_future_new(worker, holder);
    ck_assert_uint_ne(qy_id_slot(f->id), slot);
    ck_assert_ptr_eq(qy_port_future_find(worker, f->id), f);
    qy_port_future_drop(f);
    end();
}
END_TEST

/* ---- settling ---- */

START_TEST(a_future_is_settled_once_with_a_result_of_any_size)
{
    unsigned char data[5000], out[5000];
    begin();
    for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * 3);
    for (size_t size = 0; size <= sizeof data; size += size < 70 ? 1 : 493) {
        qy_port_future *f = qy_port_future_new(worker, holder);
        ck_assert_int_eq(qy_port_future_settle(f, &(qy_result){.size = size, .data = data}), 0);
        ck_assert_int_eq(qy_port_future_settle(f, &done), -EALREADY);
        qy_result result = qy_port_future_result(f);
        ck_assert_int_eq(qy_result_copy(&result, out, sizeof out), (int)size);
        if (size) ck_assert_mem_eq(out, data, size);
        if (size) ck_assert_int_eq(qy_result_copy(&result, out, size - 1), -EMSGSIZE);
        qy_port_future_drop(f);
    }
    end();
}
END_TEST

START_TEST(a_large_result_without_memory_leaves_the_future_unsettled)
{
    static const char data[1000];
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    starve(0);
    ck_assert_int_eq(qy_port_future_settle(f, &(qy_result){.size = sizeof data, .data = data}), -ENOMEM);
    ck_assert(!f->settled);
    qy_port_future_fail(f, -EIO);
    ck_assert(f->settled);
    ck_assert_int_eq(f->status, -EIO);
    feed();
    end();
}
END_TEST

START_TEST(a_deadline_settles_and_settling_disarms_it)
{
    begin();
    qy_port_future *late = qy_port_future_new(worker, holder), *early = qy_port_future_new(worker, holder);
    ck_assert_int_eq(qy_port_future_set_deadline(late, m.now + 10), 0);
    ck_assert_int_eq(qy_port_future_set_deadline(early, m.now + 10), 0);
    ck_assert_int_eq(qy_port_future_settle(early, &done), 0);
    m.now += 10;
    ck_assert(qy_timers_fire(worker, m.now));
    ck_assert_int_eq(late->status, -ETIMEDOUT);
    ck_assert_int_eq(early->status, 0);
    ck_assert(qy_heap_empty(&worker->timers));
    end();
}
END_TEST

START_TEST(a_deadline_may_be_none_or_find_no_memory)
{
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    ck_assert_int_eq(qy_port_future_set_deadline(f, QUAY_FOREVER), 0);
    ck_assert(qy_heap_empty(&worker->timers));
    starve(0);
    ck_assert_int_eq(qy_port_future_set_deadline(f, m.now + 10), -ENOMEM);
    feed();
    ck_assert(qy_heap_empty(&worker->timers));
    ck_assert(!f->settled);
    end();
}
END_TEST

START_TEST(dropping_disarms_the_deadline)
{
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    ck_assert_int_eq(qy_port_future_set_deadline(f, m.now + 10), 0);
    qy_port_future_drop(f);
    ck_assert(qy_heap_empty(&worker->timers));
    end();
}
END_TEST

/* ---- then ---- */

START_TEST(then_sends_once_before_and_after_and_though_dropped)
{
    begin();
    for (int settle_first = 0; settle_first < 2; settle_first++) {
        for (int drop_first = 0; drop_first < 2; drop_first++) {
            uint64_t number = 42;
            qy_result result = {.size = sizeof number, .data = &number};
            qy_port_future *f = qy_port_future_new(worker, holder);
            if (settle_first) ck_assert_int_eq(qy_port_future_settle(f, &result), 0);
            ck_assert_int_eq(qy_port_future_then(f, noter, 9), 0);
            ck_assert_int_eq(qy_port_future_then(f, noter, 9), -EALREADY);
            if (drop_first) qy_port_future_drop(f);
            if (!settle_first) ck_assert_int_eq(qy_port_future_settle(f, &result), 0);
            if (!drop_first) qy_port_future_drop(f);
            ck_assert_uint_eq(living_futures(worker), 0);
        }
    }
    worker->running = NULL;
    settle_down();
    ck_assert_uint_eq(noted.count, 4);
    for (unsigned i = 0; i < 4; i++) ck_assert_uint_eq(noted.number[i], 42);
    end();
}
END_TEST

/* F3. */
START_TEST(a_sink_needs_no_memory)
{
    static const char data[1000];
    begin();
    qy_port_future *f[2] = {qy_port_future_new(worker, holder), qy_port_future_new(worker, holder)};
    for (int i = 0; i < 2; i++) ck_assert_int_eq(qy_port_future_then(f[i], noter, (uint32_t)i), 0);
    starve(0);
    ck_assert_int_eq(qy_port_future_settle(f[0], &(qy_result){.status = -EIO}), 0);
    ck_assert_int_eq(qy_port_future_settle(f[1], &(qy_result){.size = sizeof data, .data = data}), 0);
    worker->running = NULL;
    settle_down();
    feed();
    ck_assert_uint_eq(noted.count, 2);
    ck_assert_int_eq(noted.status[0], -EIO);
    ck_assert_int_eq(noted.status[1], -ENOMEM); /* the data found no room; the news did */
    end();
}
END_TEST

START_TEST(who_dropped_a_future_that_will_tell_somebody_has_it_no_more)
{
    begin();
    qy_port_future *f = qy_port_future_new(worker, holder);
    ck_assert_int_eq(quay_then(&f->future, noter, 0), 0);
    quay_drop(&f->future);
    quay_drop(&f->future);
    ck_assert_int_eq(quay_await(&f->future, NULL, 0), -EPERM);
    ck_assert_int_eq(qy_port_future_settle(f, &done), 0);
    ck_assert_uint_eq(living_futures(worker), 0);
    end();
}
END_TEST

/* ---- the end of the holder ---- */

START_TEST(when_a_port_ends_its_duties_fail_and_its_futures_go)
{
    begin();
    qy_port_future *asker = qy_port_future_new(worker, holder);
    qy_port *answerer = port_of(noter);
    ck_assert_ptr_nonnull(qy_port_future_relay(worker, answerer, asker->id));
    ck_assert_ptr_nonnull(qy_port_future_new(worker, answerer));
    qy_port_future *promised = qy_port_future_new(worker, answerer);
    ck_assert_int_eq(qy_port_future_then(promised, (quay_port){holder->id}, 3), 0);
    qy_port_future_drop_all(answerer);
    ck_assert_ptr_null(answerer->futures);
    ck_assert_int_eq(asker->status, -EOWNERDEAD);
    ck_assert_uint_eq(living_futures(worker), 2); /* the asker's, and the one that will still tell somebody */
    ck_assert_int_eq(qy_port_future_settle(promised, &done), 0);
    ck_assert_uint_eq(living_futures(worker), 1);
    end();
}
END_TEST

/* ---- duties that cannot be handed on at once ---- */

/* A message that asks, as a handler that deferred the duty leaves it. */
static qy_message *asking_message(uint64_t reply_to)
{
    qy_message *message = qy_message_new(&worker->station, 0, QY_EXTENDED);
    *qy_message_extra(message) = (qy_extra){.reply_to = reply_to, .deadline = QUAY_FOREVER};
    message->from = 0;
    message->tag = 0;
    return message;
}

/* The result may come while the handler that deferred is still at work, or afterwards. */
START_TEST(a_relay_without_memory_answers_when_there_is_some)
{
    for (int returned_first = 0; returned_first < 2; returned_first++) {
        begin();
        worker->running = NULL;
        as_nobody();
        qy_port *asker = port_of(spawn_on(1, note_message, NULL));
        qy_port_future *asked = qy_port_future_new(as_worker(1), asker);
        (void)as_worker(0);
        qy_port_future *relay = qy_port_future_relay(worker, holder, asked->id);
        uint64_t id = relay->id;
        qy_message *message = asking_message(asked->id);
        if (returned_first) qy_port_future_keep_message(worker, id, message);
        starve(0);
        qy_port_future_receive(worker, id, &done);
        ck_assert(!asked->settled);
        if (!returned_first) {
            ck_assert_ptr_eq(qy_port_future_find(worker, id), relay); /* it waits for the handler to return */
            qy_port_future_keep_message(worker, id, message);
        }
        ck_assert_ptr_null(qy_port_future_find(worker, id));
        feed();
        as_nobody();
        settle_down();
        ck_assert(asked->settled);
        ck_assert_int_eq(asked->status, -ENOMEM);
        ck_assert_uint_eq(stats().late, 0);
        end();
    }
}
END_TEST

/* ---- a carrier and the end of its runtime ---- */

START_TEST(a_carrier_goes_with_its_runtime_though_another_has_the_same_home)
{
    machine other, later;
    quay_port receiver;
    quay_promise promise;
    quay_stats sum;
    machine_start(&m, 1);
    machine_start(&other, 1);
    ck_assert_int_eq(quay_spawn(other.rt, &receiver, note_message, NULL), 0);
    quay_future *f = qy_thread_future_new(m.rt->first_home + 1, QUAY_FOREVER, &promise.id);
    ck_assert_int_eq(quay_then(f, receiver, 0), 0);
    uint32_t home = other.rt->first_home;
    machine_stop(&other);
    machine_start(&later, 1);
    ck_assert_uint_eq(later.rt->first_home, home);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    quay_drop(f);
    ck_assert_int_eq(quay_runtime_stats(later.rt, &sum), 0);
    ck_assert_uint_eq(sum.sent, 0);
    machine_stop(&later);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {constants_have_their_error_for_ever,
                            a_future_is_found_until_it_is_dropped,
                            futures_leave_the_chain_in_any_order,
                            a_future_without_memory_leaves_nothing,
                            an_answer_to_a_future_not_in_use_is_late,
                            a_future_is_settled_once_with_a_result_of_any_size,
                            a_large_result_without_memory_leaves_the_future_unsettled,
                            a_deadline_settles_and_settling_disarms_it,
                            a_deadline_may_be_none_or_find_no_memory,
                            dropping_disarms_the_deadline,
                            a_future_whose_names_are_used_up_retires,
                            then_sends_once_before_and_after_and_though_dropped,
                            a_sink_needs_no_memory,
                            when_a_port_ends_its_duties_fail_and_its_futures_go,
                            who_dropped_a_future_that_will_tell_somebody_has_it_no_more,
                            a_relay_without_memory_answers_when_there_is_some,
                            a_carrier_goes_with_its_runtime_though_another_has_the_same_home};
    return run_tests("future", tests, COUNT_OF(tests));
}
