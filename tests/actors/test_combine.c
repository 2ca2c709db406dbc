/* test_combine.c - quay_all, quay_any and quay_map: what they settle with and when, and what is left behind. */
#include <quay/actors/combine.h>

#include "support.h"

#define MANY 100

static quay_runtime *runtime;

static void start(void)
{
    runtime = start_runtime(2);
}

/* Nothing may have become a dead letter, and every collector have ended. */
static void stop(void)
{
    quay_stats stats = drained_stats(runtime);
    ck_assert_uint_eq(quay_dead_total(&stats), 0);
    ck_assert_uint_eq(stats.alive, 0);
    stop_runtime(runtime);
}

typedef struct pending {
    quay_future *futures[MANY];
    quay_promise promises[MANY];
} pending;

static void make_pending(quay_runtime *rt, pending *p, size_t n)
{
    for (size_t i = 0; i < n; i++) EXPECT_EQ(quay_promise_new(rt, &p->promises[i], &p->futures[i]), 0);
}

static void settle_one(const pending *p, size_t index, int status)
{
    EXPECT_EQ(quay_settle(p->promises[index], status, &index, status ? 0 : sizeof index), 0);
}

static void drop_all(const pending *p, size_t n)
{
    for (size_t i = 0; i < n; i++) quay_drop(p->futures[i]);
}

/* After all that is on its way has arrived. */
static bool settled_by_now(quay_future *f)
{
    (void)drained_stats(runtime);
    return quay_settled(f);
}

/* ---- all ---- */

START_TEST(all_waits_for_the_last)
{
    pending p;
    quay_future *all;
    make_pending(runtime, &p, MANY);
    ck_assert_int_eq(quay_all(runtime, p.futures, MANY, &all), 0);
    for (size_t i = MANY; i-- > 1;) settle_one(&p, i, 0);
    ck_assert(!settled_by_now(all));
    settle_one(&p, 0, 0);
    ck_assert_int_eq(finish_future(all, NULL, 0), 0);
    for (size_t i = 0; i < MANY; i++) { /* they are the caller's still, with what they hold */
        size_t out = MANY;
        ck_assert_int_eq(finish_future(p.futures[i], &out, sizeof out), sizeof out);
        ck_assert_uint_eq(out, i);
    }
}
END_TEST

START_TEST(all_has_the_first_error_at_once)
{
    pending p;
    quay_future *all;
    make_pending(runtime, &p, 3);
    ck_assert_int_eq(quay_all(runtime, p.futures, 3, &all), 0);
    settle_one(&p, 2, -EIO);
    ck_assert_int_eq(quay_await(all, NULL, 0), -EIO);
    settle_one(&p, 0, -EBADMSG);
    settle_one(&p, 1, 0);
    ck_assert_int_eq(finish_future(all, NULL, 0), -EIO);
    drop_all(&p, 3);
}
END_TEST

START_TEST(what_is_settled_before_counts_and_what_is_dropped_too)
{
    pending p;
    quay_future *all;
    make_pending(runtime, &p, 2);
    settle_one(&p, 0, 0);
    ck_assert_int_eq(quay_all(runtime, p.futures, 2, &all), 0);
    drop_all(&p, 2);
    ck_assert(!settled_by_now(all));
    settle_one(&p, 1, 0);
    ck_assert_int_eq(finish_future(all, NULL, 0), 0);
}
END_TEST

START_TEST(an_ask_that_failed_at_once_fails_all)
{
    quay_future *all, *f[2] = {quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER), NULL};
    quay_promise promise;
    ck_assert_int_eq(quay_promise_new(runtime, &promise, &f[1]), 0);
    ck_assert_int_eq(quay_all(runtime, f, 2, &all), 0);
    ck_assert_int_eq(finish_future(all, NULL, 0), -EPIPE);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    quay_drop(f[0]);
    quay_drop(f[1]);
}
END_TEST

/* ---- any ---- */

static void any_is(int status)
{
    pending p;
    quay_future *any;
    size_t index = MANY;
    make_pending(runtime, &p, 3);
    ck_assert_int_eq(quay_any(runtime, p.futures, 3, &any), 0);
    ck_assert(!settled_by_now(any));
    settle_one(&p, 1, status);
    ck_assert_int_eq(finish_future(any, &index, sizeof index), sizeof index);
    ck_assert_uint_eq(index, 1);
    settle_one(&p, 0, 0);
    settle_one(&p, 2, 0);
    drop_all(&p, 3);
}

START_TEST(any_is_the_first_to_settle_be_it_with_an_error)
{
    any_is(0);
    any_is(-EIO);
}
END_TEST

/* ---- map ---- */

typedef struct scale {
    long factor;
    unsigned calls;
} scale;

