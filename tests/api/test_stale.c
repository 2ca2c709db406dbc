/* test_stale.c - ids that name nobody any more, or never did: none of them ever reaches a port.
 *
 * The long story makes and ends ten million ports on few slots, and tries ids of the dead all along. */
#include "support.h"

START_TEST(nobody_is_no_port)
{
    quay_runtime *rt = start_runtime(2);
    quay_port_counters counters;
    ck_assert_int_eq(quay_send(QUAY_NOBODY, 0, NULL, 0), -EPIPE);
    ck_assert_int_eq(quay_stop(QUAY_NOBODY), -EPIPE);
    ck_assert_int_eq(quay_kill(QUAY_NOBODY, 0), -EPIPE);
    ck_assert_int_eq(quay_join(QUAY_NOBODY, QUAY_FOREVER, NULL), -EPIPE);
    ck_assert_int_eq(quay_port_stats(QUAY_NOBODY, &counters), -EPIPE);
    ck_assert_int_eq(quay_call(QUAY_NOBODY, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EPIPE);
    stop_runtime(rt);
}
END_TEST

static void try_wrong_ids(quay_port right)
{
    for (unsigned bit = 0; bit < 64; bit++) send_in_vain((quay_port){right.id ^ UINT64_C(1) << bit});
    for (unsigned bit = 0; bit < 64; bit++) {
        int answer = quay_call((quay_port){right.id ^ UINT64_C(1) << bit}, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
        ck_assert_int_eq(answer, -EPIPE);
    }
}

static void try_wrong_ids_inside(quay_self *self, void *argument)
{
    uint64_t right = ((quay_port *)argument)->id;
    (void)self;
    for (unsigned bit = 0; bit < 64; bit++) {
        quay_port wrong = {right ^ UINT64_C(1) << bit};
        int error = quay_send(wrong, 0, NULL, 0);
        EXPECT(error == 0 || error == -EPIPE);
        error = quay_stop(wrong);
        EXPECT(error == 0 || error == -EPIPE);
        error = quay_kill(wrong, 0);
        EXPECT(error == 0 || error == -EPIPE);
    }
}

START_TEST(an_id_with_a_wrong_bit_reaches_nobody)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    quay_port port = spawn(rt, count, quay_core(1), &reached);
    try_wrong_ids(port);
    run_in_handler(rt, quay_core(0), try_wrong_ids_inside, &port);
    drained_stats(
        rt); /* a wrong bit may have guessed the id of the next helper: let its kill arrive before it is born */
    run_in_handler(rt, quay_core(1), try_wrong_ids_inside, &port);
    drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0); /* and nothing has ended it */
    drained_stats(rt);
    ck_assert_int_eq(reached, 1);
    stop_runtime(rt);
}
END_TEST

/* Ports, promises: each word used as if it were the other. */
START_TEST(a_promise_is_no_port)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    quay_port port = spawn(rt, count, quay_core(1), &reached);
    quay_promise promise;
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    send_in_vain((quay_port){promise.id});
    int error = quay_settle((quay_promise){port.id}, 0, NULL, 0);
    ck_assert_int_le(error, 0);
    ck_assert_int_lt(quay_settle((quay_promise){0}, 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    ck_assert(!quay_settled(future));
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(future, NULL, 0), 0);
    stop_runtime(rt);
}
END_TEST

/* ---- ten million lives ---- */

#define KEPT 1024 /* ids of the dead, tried again and again */
#define BATCH_MAX 1000

typedef struct graveyard {
    quay_place place;
    bool local;
    long batch, lives; /* how many at once, and in all */
    long spawned;
    atomic_long ended;
    atomic_long reached; /* messages for the dead that were handled */
    quay_port now[BATCH_MAX];
    quay_port before[BATCH_MAX];
    quay_port kept[KEPT];
    quay_promise over;
} graveyard;

static int be_reached(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    (void)message;
    atomic_fetch_add(&SHARED(state, graveyard)->reached, 1);
    return 0;
}

static void count_ended(void *state, int reason)
{
    (void)reason;
    atomic_fetch_add(&SHARED(state, graveyard)->ended, 1);
}

static void spawn_batch(graveyard *g, quay_runtime *rt)
{
    quay_port_options options = {
        .place = g->place, .state_size = sizeof(void *), .init = keep_argument, .fini = count_ended, .arg = g};
    memcpy(g->before, g->now, (size_t)g->batch * sizeof *g->now);
    for (long i = 0; i < g->batch; i++) EXPECT_EQ(quay_spawn(rt, &g->now[i], be_reached, &options), 0);
    g->spawned += g->batch;
}

static void expect_gone(const graveyard *g, quay_port port)
{
    int error = quay_send(port, 0, NULL, 0);
    EXPECT(error == -EPIPE || (!g->local && error == 0));
}

/* While the living sit in their slots. */
static void try_the_dead(graveyard *g)
{
    for (long i = 0; i < g->batch; i++) {
        expect_gone(g, g->before[i]);
        long at = g->spawned + i;
        if (at % 7 == 0) g->kept[at / 7 % KEPT] = g->before[i];
    }
    for (long i = 0; i < 16; i++) expect_gone(g, g->kept[(g->spawned + i * 61) % KEPT]);
}

/* Every other batch is stopped, to handle what may have reached it. */
static void end_batch(graveyard *g)
{
    bool kill = g->spawned / g->batch % 2;
    for (long i = 0; i < g->batch; i++) EXPECT_EQ(kill ? quay_kill(g->now[i], 0) : quay_stop(g->now[i]), 0);
}

/* One turn: once all of a batch have ended, make the next and try the ids of the dead. */
static int tend_graves(quay_self *self, void *state, const quay_message *message)
{
    graveyard *g = SHARED(state, graveyard);
    (void)message;
    if (g->ended == g->spawned) {
        if (g->spawned >= g->lives) return quay_settle(g->over, 0, NULL, 0);
        spawn_batch(g, quay_self_runtime(self));
        try_the_dead(g);
        end_batch(g);
    }
    return quay_send(quay_self_port(self), 0, NULL, 0);
}

static void live_and_die(unsigned core, long batch, long lives)
{
    quay_runtime *rt = start_runtime(2);
    graveyard *g = calloc(1, sizeof *g);
    quay_future *over;
    ck_assert_ptr_nonnull(g);
    *g = (graveyard){.place = quay_core(core), .batch = batch, .lives = lives, .local = core == 0};
    ck_assert_int_eq(quay_promise_new(rt, &g->over, &over), 0);
    quay_port keeper = spawn(rt, tend_graves, quay_core(0), g);
    ck_assert_int_eq(quay_send(keeper, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(over, NULL, 0), 0);
    quay_stats stats = drained_stats(rt);
    ck_assert_int_eq(g->reached, 0);
    ck_assert_uint_eq(stats.spawned, (uint64_t)g->spawned + 1);
    ck_assert_uint_eq(stats.alive, 1);
    stop_runtime(rt);
    free(g);
}

START_TEST(one_slot_of_many_lives)
{
    live_and_die(0, 1, REPEAT(2000000));
}
END_TEST

START_TEST(many_slots_of_many_lives)
{
    live_and_die(0, BATCH_MAX, REPEAT(8000000));
}
END_TEST

START_TEST(lives_on_another_worker)
{
    live_and_die(1, 100, REPEAT(200000));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        nobody_is_no_port,        an_id_with_a_wrong_bit_reaches_nobody,
        a_promise_is_no_port,     one_slot_of_many_lives,
        many_slots_of_many_lives, lives_on_another_worker,
    };
    return run_tests("stale", tests, COUNT_OF(tests));
}
