/* test_spawn.c - places from text and to workers, and spawns that find no memory. */
#include <string.h>

#include "fixture.h"

/* ---- text ---- */

START_TEST(places_are_parsed)
{
    static const struct {
        const char *text;
        quay_place place;
    } good[] = {{"anywhere", {.kind = QUAY_PLACE_ANYWHERE}},
                {"spread", {.kind = QUAY_PLACE_SPREAD}},
                {"core:0", {.kind = QUAY_PLACE_CORE}},
                {"core:007", {.kind = QUAY_PLACE_CORE, .number = 7}},
                {"core:4294967295", {.kind = QUAY_PLACE_CORE, .number = UINT32_MAX}},
                {"numa:12", {.kind = QUAY_PLACE_NUMA, .number = 12}}};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        quay_place place;
        memset(&place, 0xFF, sizeof place);
        ck_assert_int_eq(quay_place_parse(good[i].text, &place), 0);
        ck_assert_int_eq(place.kind, good[i].place.kind);
        ck_assert_uint_eq(place.number, good[i].place.number);
        ck_assert_uint_eq(place.port.id, 0);
    }
}
END_TEST

START_TEST(what_is_no_place_is_refused_and_writes_nothing)
{
    static const char *bad[] = {"",        "Anywhere",  "anywhere ", "core",
                                "core:",   "core:-1",   "core:1x",   "core: 1",
                                "numa:",   "numa:+1",   "core:0x1",  "core:4294967296",
                                "spread:", "near:1234", " spread",   "core:99999999999999999999999"};
    quay_place place = {.kind = QUAY_PLACE_NUMA, .number = 5};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(quay_place_parse(bad[i], &place) == -EINVAL, "\"%s\" was taken for a place", bad[i]);
        ck_assert(place.kind == QUAY_PLACE_NUMA && place.number == 5);
    }
    ck_assert_int_eq(quay_place_parse(NULL, &place), -EINVAL);
    ck_assert_int_eq(quay_place_parse("spread", NULL), -EINVAL);
}
END_TEST

/* ---- workers ---- */

static unsigned worker_at(quay_place place)
{
    quay_port port;
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &(quay_port_options){.place = place}), 0);
    return qy_id_home(port.id) - m.rt->first_home;
}

static void count_at(quay_place place, unsigned spawns, unsigned *count)
{
    memset(count, 0, m.rt->workers_count * sizeof *count);
    for (unsigned i = 0; i < spawns; i++) count[worker_at(place)]++;
}

START_TEST(spread_and_numa_go_round_evenly_for_threads_and_handlers)
{
    unsigned count[4];
    machine_start_on(&m, "numa:2 core:2 pu:1");
    for (int inside = 0; inside < 2; inside++) {
        if (inside) as_worker(1);
        count_at(QUAY_SPREAD, 12, count);
        for (unsigned i = 0; i < 4; i++) ck_assert_uint_eq(count[i], 3);
        for (unsigned node = 0; node < 2; node++) {
            count_at(quay_numa(node), 12, count);
            for (unsigned i = 0; i < 4; i++) ck_assert_uint_eq(count[i], i / 2 == node ? 6 : 0);
        }
    }
    as_nobody();
    settle_down();
    machine_stop(&m);
}
END_TEST

START_TEST(a_core_and_a_neighbour_are_exact)
{
    machine_start_on(&m, "numa:2 core:2 pu:1");
    for (unsigned i = 0; i < 4; i++) {
        quay_port neighbour = spawn_on(i, note_message, NULL);
        ck_assert_uint_eq(worker_at(quay_core(i)), i);
        ck_assert_uint_eq(worker_at(quay_near(neighbour)), i);
    }
    settle_down();
    machine_stop(&m);
}
END_TEST

START_TEST(anywhere_is_here_until_here_is_busy)
{
    unsigned count[2];
    machine_start(&m, 2);
    as_worker(1);
    count_at(QUAY_ANYWHERE, 500, count);
    ck_assert_uint_eq(count[1], 500); /* none of them has anything to do */
    quay_port port;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &(quay_port_options){.place = quay_core(1)}), 0);
        tell(port, 0);
    }
    count_at(QUAY_ANYWHERE, 500, count);
    ck_assert_uint_eq(count[0], 250);
    as_nobody();
    settle_down();
    machine_stop(&m);
}
END_TEST

