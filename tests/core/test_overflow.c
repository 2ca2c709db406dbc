/* test_overflow.c - the policies of full mailboxes, by every road, and what has no sender to be told. */
#include "core/overflow.h"

#include "fixture.h"

enum { LIMIT = 4, HOME = 1, WORKERS = 2 };

static quay_port full, sender;
static quay_future *future;

static quay_port spawn_bounded(quay_overflow overflow)
{
    return spawn_on(HOME, note_message, &(quay_port_options){.mailbox_limit = LIMIT, .overflow = overflow});
}

/* From the port's own worker, from the other, and from a thread. */
static void take_road(unsigned road)
{
    as_nobody();
    if (road < WORKERS) as_worker(road);
}
#define ROADS 3

static void start(quay_overflow overflow)
{
    machine_start(&m, WORKERS);
    full = spawn_bounded(overflow);
}

static void stop_after(uint64_t dead, quay_dead_reason reason)
{
    settle_down();
    ck_assert_uint_eq(stats().dead[reason], dead);
    assert_all_accounted();
    machine_stop(&m);
}

START_TEST(refuse_tells_the_sender_by_every_road)
{
    for (unsigned road = 0; road < ROADS; road++) {
        start(QUAY_OVERFLOW_REFUSE);
        for (int round = 0; round < 3; round++) { /* it empties, and takes again */
            take_road(road);
            for (uint32_t i = 0; i < LIMIT + 3; i++)
                ck_assert_int_eq(quay_send(full, i, NULL, 0), i < LIMIT ? 0 : -EAGAIN);
            void *buffer = quay_buffer_new(100);
            ck_assert_int_eq(quay_give(full, 0, &buffer, 100), -EAGAIN);
            ck_assert_ptr_nonnull(buffer);
            quay_buffer_free(buffer);
            as_nobody();
            settle_down();
        }
        ck_assert_uint_eq(noted.count, 3 * LIMIT);
        ck_assert_uint_eq(stats().sent, 3 * LIMIT);
        stop_after(0, QUAY_DEAD_REFUSED);
    }
}
END_TEST

START_TEST(all_roads_together_have_the_one_limit)
{
    start(QUAY_OVERFLOW_REFUSE);
    uint32_t accepted = 0;
    for (unsigned i = 0; i < 30; i++) {
        take_road(i % ROADS);
        accepted += quay_send(full, i, NULL, 0) == 0;
    }
    as_nobody();
    ck_assert_uint_eq(accepted, LIMIT);
    settle_down();
    ck_assert_uint_eq(noted.count, LIMIT);
    stop_after(0, QUAY_DEAD_REFUSED);
}
END_TEST

START_TEST(the_newest_are_dropped_and_counted_where_they_were_sent)
{
    for (unsigned road = 0; road < ROADS; road++) {
        start(QUAY_OVERFLOW_DROP_NEWEST);
        take_road(road);
        for (uint32_t i = 0; i < LIMIT + 3; i++) tell(full, i);
        void *buffer = quay_buffer_new(100);
        ck_assert_int_eq(quay_give(full, 0, &buffer, 100), 0);
        ck_assert_ptr_null(buffer);
        as_nobody();
        ck_assert_uint_eq(stats().sent, LIMIT + 4);
        ck_assert_uint_eq(stats().dead[QUAY_DEAD_REFUSED], 4); /* already */
        settle_down();
        ck_assert_uint_eq(noted.count, LIMIT);
        for (uint32_t i = 0; i < LIMIT; i++) ck_assert_uint_eq(noted.tag[i], i);
        ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0); /* a thread's dead letters count as done */
        stop_after(4, QUAY_DEAD_REFUSED);
    }
}
END_TEST

START_TEST(the_oldest_are_dropped_and_counted)
{
    for (unsigned road = 0; road < ROADS; road++) {
        start(QUAY_OVERFLOW_DROP_OLDEST);
        take_road(road);
        for (uint32_t i = 0; i < LIMIT + 3; i++) tell(full, i);
        as_nobody();
        settle_down();
        ck_assert_uint_eq(noted.count, LIMIT);
        for (uint32_t i = 0; i < LIMIT; i++) ck_assert_uint_eq(noted.tag[i], 3 + i);
        stop_after(3, QUAY_DEAD_DROPPED);
    }
}
END_TEST

START_TEST(what_is_queued_is_counted_right_while_the_oldest_are_dropped)
{
    start(QUAY_OVERFLOW_DROP_OLDEST);
    as_worker(HOME);
    for (uint32_t i = 0; i < LIMIT + 3; i++) tell(full, i);
    as_nobody();
    ck_assert_uint_eq(stats().queued, LIMIT);
    quay_stats sum = stats();
    ck_assert_uint_eq(sum.sent, sum.handled + quay_dead_total(&sum) + sum.queued);
    stop_after(3, QUAY_DEAD_DROPPED);
}
END_TEST

