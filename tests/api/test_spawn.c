/* test_spawn.c - the beginning of ports: options good and bad, state, init and fini, from everywhere to everywhere.
 *
 * Read next: test_port.c for their end. */
#include "support.h"

/* ---- bad options ---- */

static void expect_spawn(quay_runtime *rt, const quay_port_options *options, int expected)
{
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, options), expected);
}

START_TEST(spawn_wants_a_handler_and_somewhere_to_put_the_port)
{
    quay_runtime *rt = start_runtime(1);
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, NULL, NULL), -EINVAL);
    ck_assert_int_eq(quay_spawn(rt, NULL, ignore, NULL), -EINVAL);
    ck_assert_uint_eq(drained_stats(rt).spawned, 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(names_have_a_longest)
{
    char name[QUAY_NAME_MAX + 2];
    quay_port port;
    quay_port_counters counters;
    memset(name, 'n', sizeof name);
    name[QUAY_NAME_MAX + 1] = 0;
    quay_runtime *rt = start_runtime(1);
    quay_port_options options = {.name = name};
    expect_spawn(rt, &options, -EINVAL);
    name[QUAY_NAME_MAX] = 0;
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &options), 0);
    char kept[QUAY_NAME_MAX + 1];
    memcpy(kept, name, sizeof kept);
    memset(name, 'x', QUAY_NAME_MAX); /* options are copied */
    ck_assert_int_eq(quay_port_stats(port, &counters), 0);
    ck_assert_str_eq(counters.name, kept);
    stop_runtime(rt);
}
END_TEST

START_TEST(bad_options_are_refused)
{
    quay_runtime *rt = start_runtime(2);
    expect_spawn(rt, &(quay_port_options){.state_size = QUAY_STATE_MAX + 1}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.state_size = SIZE_MAX}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.overflow = (quay_overflow)77}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.place = {.kind = (quay_place_kind)99}}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.place = quay_core(2)}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.place = quay_core(~0U)}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.place = quay_numa(7)}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.place = quay_near(QUAY_NOBODY)}, -EINVAL);
    expect_spawn(rt, &(quay_port_options){.place = quay_near((quay_port){UINT64_MAX})}, -EINVAL);
    ck_assert_uint_eq(drained_stats(rt).spawned, 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(near_a_port_of_another_runtime_is_nowhere)
{
    quay_runtime *a = start_runtime(1), *b = start_runtime(1);
    quay_port there = spawn(b, ignore, QUAY_ANYWHERE, NULL);
    expect_spawn(a, &(quay_port_options){.place = quay_near(there)}, -EINVAL);
    stop_runtime(a);
    stop_runtime(b);
}
END_TEST

/* ---- state ---- */

static int dirty_state(quay_self *self, void *state, const quay_message *message)
{
    const size_t *size = QUAY_PAYLOAD(message, size_t);
    unsigned char *bytes = state;
    EXPECT((uintptr_t)state % 16 == 0);
    size_t zeros = 0;
    while (zeros < *size && bytes[zeros] == 0) zeros++;
    EXPECT_EQ(zeros, *size);
    if (*size > 0) memset(state, 0xFF, *size);
    return quay_reply(self, NULL, 0);
}

START_TEST(state_is_zeroed_and_aligned)
{
    static const size_t sizes[] = {0, 1, 8, 15, 16, 17, 63, 64, 100, 1000, 4096, 65536, 65537, (size_t)1 << 20};
    quay_runtime *rt = start_runtime(2);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            quay_port port;
            quay_port_options options = {.state_size = sizes[i], .place = quay_core((unsigned)round % 2)};
            ck_assert_int_eq(quay_spawn(rt, &port, dirty_state, &options), 0);
            ck_assert_int_eq(quay_call(port, 0, &sizes[i], sizeof sizes[i], NULL, 0, QUAY_FOREVER), 0);
            ck_assert_int_eq(quay_stop(port), 0);
            join_port(port, 0);
        }
    }
    stop_runtime(rt);
}
END_TEST

/* ---- init and fini ---- */

typedef struct life {
    int init_result;
    int exit_in_init; /* with this reason, if negative */
    pthread_t init_thread;
    quay_port port;
    atomic_long inits, handled, finis;
    atomic_int fini_reason;
} life;