START_TEST(places_that_do_not_exist_are_refused)
{
    machine_start_on(&m, "numa:2 core:2 pu:1");
    const quay_place nowhere[] = {quay_core(4),
                                  quay_core(UINT32_MAX),
                                  quay_numa(2),
                                  quay_near(QUAY_NOBODY),
                                  quay_near((quay_port){qy_id_make(m.rt->first_home + 4, 0, 1)}),
                                  {.kind = (quay_place_kind)77}};
    quay_port port = {42};
    for (size_t i = 0; i < COUNT_OF(nowhere); i++)
        ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &(quay_port_options){.place = nowhere[i]}), -EINVAL);
    ck_assert_uint_eq(port.id, 42);
    qy_guest_wait_outside(m.rt);
    machine_stop(&m);
}
END_TEST

/* ---- no memory ---- */

START_TEST(a_spawn_without_memory_loses_no_id)
{
    machine_start(&m, 2);
    quay_port port = spawn_on(1, note_message, NULL);
    uint32_t stock = m.rt->workers[1]->stock.count;
    for (unsigned from = 0; from < 2; from++) {
        starve(from);
        as_worker(from);
        for (int i = 0; i < 5; i++)
            ck_assert_int_eq(
                quay_spawn(m.rt, &port, note_message, &(quay_port_options){.place = quay_core(1), .state_size = 3000}),
                -ENOMEM);
        as_nobody();
        feed();
    }
    ck_assert_uint_eq(m.rt->workers[1]->stock.count, stock);
    ck_assert_uint_eq(stats().spawned, 1);
    machine_stop(&m);
}
END_TEST

/* ---- the spawner has memory, the home has not ---- */

static unsigned inits;

static int count_init(quay_self *self, void *state, void *argument)
{
    (void)self, (void)state, (void)argument;
    inits++;
    return 0;
}

/* Spawn onto worker 1, which has no memory, and send a message and what `then` does behind it. */
static quay_port spawn_onto_starved(void (*then)(quay_port port))
{
    quay_port port;
    quay_port_options options = {.place = quay_core(1), .init = count_init, .fini = note_end};
    machine_start(&m, 2);
    quay_port other = spawn_on(1, note_message, NULL); /* so that slots are there */
    inits = 0;
    as_worker(0);
    send_by_lane(other); /* what comes by the belt would wait for memory */
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &options), 0);
    tell(port, 5);
    if (then) then(port);
    as_nobody();
    step(0);
    starve(1);
    for (int i = 0; i < 3; i++) step(1);
    ck_assert_uint_eq(inits, 0);
    ck_assert_ptr_null(port_of(port));
    ck_assert_ptr_nonnull(strstr(m.log, "waits for memory"));
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT);
    return port;
}

START_TEST(a_port_that_its_home_cannot_make_waits_for_memory)
{
    quay_port port = spawn_onto_starved(NULL);
    feed();
    settle_down();
    ck_assert_uint_eq(inits, 1);
    ck_assert_ptr_nonnull(port_of(port));
    ck_assert_uint_eq(noted.count, 2); /* and the other's */
    ck_assert_uint_eq(noted.tag[1], 5);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 0);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static void stop_and_tell(quay_port port)
{
    ck_assert_int_eq(quay_stop(port), 0);
    tell(port, 6);
}

START_TEST(a_port_that_waits_for_memory_is_stopped_after_what_came_before)
{
    quay_port port = spawn_onto_starved(stop_and_tell);
    feed();
    settle_down();
    ck_assert_uint_eq(inits, 1);
    ck_assert_uint_eq(noted.ended, 1);
    ck_assert_uint_eq(noted.count, 2);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_ENDED], 1);
    ck_assert_ptr_null(port_of(port));
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static void kill(quay_port port)
{
    ck_assert_int_eq(quay_kill(port, -EIO), 0);
}

