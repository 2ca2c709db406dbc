/* test_early.c - messages that come before their port, and control messages that find no memory. */
#include "core/early.h"

#include "fixture.h"

static quay_port noter, deaf;

static int ignore(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return self ? 0 : -EINVAL;
}

static void start(unsigned workers)
{
    machine_start(&m, workers);
    deaf = spawn_on(1, ignore, NULL);
}

/* By the lane, so that it does not come before the spawner's step has ended. */
static quay_port spawn_from(unsigned index)
{
    quay_port port;
    quay_port_options options = {.place = quay_core(1)};
    as_worker(index);
    send_by_lane(deaf);
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &options), 0);
    as_nobody();
    return port;
}

START_TEST(what_overtakes_a_birth_waits_for_it_in_order)
{
    start(3);
    noter = spawn_from(0); /* its SPAWN is in a batch of worker 0 */
    for (uint32_t i = 0; i < 3; i++) tell(noter, i);
    (void)step(1);
    ck_assert_uint_eq(noted.count, 0);
    settle_down();
    ck_assert_uint_eq(noted.count, 3);
    for (uint32_t i = 0; i < 3; i++) ck_assert_uint_eq(noted.tag[i], i);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_birth_lets_only_its_own_go_on)
{
    start(3);
    noter = spawn_from(0);
    quay_port other = spawn_from(2);
    tell(other, 7);
    tell(noter, 8);
    (void)step(1);
    (void)step(0); /* the SPAWN of the first is sent */
    (void)step(1);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(noted.tag[0], 8);
    settle_down();
    ck_assert_uint_eq(noted.count, 2);
    machine_stop(&m);
}
END_TEST

static quay_monitor_id monitor;

static void watch(quay_self *self)
{
    ck_assert_int_eq(quay_monitor(self, noter, 5, &monitor), 0);
}

static void unwatch(quay_self *self)
{
    ck_assert_int_eq(quay_demonitor(self, monitor), 0);
}

/* A BOND by a shorter road than the SPAWN. */
START_TEST(a_monitor_may_be_set_before_the_birth)
{
    start(3);
    quay_port watcher = spawn_on(2, do_as_told, NULL);
    noter = spawn_from(0);
    give_order(watcher, watch);
    (void)step(2);
    (void)step(1);
    ck_assert_uint_eq(exits_seen.count, 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 0);
    ck_assert_int_eq(quay_stop(noter), 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 1);
    ck_assert_int_eq(exits_seen.notice[0].cause, QUAY_EXIT_STOPPED);
    machine_stop(&m);
}
END_TEST

START_TEST(what_was_watched_before_the_birth_may_be_let_be_before_it)
{
    start(3);
    quay_port watcher = spawn_on(2, do_as_told, NULL);
    noter = spawn_from(0);
    give_order(watcher, watch);
    give_order(watcher, unwatch);
    (void)step(2);
    (void)step(1);
    ck_assert_ptr_null(port_of(noter));
    settle_down();
    ck_assert_uint_eq(m.rt->workers[1]->bonds.map.count, 0);
    ck_assert_int_eq(quay_stop(noter), 0);
    settle_down();
    ck_assert_uint_eq(exits_seen.count, 0);
    machine_stop(&m);
}
END_TEST

static void link_and_die(quay_self *self)
{
    ck_assert_int_eq(quay_link(self, noter), 0);
    quay_exit(self, -EIO);
}

/* The BOND and the EXIT come before the birth. */
START_TEST(a_port_may_be_born_to_die_of_a_link)
{
    int reason;
    start(3);
    quay_port linker = spawn_on(2, do_as_told, NULL);
    noter = spawn_from(0);
    give_order(linker, link_and_die);
    (void)step(2);
    (void)step(1);
    ck_assert(!qy_worker_remembers(m.rt->workers[1], noter.id, &reason));
    settle_down();
    ck_assert(qy_worker_remembers(m.rt->workers[1], noter.id, &reason));
    ck_assert_int_eq(reason, -EIO);
    machine_stop(&m);
}
END_TEST

/* ---- postponed ---- */

/* An UNBOND behind a BOND that waits waits, too: else the other end would stay for ever. */
START_TEST(what_is_postponed_keeps_its_order)
{
    start(2);
    quay_port watcher = spawn_on(0, do_as_told, NULL);
    noter = spawn_on(1, note_message, NULL);
    as_worker(0);
    send_by_lane(deaf); /* and so do the BOND and the UNBOND, which bring their own memory */
    as_nobody();
    give_order(watcher, watch);
    give_order(watcher, unwatch);
    give_order(watcher, watch);
    (void)step(0);
    starve(1);
    (void)step(1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->postponed);
    for (unsigned i = 0; i < 3; i++) (void)step(1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->postponed->next->next);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT);
    feed();
    settle_down();
    ck_assert_ptr_null(m.rt->workers[1]->postponed);
    ck_assert_uint_eq(m.rt->workers[1]->bonds.map.count, 1); /* the second */
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

static void bind_one_that_waits(in_handler *first, in_handler *second)
{
    start(3);
    quay_port watcher = spawn_on(2, do_as_told, NULL);
    noter = spawn_from(0);
    as_worker(2);
    send_by_lane(deaf);
    as_nobody();
    give_order(watcher, first);
    if (second) give_order(watcher, second);
    (void)step(0);
    (void)step(2);
    starve(1);
    for (unsigned i = 0; i < 3; i++) (void)step(1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->postponed); /* the SPAWN */
    ck_assert_ptr_null(port_of(noter));
    feed();
    settle_down();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
}

START_TEST(what_binds_a_port_that_waits_for_memory_keeps_its_order)
{
    int reason;
    bind_one_that_waits(watch, unwatch);
    ck_assert_ptr_nonnull(port_of(noter));
    ck_assert_uint_eq(m.rt->workers[1]->bonds.map.count, 0);
    machine_stop(&m);
    bind_one_that_waits(link_and_die, NULL);
    ck_assert(qy_worker_remembers(m.rt->workers[1], noter.id, &reason));
    ck_assert_int_eq(reason, -EIO);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        what_overtakes_a_birth_waits_for_it_in_order,
        a_birth_lets_only_its_own_go_on,
        a_monitor_may_be_set_before_the_birth,
        what_was_watched_before_the_birth_may_be_let_be_before_it,
        a_port_may_be_born_to_die_of_a_link,
        what_is_postponed_keeps_its_order,
        what_binds_a_port_that_waits_for_memory_keeps_its_order,
    };
    return run_tests("early", tests, COUNT_OF(tests));
}