static int life_init(quay_self *self, void *state, void *argument)
{
    life *l = argument;
    SHARED(state, life) = l;
    EXPECT_EQ(l->inits++, 0);
    EXPECT_EQ(l->handled, 0);
    l->init_thread = pthread_self();
    l->port = quay_self_port(self);
    if (l->exit_in_init < 0) quay_exit(self, l->exit_in_init);
    return l->init_result;
}

static int life_handler(quay_self *self, void *state, const quay_message *message)
{
    life *l = SHARED(state, life);
    (void)message;
    EXPECT_EQ(l->inits, 1);
    EXPECT_EQ(l->finis, 0);
    EXPECT(pthread_equal(pthread_self(), l->init_thread));
    EXPECT_EQ(quay_self_port(self).id, l->port.id);
    l->handled++;
    return 0;
}

static void life_fini(void *state, int reason)
{
    life *l = SHARED(state, life);
    EXPECT_EQ(l->finis++, 0);
    EXPECT(pthread_equal(pthread_self(), l->init_thread));
    l->fini_reason = reason;
}

static quay_port_options life_options(life *l, quay_place place)
{
    return (quay_port_options){
        .place = place, .state_size = sizeof(void *), .init = life_init, .fini = life_fini, .arg = l};
}

START_TEST(init_runs_first_and_fini_last)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        life l = {.fini_reason = 1};
        quay_port_options options = life_options(&l, quay_core(core));
        quay_port port;
        ck_assert_int_eq(quay_spawn(rt, &port, life_handler, &options), 0);
        for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
        ck_assert_int_eq(quay_stop(port), 0);
        join_port(port, 0);
        ck_assert_uint_eq(l.port.id, port.id);
        ck_assert_int_eq(l.inits, 1);
        ck_assert_int_eq(l.handled, 100);
        ck_assert_int_eq(l.finis, 1);
        ck_assert_int_eq(l.fini_reason, 0);
    }
    stop_runtime(rt);
}
END_TEST

/* A port that init ends: nothing is handled, and who waits is told. */
static void expect_stillborn(life *l, int reason)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    quay_port keeper = hold_worker(rt, quay_core(1), &g);
    quay_port_options options = life_options(l, quay_core(1));
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, life_handler, &options), 0);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    gate_open(&g);
    join_port(keeper, 0);
    join_port(port, reason);
    int answer = finish_future(f, NULL, 0);
    ck_assert_msg(answer == -EOWNERDEAD || answer == -EPIPE, "answer %s", quay_strerror(answer));
    quay_stats stats = drained_stats(rt);
    ck_assert_int_eq(l->inits, 1);
    ck_assert_int_eq(l->handled, 0);
    ck_assert_uint_eq(quay_dead_total(&stats), 2);
    ck_assert_uint_eq(stats.alive, 0);
    stop_runtime(rt);
}

START_TEST(a_failing_init_ends_the_port)
{
    life l = {.init_result = -ENODEV};
    expect_stillborn(&l, -ENODEV);
}
END_TEST

START_TEST(init_may_exit)
{
    life l = {.exit_in_init = -EIO};
    expect_stillborn(&l, -EIO);
    ck_assert_int_eq(l.finis, 1);
    ck_assert_int_eq(l.fini_reason, -EIO);
}
END_TEST

static int greet_in_init(quay_self *self, void *state, void *argument)
{
    quay_port child;
    quay_port_options options = {.state_size = sizeof(void *), .init = keep_argument, .arg = argument};
    (void)state;
    EXPECT_EQ(quay_spawn(quay_self_runtime(self), &child, count, &options), 0);
    EXPECT_EQ(quay_send(child, 0, NULL, 0), 0);
    EXPECT_EQ(quay_send(quay_self_port(self), 0, NULL, 0), 0);
    return 0;
}

START_TEST(init_may_spawn_and_send)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long greeted = 0;
    quay_port port;
    quay_port_options options = {.place = quay_core(1), .init = greet_in_init, .arg = &greeted};
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &options), 0);
    quay_stats stats = drained_stats(rt);
    ck_assert_int_eq(greeted, 1);
    ck_assert_uint_eq(stats.handled, 2);
    ck_assert_uint_eq(stats.spawned, 2);
    stop_runtime(rt);
}
END_TEST

/* ---- from handlers, to every place ---- */

/* Send at once to what was just spawned: numbers from 1 on, to arrive in order after init. */
typedef struct series {
    long next;
    quay_place place;
    atomic_long finished;
    bool ended;
} series;

#define SERIES 50

