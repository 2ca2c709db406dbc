/* test_placement.c - where ports live: places from text, and that each place is where it says.
 *
 * Machines are synthetic; a worker is known by its thread. Read next: test_stats.c. */
#include "support.h"

/* ---- text ---- */

START_TEST(places_are_read_from_text)
{
    quay_place place;
    ck_assert_int_eq(quay_place_parse("anywhere", &place), 0);
    ck_assert_int_eq(place.kind, QUAY_PLACE_ANYWHERE);
    ck_assert_int_eq(quay_place_parse("spread", &place), 0);
    ck_assert_int_eq(place.kind, QUAY_PLACE_SPREAD);
    ck_assert_int_eq(quay_place_parse("core:3", &place), 0);
    ck_assert_int_eq(place.kind, QUAY_PLACE_CORE);
    ck_assert_uint_eq(place.number, 3);
    ck_assert_int_eq(quay_place_parse("core:4294967295", &place), 0);
    ck_assert_uint_eq(place.number, UINT32_MAX);
    ck_assert_int_eq(quay_place_parse("numa:0", &place), 0);
    ck_assert_int_eq(place.kind, QUAY_PLACE_NUMA);
    ck_assert_uint_eq(place.number, 0);
}
END_TEST

START_TEST(other_text_is_no_place)
{
    static const char *const bad[] = {"",
                                      "core",
                                      "core:",
                                      "core:x",
                                      "core:3x",
                                      "core:-1",
                                      "core:+1",
                                      "core: 1",
                                      " core:1",
                                      "core:1 ",
                                      "core:4294967296",
                                      "numa:",
                                      "numa:a",
                                      "near:1",
                                      "Core:1",
                                      "spreads",
                                      "core:1e3",
                                      "anywhere:1",
                                      "spread:",
                                      "any",
                                      "numa",
                                      "3",
                                      "core:99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        quay_place place = quay_core(77);
        ck_assert_msg(quay_place_parse(bad[i], &place) == -EINVAL, "\"%s\"", bad[i]);
        ck_assert_int_eq(place.kind, QUAY_PLACE_CORE); /* not written to */
        ck_assert_uint_eq(place.number, 77);
    }
}
END_TEST

START_TEST(places_are_values)
{
    quay_port port = {1234};
    ck_assert_int_eq(QUAY_ANYWHERE.kind, (quay_place){0}.kind);
    ck_assert_int_eq(QUAY_SPREAD.kind, QUAY_PLACE_SPREAD);
    ck_assert_int_eq(quay_core(5).kind, QUAY_PLACE_CORE);
    ck_assert_uint_eq(quay_core(5).number, 5);
    ck_assert_int_eq(quay_numa(2).kind, QUAY_PLACE_NUMA);
    ck_assert_uint_eq(quay_numa(2).number, 2);
    ck_assert_int_eq(quay_near(port).kind, QUAY_PLACE_NEAR);
    ck_assert_uint_eq(quay_near(port).port.id, port.id);
}
END_TEST

/* ---- where a port lives ---- */

static int answer_thread(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    (void)message;
    pthread_t thread = pthread_self();
    return quay_reply(self, &thread, sizeof thread);
}

static pthread_t thread_of(quay_port port)
{
    pthread_t thread;
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, &thread, sizeof thread, QUAY_FOREVER), sizeof thread);
    return thread;
}

static quay_runtime *start_machine(const char *topology, unsigned workers, const unsigned *cores)
{
    quay_runtime_options options = {
        .topology = topology, .workers = workers, .cores = cores, .log = capture_log, .log_context = &runtime_log};
    return start_runtime_with(&options);
}

#define CORES 4

typedef struct machine {
    quay_runtime *rt;
    pthread_t thread[CORES];
} machine;

/* Two NUMA nodes of two cores each. */
static machine machine_start(void)
{
    machine m = {.rt = start_machine("numa:2 core:2 pu:1", CORES, NULL)};
    for (unsigned core = 0; core < CORES; core++)
        m.thread[core] = thread_of(spawn(m.rt, answer_thread, quay_core(core), NULL));
    return m;
}

static unsigned core_of(const machine *m, quay_port port)
{
    pthread_t thread = thread_of(port);
    unsigned core = 0;
    while (core < CORES && !pthread_equal(thread, m->thread[core])) core++;
    ck_assert_uint_lt(core, CORES);
    return core;
}

/* Who may be where: spawn so many at a place, and count them by core. */
static void expect_cores(const machine *m, quay_place place, unsigned ports, const unsigned *expected)
{
    unsigned found[CORES] = {0};
    for (unsigned i = 0; i < ports; i++) found[core_of(m, spawn(m->rt, answer_thread, place, NULL))]++;
    for (unsigned core = 0; core < CORES; core++) ck_assert_uint_eq(found[core], expected[core]);
}

START_TEST(each_core_has_a_worker_of_its_own)
{
    machine m = machine_start();
    for (unsigned a = 0; a < CORES; a++)
        for (unsigned b = 0; b < a; b++) ck_assert(!pthread_equal(m.thread[a], m.thread[b]));
    for (unsigned core = 0; core < CORES; core++)
        ck_assert_uint_eq(core_of(&m, spawn(m.rt, answer_thread, quay_core(core), NULL)), core);
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_drain(m.rt, QUAY_FOREVER), 0);
    for (unsigned worker = 0; worker < CORES; worker++) {
        ck_assert_int_eq(quay_worker_stats(m.rt, worker, &stats), 0);
        ck_assert_uint_eq(stats.alive, 2);
    }
    stop_runtime(m.rt);
}
END_TEST

