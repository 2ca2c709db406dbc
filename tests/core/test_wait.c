/* test_wait.c - whose a future is, and what its holder may do with it when. */
#include "fixture.h"

static quay_future *of_port, *of_thread, *constant;
static quay_promise of_port_promise;

static void make_future(quay_self *self)
{
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &of_port_promise, &of_port), 0);
}

static void begin(void)
{
    quay_promise promise;
    machine_start(&m, 2);
    constant = qy_future_constant(-EPIPE);
    ck_assert_int_eq(quay_promise_new(m.rt, &promise, &of_thread), 0);
    run_in_port(0, make_future);
}

static void end(void)
{
    quay_drop(of_thread);
    machine_stop(&m);
}

static void assert_not_mine(quay_future *f)
{
    quay_future *both[] = {constant, f};
    ck_assert_int_eq(quay_await(f, NULL, 0), -EPERM);
    ck_assert_int_eq(quay_await_any(both, 2, QUAY_FOREVER), -EPERM);
    ck_assert_int_eq(quay_await_all(both, 2, QUAY_FOREVER), -EPERM);
    ck_assert_int_eq(quay_then(f, QUAY_NOBODY, 0), -EPERM);
    ck_assert_int_eq(quay_cancel(f), -EPERM);
    ck_assert(!quay_settled(f));
    quay_drop(f);
}

static void use_anothers(quay_self *self)
{
    (void)self;
    assert_not_mine(of_port);
    assert_not_mine(of_thread);
}

START_TEST(a_ports_future_is_that_ports_and_a_threads_is_threads)
{
    begin();
    assert_not_mine(of_port);
    run_in_port(0, use_anothers);
    run_in_port(1, use_anothers);
    as_worker(0);
    assert_not_mine(of_port); /* the worker, but no handler */
    as_nobody();
    ck_assert_ptr_nonnull(qy_port_future_find(m.rt->workers[0], of_port_promise.id)); /* no drop was one */
    ck_assert(!quay_settled(of_thread));
    end();
}
END_TEST

static void use_constant(quay_self *self)
{
    (void)self;
    ck_assert(quay_settled(constant));
    ck_assert_int_eq(quay_await(constant, NULL, 0), -EPIPE);
    ck_assert_int_eq(quay_await_any(&constant, 1, 0), 0);
    ck_assert_int_eq(quay_await_all(&constant, 1, 0), 0);
    quay_drop(constant);
}

START_TEST(a_constant_is_everybodys)
{
    begin();
    use_constant(NULL);
    run_in_port(1, use_constant);
    end();
}
END_TEST

START_TEST(nothing_is_no_future)
{
    quay_future *one = qy_future_constant(-EPIPE);
    ck_assert_int_eq(quay_await_any(&one, (size_t)INT32_MAX + 1, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_await_all(&one, (size_t)INT32_MAX + 1, QUAY_FOREVER), -EINVAL);
    begin();
    quay_future *some[] = {constant, NULL};
    ck_assert_int_eq(quay_await(NULL, NULL, 0), -EINVAL);
    ck_assert_int_eq(quay_await(constant, NULL, 1), -EINVAL);
    ck_assert_int_eq(quay_await_any(some, 2, 0), -EINVAL);
    ck_assert_int_eq(quay_await_all(some, 2, 0), -EINVAL);
    ck_assert_int_eq(quay_await_any(some, 0, 0), -EINVAL);
    ck_assert_int_eq(quay_await_any(NULL, 1, 0), -EINVAL);
    ck_assert_int_eq(quay_then(NULL, QUAY_NOBODY, 0), -EINVAL);
    ck_assert_int_eq(quay_cancel(NULL), -EINVAL);
    ck_assert(!quay_settled(NULL));
    quay_drop(NULL);
    end();
}
END_TEST

static quay_future *futures[6];
static quay_promise promises[6];

static void settle_in_turn(quay_self *self)
{
    for (unsigned i = 0; i < COUNT_OF(futures); i++)
        ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promises[i], &futures[i]), 0);
    for (unsigned i = COUNT_OF(futures); i-- > 0;) {
        ck_assert_int_eq(quay_settle(promises[i], 0, NULL, 0), 0);
        ck_assert_int_eq(quay_await_any(futures, COUNT_OF(futures), QUAY_FOREVER), (int)i);
        ck_assert_int_eq(quay_cancel(futures[i]), -EALREADY);
    }
    ck_assert_int_eq(quay_await_all(futures, COUNT_OF(futures), QUAY_FOREVER), 0);
    for (unsigned i = 0; i < COUNT_OF(futures); i++) quay_drop(futures[i]);
}

START_TEST(any_is_the_index_of_a_settled_one)
{
    begin();
    run_in_port(1, settle_in_turn);
    end();
}
END_TEST

static void cancel_own(quay_self *self)
{
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    ck_assert_int_eq(quay_cancel(f), 0);
    ck_assert_int_eq(quay_await(f, NULL, 0), -ECANCELED);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), -EALREADY);
    quay_drop(f);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), -EALREADY);
}

START_TEST(a_cancelled_future_is_settled_for_good)
{
    begin();
    run_in_port(0, cancel_own);
    ck_assert_uint_eq(stats().late, 2);
    end();
}
END_TEST

static void then_to_nobody(quay_self *self)
{
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    ck_assert_int_eq(quay_then(f, QUAY_NOBODY, 0), -EPIPE);
    ck_assert_int_eq(quay_then(constant, QUAY_NOBODY, 0), -EPIPE);
    quay_drop(f);
}

START_TEST(then_wants_somebody)
{
    begin();
    run_in_port(0, then_to_nobody);
    ck_assert_int_eq(quay_then(of_thread, QUAY_NOBODY, 0), -EPIPE);
    end();
}
END_TEST

START_TEST(a_constants_error_is_sent_on)
{
    begin();
    quay_port noter = spawn_on(1, note_message, NULL);
    ck_assert_int_eq(quay_then(constant, noter, 4), 0);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(noted.tag[0], 4);
    ck_assert_int_eq(noted.status[0], -EPIPE);
    end();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_ports_future_is_that_ports_and_a_threads_is_threads,
                            a_constant_is_everybodys,
                            nothing_is_no_future,
                            any_is_the_index_of_a_settled_one,
                            a_cancelled_future_is_settled_for_good,
                            then_wants_somebody,
                            a_constants_error_is_sent_on};
    return run_tests("wait", tests, COUNT_OF(tests));
}
