/* test_await.c - threads that wait: for one, for any, for all; with limits, together, and in vain.
 *
 * Read next: test_cancel.c. */
#define _GNU_SOURCE
#include "support.h"

#include <stdio.h>
#include <unistd.h>

#define MANY 100

typedef struct pledge {
    quay_promise promise;
    quay_future *future;
} pledge;

static pledge pledge_new(quay_runtime *rt)
{
    pledge p;
    ck_assert_int_eq(quay_promise_new(rt, &p.promise, &p.future), 0);
    return p;
}

static void pledge_keep(const pledge *p, long value)
{
    EXPECT_EQ(quay_settle(p->promise, 0, &value, sizeof value), 0);
}

/* ---- bad arguments ---- */

START_TEST(await_wants_a_future)
{
    quay_runtime *rt = start_runtime(1);
    pledge p = pledge_new(rt);
    quay_future *some[] = {p.future, NULL};
    long out;
    ck_assert_int_eq(quay_await(NULL, &out, sizeof out), -EINVAL);
    ck_assert_int_eq(quay_await_until(NULL, &out, sizeof out, 0), -EINVAL);
    ck_assert_int_eq(quay_await_any(some, 0, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_await_all(some, 0, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_await_any(some, 2, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_await_all(some, 2, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_cancel(NULL), -EINVAL);
    ck_assert(!quay_settled(NULL));
    quay_drop(NULL);
    pledge_keep(&p, 1);
    ck_assert_int_eq(quay_await(p.future, NULL, sizeof out), -EINVAL);
    ck_assert_int_eq(finish_future(p.future, &out, sizeof out), sizeof out);
    stop_runtime(rt);
}
END_TEST

/* ---- the answer ---- */

START_TEST(a_small_out_leaves_the_answer)
{
    static const size_t sizes[] = {1, 16, 32, 33, 100, 5000, 100000};
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    char *in = malloc(100000), *out = malloc(100000);
    ck_assert(in && out);
    memset(in, 'i', 100000);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        quay_future *f = quay_ask(port, 0, in, sizes[i], QUAY_FOREVER);
        memset(out, 'o', 100000);
        ck_assert_int_eq(quay_await(f, out, sizes[i] - 1), -EMSGSIZE);
        ck_assert_int_eq(quay_await(f, NULL, 0), -EMSGSIZE);
        ck_assert_int_eq(out[0], 'o'); /* nothing was copied */
        ck_assert_int_eq(quay_await(f, out, 100000), (int)sizes[i]);
        ck_assert_int_eq(out[sizes[i] - 1], 'i');
        ck_assert_int_eq(finish_future(f, out, 100000), (int)sizes[i]); /* as often as one likes */
    }
    free(in);
    free(out);
    stop_runtime(rt);
}
END_TEST

START_TEST(await_until_has_a_limit)
{
    quay_runtime *rt = start_runtime(1);
    pledge p = pledge_new(rt);
    static const quay_time past[] = {INT64_MIN, -1, 0, 1};
    long out = 5;
    for (size_t i = 0; i < COUNT_OF(past); i++)
        ck_assert_int_eq(quay_await_until(p.future, &out, sizeof out, past[i]), -ETIMEDOUT);
    ck_assert_int_eq(quay_await_until(p.future, &out, sizeof out, quay_in(QUAY_MS(10))), -ETIMEDOUT);
    ck_assert_int_eq(out, 5);
    ck_assert(!quay_settled(p.future));
    pledge_keep(&p, 6); /* it has stayed alive */
    ck_assert_int_eq(quay_await_until(p.future, &out, sizeof out, 0), sizeof out);
    ck_assert_int_eq(out, 6);
    ck_assert_int_eq(finish_future(p.future, &out, sizeof out), sizeof out);
    stop_runtime(rt);
}
END_TEST

static void await_long(unsigned index, void *shared)
{
    (void)index;
    long out = 0;
    EXPECT_EQ(quay_await(shared, &out, sizeof out), sizeof out);
    EXPECT_EQ(out, 12);
}

START_TEST(many_threads_await_one_future)
{
    quay_runtime *rt = start_runtime(1);
    for (int i = 0; i < REPEAT(400) + 10; i++) {
        pledge p = pledge_new(rt);
        crew waiting;
        crew_start(&waiting, CREW_MAX, await_long, p.future);
        if (i % 2) /* let some of them fall asleep */
            ck_assert_int_eq(quay_await_until(p.future, NULL, 0, quay_in(QUAY_MS(2))), -ETIMEDOUT);
        pledge_keep(&p, 12);
        crew_join(&waiting);
        quay_drop(p.future);
    }
    stop_runtime(rt);
}
END_TEST

/* Sleeping and waking, over and over: a lost wake-up would hang it. */
typedef struct table_tennis {
    quay_runtime *rt;
    pledge *there, *back;
    int rounds;
} table_tennis;

static void return_each(unsigned index, void *shared)
{
    (void)index;
    const table_tennis *t = shared;
    for (int i = 0; i < t->rounds; i++) {
        long value = -1;
        EXPECT_EQ(quay_await(t->there[i].future, &value, sizeof value), sizeof value);
        pledge_keep(&t->back[i], value + 1);
    }
}

START_TEST(no_wake_up_is_lost)
{
    table_tennis t = {.rt = start_runtime(1), .rounds = REPEAT(20000)};
    t.there = calloc((size_t)t.rounds, sizeof *t.there);
    t.back = calloc((size_t)t.rounds, sizeof *t.back);
    ck_assert(t.there && t.back);
    for (int i = 0; i < t.rounds; i++) {
        t.there[i] = pledge_new(t.rt);
        t.back[i] = pledge_new(t.rt);
    }
    crew other;
    crew_start(&other, 1, return_each, &t);
    for (int i = 0; i < t.rounds; i++) {
        long value = -1;
        pledge_keep(&t.there[i], i);
        ck_assert_int_eq(finish_future(t.back[i].future, &value, sizeof value), sizeof value);
        ck_assert_int_eq(value, i + 1);
    }
    crew_join(&other);
    for (int i = 0; i < t.rounds; i++) quay_drop(t.there[i].future);
    free(t.there);
    free(t.back);
    stop_runtime(t.rt);
}
END_TEST

/* ---- any and all ---- */

typedef struct bundle {
    pledge pledges[MANY];
    quay_future *futures[MANY];
} bundle;

static void bundle_fill(bundle *b, quay_runtime *rt)
{
    for (int i = 0; i < MANY; i++) {
        b->pledges[i] = pledge_new(rt);
        b->futures[i] = b->pledges[i].future;
    }
}

static void bundle_drop(bundle *b)
{
    for (int i = 0; i < MANY; i++) quay_drop(b->futures[i]);
}

static void keep_backwards(unsigned index, void *shared)
{
    (void)index;
    bundle *b = shared;
    for (int i = MANY - 1; i >= 0; i--) pledge_keep(&b->pledges[i], i);
}

START_TEST(await_all_waits_for_all)
{
    quay_runtime *rt = start_runtime(1);
    for (int round = 0; round < REPEAT(200) + 5; round++) {
        bundle b;
        crew keeping;
        bundle_fill(&b, rt);
        ck_assert_int_eq(quay_await_all(b.futures, MANY, 0), -ETIMEDOUT);
        crew_start(&keeping, 1, keep_backwards, &b);
        ck_assert_int_eq(quay_await_all(b.futures, MANY, QUAY_FOREVER), 0);
        for (int i = 0; i < MANY; i++) ck_assert(quay_settled(b.futures[i]));
        ck_assert_int_eq(quay_await_all(b.futures, MANY, 0), 0);
        crew_join(&keeping);
        bundle_drop(&b);
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(await_all_gives_up_at_its_deadline)
{
    quay_runtime *rt = start_runtime(1);
    bundle b;
    bundle_fill(&b, rt);
    for (int i = 1; i < MANY; i++) pledge_keep(&b.pledges[i], i);
    ck_assert_int_eq(quay_await_all(b.futures, MANY, quay_in(QUAY_MS(10))), -ETIMEDOUT);
    pledge_keep(&b.pledges[0], 0);
    ck_assert_int_eq(quay_await_all(b.futures, MANY, 0), 0);
    bundle_drop(&b);
    stop_runtime(rt);
}
END_TEST

START_TEST(await_any_finds_the_one)
{
    quay_runtime *rt = start_runtime(1);
    bundle b;
    bundle_fill(&b, rt);
    ck_assert_int_eq(quay_await_any(b.futures, MANY, quay_in(QUAY_MS(10))), -ETIMEDOUT);
    ck_assert_int_eq(quay_await_any(b.futures, MANY, 0), -ETIMEDOUT);
    pledge_keep(&b.pledges[73], 73);
    ck_assert_int_eq(quay_await_any(b.futures, MANY, QUAY_FOREVER), 73);
    ck_assert_int_eq(quay_await_any(b.futures, MANY, 0), 73);
    ck_assert_int_eq(quay_await_any(b.futures, 73, 0), -ETIMEDOUT);
    bundle_drop(&b);
    stop_runtime(rt);
}
END_TEST

START_TEST(await_any_takes_them_as_they_come)
{
    quay_runtime *rt = start_runtime(1);
    for (int round = 0; round < REPEAT(100) + 5; round++) {
        bundle b;
        crew keeping;
        bool seen[MANY] = {false};
        int place[MANY];
        bundle_fill(&b, rt);
        for (int i = 0; i < MANY; i++) place[i] = i;
        crew_start(&keeping, 1, keep_backwards, &b);
        for (size_t left = MANY; left > 0; left--) {
            int at = quay_await_any(b.futures, left, QUAY_FOREVER);
            ck_assert_int_ge(at, 0);
            ck_assert_int_lt(at, (int)left);
            long value = -1;
            ck_assert_int_eq(finish_future(b.futures[at], &value, sizeof value), sizeof value);
            ck_assert_int_eq(value, place[at]);
            ck_assert(!seen[value]);
            seen[value] = true;
            b.futures[at] = b.futures[left - 1];
            place[at] = place[left - 1];
        }
        crew_join(&keeping);
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(an_error_is_an_answer_to_wait_for)
{
    quay_runtime *rt = start_runtime(1);
    pledge p = pledge_new(rt);
    quay_future *f[] = {p.future, quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER)};
    ck_assert_int_eq(quay_await_any(f, 2, QUAY_FOREVER), 1);
    ck_assert_int_eq(quay_await_all(f, 2, 0), -ETIMEDOUT);
    ck_assert_int_eq(quay_settle(p.promise, -EIO, NULL, 0), 0);
    ck_assert_int_eq(quay_await_all(f, 2, 0), 0);
    ck_assert_int_eq(finish_future(f[0], NULL, 0), -EIO);
    ck_assert_int_eq(finish_future(f[1], NULL, 0), -EPIPE);
    stop_runtime(rt);
}
END_TEST

static void await_any_of_bundle(unsigned index, void *shared)
{
    bundle *b = shared;
    int at = quay_await_any(&b->futures[index], MANY - index, QUAY_FOREVER);
    EXPECT(at >= 0 && quay_settled(b->futures[index + (unsigned)at]));
    EXPECT_EQ(quay_await_all(b->futures, MANY, QUAY_FOREVER), 0);
}

START_TEST(many_threads_await_many_futures)
{
    quay_runtime *rt = start_runtime(1);
    for (int round = 0; round < REPEAT(200) + 5; round++) {
        bundle b;
        crew waiting;
        bundle_fill(&b, rt);
        crew_start(&waiting, 4, await_any_of_bundle, &b);
        keep_backwards(0, &b);
        crew_join(&waiting);
        bundle_drop(&b);
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(one_wait_may_span_two_runtimes)
{
    quay_runtime *a = start_runtime(1), *b = start_runtime(1);
    pledge p = pledge_new(a), q = pledge_new(b);
    quay_future *f[] = {p.future, q.future};
    pledge_keep(&q, 1);
    ck_assert_int_eq(quay_await_any(f, 2, QUAY_FOREVER), 1);
    pledge_keep(&p, 1);
    ck_assert_int_eq(quay_await_all(f, 2, QUAY_FOREVER), 0);
    quay_drop(p.future);
    quay_drop(q.future);
    stop_runtime(a);
    stop_runtime(b);
}
END_TEST

/* ---- dropped while awaited ---- */

typedef struct sleeper {
    quay_future *future;
    atomic_int thread;
    unsigned char answer[1000];
    int result;
} sleeper;

static void await_asleep(unsigned index, void *shared)
{
    sleeper *s = shared;
    (void)index;
    s->thread = gettid();
    s->result = quay_await(s->future, s->answer, sizeof s->answer);
}

/* Until the thread sleeps, which it does in its await only. */
static void until_it_sleeps(sleeper *s)
{
    char path[64], state = 'R';
    while (!s->thread) {
    }
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", s->thread);
    while (state != 'S') {
        FILE *stat = fopen(path, "r");
        ck_assert_ptr_nonnull(stat);
        ck_assert_int_eq(fscanf(stat, "%*d (%*[^)]) %c", &state), 1);
        fclose(stat);
    }
}

START_TEST(who_awaits_gets_the_answer_though_the_holder_drops)
{
    quay_runtime *rt = start_runtime(1);
    for (int i = 0; i < 20; i++) {
        crew waiting;
        pledge p = pledge_new(rt);
        sleeper s = {.future = p.future};
        unsigned char answer[1000]; /* more than a future has room for */
        memset(answer, i + 1, sizeof answer);
        crew_start(&waiting, 1, await_asleep, &s);
        until_it_sleeps(&s);
        quay_drop(p.future);
        ck_assert_int_eq(quay_settle(p.promise, 0, answer, sizeof answer), 0);
        crew_join(&waiting);
        ck_assert_int_eq(s.result, (int)sizeof answer);
        ck_assert_mem_eq(s.answer, answer, sizeof answer);
        ck_assert_int_eq(quay_settle(p.promise, 0, NULL, 0), -EALREADY);
    }
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        await_wants_a_future,
        a_small_out_leaves_the_answer,
        await_until_has_a_limit,
        many_threads_await_one_future,
        no_wake_up_is_lost,
        await_all_waits_for_all,
        await_all_gives_up_at_its_deadline,
        await_any_finds_the_one,
        await_any_takes_them_as_they_come,
        an_error_is_an_answer_to_wait_for,
        many_threads_await_many_futures,
        one_wait_may_span_two_runtimes,
        who_awaits_gets_the_answer_though_the_holder_drops,
    };
    return run_tests("await", tests, COUNT_OF(tests));
}