START_TEST(numa_nodes_take_turns_among_their_own)
{
    machine m = machine_start();
    expect_cores(&m, quay_numa(0), 8, (unsigned[CORES]){4, 4, 0, 0});
    expect_cores(&m, quay_numa(1), 8, (unsigned[CORES]){0, 0, 4, 4});
    stop_runtime(m.rt);
}
END_TEST

START_TEST(spread_goes_round)
{
    machine m = machine_start();
    expect_cores(&m, QUAY_SPREAD, 12, (unsigned[CORES]){3, 3, 3, 3});
    stop_runtime(m.rt);
}
END_TEST

START_TEST(near_is_where_the_other_lives)
{
    machine m = machine_start();
    for (unsigned core = 0; core < CORES; core++) {
        quay_port there = spawn(m.rt, answer_thread, quay_core(core), NULL);
        unsigned expected[CORES] = {0};
        expected[core] = 3;
        expect_cores(&m, quay_near(there), 3, expected);
    }
    stop_runtime(m.rt);
}
END_TEST

START_TEST(places_without_a_worker_are_refused)
{
    const unsigned cores[] = {1, 0};
    quay_runtime *rt = start_machine("numa:2 core:2 pu:1", 2, cores);
    static const struct {
        quay_place place;
        int expected;
    } tries[] = {
        {{.kind = QUAY_PLACE_CORE, .number = 0}, 0},       {{.kind = QUAY_PLACE_CORE, .number = 1}, 0},
        {{.kind = QUAY_PLACE_CORE, .number = 2}, -EINVAL}, {{.kind = QUAY_PLACE_CORE, .number = 4}, -EINVAL},
        {{.kind = QUAY_PLACE_NUMA, .number = 0}, 0},       {{.kind = QUAY_PLACE_NUMA, .number = 1}, -EINVAL},
        {{.kind = QUAY_PLACE_NUMA, .number = 2}, -EINVAL},
    };
    for (size_t i = 0; i < COUNT_OF(tries); i++) {
        quay_port port;
        quay_port_options options = {.place = tries[i].place};
        ck_assert_int_eq(quay_spawn(rt, &port, ignore, &options), tries[i].expected);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- from handlers ---- */

typedef struct request {
    quay_place place;
    quay_port port;
} request;

static void spawn_there(quay_self *self, void *argument)
{
    request *r = argument;
    quay_port_options options = {.place = r->place};
    EXPECT_EQ(quay_spawn(quay_self_runtime(self), &r->port, answer_thread, &options), 0);
}

START_TEST(a_handlers_place_is_the_same_place)
{
    machine m = machine_start();
    for (unsigned from = 0; from < CORES; from++) {
        unsigned found[CORES] = {0};
        for (unsigned i = 0; i < 8; i++) {
            request r = {.place = quay_core(i % CORES)};
            run_in_handler(m.rt, quay_core(from), spawn_there, &r);
            ck_assert_uint_eq(core_of(&m, r.port), i % CORES);
            r.place = quay_near(r.port);
            run_in_handler(m.rt, quay_core(from), spawn_there, &r);
            ck_assert_uint_eq(core_of(&m, r.port), i % CORES);
            r.place = QUAY_SPREAD;
            run_in_handler(m.rt, quay_core(from), spawn_there, &r);
            found[core_of(&m, r.port)]++;
        }
        for (unsigned core = 0; core < CORES; core++) ck_assert_uint_eq(found[core], 2);
    }
    stop_runtime(m.rt);
}
END_TEST

START_TEST(anywhere_is_near_an_idle_spawner)
{
    machine m = machine_start();
    for (unsigned from = 0; from < CORES; from++) {
        request r = {.place = QUAY_ANYWHERE};
        run_in_handler(m.rt, quay_core(from), spawn_there, &r);
        ck_assert_uint_eq(core_of(&m, r.port), from);
    }
    stop_runtime(m.rt);
}
END_TEST

/* A tree of ports, all anywhere, grown from one: everybody must get some of the work. */
static int grow(quay_self *self, void *state, const quay_message *message)
{
    const unsigned *depth = QUAY_PAYLOAD(message, unsigned);
    (void)state;
    for (int i = 0; i < 2 && *depth > 0; i++) {
        quay_port child;
        unsigned next = *depth - 1;
        EXPECT_EQ(quay_spawn(quay_self_runtime(self), &child, grow, NULL), 0);
        EXPECT_EQ(quay_send(child, 0, &next, sizeof next), 0);
    }
    quay_exit(self, 0);
    return 0;
}

START_TEST(anywhere_is_everywhere_when_there_is_much)
{
    const unsigned depth = SANITIZED ? 12 : 16;
    quay_runtime *rt = start_runtime(2);
    quay_port root;
    ck_assert_int_eq(quay_spawn(rt, &root, grow, NULL), 0);
    ck_assert_int_eq(quay_send(root, 0, &depth, sizeof depth), 0);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.handled, (UINT64_C(2) << depth) - 1);
    ck_assert_uint_eq(stats.alive, 0);
    for (unsigned worker = 0; worker < 2; worker++) {
        ck_assert_int_eq(quay_worker_stats(rt, worker, &stats), 0);
        ck_assert_uint_gt(stats.handled, 0);
    }
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        places_are_read_from_text,
        other_text_is_no_place,
        places_are_values,
        each_core_has_a_worker_of_its_own,
        numa_nodes_take_turns_among_their_own,
        spread_goes_round,
        near_is_where_the_other_lives,
        places_without_a_worker_are_refused,
        a_handlers_place_is_the_same_place,
        anywhere_is_near_an_idle_spawner,
        anywhere_is_everywhere_when_there_is_much,
    };
    return run_tests("placement", tests, COUNT_OF(tests));
}
