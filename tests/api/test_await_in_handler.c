/* test_await_in_handler.c - a handler that awaits. One that would have to wait is told -EDEADLK and loses nothing:
 * the contract until handlers can be suspended. A settled future may be awaited anywhere. */
#include "support.h"

static void await_unsettled(quay_self *self, void *argument)
{
    quay_promise promise;
    quay_future *f, *mixed[2];
    long out = 0;
    (void)argument;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    EXPECT_EQ(quay_await(f, &out, sizeof out), -EDEADLK);
    EXPECT_EQ(quay_await_until(f, &out, sizeof out, QUAY_FOREVER), -EDEADLK);
    EXPECT_EQ(quay_await_any(&f, 1, QUAY_FOREVER), -EDEADLK);
    EXPECT_EQ(quay_await_all(&f, 1, QUAY_FOREVER), -EDEADLK);
    mixed[0] = f;
    mixed[1] = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_await_any(mixed, 2, QUAY_FOREVER), 1);
    EXPECT_EQ(quay_await_all(mixed, 2, QUAY_FOREVER), -EDEADLK);
    quay_drop(mixed[1]);
    EXPECT_EQ(quay_settle(promise, 0, &(long){3}, sizeof(long)), 0); /* it is as it was */
    EXPECT_EQ(quay_await(f, &out, sizeof out), sizeof out);
    EXPECT_EQ(out, 3);
    quay_drop(f);
}

START_TEST(a_handler_cannot_wait)
{
    quay_runtime *rt = start_runtime(2);
    run_in_handler(rt, quay_core(0), await_unsettled, NULL);
    stop_runtime(rt);
}
END_TEST

static void call_others(quay_self *self, void *argument)
{
    quay_port *other = argument;
    EXPECT_EQ(quay_call(*other, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EDEADLK);
    EXPECT_EQ(quay_call(quay_self_port(self), 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EDEADLK);
}

START_TEST(a_handler_cannot_call)
{
    quay_runtime *rt = start_runtime(2), *second = start_runtime(1);
    quay_port other = spawn(rt, echo, quay_core(1), NULL), foreign = spawn(second, echo, quay_core(0), NULL);
    run_in_handler(rt, quay_core(0), call_others, &other);
    run_in_handler(rt, quay_core(1), call_others, &other);
    run_in_handler(rt, quay_core(0), call_others, &foreign);
    drained_stats(second);
    stop_runtime(rt);
    stop_runtime(second);
}
END_TEST

static void await_settled(quay_self *self, void *argument)
{
    quay_promise promise;
    quay_future *f[2];
    char out[100];
    (void)argument;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f[0]), 0);
    f[1] = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    memset(out, 's', sizeof out);
    EXPECT_EQ(quay_settle(promise, 0, out, sizeof out), 0);
    memset(out, 0, sizeof out);
    EXPECT_EQ(quay_await_any(f, 2, QUAY_FOREVER), 0);
    EXPECT_EQ(quay_await_all(f, 2, 0), 0);
    EXPECT_EQ(quay_await(f[0], out, sizeof out - 1), -EMSGSIZE);
    EXPECT_EQ(quay_await(f[0], NULL, 1), -EINVAL);
    EXPECT_EQ(quay_await(f[0], out, sizeof out), sizeof out);
    EXPECT_EQ(out[99], 's');
    EXPECT_EQ(quay_await_until(f[1], out, sizeof out, 0), -EPIPE);
    EXPECT_EQ(quay_await(NULL, NULL, 0), -EINVAL);
    EXPECT_EQ(quay_await_any(f, 0, 0), -EINVAL);
    quay_drop(f[0]);
    quay_drop(f[1]);
}

START_TEST(a_handler_may_await_what_is_settled)
{
    quay_runtime *rt = start_runtime(2);
    run_in_handler(rt, quay_core(0), await_settled, NULL);
    run_in_handler(rt, quay_core(1), await_settled, NULL);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_handler_cannot_wait,
        a_handler_cannot_call,
        a_handler_may_await_what_is_settled,
    };
    return run_tests("await in handler", tests, COUNT_OF(tests));
}
