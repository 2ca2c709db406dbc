/* test_dead_letter.c - who is told of what, how often, and that telling does not feed on itself. */
#include "core/dead_letter.h"

#include <string.h>

#include "fixture.h"

enum { TOLD = 77, MOST = 200 };

static quay_port listener, target;
static quay_dead_letter heard[MOST];
static unsigned heard_count;

static int hear(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    const quay_dead_letter *dead = QUAY_PAYLOAD(message, quay_dead_letter);
    ck_assert_ptr_nonnull(dead);
    ck_assert_uint_eq(message->tag, TOLD);
    ck_assert_uint_eq(message->from.id, 0);
    ck_assert_uint_lt(heard_count, MOST);
    heard[heard_count++] = *dead;
    return 0;
}

static void start_with(const quay_port_options *options)
{
    machine_start(&m, 2);
    heard_count = 0;
    listener = spawn_on(0, hear, options);
    ck_assert_int_eq(quay_dead_subscribe(m.rt, listener, TOLD), 0);
}

static void stop_whole(void)
{
    settle_down();
    assert_all_accounted();
    machine_stop(&m);
}

static void send_to_the_dead(quay_port port, unsigned count)
{
    for (uint32_t i = 0; i < count; i++) tell(port, i);
    settle_down();
}

static quay_port spawn_dead(unsigned index)
{
    quay_port port = spawn_on(index, note_message, NULL);
    ck_assert_int_eq(quay_kill(port, 0), 0);
    settle_down();
    return port;
}

START_TEST(a_subscriber_is_told_who_sent_what_to_whom_and_why)
{
    start_with(NULL);
    for (unsigned i = 0; i < 2; i++) {
        target = spawn_dead(i);
        send_to_the_dead(target, 3);
    }
    ck_assert_uint_eq(heard_count, 6);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(heard[i].tag, i % 3);
        ck_assert_uint_eq(heard[i].reason, QUAY_DEAD_NO_PORT);
        ck_assert_uint_eq(heard[i].from.id, 0);
        ck_assert_uint_eq(heard[i].skipped, 0);
    }
    ck_assert_uint_eq(heard[5].to.id, target.id);
    stop_whole();
}
END_TEST

static quay_port dropped, newest;

static void die_in_every_way(quay_self *self)
{
    ck_assert_int_eq(quay_spawn(m.rt, &dropped, note_message,
                                &(quay_port_options){.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_DROP_OLDEST}),
                     0);
    ck_assert_int_eq(quay_spawn(m.rt, &newest, note_message,
                                &(quay_port_options){.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_DROP_NEWEST}),
                     0);
    for (int i = 0; i < 2; i++) {
        tell(dropped, QUAY_DEAD_DROPPED);
        tell(newest, QUAY_DEAD_REFUSED);
    }
    tell(target, QUAY_DEAD_ENDED);
    quay_future *f = quay_ask(newest, QUAY_DEAD_EXPIRED, NULL, 0, QUAY_FOREVER);
    quay_drop(f); /* refused: nothing was sent */
    f = quay_ask(listener, QUAY_DEAD_EXPIRED, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_cancel(f), 0);
    quay_drop(f);
    ck_assert_int_eq(quay_kill(target, 0), 0);
    ck_assert_uint_ne(quay_self_port(self).id, 0);
}

START_TEST(each_reason_is_told)
{
    start_with(NULL);
    target = spawn_on(0, note_message, NULL);
    quay_port from = run_in_port(0, die_in_every_way);
    settle_down();
    bool told[QUAY_DEAD_REASONS] = {false};
    const quay_port to[] = {[QUAY_DEAD_ENDED] = target,
                            [QUAY_DEAD_EXPIRED] = listener,
                            [QUAY_DEAD_REFUSED] = newest,
                            [QUAY_DEAD_DROPPED] = dropped};
    for (unsigned i = 0; i < heard_count; i++) {
        ck_assert_uint_eq(heard[i].reason, heard[i].tag);
        ck_assert_uint_eq(heard[i].from.id, from.id);
        ck_assert_uint_eq(heard[i].to.id, to[heard[i].reason].id);
        told[heard[i].reason] = true;
    }
    ck_assert_uint_eq(heard_count, 4);
    for (int reason = 0; reason < QUAY_DEAD_REASONS; reason++) ck_assert(told[reason] == (reason != QUAY_DEAD_NO_PORT));
    stop_whole();
}
END_TEST

