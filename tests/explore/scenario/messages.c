/* messages.c - what is sent from outside to a worker, and from there to another one: it arrives, in order; drain waits
 * for it. */
#include <string.h>

#include "whole.h"

#define MESSAGES 3
#define SENDERS 2

static quay_port near_port;
static quay_port far_port;
static unsigned handled[SENDERS]; /* by far */

/* The tag is the sender, the payload its message's number. */
static int count_it(quay_self *self, void *state, const quay_message *message)
{
    const unsigned *number = QUAY_PAYLOAD(message, unsigned);
    EXPLORE_CHECK(number && *number == handled[message->tag]);
    handled[message->tag]++;
    return 0;
}

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    return quay_send(far_port, message->tag, message->data, message->size);
}

static void send_all(uint32_t sender)
{
    for (unsigned i = 0; i < MESSAGES; i++) EXPLORE_CHECK(!quay_send(near_port, sender, &i, sizeof i));
}

static void make_ports(void)
{
    memset(handled, 0, sizeof handled);
    far_port = whole_port(1, count_it, NULL);
    near_port = whole_port(0, pass_on, NULL);
}

/* ---- senders that go, and a drain when they have gone ---- */

static void send_and_go(void *number)
{
    send_all((uint32_t)(uintptr_t)number);
}

static void messages(void)
{
    make_ports();
    whole_run(SENDERS, send_and_go);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    for (unsigned i = 0; i < SENDERS; i++) EXPLORE_CHECK(handled[i] == MESSAGES);
}

static void start_messages(void)
{
    whole_start(messages);
}

const explore_scenario explore_messages = {.name = "messages", .steps = 1500, .start = start_messages};

/* ---- each drains for itself, while the other sends ---- */

static void send_and_drain(void *number)
{
    uint32_t sender = (uint32_t)(uintptr_t)number;
    send_all(sender);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    EXPLORE_CHECK(handled[sender] == MESSAGES);
}

static void drains(void)
{
    make_ports();
    whole_run(SENDERS, send_and_drain);
}

static void start_drains(void)
{
    whole_start(drains);
}

const explore_scenario explore_drains = {.name = "drains", .steps = 1500, .start = start_drains};