static int multiply(void *arg, const void *data, size_t size, void *out, size_t room)
{
    scale *s = arg;
    size_t number;
    s->calls++;
    if (size != sizeof number) return -EBADMSG;
    memcpy(&number, data, size);
    long product = (long)number * s->factor;
    if (sizeof product <= room) memcpy(out, &product, sizeof product);
    return sizeof product;
}

/* Settle with 1, map by s, and return what came. */
static int map_one(int status, size_t room, scale *s, long *out)
{
    pending p;
    quay_future *mapped;
    make_pending(runtime, &p, 2);
    ck_assert_int_eq(quay_map(runtime, p.futures[1], multiply, s, room, &mapped), 0);
    drop_all(&p, 2);
    settle_one(&p, 1, status);
    return finish_future(mapped, out, sizeof *out);
}

START_TEST(map_gives_what_the_transform_makes)
{
    scale s = {.factor = 42};
    long out = 0;
    ck_assert_int_eq(map_one(0, sizeof out, &s, &out), sizeof out);
    ck_assert_int_eq(out, 42);
    ck_assert_int_eq(map_one(0, 5000, &s, &out), sizeof out);
    ck_assert_uint_eq(s.calls, 2);
    ck_assert_int_eq(map_one(0, sizeof out - 1, &s, &out), -EMSGSIZE);
    ck_assert_uint_eq(s.calls, 3);
    ck_assert_int_eq(map_one(-EIO, sizeof out, &s, &out), -EIO);
    ck_assert_uint_eq(s.calls, 3);
}
END_TEST

static int refuse(void *arg, const void *data, size_t size, void *out, size_t room)
{
    (void)arg, (void)data, (void)size, (void)out, (void)room;
    return -ERANGE;
}

static int ask_another(void *arg, const void *data, size_t size, void *out, size_t room)
{
    return quay_call(*(quay_port *)arg, 0, data, size, out, room, QUAY_FOREVER);
}

START_TEST(a_transform_may_fail_or_wait)
{
    pending p;
    quay_future *refused, *echoed;
    size_t out = 0;
    quay_port other = spawn(runtime, echo, quay_core(1), NULL);
    make_pending(runtime, &p, 2);
    ck_assert_int_eq(quay_map(runtime, p.futures[0], refuse, NULL, 0, &refused), 0);
    ck_assert_int_eq(quay_map(runtime, p.futures[1], ask_another, &other, sizeof out, &echoed), 0);
    settle_one(&p, 0, 0);
    settle_one(&p, 1, 0);
    ck_assert_int_eq(finish_future(refused, NULL, 0), -ERANGE);
    ck_assert_int_eq(finish_future(echoed, &out, sizeof out), sizeof out);
    ck_assert_uint_eq(out, 1);
    drop_all(&p, 2);
    ck_assert_int_eq(quay_stop(other), 0);
    join_port(other, 0);
}
END_TEST

/* ---- one in another, in handlers ---- */