START_TEST(a_flood_is_sampled_and_what_is_passed_over_is_counted)
{
    start_with(NULL);
    target = spawn_dead(1);
    send_to_the_dead(target, 1000);
    ck_assert_uint_eq(heard_count, QUAY_DEAD_BURST);
    m.now += QUAY_DEAD_PERIOD;
    send_to_the_dead(target, 1);
    ck_assert_uint_eq(heard_count, QUAY_DEAD_BURST + 1);
    ck_assert_uint_eq(heard[QUAY_DEAD_BURST].skipped, 1000 - QUAY_DEAD_BURST);
    send_to_the_dead(target, 1);
    ck_assert_uint_eq(heard[QUAY_DEAD_BURST + 1].skipped, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 1002); /* the counters count all */
    stop_whole();
}
END_TEST

START_TEST(nobody_is_told_what_became_of_the_telling)
{
    static const quay_overflow overflows[] = {QUAY_OVERFLOW_REFUSE, QUAY_OVERFLOW_DROP_NEWEST,
                                              QUAY_OVERFLOW_DROP_OLDEST, QUAY_OVERFLOW_WAIT};
    for (unsigned i = 0; i < COUNT_OF(overflows); i++) {
        start_with(&(quay_port_options){.mailbox_limit = 1, .overflow = overflows[i]});
        target = spawn_dead(0);
        for (uint32_t j = 0; j < 5; j++) tell(target, j);
        settle_down();
        ck_assert_uint_ge(heard_count, 1);
        ck_assert_uint_le(heard_count, 5);
        stop_whole();
    }
}
END_TEST

START_TEST(a_subscription_ends_with_its_port)
{
    start_with(NULL);
    target = spawn_dead(1);
    ck_assert_int_eq(quay_kill(listener, 0), 0);
    settle_down();
    send_to_the_dead(target, 3);
    ck_assert_uint_eq(m.rt->subscriptions.count, 0);
    send_to_the_dead(target, 3);
    ck_assert_uint_eq(heard_count, 0);
    ck_assert_int_eq(quay_dead_unsubscribe(m.rt, listener), -EALREADY);
    stop_whole();
}
END_TEST

/* Of the worker that tells: it knows at once. */
static void die_and_send(quay_self *self)
{
    (void)self;
    ck_assert_int_eq(quay_kill(listener, 0), 0);
    for (uint32_t i = 0; i < 2; i++) tell(target, i);
}

START_TEST(a_subscriber_that_has_just_ended_is_not_told_again)
{
    start_with(NULL);
    target = spawn_on(1, note_message, &(quay_port_options){.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_DROP_NEWEST});
    listener = spawn_on(0, hear, NULL);
    as_worker(0);
    qy_port_kill(m.rt->workers[0], port_of(listener), QUAY_EXIT_KILLED, 0);
    ck_assert_int_eq(quay_dead_subscribe(m.rt, listener, TOLD), -EPIPE);
    as_nobody();
    listener = spawn_on(1, hear, NULL);
    ck_assert_int_eq(quay_dead_subscribe(m.rt, listener, TOLD), 0);
    (void)run_in_port(1, die_and_send);
    ck_assert_uint_eq(m.rt->subscriptions.count, 1);
    settle_down();
    ck_assert_uint_eq(heard_count, 1);
    ck_assert_uint_eq(heard[0].reason, QUAY_DEAD_REFUSED);
    stop_whole();
}
END_TEST

START_TEST(a_subscriber_that_has_no_room_stays_one)
{
    start_with(&(quay_port_options){.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_DROP_NEWEST});
    target = spawn_dead(0);
    as_worker(0);
    for (uint32_t i = 0; i < 3; i++) (void)quay_send(target, i, NULL, 0);
    as_nobody();
    settle_down();
    ck_assert_uint_lt(heard_count, 3);
    ck_assert_uint_eq(m.rt->subscriptions.count, 1);
    stop_whole();
}
END_TEST

START_TEST(many_may_subscribe_once_each)
{
    quay_port more[9];
    start_with(NULL);
    for (unsigned i = 0; i < COUNT_OF(more); i++) {
        more[i] = spawn_on(i % 2, hear, NULL);
        ck_assert_int_eq(quay_dead_subscribe(m.rt, more[i], TOLD), 0);
        ck_assert_int_eq(quay_dead_subscribe(m.rt, more[i], TOLD), -EALREADY);
    }
    target = spawn_dead(1);
    send_to_the_dead(target, 1);
    ck_assert_uint_eq(heard_count, 1 + COUNT_OF(more));
    for (unsigned i = 0; i < COUNT_OF(more); i++) {
        ck_assert_int_eq(quay_dead_unsubscribe(m.rt, more[i]), 0);
        ck_assert_int_eq(quay_dead_unsubscribe(m.rt, more[i]), -EALREADY);
    }
    heard_count = 0;
    send_to_the_dead(target, 1);
    ck_assert_uint_eq(heard_count, 1);
    stop_whole();
}
END_TEST