START_TEST(behind_a_stop_the_newest_is_dropped)
{
    start(QUAY_OVERFLOW_DROP_OLDEST);
    as_worker(HOME);
    ck_assert_int_eq(quay_stop(full), 0);
    for (uint32_t i = 0; i < LIMIT + 1; i++) tell(full, i);
    as_nobody();
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_REFUSED], 1);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_DROPPED], 0);
    stop_after(LIMIT, QUAY_DEAD_ENDED);
}
END_TEST

START_TEST(control_takes_no_room_and_is_never_turned_away)
{
    for (int overflow = QUAY_OVERFLOW_REFUSE; overflow <= QUAY_OVERFLOW_WAIT; overflow++) {
        machine_start(&m, WORKERS);
        full = spawn_on(
            HOME, note_message,
            &(quay_port_options){.mailbox_limit = LIMIT, .overflow = (quay_overflow)overflow, .fini = note_end});
        for (uint32_t i = 0; i < LIMIT; i++) tell(full, i);
        ck_assert_int_eq(quay_stop(full), 0);
        settle_down();
        ck_assert_uint_eq(noted.count, LIMIT);
        ck_assert_uint_eq(noted.ended, 1);
        stop_after(0, QUAY_DEAD_REFUSED);
    }
}
END_TEST

/* ---- asks ---- */

static int settled_with;

static void ask_and_fill(quay_self *self)
{
    (void)self;
    future = quay_ask(full, 0, NULL, 0, QUAY_FOREVER);
    for (uint32_t i = 0; i < LIMIT; i++) tell(full, 1 + i);
    settled_with = quay_await(future, NULL, 0);
    quay_drop(future);
}

START_TEST(an_ask_that_is_dropped_fails)
{
    for (unsigned road = 0; road < WORKERS; road++) {
        start(QUAY_OVERFLOW_DROP_OLDEST);
        settled_with = 1;
        run_in_port(road, ask_and_fill);
        settle_down();
        ck_assert_int_eq(settled_with, -EAGAIN);
        ck_assert_uint_eq(noted.count, LIMIT);
        stop_after(1, QUAY_DEAD_DROPPED);
    }
}
END_TEST

static void fill_and_ask(quay_self *self)
{
    (void)self;
    for (uint32_t i = 0; i < LIMIT; i++) tell(full, i);
    future = quay_ask(full, 0, NULL, 0, QUAY_FOREVER);
    ck_assert(quay_settled(future));
    settled_with = quay_await(future, NULL, 0);
    quay_drop(future);
}

START_TEST(an_ask_that_finds_no_room_is_refused_even_where_messages_are_dropped)
{
    for (int overflow = QUAY_OVERFLOW_REFUSE; overflow <= QUAY_OVERFLOW_DROP_NEWEST; overflow++) {
        for (unsigned road = 0; road < WORKERS; road++) {
            start((quay_overflow)overflow);
            settled_with = 1;
            run_in_port(road, fill_and_ask);
            settle_down();
            ck_assert_int_eq(settled_with, -EAGAIN);
            stop_after(0, QUAY_DEAD_REFUSED);
        }
    }
}
END_TEST

static int ask_with_result_to_sender(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    for (int i = 0; i < 2000; i++) {
        future = quay_ask(full, 0, NULL, 0, QUAY_FOREVER);
        ck_assert_int_eq(quay_then(future, full, 7), 0);
        quay_drop(future);
    }
    quay_exit(self, 0);
    return 0;
}

/* Each ask that is dropped has its result sent to the same mailbox: one after the other, not one inside the other. */
START_TEST(asks_that_drop_each_other_do_not_nest)
{
    machine_start(&m, 1);
    full =
        spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = 1000, .overflow = QUAY_OVERFLOW_DROP_OLDEST});
    sender = spawn_on(0, ask_with_result_to_sender, NULL);
    tell(sender, 0);
    settle_down();
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* ---- nobody to tell ---- */

START_TEST(a_timers_message_that_finds_no_room_is_a_dead_letter)
{
    static const quay_dead_reason reasons[] = {QUAY_DEAD_REFUSED, QUAY_DEAD_REFUSED, QUAY_DEAD_DROPPED,
                                               QUAY_DEAD_REFUSED};
    for (int overflow = QUAY_OVERFLOW_REFUSE; overflow <= QUAY_OVERFLOW_WAIT; overflow++) {
        for (unsigned road = 0; road < WORKERS; road++) {
            start((quay_overflow)overflow);
            as_worker(road);
            for (uint32_t i = 0; i < LIMIT + 2; i++)
                ck_assert_int_eq(quay_send_after(full, i, NULL, 0, m.now + 1, NULL), 0);
            as_nobody();
            m.now += 2;
            settle_down();
            ck_assert_uint_eq(noted.count, LIMIT);
            stop_after(2, reasons[overflow]);
        }
    }
}
END_TEST

