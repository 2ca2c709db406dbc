/* test_receive.c - what each kind of message does on arrival, also when it comes before its port. */
#include "core/receive.h"

#include <string.h>

#include "fixture.h"

static quay_port noter, carried;

START_TEST(messages_for_nobody_are_dead_letters)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    tell(noter, 1);
    ck_assert_int_eq(quay_stop(noter), 0);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_full_mailbox_refuses)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = 3});
    for (uint32_t i = 0; i < 5; i++) ck_assert_int_eq(quay_send(noter, i, NULL, 0), i < 3 ? 0 : -EAGAIN);
    settle_down();
    ck_assert_uint_eq(noted.count, 3);
    as_worker(0);
    for (uint32_t i = 0; i < 3; i++) tell(noter, i);
    ck_assert_int_eq(quay_send(noter, 3, NULL, 0), -EAGAIN);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(noted.count, 6);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_stop_takes_no_room_in_a_mailbox_and_is_not_counted_as_a_message)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = 2});
    as_worker(0);
    tell(noter, 1);
    ck_assert_int_eq(quay_stop(noter), 0);
    quay_port_counters counters;
    ck_assert_int_eq(quay_port_stats(noter, &counters), 0);
    ck_assert_uint_eq(counters.queued, 1);
    ck_assert_int_eq(quay_send(noter, 2, NULL, 0), 0);
    as_nobody();
    quay_stats sum = stats();
    ck_assert_uint_eq(sum.sent, sum.handled + quay_dead_total(&sum) + sum.queued);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_stop_comes_after_what_is_queued_and_a_kill_before)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, &(quay_port_options){.fini = note_end});
    for (uint32_t i = 0; i < 3; i++) tell(noter, i);
    ck_assert_int_eq(quay_stop(noter), 0);
    tell(noter, 9);
    settle_down();
    ck_assert_uint_eq(noted.count, 3);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_ENDED], 1);
    noter = spawn_on(0, note_message, &(quay_port_options){.fini = note_end});
    for (uint32_t i = 0; i < 3; i++) tell(noter, i);
    ck_assert_int_eq(quay_kill(noter, -EIO), 0);
    settle_down();
    ck_assert_uint_eq(noted.count, 3);
    ck_assert_uint_eq(noted.ended, 2);
    ck_assert_int_eq(noted.reason, -EIO);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* ---- questions ---- */

static quay_future *post_join(quay_port port)
{
    qy_extra extra = {.deadline = QUAY_FOREVER};
    quay_future *f = qy_thread_future_new(m.rt->first_home + m.rt->workers_count, QUAY_FOREVER, &extra.reply_to);
    ck_assert_int_eq(qy_send_control(port.id, QY_KIND_JOIN, 0, &extra, NULL, 0), 0);
    settle_down();
    return f;
}

static int finish_join(quay_future *f, int *reason)
{
    int result = quay_await(f, reason, sizeof *reason);
    quay_drop(f);
    return result;
}

START_TEST(joins_are_answered_when_the_port_ends_or_from_memory)
{
    int reason;
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    quay_future *before[] = {post_join(noter), post_join(noter)};
    ck_assert(!quay_settled(before[0]) && !quay_settled(before[1]));
    ck_assert_int_eq(quay_runtime_drain(m.rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_kill(noter, -EIO), 0);
    settle_down();
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(finish_join(i < 2 ? before[i] : post_join(noter), &reason), sizeof reason);
        ck_assert_int_eq(reason, -EIO);
    }
    machine_stop(&m);
}
END_TEST

START_TEST(so_many_ends_are_remembered)
{
    int reason;
    machine_start(&m, 1);
    quay_port first = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(first, -1), 0);
    for (int i = 1; i < QY_REMEMBERED; i++) ck_assert_int_eq(quay_kill(spawn_on(0, note_message, NULL), 0), 0);
    settle_down();
    ck_assert_int_eq(finish_join(post_join(first), &reason), sizeof reason);
    ck_assert_int_eq(quay_kill(spawn_on(0, note_message, NULL), 0), 0);
    settle_down();
    ck_assert_int_eq(finish_join(post_join(first), &reason), -EPIPE);
    machine_stop(&m);
}
END_TEST

START_TEST(a_join_without_memory_says_so)
{
    int reason;
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    tell(noter, 0); /* has the guest cut blocks */
    settle_down();
    starve(0);
    ck_assert_int_eq(finish_join(post_join(noter), &reason), -ENOMEM);
    feed();
    machine_stop(&m);
}
END_TEST

/* ---- early messages ---- */

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    for (uint32_t i = 0; i < message->tag; i++) tell(carried, i);
    return 0;
}

/* The id reaches a third worker, and what that one sends overtakes the SPAWN. */
START_TEST(messages_that_overtake_a_spawn_wait_for_it)
{
    machine_start(&m, 3);
    quay_port passer = spawn_on(0, pass_on, NULL);
    quay_port other = spawn_on(2, note_message, NULL);
    as_worker(1);
    send_by_lane(other);
    ck_assert_int_eq(quay_spawn(m.rt, &carried, note_message, &(quay_port_options){.place = quay_core(2)}), 0);
    as_nobody(); /* the SPAWN is in worker 1's batch */
    tell(passer, 5);
    step(0);
    for (int i = 0; i < 3; i++) step(2);
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT);
    settle_down();
    ck_assert_uint_eq(noted.count, 6); /* the other's as well */
    for (uint32_t i = 0; i < 5; i++) ck_assert_uint_eq(noted.tag[i + 1], i);
    quay_stats sum = stats();
    ck_assert_uint_eq(quay_dead_total(&sum), 0);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* A name that nobody was given, of a slot that is free. */
START_TEST(a_message_to_a_name_never_given_does_not_wait_for_ever)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    tell((quay_port){noter.id + 1}, 0);
    tell((quay_port){noter.id + 7 * QY_TABLE_STEP}, 0);
    settle_down();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 2);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {messages_for_nobody_are_dead_letters,
                            a_full_mailbox_refuses,
                            a_stop_takes_no_room_in_a_mailbox_and_is_not_counted_as_a_message,
                            a_stop_comes_after_what_is_queued_and_a_kill_before,
                            joins_are_answered_when_the_port_ends_or_from_memory,
                            so_many_ends_are_remembered,
                            a_join_without_memory_says_so,
                            messages_that_overtake_a_spawn_wait_for_it,
                            a_message_to_a_name_never_given_does_not_wait_for_ever};
    return run_tests("receive", tests, COUNT_OF(tests));
}
