/* kills.c - a stop whose deadline passes: ports that wait for ever are killed, while a thread asks, and another drains;
 * and alarms that are armed, cancelled and fire. */
#include <string.h>

#include "whole.h"

static quay_port holder; /* takes asks and never answers */
static quay_port waiter; /* asks it */
static quay_runtime *stopped;

static int hold(quay_self *self, void *state, const quay_message *message)
{
    (void)quay_defer(self);
    return 0;
}

static int ask_holder(quay_self *self, void *state, const quay_message *message)
{
    int size = quay_call(holder, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    EXPLORE_CHECK(size < 0);
    return size;
}

static void ask_or_drain(void *number)
{
    if (number) {
        int error = quay_runtime_drain(stopped, QUAY_FOREVER);
        EXPLORE_CHECK(!error || error == -ECANCELED || error == -EINVAL);
        return;
    }
    int size = quay_call(waiter, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    EXPLORE_CHECK(size == -EPIPE || size == -ECANCELED || size == -EOWNERDEAD);
}

static void kills(void)
{
    holder = whole_port(1, hold, NULL);
    waiter = whole_port(0, ask_holder, NULL);
    stopped = whole;
    whole_guests guests = whole_begin(2, ask_or_drain);
    whole = NULL;
    int error = quay_runtime_stop(stopped, quay_in(QUAY_MS(1)));
    EXPLORE_CHECK(!error || error == -ETIMEDOUT);
    whole_wait(&guests);
}

static void start_kills(void)
{
    whole_start(kills);
}

const explore_scenario explore_kills = {.name = "kills", .steps = 1800, .start = start_kills};

/* ---- alarms ---- */

static unsigned rung;

static int count_it(quay_self *self, void *state, const quay_message *message)
{
    rung++;
    return 0;
}

static void arm(void *number)
{
    quay_timer timer;
    unsigned before = rung;
    EXPLORE_CHECK(!quay_send_after(number ? holder : waiter, 0, NULL, 0, quay_in(QUAY_MS(1)), &timer));
    if (explore_random(2)) (void)quay_timer_cancel(timer);
    EXPLORE_CHECK(rung >= before);
}

static void alarms(void)
{
    rung = 0;
    holder = whole_port(1, count_it, NULL);
    waiter = whole_port(0, count_it, NULL);
    whole_run(2, arm);
    quay_runtime *rt = whole;
    whole = NULL; /* alarms may fire after a drain */
    EXPLORE_CHECK(!quay_runtime_stop(rt, QUAY_FOREVER));
}

static void start_alarms(void)
{
    whole_start(alarms);
}

const explore_scenario explore_alarms = {.name = "alarms", .steps = 1500, .start = start_alarms};
