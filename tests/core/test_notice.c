/* test_notice.c - exit notices in the mailbox: ahead of the rest, in their order, beyond its limit, accounted for. */
#include "core/notice.h"

#include <string.h>

#include "fixture.h"

#define TARGETS 10

static quay_port watcher, targets[TARGETS];

static void watch_all(quay_self *self)
{
    for (uint32_t i = 0; i < TARGETS; i++) ck_assert_int_eq(quay_monitor(self, targets[i], i, NULL), 0);
}

static void start(const quay_port_options *options)
{
    machine_start(&m, 2);
    watcher = spawn_on(0, do_as_told, options);
    for (unsigned i = 0; i < TARGETS; i++) targets[i] = spawn_on(1, note_message, NULL);
    give_order(watcher, watch_all);
    settle_down();
}

static void kill_targets(void)
{
    for (unsigned i = 0; i < TARGETS; i++) ck_assert_int_eq(quay_kill(targets[i], 0), 0);
    (void)step(1);
}

START_TEST(notices_are_ahead_of_messages_and_in_order)
{
    start(NULL);
    for (uint32_t i = 0; i < 5; i++) tell(watcher, i);
    as_worker(0); /* the messages are in the mailbox when the notices come */
    take_all(0);
    as_nobody();
    kill_targets();
    ck_assert_uint_eq(stats().queued, 5);
    as_worker(0);
    take_all(0);
    as_nobody();
    ck_assert_uint_eq(port_of(watcher)->depth, 5);
    ck_assert_uint_eq(noted.count, 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, TARGETS);
    for (uint32_t i = 0; i < TARGETS; i++) ck_assert_uint_eq(exits_seen.tag[i], i);
    ck_assert_uint_eq(noted.count, 5);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_full_mailbox_takes_notices)
{
    start(&(quay_port_options){.mailbox_limit = 2});
    for (uint32_t i = 0; i < 5; i++) ck_assert_int_eq(quay_send(watcher, i, NULL, 0), i < 2 ? 0 : -EAGAIN);
    kill_targets();
    settle_down();
    ck_assert_uint_eq(exits_seen.count, TARGETS);
    ck_assert_uint_eq(noted.count, 2);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(notices_that_are_not_handled_are_no_dead_letters)
{
    start(NULL);
    uint64_t dead_before = stats().dead[QUAY_DEAD_ENDED];
    kill_targets();
    as_worker(0);
    take_all(0);
    qy_port_kill(m.rt->workers[0], port_of(watcher), QUAY_EXIT_KILLED, 0);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_ENDED], dead_before);
    assert_all_accounted();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

/* ---- taking back ---- */

#define MANY 100000 /* to search them all for each takes minutes */

static void take_many_back(quay_self *self)
{
    static quay_monitor_id monitors[MANY];
    for (uint32_t i = 0; i < MANY; i++) ck_assert_int_eq(quay_monitor(self, targets[0], i, &monitors[i]), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        if (i == MANY / 2) continue;
        ck_assert_int_eq(quay_demonitor(self, monitors[i]), 0);
        ck_assert_int_eq(quay_demonitor(self, monitors[i]), -EALREADY);
    }
    tell(quay_self_port(self), 1); /* behind all notices */
}

/* Exit notices of a port that has ended are in the mailbox at once. */
static void start_with_the_dead(void)
{
    machine_start(&m, 1);
    watcher = spawn_on(0, do_as_told, NULL);
    targets[0] = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(targets[0], 0), 0);
    settle_down();
}

START_TEST(very_many_notices_are_taken_back_one_by_one)
{
    start_with_the_dead();
    give_order(watcher, take_many_back);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_uint_eq(exits_seen.tag[0], MANY / 2);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(m.rt->workers[0]->bonds.map.count, 0);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static void link_twice_and_take_back(quay_self *self)
{
    ck_assert_int_eq(quay_trap_exits(self, 7), 0);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(quay_link(self, targets[0]), 0);
    ck_assert_int_eq(quay_unlink(self, targets[0]), 0); /* both */
    ck_assert_int_eq(quay_unlink(self, targets[0]), -EALREADY);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(quay_link(self, targets[0]), 0);
}

static void unlink_too_late(quay_self *self)
{
    ck_assert_int_eq(quay_unlink(self, targets[0]), -EALREADY);
    ck_assert_int_eq(quay_link(self, targets[0]), 0);
    quay_exit(self, 0); /* with its notice */
}

START_TEST(notices_of_links_with_one_port_are_taken_back_together)
{
    start_with_the_dead();
    give_order(watcher, link_twice_and_take_back);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 2);
    ck_assert_uint_eq(m.rt->workers[0]->bonds.map.count, 0);
    give_order(watcher, unlink_too_late);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 2);
    ck_assert_ptr_null(port_of(watcher));
    ck_assert_uint_eq(m.rt->workers[0]->bonds.map.count, 0);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* ---- stops ---- */

