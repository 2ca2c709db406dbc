/* test_races.c - a future that is cancelled, answered, at its deadline, and whose port is killed, all at once: it has
 * one outcome, the same however often one looks, and whoever ended it is told so.
 *
 * The threads of a race meet at a barrier before each round. Read next: test_storm.c. */
#define _POSIX_C_SOURCE 200809L /* barriers */
#include "support.h"

#define ROUNDS (SANITIZED ? 2000L : 20000L) /* of each race; five races are 10^5 */

enum { SETTLE, CANCEL, KILL, RACERS };

typedef struct race {
    quay_runtime *rt;
    _Atomic uint64_t promise; /* a quay_promise's id */
    quay_future *future;
    quay_port port;
    pthread_barrier_t start, end;
    int result[RACERS];
} race;

static void run_racer(unsigned index, void *shared)
{
    race *r = shared;
    for (long i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&r->start);
        switch (index) {
        case SETTLE:
            r->result[SETTLE] = quay_settle((quay_promise){r->promise}, -EXDEV, NULL, 0);
            break;
        case CANCEL:
            r->result[CANCEL] = quay_cancel(r->future);
            break;
        default:
            r->result[KILL] = quay_kill(r->port, -EINTR);
            break;
        }
        pthread_barrier_wait(&r->end);
    }
}

static void begin_race(race *r, crew *racers, unsigned count)
{
    *r = (race){.rt = start_runtime(2)};
    ck_assert_int_eq(pthread_barrier_init(&r->start, NULL, count + 1), 0);
    ck_assert_int_eq(pthread_barrier_init(&r->end, NULL, count + 1), 0);
    crew_start(racers, count, run_racer, r);
}

static void end_race(race *r, crew *racers)
{
    crew_join(racers);
    (void)pthread_barrier_destroy(&r->start);
    (void)pthread_barrier_destroy(&r->end);
    stop_runtime(r->rt);
}

/* Run one round; what the awaiting thread, too, was told. */
static int run_round(race *r)
{
    pthread_barrier_wait(&r->start);
    int outcome = quay_await(r->future, NULL, 0);
    pthread_barrier_wait(&r->end);
    ck_assert_int_eq(quay_await(r->future, NULL, 0), outcome);
    ck_assert_int_eq(quay_cancel(r->future), -EALREADY);
    ck_assert_int_eq(quay_await(r->future, NULL, 0), outcome);
    quay_drop(r->future);
    return outcome;
}

/* ---- a thread's future ---- */

START_TEST(settle_against_cancel)
{
    race r;
    crew racers;
    begin_race(&r, &racers, 2);
    for (long i = 0; i < ROUNDS; i++) {
        quay_promise promise;
        ck_assert_int_eq(quay_promise_new(r.rt, &promise, &r.future), 0);
        r.promise = promise.id;
        int outcome = run_round(&r);
        ck_assert_int_eq((r.result[SETTLE] == 0) + (r.result[CANCEL] == 0), 1);
        ck_assert_int_eq(outcome, r.result[SETTLE] == 0 ? -EXDEV : -ECANCELED);
    }
    end_race(&r, &racers);
}
END_TEST

/* The port answers, waits, or has not begun, when it is killed and its ask is cancelled at its deadline. */
static int answer_in_some_way(quay_self *self, void *state, const quay_message *message)
{
    race *r = SHARED(state, race);
    quay_promise promise;
    quay_future *f;
    switch (message->tag % 3) {
    case 0:
        return quay_reply(self, NULL, 0);
    case 1:
        EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
        r->promise = promise.id;
        (void)quay_await_until(f, NULL, 0, quay_in(QUAY_US(10)));
        quay_drop(f);
        return quay_reply(self, NULL, 0);
    default:
        return quay_sleep(self, QUAY_US(5));
    }
}

/* A kill comes by another thread's road, and may be there before the ask: then there is no such port. */
static bool may_be(int outcome, bool timed, bool killed)
{
    return outcome == 0 || outcome == -ENOMSG || outcome == -EOWNERDEAD || outcome == -ECANCELED ||
           (timed && outcome == -ETIMEDOUT) || (killed && outcome == -EPIPE);
}

static void race_for_an_ask(unsigned count, unsigned core, bool timed)
{
    race r;
    crew racers;
    long seen[2] = {0};
    begin_race(&r, &racers, count);
    for (long i = 0; i < ROUNDS; i++) {
        r.port = spawn(r.rt, answer_in_some_way, quay_core(core), &r);
        r.promise = 0;
        r.future = quay_ask(r.port, (uint32_t)i, NULL, 0, timed ? quay_in(QUAY_US(i % 50)) : QUAY_FOREVER);
        int outcome = run_round(&r);
        if (count > CANCEL && r.result[CANCEL] == 0) ck_assert_int_eq(outcome, -ECANCELED);
        else ck_assert_msg(may_be(outcome, timed, count > KILL), "outcome %s", quay_strerror(outcome));
        seen[outcome == 0]++;
        int error = quay_kill(r.port, 0);
        ck_assert(error == 0 || error == -EPIPE);
    }
    ck_assert_int_eq(seen[0] + seen[1], ROUNDS);
    end_race(&r, &racers);
}

