/* test_bond.c - the ends of monitors and links: made, taken away and told, in every order, with and without memory. */
#include "core/bond.h"

#include <string.h>

#include "core/dispatch.h"
#include "fixture.h"

#define DOWN 7 /* the tag of notices */

static quay_port watcher, target;
static quay_monitor_id monitor;

static void watch(quay_self *self)
{
    ck_assert_int_eq(quay_monitor(self, target, DOWN, &monitor), 0);
}

static void link_target(quay_self *self)
{
    ck_assert_int_eq(quay_link(self, target), 0);
}

static void link_watcher(quay_self *self)
{
    ck_assert_int_eq(quay_link(self, watcher), 0);
}

static void unlink_target(quay_self *self)
{
    ck_assert_int_eq(quay_unlink(self, target), 0);
}

static void unlink_watcher(quay_self *self)
{
    ck_assert_int_eq(quay_unlink(self, watcher), 0);
}

static void trap(quay_self *self)
{
    ck_assert_int_eq(quay_trap_exits(self, DOWN), 0);
}

static void crash(quay_self *self)
{
    quay_exit_because(self, -EIO, "the disk is on fire");
}

/* The watcher on worker 0, the target on another, both of them obeying. */
static void start(unsigned target_on)
{
    machine_start(&m, 2);
    watcher = spawn_on(0, do_as_told, NULL);
    target = spawn_on(target_on, do_as_told, NULL);
}

static uint32_t ends_on(unsigned worker)
{
    return m.rt->workers[worker]->bonds.map.count;
}

/* Nothing is left on any worker, and every message is accounted for. */
static void stop(void)
{
    settle_down();
    if (port_of(watcher)) ck_assert_int_eq(quay_kill(watcher, 0), 0);
    if (port_of(target)) ck_assert_int_eq(quay_kill(target, 0), 0);
    settle_down();
    for (unsigned i = 0; i < 2; i++) ck_assert_uint_eq(ends_on(i), 0);
    assert_all_accounted();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}

static void assert_told(quay_exit_cause cause, int reason, const char *text)
{
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_uint_eq(exits_seen.tag[0], DOWN);
    ck_assert_int_eq(exits_seen.notice[0].cause, cause);
    ck_assert_int_eq(exits_seen.notice[0].reason, reason);
    ck_assert_str_eq(exits_seen.notice[0].text, text);
    ck_assert_uint_eq(exits_seen.notice[0].port.id, target.id);
}

/* ---- monitors ---- */

static void tell_of_a_crash(unsigned target_on)
{
    start(target_on);
    give_order(watcher, watch);
    settle_down();
    ck_assert_uint_eq(ends_on(0) + ends_on(1), 2);
    give_order(target, crash);
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "the disk is on fire");
    ck_assert_uint_eq(exits_seen.notice[0].monitor.id, monitor.id);
    ck_assert_uint_eq(ends_on(0) + ends_on(1), 0);
    stop();
}

START_TEST(a_monitor_tells_of_a_port_of_its_worker)
{
    tell_of_a_crash(0);
}
END_TEST

START_TEST(a_monitor_tells_of_a_port_of_another_worker)
{
    tell_of_a_crash(1);
}
END_TEST

START_TEST(each_way_to_end_has_its_cause)
{
    start(1);
    give_order(watcher, watch);
    settle_down();
    ck_assert_int_eq(quay_stop(target), 0);
    settle_down();
    assert_told(QUAY_EXIT_STOPPED, 0, "stopped");
    stop();
    start(1);
    give_order(watcher, watch);
    settle_down();
    ck_assert_int_eq(quay_kill(target, -EINTR), 0);
    settle_down();
    assert_told(QUAY_EXIT_KILLED, -EINTR, "killed");
    stop();
}
END_TEST

START_TEST(a_port_that_has_ended_is_told_of_with_its_reason)
{
    start(1);
    give_order(target, crash);
    settle_down();
    give_order(watcher, watch);
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "error 5");
    stop();
}
END_TEST

START_TEST(a_port_that_is_forgotten_is_told_of_as_unknown)
{
    start(1);
    quay_port forgotten = target;
    ck_assert_int_eq(quay_kill(target, -EIO), 0);
    settle_down();
    for (unsigned i = 0; i < QY_REMEMBERED; i++) {
        target = spawn_on(1, do_as_told, NULL);
        ck_assert_int_eq(quay_kill(target, 0), 0);
    }
    settle_down();
    target = forgotten;
    give_order(watcher, watch);
    settle_down();
    assert_told(QUAY_EXIT_UNKNOWN, -EPIPE, "unknown");
    stop();
}
END_TEST