static void then_many(quay_self *self)
{
    for (int i = 0; i < LIMIT + 2; i++) {
        quay_promise promise;
        ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promise, &future), 0);
        ck_assert_int_eq(quay_then(future, full, 7), 0);
        ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
        quay_drop(future);
    }
}

START_TEST(a_result_that_finds_no_room_is_a_dead_letter)
{
    for (unsigned road = 0; road < WORKERS; road++) {
        start(QUAY_OVERFLOW_REFUSE);
        run_in_port(road, then_many);
        settle_down();
        ck_assert_uint_eq(noted.count, LIMIT);
        stop_after(2, QUAY_DEAD_REFUSED);
    }
}
END_TEST

/* ---- places are not lost ---- */

START_TEST(a_send_without_memory_gives_its_place_back)
{
    start(QUAY_OVERFLOW_REFUSE);
    tell(full, 0); /* so that the thread has its guest and lane */
    settle_down();
    for (unsigned road = 0; road < WORKERS; road++) {
        starve(road);
        take_road(road);
        for (int i = 0; i < 3 * LIMIT; i++) ck_assert_int_eq(quay_send(full, 0, NULL, 0), -ENOMEM);
        as_nobody();
        feed();
    }
    for (uint32_t i = 0; i < LIMIT; i++) tell(full, i);
    ck_assert_int_eq(quay_send(full, 0, NULL, 0), -EAGAIN);
    stop_after(0, QUAY_DEAD_REFUSED);
}
END_TEST

START_TEST(the_limit_holds_before_the_port_is_born)
{
    machine_start(&m, WORKERS);
    quay_port_options options = {.place = quay_core(HOME), .mailbox_limit = LIMIT};
    ck_assert_int_eq(quay_spawn(m.rt, &full, note_message, &options), 0);
    for (unsigned i = 0; i < 3 * LIMIT; i++) {
        take_road(i % ROADS);
        ck_assert_int_eq(quay_send(full, i, NULL, 0), i < LIMIT ? 0 : -EAGAIN);
    }
    as_nobody();
    settle_down();
    ck_assert_uint_eq(noted.count, LIMIT);
    stop_after(0, QUAY_DEAD_REFUSED);
}
END_TEST

static void fill_and_pass_on(quay_self *self)
{
    for (uint32_t i = 1; i < LIMIT; i++) tell(full, i);
    ck_assert_int_eq(quay_forward(self, full), 0);
    settled_with = quay_forward(self, full);
}

START_TEST(a_forward_is_a_send)
{
    start(QUAY_OVERFLOW_REFUSE);
    run_in_port(0, fill_and_pass_on);
    ck_assert_int_eq(settled_with, -EAGAIN);
    settle_down();
    ck_assert_uint_eq(noted.count, LIMIT);
    stop_after(0, QUAY_DEAD_REFUSED);
}
END_TEST

static int look_at_room(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == 0) { /* it does not wait any more, so there is a place again */
        ck_assert_int_eq(quay_send(quay_self_port(self), 9, NULL, 0), 0);
        ck_assert_int_eq(quay_send(quay_self_port(self), 9, NULL, 0), -EAGAIN);
    }
    noted.count++;
    return 0;
}

START_TEST(the_message_being_handled_takes_no_room)
{
    machine_start(&m, 1);
    full = spawn_on(0, look_at_room, &(quay_port_options){.mailbox_limit = 3});
    for (uint32_t i = 0; i < 3; i++) tell(full, i);
    settle_down();
    ck_assert_uint_eq(noted.count, 4);
    stop_after(0, QUAY_DEAD_REFUSED);
}
END_TEST

static quay_port watched;

static void watch(quay_self *self)
{
    ck_assert_int_eq(quay_monitor(self, watched, 99, NULL), 0);
}