START_TEST(answer_against_cancel)
{
    race_for_an_ask(CANCEL + 1, 0, false);
}
END_TEST

START_TEST(answer_against_cancel_and_kill)
{
    race_for_an_ask(RACERS, 1, false);
}
END_TEST

START_TEST(answer_against_cancel_kill_and_deadline)
{
    race_for_an_ask(RACERS, 0, true);
}
END_TEST

/* ---- a port's future ---- */

/* A port makes futures and waits for each; others settle it, and at times kill the port. */
typedef struct target {
    _Atomic uint64_t promise;
    atomic_long outcomes;
    atomic_bool over;
    long rounds;
} target;

static void expect_outcome(quay_self *self, quay_future *f, int first)
{
    EXPECT(first == 0 || first == -EXDEV || first == -ECANCELED || first == -ETIMEDOUT);
    if (first == -ETIMEDOUT) {
        bool settled = quay_settled(f);
        EXPECT_EQ(quay_cancel(f), settled ? -EALREADY : 0);
    }
    if (!quay_cancelled(self)) EXPECT(quay_settled(f));
    if (first == 0 || first == -EXDEV) EXPECT_EQ(quay_await(f, NULL, 0), first);
}

static int be_the_target(quay_self *self, void *state, const quay_message *message)
{
    target *t = SHARED(state, target);
    (void)message;
    for (long i = 0; i < t->rounds && !quay_cancelled(self); i++) {
        quay_promise promise;
        quay_future *f;
        EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
        atomic_store(&t->promise, promise.id);
        expect_outcome(self, f, quay_await_until(f, NULL, 0, quay_in(QUAY_US(i % 30))));
        quay_drop(f);
        atomic_fetch_add(&t->outcomes, 1);
    }
    t->over = true;
    return 0;
}

static void settle_the_latest(unsigned index, void *shared)
{
    target *t = shared;
    while (!t->over) {
        uint64_t promise = atomic_exchange(&t->promise, 0);
        if (!promise) continue;
        int error = quay_settle((quay_promise){promise}, index % 2 ? -EXDEV : 0, NULL, 0);
        EXPECT(error == 0 || error == -EALREADY);
    }
}

START_TEST(settle_against_deadline_in_a_handler)
{
    quay_runtime *rt = start_runtime(2);
    target t = {.rounds = ROUNDS};
    crew settling;
    ck_assert_int_eq(quay_send(spawn(rt, be_the_target, quay_core(0), &t), 0, NULL, 0), 0);
    crew_start(&settling, 2, settle_the_latest, &t);
    crew_join(&settling);
    drained_stats(rt);
    ck_assert_int_eq(t.outcomes, ROUNDS);
    stop_runtime(rt);
}
END_TEST

START_TEST(kill_against_settle_and_deadline_in_a_handler)
{
    quay_runtime *rt = start_runtime(2);
    for (long i = 0; i < ROUNDS / 50; i++) {
        target t = {.rounds = 1000000};
        crew settling;
        quay_port port = spawn(rt, be_the_target, quay_core((unsigned)i % 2), &t);
        ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
        crew_start(&settling, 1, settle_the_latest, &t);
        while (t.outcomes < i % 20)
            ;
        ck_assert_int_eq(quay_kill(port, -EINTR), 0);
        if (i % 20) crew_join(&settling);
        join_port(port, -EINTR);
        t.over = true; /* also if it never began */
        if (i % 20 == 0) crew_join(&settling);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- what one thread leaves to another ---- */

typedef struct legacy {
    quay_runtime *rt;
    quay_port port;
    quay_future *future;
} legacy;

static void make_and_exit(unsigned index, void *shared)
{
    legacy *l = shared;
    (void)index;
    l->future = quay_ask(l->port, 0, "left", 4, QUAY_FOREVER);
}

START_TEST(a_thread_exits_while_its_future_is_outstanding)
{
    legacy l = {.rt = start_runtime(2)};
    l.port = spawn(l.rt, echo, quay_core(1), NULL);
    for (int i = 0; i < 20; i++) {
        gate g;
        crew one;
        char out[4] = "";
        hold_worker(l.rt, quay_core(1), &g);
        crew_start(&one, 1, make_and_exit, &l);
        crew_join(&one);
        ck_assert(!quay_settled(l.future));
        gate_open(&g);
        ck_assert_int_eq(finish_future(l.future, out, sizeof out), 4);
        ck_assert_int_eq(memcmp(out, "left", 4), 0);
    }
    stop_runtime(l.rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        settle_against_cancel,
        answer_against_cancel,
        answer_against_cancel_and_kill,
        answer_against_cancel_kill_and_deadline,
        settle_against_deadline_in_a_handler,
        kill_against_settle_and_deadline_in_a_handler,
        a_thread_exits_while_its_future_is_outstanding,
    };
    return run_tests("races", tests, COUNT_OF(tests));
}
