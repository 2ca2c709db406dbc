/* awaits.c - handlers that wait, on fibers, for a port of the other worker, with deadlines that may pass and kills that
 * may come first; threads that call them. */
#include <string.h>

#include "whole.h"

static quay_port asker;
static quay_port answerer;

static int add_one(quay_self *self, void *state, const quay_message *message)
{
    const unsigned *number = QUAY_PAYLOAD(message, unsigned);
    EXPLORE_CHECK(number);
    return quay_reply(self, &(unsigned){*number + 1}, sizeof(unsigned));
}

/* With tag 1 it does not wait for ever. */
static int ask_on(quay_self *self, void *state, const quay_message *message)
{
    unsigned result;
    quay_time deadline = message->tag ? quay_in(QUAY_MS(1)) : QUAY_FOREVER;
    int size = quay_call(answerer, 0, message->data, message->size, &result, sizeof result, deadline);
    if (size < 0) return size;
    EXPLORE_CHECK(size == sizeof result);
    return quay_reply(self, &result, sizeof result);
}

static void call(void *number)
{
    unsigned given = 3;
    unsigned result;
    uint32_t tag = (uint32_t)(uintptr_t)number;
    int size = quay_call(asker, tag, &given, sizeof given, &result, sizeof result, QUAY_FOREVER);
    if (size == sizeof result) EXPLORE_CHECK(result == 4);
    else EXPLORE_CHECK(size == -EPIPE || size == -EOWNERDEAD || size == -ECANCELED || (tag && size == -ETIMEDOUT));
}

static void call_or_kill(void *number)
{
    if ((uintptr_t)number < 2) call(number);
    else if (explore_random(2)) EXPLORE_CHECK(!quay_kill(explore_random(2) ? asker : answerer, -EIO));
}

static void awaits(void)
{
    answerer = whole_port(1, add_one, NULL);
    asker = whole_port(0, ask_on, NULL);
    whole_run(3, call_or_kill);
}

static void start(void)
{
    whole_start(awaits);
}

const explore_scenario explore_awaits = {.name = "awaits", .steps = 1500, .start = start};