static struct {
    unsigned stops, messages;
    uint32_t before; /* messages, when the first stop came */
} trapped;

static int trap_stop(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->size == sizeof(in_handler *)) return do_as_told(self, state, message);
    if (message->tag != 77) {
        trapped.messages++;
        return 0;
    }
    ck_assert_uint_eq(message->size, 0);
    ck_assert_uint_eq(message->from.id, 0);
    if (!trapped.stops++) trapped.before = trapped.messages;
    else quay_exit(self, -EIO);
    return 0;
}

static void trap_with_77(quay_self *self)
{
    ck_assert_int_eq(quay_trap_stop(self, 5), 0);
    ck_assert_int_eq(quay_trap_stop(self, 77), 0);
}

static void trap_without_memory(quay_self *self)
{
    starve(0);
    ck_assert_int_eq(quay_trap_stop(self, 77), -ENOMEM);
    feed();
}

START_TEST(a_stop_that_is_trapped_is_a_message_behind_the_others)
{
    machine_start(&m, 2);
    memset(&trapped, 0, sizeof trapped);
    quay_port port = spawn_on(0, trap_stop, NULL);
    give_order(port, trap_without_memory);
    give_order(port, trap_with_77);
    for (uint32_t i = 0; i < 3; i++) tell(port, i);
    ck_assert_int_eq(quay_stop(port), 0);
    tell(port, 4);
    settle_down();
    ck_assert_uint_eq(trapped.stops, 1);
    ck_assert_uint_eq(trapped.before, 3);
    ck_assert_uint_eq(trapped.messages, 4); /* it goes on */
    ck_assert_int_eq(quay_stop(port), 0);
    settle_down();
    ck_assert_uint_eq(trapped.stops, 2);
    ck_assert_ptr_null(port_of(port));
    ck_assert_int_eq(quay_trap_stop(NULL, 0), -EINVAL);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* Others have their turns between: a handler that messages its own port does not go on for ever. */
static unsigned echoes;

static int message_itself(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->size == sizeof(in_handler *)) return do_as_told(self, state, message);
    echoes++;
    return quay_send(quay_self_port(self), message->tag, NULL, 0);
}

START_TEST(a_turn_ends_though_only_a_notice_began_it)
{
    machine_start(&m, 2);
    watcher = spawn_on(0, message_itself, NULL);
    for (unsigned i = 0; i < TARGETS; i++) targets[i] = spawn_on(1, note_message, NULL);
    give_order(watcher, watch_all);
    settle_down();
    echoes = 0;
    kill_targets();
    (void)step(0);
    ck_assert_uint_gt(echoes, 0);
    ck_assert_uint_le(echoes, QY_STEP_TURNS * QY_TURN_MESSAGES);
    ck_assert_int_eq(quay_kill(watcher, 0), 0);
    settle_down();
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_text_is_given_or_made)
{
    quay_exit_notice notice = {.cause = QUAY_EXIT_ERROR, .reason = -EIO};
    char text[2 * QUAY_EXIT_TEXT_MAX];
    qy_notice_set_text(&notice, NULL);
    ck_assert_str_eq(notice.text, "error 5");
    qy_notice_set_text(&notice, "");
    ck_assert_str_eq(notice.text, "error 5");
    qy_notice_set_text(&notice, "because");
    ck_assert_str_eq(notice.text, "because");
    notice.cause = QUAY_EXIT_STOPPED;
    qy_notice_set_text(&notice, NULL);
    ck_assert_str_eq(notice.text, "stopped");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    qy_notice_set_text(&notice, text);
    ck_assert_uint_eq(strlen(notice.text), QUAY_EXIT_TEXT_MAX);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        notices_are_ahead_of_messages_and_in_order,
        a_full_mailbox_takes_notices,
        notices_that_are_not_handled_are_no_dead_letters,
        very_many_notices_are_taken_back_one_by_one,
        notices_of_links_with_one_port_are_taken_back_together,
        a_turn_ends_though_only_a_notice_began_it,
        a_stop_that_is_trapped_is_a_message_behind_the_others,
        a_text_is_given_or_made,
    };
    return run_tests("notice", tests, COUNT_OF(tests));
}