START_TEST(ids_of_nobody_are_told_of_at_once)
{
    start(0);
    target = QUAY_NOBODY;
    give_order(watcher, watch);
    settle_down();
    assert_told(QUAY_EXIT_UNKNOWN, -EPIPE, "unknown");
    target = spawn_on(0, do_as_told, NULL);
    stop();
}
END_TEST

START_TEST(a_watcher_that_ends_leaves_nothing_behind)
{
    start(1);
    give_order(watcher, watch);
    settle_down();
    ck_assert_int_eq(quay_kill(watcher, 0), 0);
    settle_down();
    ck_assert_uint_eq(ends_on(1), 0);
    ck_assert_int_eq(quay_kill(target, 0), 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 0);
    stop();
}
END_TEST

START_TEST(a_target_that_dies_while_its_watcher_does_is_told_to_nobody)
{
    start(1);
    give_order(watcher, watch);
    settle_down();
    ck_assert_int_eq(quay_kill(watcher, 0), 0);
    ck_assert_int_eq(quay_kill(target, 0), 0);
    (void)step(0);
    (void)step(1);
    stop();
}
END_TEST

/* ---- links ---- */

static void link_and_kill(unsigned target_on, int (*end)(quay_port), bool survives)
{
    start(target_on);
    give_order(watcher, link_target);
    settle_down();
    ck_assert_int_eq(end(target), 0);
    settle_down();
    ck_assert(survives == (port_of(watcher) != NULL));
    stop();
}

static int kill_it(quay_port port)
{
    return quay_kill(port, -EIO);
}

START_TEST(a_kill_takes_the_linked_port_along_and_a_stop_does_not)
{
    for (unsigned on = 0; on < 2; on++) {
        link_and_kill(on, kill_it, false);
        link_and_kill(on, quay_stop, true);
    }
}
END_TEST

START_TEST(a_link_works_from_either_side)
{
    int reason;
    start(1);
    give_order(watcher, link_target);
    settle_down();
    give_order(watcher, crash);
    settle_down();
    ck_assert_ptr_null(port_of(target));
    ck_assert(qy_worker_remembers(m.rt->workers[1], target.id, &reason));
    ck_assert_int_eq(reason, -EIO);
    stop();
}
END_TEST

START_TEST(who_traps_gets_a_notice_with_the_text)
{
    start(1);
    give_order(watcher, trap);
    give_order(watcher, link_target);
    settle_down();
    give_order(target, crash);
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "the disk is on fire");
    ck_assert_uint_eq(exits_seen.notice[0].monitor.id, 0);
    stop();
}
END_TEST

START_TEST(ports_that_link_each_other_at_once_are_linked_once)
{
    start(1);
    give_order(watcher, trap);
    give_order(watcher, link_target);
    give_order(target, link_watcher);
    settle_down();
    ck_assert_uint_eq(ends_on(0), ends_on(1));
    give_order(target, crash);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    stop();
}
END_TEST

/* Both undo the link at once, and one of them makes it anew: what is on its way of the old one must not undo it. */
START_TEST(an_old_unlink_does_not_undo_a_new_link)
{
    start(1);
    give_order(watcher, trap);
    give_order(watcher, link_target);
    settle_down();
    give_order(target, unlink_watcher);
    take_all(1);
    give_order(watcher, unlink_target);
    give_order(watcher, link_target);
    (void)step(0);
    run_ready(1); /* before it takes what worker 0 has sent */
    settle_down();
    ck_assert_uint_eq(ends_on(0), 1);
    ck_assert_uint_eq(ends_on(1), 1);
    give_order(target, crash);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    stop();
}
END_TEST

/* A chain of links over two workers, a thousand long: the death of the first takes all, without nesting. */
#define CHAIN 1000

START_TEST(deaths_run_along_a_chain_of_links)
{
    start(0);
    quay_port first = target;
    for (unsigned i = 0; i < CHAIN; i++) {
        quay_port next = spawn_on(i % 3 == 0, do_as_told, NULL);
        give_order(next, link_target);
        settle_down();
        target = next;
    }
    ck_assert_uint_eq(stats().alive, CHAIN + 2);
    give_order(first, crash);
    settle_down();
    ck_assert_uint_eq(stats().alive, 1);
    stop();
}
END_TEST

/* ---- without memory ---- */

/* However much there is: for the port's cold part, which a port with a name has; its ties, the bond, the map. */
static bool wait_for_memory(unsigned spare, const char *name)
{
    start(1);
    target = spawn_on(1, do_as_told, &(quay_port_options){.name = name});
    give_order(watcher, watch);
    (void)step(0);
    starve_after(1, spare);
    (void)step(1);
    bool bound = ends_on(1);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), bound ? 0 : -ETIMEDOUT);
    feed();
    settle_down();
    ck_assert_uint_eq(ends_on(1), 1);
    give_order(target, crash);
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "the disk is on fire");
    stop();
    return !bound;
}