static int check_series(quay_self *self, void *state, const quay_message *message)
{
    series *s = SHARED(state, series);
    const long *number = QUAY_PAYLOAD(message, long);
    EXPECT_EQ(*number, s->next);
    if (++s->next == SERIES) {
        atomic_fetch_add(&s->finished, 1);
        quay_exit(self, 0);
    }
    return 0;
}

static void spawn_and_send(quay_self *self, void *argument)
{
    series *s = argument;
    quay_port_options options = {.place = s->place, .state_size = sizeof(void *), .init = keep_argument, .arg = s};
    quay_port port;
    EXPECT_EQ(quay_spawn(quay_self_runtime(self), &port, check_series, &options), 0);
    for (long i = 0; i < SERIES; i++) EXPECT_EQ(quay_send(port, 0, &i, sizeof i), 0);
}

START_TEST(handlers_spawn_everywhere_and_send_at_once)
{
    quay_runtime *rt = start_runtime(4);
    quay_port there = spawn(rt, ignore, quay_core(3), NULL);
    const quay_place places[] = {QUAY_ANYWHERE, QUAY_SPREAD,  quay_core(0),     quay_core(1),
                                 quay_core(2),  quay_core(3), quay_near(there), quay_numa(0)};
    for (int round = 0; round < REPEAT(100); round++) {
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            series s = {.place = places[i]};
            run_in_handler(rt, quay_core((unsigned)round % 4), spawn_and_send, &s);
            drained_stats(rt);
            ck_assert_int_eq(s.finished, 1);
        }
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(threads_spawn_everywhere_and_send_at_once)
{
    quay_runtime *rt = start_runtime(4);
    for (int round = 0; round < REPEAT(400); round++) {
        series s = {.place = QUAY_ANYWHERE};
        quay_port port = spawn(rt, check_series, round % 2 ? QUAY_SPREAD : quay_core((unsigned)round / 2 % 4), &s);
        for (long i = 0; i < SERIES; i++) ck_assert_int_eq(quay_send(port, 0, &i, sizeof i), 0);
        join_port(port, 0);
        ck_assert_int_eq(s.finished, 1);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- many at once ---- */

typedef struct brood {
    quay_runtime *rt;
    atomic_long born;
} brood;

static int be_born(quay_self *self, void *state, void *argument)
{
    (void)self;
    (void)state;
    atomic_fetch_add(&((brood *)argument)->born, 1);
    return 0;
}

static void spawn_many(unsigned index, void *shared)
{
    brood *b = shared;
    quay_port_options options = {.init = be_born, .arg = b, .place = index % 2 ? QUAY_SPREAD : QUAY_ANYWHERE};
    for (int i = 0; i < REPEAT(5000); i++) {
        quay_port port;
        EXPECT_EQ(quay_spawn(b->rt, &port, ignore, &options), 0);
        if (i % 2) EXPECT_EQ(quay_stop(port), 0);
    }
}

static void spawn_many_inside(quay_self *self, void *argument)
{
    (void)self;
    spawn_many(1, argument);
}

START_TEST(threads_and_handlers_spawn_at_the_same_time)
{
    brood b = {.rt = start_runtime(2)};
    crew spawning;
    crew_start(&spawning, 4, spawn_many, &b);
    run_in_handler(b.rt, quay_core(0), spawn_many_inside, &b);
    run_in_handler(b.rt, quay_core(1), spawn_many_inside, &b);
    crew_join(&spawning);
    quay_stats stats = drained_stats(b.rt);
    ck_assert_int_eq(b.born, 6 * REPEAT(5000));
    ck_assert_uint_eq(stats.spawned, 6 * REPEAT(5000) + 2);
    ck_assert_uint_eq(stats.alive, 6 * REPEAT(5000) / 2);
    stop_runtime(b.rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        spawn_wants_a_handler_and_somewhere_to_put_the_port,
        names_have_a_longest,
        bad_options_are_refused,
        near_a_port_of_another_runtime_is_nowhere,
        state_is_zeroed_and_aligned,
        init_runs_first_and_fini_last,
        a_failing_init_ends_the_port,
        init_may_exit,
        init_may_spawn_and_send,
        handlers_spawn_everywhere_and_send_at_once,
        threads_spawn_everywhere_and_send_at_once,
        threads_and_handlers_spawn_at_the_same_time,
    };
    return run_tests("spawn", tests, COUNT_OF(tests));
}