START_TEST(a_port_that_is_killed_while_it_waits_for_memory_has_init_and_fini_run)
{
    (void)spawn_onto_starved(kill);
    feed();
    settle_down();
    ck_assert_uint_eq(inits, 1);
    ck_assert_uint_eq(noted.ended, 1);
    ck_assert_int_eq(noted.reason, -EIO);
    ck_assert_uint_eq(noted.count, 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static void wait_long(void)
{
    m.now += QUAY_MS(100);
    step(1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->postponed); /* it was not tried often */
    m.now -= QUAY_MS(1);
    for (int i = 0; i < 1000; i++) step(1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->postponed);
    m.now += QUAY_MS(1);
}

static void kill_all(void)
{
    ck_pr_or_32(&m.rt->workers[1]->parking.orders, QY_ORDER_KILL);
}

/* The port's name was good and its end is told. */
static void end_unborn(void (*wait)(void))
{
    int reason = 0;
    quay_port port = spawn_onto_starved(NULL);
    wait();
    step(1);
    step(1);
    ck_assert_ptr_null(m.rt->workers[1]->postponed);
    feed();
    ck_assert(qy_worker_remembers(m.rt->workers[1], port.id, &reason));
    ck_assert_int_eq(reason, -ENOMEM);
    ck_assert_ptr_nonnull(strstr(m.log, "could not be made"));
    settle_down();
    ck_assert_uint_eq(inits, 0);
    ck_assert_uint_eq(noted.ended, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 1);
    quay_port again = spawn_on(1, note_message, NULL);
    ck_assert_uint_eq(again.id, port.id + 1); /* its slot is not lost */
    assert_all_accounted();
    machine_stop(&m);
}

START_TEST(a_port_that_waits_for_memory_too_long_or_until_all_are_killed_has_ended)
{
    end_unborn(wait_long);
    end_unborn(kill_all);
}
END_TEST

static int error_of_spawn;

static void spawn_starved(quay_self *self)
{
    quay_port port;
    starve(0);
    error_of_spawn = quay_spawn(quay_self_runtime(self), &port, note_message, NULL);
    feed();
}

/* The worker has ids left, but no block for the port. */
START_TEST(a_birth_here_without_memory_leaves_no_name)
{
    machine_start(&m, 1);
    uint64_t alive = stats().alive;
    quay_port starved = run_in_port(0, spawn_starved);
    ck_assert_int_eq(error_of_spawn, -ENOMEM);
    ck_assert_uint_eq(stats().alive, alive + 1);
    quay_port next = spawn_on(0, note_message, NULL);
    ck_assert_ptr_nonnull(port_of(next));
    ck_assert_uint_ne(next.id, starved.id);
    machine_stop(&m);
}
END_TEST

START_TEST(a_runtime_that_kills_bears_no_more)
{
    quay_port port;
    machine_start(&m, 1);
    uint32_t phase = m.rt->phase;
    m.rt->phase = QY_KILLING;
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, NULL), -ECANCELED);
    (void)as_worker(0);
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, NULL), -ECANCELED);
    as_nobody();
    m.rt->phase = phase;
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, NULL), 0);
    settle_down();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {places_are_parsed,
                            what_is_no_place_is_refused_and_writes_nothing,
                            spread_and_numa_go_round_evenly_for_threads_and_handlers,
                            a_core_and_a_neighbour_are_exact,
                            anywhere_is_here_until_here_is_busy,
                            places_that_do_not_exist_are_refused,
                            a_spawn_without_memory_loses_no_id,
                            a_port_that_its_home_cannot_make_waits_for_memory,
                            a_port_that_waits_for_memory_is_stopped_after_what_came_before,
                            a_port_that_is_killed_while_it_waits_for_memory_has_init_and_fini_run,
                            a_port_that_waits_for_memory_too_long_or_until_all_are_killed_has_ended,
                            a_birth_here_without_memory_leaves_no_name,
                            a_runtime_that_kills_bears_no_more};
    return run_tests("spawn", tests, COUNT_OF(tests));
}