/* The first of two pairs that is complete; then the first pair's completion, seen through a map. */
static void combine_in_handler(quay_self *self, void *argument)
{
    quay_runtime *rt = quay_self_runtime(self);
    pending p;
    quay_future *pairs[2], *any, *both;
    size_t index = 2;
    make_pending(rt, &p, 4);
    EXPECT_EQ(quay_all(rt, &p.futures[0], 2, &pairs[0]), 0);
    EXPECT_EQ(quay_all(rt, &p.futures[2], 2, &pairs[1]), 0);
    EXPECT_EQ(quay_any(rt, pairs, 2, &any), 0);
    settle_one(&p, 0, 0);
    settle_one(&p, 3, 0);
    EXPECT_EQ(quay_await_until(any, &index, sizeof index, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    settle_one(&p, 2, 0);
    EXPECT_EQ(quay_await(any, &index, sizeof index), sizeof index);
    EXPECT_EQ(index, 1);
    settle_one(&p, 1, 0);
    EXPECT_EQ(quay_await_all(pairs, 2, QUAY_FOREVER), 0);
    EXPECT_EQ(quay_all(rt, pairs, 2, &both), -EALREADY);
    quay_drop(any);
    quay_drop(pairs[0]);
    quay_drop(pairs[1]);
    drop_all(&p, 4);
    (void)argument;
}

START_TEST(handlers_combine_and_one_combines_another)
{
    for (unsigned core = 0; core < 2; core++) run_in_handler(runtime, quay_core(core), combine_in_handler, NULL);
}
END_TEST

/* ---- refused ---- */

START_TEST(bad_arguments_are_refused_and_leave_nothing)
{
    pending p;
    quay_future *out = NULL, *with_a_hole[2];
    make_pending(runtime, &p, 1);
    with_a_hole[0] = p.futures[0];
    with_a_hole[1] = NULL;
    ck_assert_int_eq(quay_all(NULL, p.futures, 1, &out), -EINVAL);
    ck_assert_int_eq(quay_all(runtime, NULL, 1, &out), -EINVAL);
    ck_assert_int_eq(quay_all(runtime, p.futures, 0, &out), -EINVAL);
    ck_assert_int_eq(quay_all(runtime, p.futures, 1, NULL), -EINVAL);
    ck_assert_int_eq(quay_any(runtime, with_a_hole, 2, &out), -EINVAL);
    ck_assert_int_eq(quay_any(runtime, p.futures, (size_t)UINT32_MAX + 1, &out), -EINVAL);
    ck_assert_int_eq(quay_map(runtime, p.futures[0], NULL, NULL, 0, &out), -EINVAL);
    ck_assert_int_eq(quay_map(runtime, NULL, refuse, NULL, 0, &out), -EINVAL);
    ck_assert_int_eq(quay_map(runtime, p.futures[0], refuse, NULL, QUAY_STATE_MAX, &out), -EINVAL);
    ck_assert_int_eq(quay_map(runtime, p.futures[0], refuse, NULL, SIZE_MAX, &out), -EINVAL);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(quay_any(runtime, p.futures, 1, &out), 0); /* it had no receiver yet */
    settle_one(&p, 0, 0);
    ck_assert_int_eq(quay_await_any(&out, 1, QUAY_FOREVER), 0);
    quay_drop(out);
    drop_all(&p, 1);
}
END_TEST

START_TEST(a_future_is_combined_once)
{
    pending p;
    quay_future *first, *second = NULL;
    make_pending(runtime, &p, 1);
    ck_assert_int_eq(quay_all(runtime, p.futures, 1, &first), 0);
    ck_assert_int_eq(quay_any(runtime, p.futures, 1, &second), -EALREADY);
    ck_assert_ptr_null(second);
    settle_one(&p, 0, 0);
    ck_assert_int_eq(finish_future(first, NULL, 0), 0);
    drop_all(&p, 1);
}
END_TEST

static void combine_a_threads_future(quay_self *self, void *argument)
{
    pending *p = argument;
    quay_future *out;
    EXPECT_EQ(quay_all(quay_self_runtime(self), p->futures, 1, &out), -EPERM);
}

START_TEST(futures_of_others_are_refused)
{
    pending p;
    make_pending(runtime, &p, 1);
    run_in_handler(runtime, quay_core(0), combine_a_threads_future, &p);
    settle_one(&p, 0, 0);
    drop_all(&p, 1);
}
END_TEST

/* ---- ends ---- */

/* Waits in its handler for what never comes; the runtime's end has to end it. */
static int wait_for_ever(quay_self *self, void *state, const quay_message *message)
{
    quay_runtime *rt = quay_self_runtime(self);
    gate *g = SHARED(state, gate);
    pending p;
    quay_future *all;
    (void)message;
    make_pending(rt, &p, 2);
    EXPECT_EQ(quay_all(rt, p.futures, 2, &all), 0);
    gate_pass(g);
    EXPECT_EQ(quay_await(all, NULL, 0), -ECANCELED);
    quay_drop(all);
    drop_all(&p, 2);
    return 0;
}

START_TEST(the_runtimes_end_settles_what_is_left)
{
    quay_runtime *rt = start_runtime(2);
    pending p;
    quay_future *all;
    gate g;
    gate_init(&g);
    make_pending(rt, &p, 2);
    ck_assert_int_eq(quay_all(rt, p.futures, 2, &all), 0);
    ck_assert_int_eq(quay_send(spawn(rt, wait_for_ever, quay_core(1), &g), 0, NULL, 0), 0);
    gate_await_entry(&g);
    gate_open(&g);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    assert_expectations();
    ck_assert_int_eq(finish_future(all, NULL, 0), -ECANCELED);
    drop_all(&p, 2);
}
END_TEST

static Suite *combine_suite(void)
{
    Suite *suite = suite_create("combine");
    TCase *all = tcase_create("combine");
    tcase_add_checked_fixture(all, start, stop);
    tcase_add_test(all, all_waits_for_the_last);
    tcase_add_test(all, all_has_the_first_error_at_once);
    tcase_add_test(all, what_is_settled_before_counts_and_what_is_dropped_too);
    tcase_add_test(all, an_ask_that_failed_at_once_fails_all);
    tcase_add_test(all, any_is_the_first_to_settle_be_it_with_an_error);
    tcase_add_test(all, map_gives_what_the_transform_makes);
    tcase_add_test(all, a_transform_may_fail_or_wait);
    tcase_add_test(all, handlers_combine_and_one_combines_another);
    tcase_add_test(all, bad_arguments_are_refused_and_leave_nothing);
    tcase_add_test(all, a_future_is_combined_once);
    tcase_add_test(all, futures_of_others_are_refused);
    suite_add_tcase(suite, all);
    TCase *ends = tcase_create("ends");
    tcase_add_test(ends, the_runtimes_end_settles_what_is_left);
    suite_add_tcase(suite, ends);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(combine_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