START_TEST(a_bond_waits_for_memory_at_the_other_end)
{
    unsigned spare = 0;
    while (wait_for_memory(spare, NULL)) spare++;
    ck_assert_uint_ge(spare, 3);
    for (unsigned less = 0; less < spare; less++) (void)wait_for_memory(less, "target");
}
END_TEST

static int link_result;

static void try_to_link(quay_self *self)
{
    link_result = quay_link(self, target);
}

/* The other way round: the one who links is told at once, and nothing is left of it. */
START_TEST(a_bond_that_finds_no_memory_here_is_none)
{
    link_result = -ENOMEM;
    for (unsigned spare = 0; link_result; spare++) {
        start(1);
        give_order(watcher, try_to_link);
        take_all(0);
        starve_after(0, spare);
        (void)step(0);
        feed();
        ck_assert_int_eq(link_result, link_result ? -ENOMEM : 0);
        ck_assert_uint_eq(ends_on(0), !link_result);
        stop();
    }
}
END_TEST

static void crash_without_memory(quay_self *self)
{
    starve(1);
    quay_exit_because(self, -EIO, "there is no room for these words");
    feed();
}

/* The target is not watched yet, so it has no ties that would keep the text. */
START_TEST(a_text_that_finds_no_memory_is_lost_and_the_reason_is_not)
{
    start(1);
    give_order(watcher, watch);
    (void)step(0);
    as_worker(1);
    give_order(target, crash_without_memory);
    run_ready(1);
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "error 5");
    stop();
}
END_TEST

/* ---- notes that are none of ours ---- */

static void forge(uint64_t to, qy_kind kind, qy_bond_kind bond, uint64_t number, uint64_t from)
{
    quay_exit_notice notice = {.monitor = {number}, .port = {from}, .cause = QUAY_EXIT_KILLED};
    as_worker(0);
    ck_assert_int_eq(qy_send_control(to, kind, bond, &(qy_extra){0}, &notice, sizeof notice), 0);
    as_nobody();
    settle_down();
}

START_TEST(a_note_has_to_fit_the_bond_in_all_things)
{
    start(0);
    give_order(watcher, watch);
    settle_down();
    ck_assert_uint_eq(ends_on(0), 2);
    forge(watcher.id, QY_KIND_EXIT, QY_BOND_WATCHING, monitor.id, watcher.id);    /* of another port */
    forge(watcher.id, QY_KIND_EXIT, QY_BOND_WATCHING, monitor.id + 1, target.id); /* of another monitor */
    forge(watcher.id, QY_KIND_UNBOND, QY_BOND_WATCHED, monitor.id, target.id);    /* for the other end */
    forge(target.id, QY_KIND_EXIT, QY_BOND_WATCHING, monitor.id, target.id);      /* for the watcher */
    ck_assert_uint_eq(ends_on(0), 2);
    ck_assert_uint_eq(exits_seen.count, 0);
    give_order(target, crash);
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "the disk is on fire");
    stop();
}
END_TEST

/* The state makes the port's own block too large to serve as an EXIT. */
static void starve_in_fini(void *state, int reason)
{
    (void)state, (void)reason;
    starve(1);
}

START_TEST(an_exit_that_finds_no_memory_is_told_later)
{
    start(1);
    target = spawn_on(1, do_as_told, &(quay_port_options){.fini = starve_in_fini, .state_size = 1000});
    give_order(watcher, watch);
    settle_down();
    give_order(target, crash);
    (void)step(1);
    ck_assert_ptr_null(port_of(target));
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 0);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT);
    feed();
    settle_down();
    assert_told(QUAY_EXIT_ERROR, -EIO, "error 5");
    stop();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_monitor_tells_of_a_port_of_its_worker,
        a_monitor_tells_of_a_port_of_another_worker,
        each_way_to_end_has_its_cause,
        a_port_that_has_ended_is_told_of_with_its_reason,
        a_port_that_is_forgotten_is_told_of_as_unknown,
        ids_of_nobody_are_told_of_at_once,
        a_watcher_that_ends_leaves_nothing_behind,
        a_target_that_dies_while_its_watcher_does_is_told_to_nobody,
        a_kill_takes_the_linked_port_along_and_a_stop_does_not,
        a_link_works_from_either_side,
        who_traps_gets_a_notice_with_the_text,
        ports_that_link_each_other_at_once_are_linked_once,
        an_old_unlink_does_not_undo_a_new_link,
        deaths_run_along_a_chain_of_links,
        a_bond_waits_for_memory_at_the_other_end,
        an_exit_that_finds_no_memory_is_told_later,
        a_bond_that_finds_no_memory_here_is_none,
        a_text_that_finds_no_memory_is_lost_and_the_reason_is_not,
        a_note_has_to_fit_the_bond_in_all_things,
    };
    return run_tests("bond", tests, COUNT_OF(tests));
}
