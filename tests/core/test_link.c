/* test_link.c - what the calls of link.h accept and refuse. */
#include <quay/link.h>
#include <string.h>

#include "core/bond.h"
#include "fixture.h"

#define DOWN 7

static quay_port watcher, target;
static quay_monitor_id monitor;

static void start(void)
{
    machine_start(&m, 2);
    watcher = spawn_on(0, do_as_told, NULL);
    target = spawn_on(1, do_as_told, NULL);
}

static void stop(void)
{
    settle_down();
    assert_all_accounted();
    machine_stop(&m);
}

static void misuse(quay_self *self)
{
    ck_assert_int_eq(quay_monitor(NULL, target, DOWN, NULL), -EINVAL);
    ck_assert_int_eq(quay_monitor(self, quay_self_port(self), DOWN, NULL), -EINVAL);
    ck_assert_int_eq(quay_link(NULL, target), -EINVAL);
    ck_assert_int_eq(quay_link(self, quay_self_port(self)), -EINVAL);
    ck_assert_int_eq(quay_link(self, (quay_port){UINT64_MAX}), -EINVAL);
    ck_assert_int_eq(quay_unlink(NULL, target), -EINVAL);
    ck_assert_int_eq(quay_unlink(self, target), -EALREADY);
    ck_assert_int_eq(quay_demonitor(NULL, monitor), -EINVAL);
    ck_assert_int_eq(quay_demonitor(self, (quay_monitor_id){0}), -EALREADY);
    ck_assert_int_eq(quay_demonitor(self, (quay_monitor_id){123}), -EALREADY);
    ck_assert_int_eq(quay_trap_exits(NULL, DOWN), -EINVAL);
    ck_assert_int_eq(quay_untrap_exits(NULL), -EINVAL);
    ck_assert_int_eq(quay_untrap_exits(self), 0);
    quay_exit_because(NULL, 0, "nobody");
}

/* Whoever was given a self has it no longer than its handler runs, and on that thread only. */
static void misuse_elsewhere(quay_self *self)
{
    as_nobody();
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(quay_monitor(self, target, DOWN, NULL), -EINVAL);
        ck_assert_int_eq(quay_demonitor(self, (quay_monitor_id){123}), -EINVAL);
        ck_assert_int_eq(quay_link(self, target), -EINVAL);
        ck_assert_int_eq(quay_unlink(self, target), -EINVAL);
        ck_assert_int_eq(quay_trap_exits(self, DOWN), -EINVAL);
        ck_assert_int_eq(quay_untrap_exits(self), -EINVAL);
        ck_assert_int_eq(quay_sleep(self, 1), -EINVAL);
        as_worker(1);
    }
    as_worker(0);
}

START_TEST(misuse_is_refused)
{
    start();
    give_order(watcher, misuse);
    give_order(watcher, misuse_elsewhere);
    stop();
}
END_TEST

static void watch(quay_self *self)
{
    ck_assert_int_eq(quay_monitor(self, target, DOWN, &monitor), 0);
}

static void unwatch(quay_self *self)
{
    ck_assert_int_eq(quay_demonitor(self, monitor), 0);
    ck_assert_int_eq(quay_demonitor(self, monitor), -EALREADY);
}

static void unwatch_in_vain(quay_self *self)
{
    ck_assert_int_eq(quay_demonitor(self, monitor), -EALREADY);
}

START_TEST(a_monitor_taken_back_gives_no_notice)
{
    start();
    give_order(watcher, watch);
    give_order(watcher, unwatch);
    settle_down();
    ck_assert_int_eq(quay_kill(target, 0), 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 0);
    stop();
}
END_TEST

/* The target is of this worker: its death is told at once, and the notice is in the mailbox. */
static void unwatch_when_the_notice_is_queued(quay_self *self)
{
    ck_assert_int_eq(quay_kill(target, 0), 0);
    unwatch(self);
}

START_TEST(a_notice_in_the_mailbox_is_taken_back)
{
    start();
    target = spawn_on(0, do_as_told, NULL);
    give_order(watcher, watch);
    give_order(watcher, watch);
    settle_down();
    give_order(watcher, unwatch_when_the_notice_is_queued);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_uint_ne(exits_seen.notice[0].monitor.id, monitor.id);
    give_order(watcher, unwatch_in_vain);
    stop();
}
END_TEST