/* Exit notices are ahead of all messages, and no message. */
START_TEST(the_oldest_is_dropped_from_behind_exit_notices)
{
    machine_start(&m, WORKERS);
    quay_port_options options = {.mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_DROP_OLDEST};
    full = spawn_on(HOME, do_as_told, &options);
    watched = spawn_on(HOME, note_message, NULL);
    give_order(full, watch);
    settle_down();
    as_worker(HOME);
    ck_assert_int_eq(quay_kill(watched, 0), 0); /* the notice is there at once */
    for (uint32_t i = 0; i < LIMIT + 3; i++) tell(full, i);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_uint_eq(noted.count, LIMIT);
    for (uint32_t i = 0; i < LIMIT; i++) ck_assert_uint_eq(noted.tag[i], i + 3);
    stop_after(3, QUAY_DEAD_DROPPED);
}
END_TEST

static void trap(quay_self *self)
{
    ck_assert_int_eq(quay_trap_stop(self, 50), 0);
}

/* A stop that is trapped is handled as a message is, and so is what comes behind it. */
START_TEST(the_oldest_is_dropped_from_behind_stops_that_are_trapped)
{
    machine_start(&m, WORKERS);
    quay_port_options options = {.mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_DROP_OLDEST};
    full = spawn_on(HOME, do_as_told, &options);
    give_order(full, trap);
    settle_down();
    as_worker(HOME);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(quay_stop(full), 0);
    for (uint32_t i = 0; i < LIMIT + 3; i++) tell(full, i);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(noted.count, 2 + LIMIT);
    for (uint32_t i = 0; i < 2; i++) ck_assert_uint_eq(noted.tag[i], 50);
    for (uint32_t i = 0; i < LIMIT; i++) ck_assert_uint_eq(noted.tag[2 + i], i + 3);
    stop_after(3, QUAY_DEAD_DROPPED);
}
END_TEST

/* ---- sends that wait ---- */

static int waited;

static int send_and_wait(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag) quay_set_deadline(self, m.now + message->tag);
    waited = quay_send(full, 9, NULL, 0);
    return 0;
}

/* On the other worker; the mailbox is full, and stays so until the home makes a step. */
static void start_sender(uint32_t deadline)
{
    start(QUAY_OVERFLOW_WAIT);
    sender = spawn_on(0, send_and_wait, NULL);
    tell(sender, deadline);
    as_worker(HOME);
    for (uint32_t i = 0; i < LIMIT; i++) tell(full, i);
    as_nobody();
    waited = 1;
}

START_TEST(without_memory_for_the_request_there_is_no_wait)
{
    start_sender(0);
    take_all(0);
    starve(0);
    (void)step(0);
    feed();
    ck_assert_int_eq(waited, -ENOMEM);
    stop_after(0, QUAY_DEAD_REFUSED);
    ck_assert_uint_eq(noted.count, LIMIT);
}
END_TEST

START_TEST(the_deadline_of_the_handler_ends_its_wait)
{
    start_sender(10);
    (void)step(0);
    ck_assert_int_eq(waited, 1);
    m.now += 10;
    (void)step(0);
    ck_assert_int_eq(waited, -ETIMEDOUT);
    stop_after(0, QUAY_DEAD_REFUSED);
    ck_assert_uint_eq(noted.count, LIMIT);
}
END_TEST

START_TEST(a_request_that_comes_when_the_port_has_ended_is_refused)
{
    start_sender(0);
    (void)step(0); /* the request is on its way */
    as_worker(HOME);
    ck_assert_int_eq(quay_kill(full, 0), 0);
    run_ready(HOME);
    ck_assert_ptr_null(port_of(full));
    settle_down();
    ck_assert_int_eq(waited, -EPIPE);
    stop_after(LIMIT, QUAY_DEAD_ENDED);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        the_oldest_is_dropped_from_behind_exit_notices,
        the_oldest_is_dropped_from_behind_stops_that_are_trapped,
        refuse_tells_the_sender_by_every_road,
        all_roads_together_have_the_one_limit,
        the_newest_are_dropped_and_counted_where_they_were_sent,
        the_oldest_are_dropped_and_counted,
        what_is_queued_is_counted_right_while_the_oldest_are_dropped,
        behind_a_stop_the_newest_is_dropped,
        control_takes_no_room_and_is_never_turned_away,
        an_ask_that_is_dropped_fails,
        an_ask_that_finds_no_room_is_refused_even_where_messages_are_dropped,
        asks_that_drop_each_other_do_not_nest,
        a_timers_message_that_finds_no_room_is_a_dead_letter,
        a_result_that_finds_no_room_is_a_dead_letter,
        a_send_without_memory_gives_its_place_back,
        the_limit_holds_before_the_port_is_born,
        a_forward_is_a_send,
        the_message_being_handled_takes_no_room,
        without_memory_for_the_request_there_is_no_wait,
        the_deadline_of_the_handler_ends_its_wait,
        a_request_that_comes_when_the_port_has_ended_is_refused,
    };
    return run_tests("overflow", tests, COUNT_OF(tests));
}