static void subscribe_in_handler(quay_self *self)
{
    quay_runtime *rt = quay_self_runtime(self);
    ck_assert_int_eq(quay_dead_subscribe(rt, quay_self_port(self), TOLD), 0);
    ck_assert_int_eq(quay_dead_unsubscribe(rt, quay_self_port(self)), 0);
    ck_assert_int_eq(quay_dead_subscribe(rt, target, TOLD), -EPIPE);
    ck_assert_int_eq(quay_dead_subscribe(NULL, listener, TOLD), -EINVAL);
}

START_TEST(bad_subscriptions_are_refused)
{
    start_with(NULL);
    target = spawn_dead(0);
    run_in_port(0, subscribe_in_handler);
    ck_assert_int_eq(quay_dead_subscribe(m.rt, QUAY_NOBODY, TOLD), -EPIPE);
    ck_assert_int_eq(quay_dead_subscribe(NULL, listener, TOLD), -EINVAL);
    ck_assert_int_eq(quay_dead_unsubscribe(NULL, listener), -EINVAL);
    ck_assert_int_eq(quay_dead_unsubscribe(m.rt, target), -EALREADY);
    quay_port more[10];
    for (unsigned i = 0; i < COUNT_OF(more); i++) more[i] = spawn_on(0, hear, NULL);
    int error = 0;
    m.starved = true;
    for (unsigned i = 0; i < COUNT_OF(more) && !error; i++) error = quay_dead_subscribe(m.rt, more[i], TOLD);
    m.starved = false;
    ck_assert_int_eq(error, -ENOMEM);
    stop_whole();
}
END_TEST

/* A subscriber whose own mailbox drops messages is told of them, in that mailbox. */
START_TEST(what_is_told_of_a_drop_keeps_the_bound_too)
{
    enum { LIMIT = 4 };
    start_with(NULL);
    target =
        spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_DROP_OLDEST});
    ck_assert_int_eq(quay_dead_subscribe(m.rt, target, TOLD), 0);
    as_worker(0);
    for (uint32_t i = 0; i < 100; i++) {
        ck_assert_int_eq(quay_send(target, i, NULL, 0), 0);
        ck_assert_uint_le(port_of(target)->depth, LIMIT);
    }
    as_nobody();
    stop_whole();
}
END_TEST

/* What could not be told is passed over, and counted so. */
START_TEST(what_a_full_subscriber_was_not_told_is_counted_in_the_next)
{
    start_with(&(quay_port_options){.mailbox_limit = 2});
    target = spawn_dead(1);
    for (uint32_t i = 0; i < 5; i++) tell(target, i);
    take_all(1);
    m.now += QUAY_DEAD_PERIOD;
    settle_down();
    tell(target, 5);
    settle_down();
    uint64_t skipped = 0;
    for (unsigned i = 0; i < heard_count; i++) skipped += heard[i].skipped;
    ck_assert_uint_eq(heard_count, 3);
    ck_assert_uint_eq(heard_count + skipped, 6);
    stop_whole();
}
END_TEST

/* The one that takes the place of one that has ended in the list is not passed over for it. */
START_TEST(a_subscriber_that_has_ended_costs_nobody_a_letter)
{
    start_with(NULL);
    quay_port other = spawn_on(1, hear, NULL);
    target = spawn_dead(0);
    ck_assert_int_eq(quay_dead_subscribe(m.rt, other, TOLD), 0);
    ck_assert_int_eq(quay_kill(listener, 0), 0);
    settle_down();
    heard_count = 0;
    send_to_the_dead(target, 1);
    ck_assert_uint_eq(heard_count, 1);
    stop_whole();
}
END_TEST

/* A thread inside one runtime cannot go inside another. */
START_TEST(a_port_of_another_runtime_cannot_subscribe)
{
    machine other;
    start_with(NULL);
    ck_assert_int_eq(quay_dead_unsubscribe(m.rt, listener), 0);
    machine_start(&other, 1);
    ck_assert_int_eq(quay_dead_subscribe(other.rt, listener, TOLD), -EPIPE);
    machine_stop(&other);
    stop_whole();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_subscriber_is_told_who_sent_what_to_whom_and_why,
        each_reason_is_told,
        a_flood_is_sampled_and_what_is_passed_over_is_counted,
        nobody_is_told_what_became_of_the_telling,
        a_subscription_ends_with_its_port,
        a_subscriber_that_has_just_ended_is_not_told_again,
        a_subscriber_that_has_no_room_stays_one,
        many_may_subscribe_once_each,
        bad_subscriptions_are_refused,
        what_is_told_of_a_drop_keeps_the_bound_too,
        what_a_full_subscriber_was_not_told_is_counted_in_the_next,
        a_subscriber_that_has_ended_costs_nobody_a_letter,
        a_port_of_another_runtime_cannot_subscribe,
    };
    return run_tests("dead_letter", tests, COUNT_OF(tests));
}