START_TEST(each_monitor_has_its_own_notice)
{
    start();
    for (unsigned i = 0; i < 5; i++) give_order(watcher, watch);
    settle_down();
    ck_assert_int_eq(quay_stop(target), 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 5);
    for (unsigned i = 1; i < 5; i++)
        ck_assert_uint_ne(exits_seen.notice[i].monitor.id, exits_seen.notice[i - 1].monitor.id);
    ck_assert_uint_eq(exits_seen.notice[4].monitor.id, monitor.id);
    stop();
}
END_TEST

static void link_twice(quay_self *self)
{
    ck_assert_int_eq(quay_link(self, target), 0);
    ck_assert_int_eq(quay_link(self, target), 0);
}

static void unlink_once(quay_self *self)
{
    ck_assert_int_eq(quay_unlink(self, target), 0);
    ck_assert_int_eq(quay_unlink(self, target), -EALREADY);
}

START_TEST(to_link_twice_is_to_link_once)
{
    start();
    give_order(watcher, link_twice);
    settle_down();
    ck_assert_uint_eq(m.rt->workers[0]->bonds.map.count, 1);
    give_order(watcher, unlink_once);
    settle_down();
    ck_assert_uint_eq(m.rt->workers[1]->bonds.map.count, 0);
    ck_assert_int_eq(quay_kill(target, -EIO), 0);
    settle_down();
    ck_assert_ptr_nonnull(port_of(watcher));
    stop();
}
END_TEST

START_TEST(to_link_to_nobody_is_to_die_of_it)
{
    int reason;
    start();
    target = QUAY_NOBODY;
    give_order(watcher, link_twice);
    settle_down();
    ck_assert(qy_worker_remembers(m.rt->workers[0], watcher.id, &reason));
    ck_assert_int_eq(reason, -EPIPE);
    stop();
}
END_TEST

static void trap_and_untrap(quay_self *self)
{
    ck_assert_int_eq(quay_trap_exits(self, 1), 0);
    ck_assert_int_eq(quay_trap_exits(self, DOWN), 0);
    ck_assert_int_eq(quay_link(self, target), 0);
}

static void untrap(quay_self *self)
{
    ck_assert_int_eq(quay_untrap_exits(self), 0);
}

START_TEST(trapping_can_be_given_up)
{
    start();
    give_order(watcher, trap_and_untrap);
    settle_down();
    ck_assert_int_eq(quay_stop(target), 0); /* a stop, too, is told to who traps */
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_uint_eq(exits_seen.tag[0], DOWN);
    target = spawn_on(1, do_as_told, NULL);
    give_order(watcher, trap_and_untrap);
    give_order(watcher, untrap);
    settle_down();
    ck_assert_int_eq(quay_kill(target, 0), 0);
    settle_down();
    ck_assert_ptr_null(port_of(watcher));
    stop();
}
END_TEST

static void hear_no_memory(quay_self *self)
{
    starve(0);
    ck_assert_int_eq(quay_monitor(self, target, DOWN, NULL), -ENOMEM);
    ck_assert_int_eq(quay_link(self, target), -ENOMEM);
    ck_assert_int_eq(quay_trap_exits(self, DOWN), -ENOMEM);
    feed();
}

START_TEST(no_memory_changes_nothing)
{
    start();
    give_order(watcher, hear_no_memory);
    settle_down();
    ck_assert_uint_eq(m.rt->workers[0]->bonds.map.count, 0);
    stop();
}
END_TEST

static void unlink_without_memory(quay_self *self)
{
    starve(0);
    ck_assert_int_eq(quay_unlink(self, target), -ENOMEM);
    feed();
    ck_assert_int_eq(quay_unlink(self, target), 0);
}

START_TEST(an_unlink_that_finds_no_memory_can_be_tried_again)
{
    start();
    give_order(watcher, link_twice);
    settle_down();
    give_order(watcher, unlink_without_memory);
    settle_down();
    for (unsigned i = 0; i < 2; i++) ck_assert_uint_eq(m.rt->workers[i]->bonds.map.count, 0);
    stop();
}
END_TEST

/* A trapping watcher has two notices in its mailbox, and takes back that of the one it unlinks. */
static quay_port third;

static void link_third(quay_self *self)
{
    ck_assert_int_eq(quay_link(self, third), 0);
}

static void unlink_when_both_have_ended(quay_self *self)
{
    ck_assert_int_eq(quay_kill(third, -EIO), 0);
    ck_assert_int_eq(quay_kill(target, -EIO), 0);
    tell(quay_self_port(self), 55); /* behind the notices, so that the search meets it */
    ck_assert_int_eq(quay_unlink(self, target), 0);
    ck_assert_int_eq(quay_unlink(self, target), -EALREADY);
}

