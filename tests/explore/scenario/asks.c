/* asks.c - asks of threads, answered by another worker than the one that was asked: awaited, cancelled, dropped, with a
 * deadline, or sent on by quay_then; and cancels that reach that worker. */
#include <string.h>

#include "whole.h"

static quay_port near_port;
static quay_port far_port;
static unsigned arrived; /* results sent by quay_then */

static int double_it(quay_self *self, void *state, const quay_message *message)
{
    const unsigned *number = QUAY_PAYLOAD(message, unsigned);
    EXPLORE_CHECK(number);
    return quay_reply(self, &(unsigned){2 * *number}, sizeof(unsigned));
}

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    return quay_forward(self, far_port);
}

static void make_ports(void)
{
    arrived = 0;
    far_port = whole_port(1, double_it, NULL);
    near_port = whole_port(0, pass_on, NULL);
}

static quay_future *ask(unsigned number, quay_time deadline)
{
    return quay_ask(near_port, 0, &number, sizeof number, deadline);
}

static void ask_and_await(void *number)
{
    unsigned given = 7 + (unsigned)(uintptr_t)number;
    unsigned result;
    quay_future *f = ask(given, QUAY_FOREVER);
    EXPLORE_CHECK(quay_await(f, &result, sizeof result) == sizeof result && result == 2 * given);
    quay_drop(f);
}

static void ask_and_leave(void *number)
{
    unsigned result;
    quay_future *f = ask(1, explore_random(2) ? quay_in(QUAY_MS(1)) : QUAY_FOREVER);
    if (explore_random(2)) (void)quay_cancel(f);
    if (explore_random(2)) {
        int size = quay_await(f, &result, sizeof result);
        EXPLORE_CHECK(size == -ECANCELED || size == -ETIMEDOUT || (size == sizeof result && result == 2));
    }
    quay_drop(f);
}

static void ask_somehow(void *number)
{
    if (number) ask_and_leave(number);
    else ask_and_await(number);
}

static void asks(void)
{
    make_ports();
    whole_run(2, ask_somehow);
}

static void start_asks(void)
{
    whole_start(asks);
}

const explore_scenario explore_asks = {.name = "asks", .steps = 1500, .start = start_asks};

/* ---- a cancel follows an ask that is passed on ---- */

static int work_until_cancelled(quay_self *self, void *state, const quay_message *message)
{
    quay_promise promise;
    quay_future *never;
    EXPLORE_CHECK(!quay_promise_new(whole, &promise, &never));
    EXPLORE_CHECK(quay_await(never, NULL, 0) == -ECANCELED && quay_cancelled(self));
    quay_drop(never);
    return -ECANCELED;
}

static void ask_and_cancel(void *number)
{
    quay_future *f = ask(1, QUAY_FOREVER);
    while (explore_random(8)) ck_pr_stall();
    EXPLORE_CHECK(!quay_cancel(f));
    quay_drop(f);
}

static void cancels(void)
{
    far_port = whole_port(1, work_until_cancelled, NULL);
    near_port = whole_port(0, pass_on, NULL);
    whole_run(1, ask_and_cancel);
}

static void start_cancels(void)
{
    whole_start(cancels);
}

const explore_scenario explore_cancels = {.name = "cancels", .steps = 1000, .start = start_cancels};

/* ---- quay_then ---- */

static int take_result(quay_self *self, void *state, const quay_message *message)
{
    const unsigned *number = QUAY_PAYLOAD(message, unsigned);
    EXPLORE_CHECK(!message->status && number && *number == 6);
    arrived++;
    return 0;
}

static void ask_then(void *number)
{
    quay_port receiver = whole_port((unsigned)(uintptr_t)number, take_result, NULL);
    quay_future *f = ask(3, QUAY_FOREVER);
    EXPLORE_CHECK(!quay_then(f, receiver, 1));
    quay_drop(f);
}

static void thens(void)
{
    make_ports();
    whole_run(2, ask_then);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    EXPLORE_CHECK(arrived == 2);
}

static void start_thens(void)
{
    whole_start(thens);
}

const explore_scenario explore_thens = {.name = "thens", .steps = 1500, .start = start_thens};