START_TEST(an_unlink_takes_back_the_notice_of_its_port_alone)
{
    start();
    target = spawn_on(0, do_as_told, NULL);
    third = spawn_on(0, do_as_told, NULL);
    give_order(watcher, trap_and_untrap);
    give_order(watcher, link_third);
    settle_down();
    give_order(watcher, unlink_when_both_have_ended);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_uint_eq(exits_seen.notice[0].port.id, third.id);
    ck_assert_uint_eq(noted.tag[noted.count - 1], 55);
    stop();
}
END_TEST

/* ---- runtimes that end ---- */

static machine abroad;

static void end_badly(quay_self *self)
{
    quay_exit(self, -EIO);
}

static uint32_t bonds_of(unsigned worker)
{
    return m.rt->workers[worker]->bonds.map.count;
}

static void start_abroad(quay_port *port)
{
    machine_start(&m, 2);
    watcher = spawn_on(0, do_as_told, NULL);
    target = watcher;
    machine_start(&abroad, 1);
    ck_assert_int_eq(quay_spawn(abroad.rt, port, do_as_told, NULL), 0);
    machine_settle(&abroad);
}

/* The worker hears of the end after it has undone the link itself. */
START_TEST(a_link_to_a_runtime_that_has_gone_can_be_undone)
{
    start_abroad(&target);
    give_order(watcher, link_twice);
    settle_down();
    machine_settle(&abroad);
    ck_assert_uint_eq(bonds_of(0), 1);
    as_worker(0);
    give_order(watcher, unlink_once);
    as_nobody();
    machine_stop(&abroad);
    run_ready(0);
    ck_assert_uint_eq(bonds_of(0), 0);
    stop();
}
END_TEST

START_TEST(who_watched_from_a_runtime_that_has_gone_is_not_told)
{
    quay_port foreign;
    start_abroad(&foreign);
    ck_assert_int_eq(quay_send(foreign, UINT32_MAX, &(in_handler *){watch}, sizeof(in_handler *)), 0);
    machine_settle(&abroad);
    settle_down();
    ck_assert_uint_eq(bonds_of(0), 1);
    as_worker(0);
    give_order(target, end_badly);
    as_nobody();
    machine_stop(&abroad);
    run_ready(0);
    ck_assert_ptr_null(port_of(target));
    stop();
    ck_assert_uint_eq(exits_seen.count, 0);
}
END_TEST

static void end_well(quay_self *self)
{
    quay_exit_because(self, 0, "done");
    quay_exit_because(self, -EIO, "too late");
}

START_TEST(the_first_exit_counts)
{
    start();
    give_order(watcher, watch);
    settle_down();
    give_order(target, end_well);
    settle_down();
    ck_assert_str_eq(exits_seen.notice[0].text, "done");
    ck_assert_int_eq(exits_seen.notice[0].cause, QUAY_EXIT_NORMAL);
    ck_assert_int_eq(exits_seen.notice[0].reason, 0);
    stop();
}
END_TEST

START_TEST(causes_have_words)
{
    ck_assert_str_eq(quay_exit_word(QUAY_EXIT_NORMAL), "normal");
    ck_assert_str_eq(quay_exit_word(QUAY_EXIT_UNKNOWN), "unknown");
    ck_assert_str_eq(quay_exit_word((quay_exit_cause)99), "unknown");
    ck_assert(!quay_exit_failed(QUAY_EXIT_NORMAL) && !quay_exit_failed(QUAY_EXIT_STOPPED));
    ck_assert(quay_exit_failed(QUAY_EXIT_KILLED) && quay_exit_failed(QUAY_EXIT_ERROR));
    ck_assert(quay_exit_failed(QUAY_EXIT_UNKNOWN));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        misuse_is_refused,
        a_monitor_taken_back_gives_no_notice,
        a_notice_in_the_mailbox_is_taken_back,
        each_monitor_has_its_own_notice,
        to_link_twice_is_to_link_once,
        to_link_to_nobody_is_to_die_of_it,
        trapping_can_be_given_up,
        no_memory_changes_nothing,
        an_unlink_that_finds_no_memory_can_be_tried_again,
        an_unlink_takes_back_the_notice_of_its_port_alone,
        a_link_to_a_runtime_that_has_gone_can_be_undone,
        who_watched_from_a_runtime_that_has_gone_is_not_told,
        the_first_exit_counts,
        causes_have_words,
    };
    return run_tests("link", tests, COUNT_OF(tests));
}
