/* ends.c - ports that begin and end, and a runtime that ends, while others use them. */
#include <string.h>

#include "whole.h"

static quay_port one;
static quay_port other;
static unsigned ended;
static unsigned born;

static int answer(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == 1) return quay_send(other, 2, NULL, 0);
    (void)quay_reply(self, &message->tag, sizeof message->tag);
    return 0;
}

static void note_end(void *state, int reason)
{
    ended++;
}

static void make_ports(void)
{
    static const quay_port_options options = {.fini = note_end};
    ended = born = 0;
    other = whole_port(1, answer, &options);
    one = whole_port(0, answer, &options);
}

/* ---- a stop while threads send and ask ---- */

static void use_it(void *number)
{
    uint32_t result;
    int error = quay_send(one, 1, NULL, 0);
    EXPLORE_CHECK(!error || error == -EPIPE);
    quay_future *f = quay_ask(number ? other : one, 5, NULL, 0, QUAY_FOREVER);
    int size = quay_await(f, &result, sizeof result);
    EXPLORE_CHECK(size == -EPIPE || size == -ECANCELED || size == -EOWNERDEAD || (size == 4 && result == 5));
    quay_drop(f);
    error = quay_send(other, 2, NULL, 0);
    EXPLORE_CHECK(!error || error == -EPIPE);
}

static void stop(void)
{
    make_ports();
    whole_guests guests = whole_begin(2, use_it);
    quay_runtime *rt = whole;
    whole = NULL;
    EXPLORE_CHECK(!quay_runtime_stop(rt, QUAY_FOREVER));
    EXPLORE_CHECK(ended == 2);
    whole_wait(&guests);
}

static void start_stop(void)
{
    whole_start(stop);
}

const explore_scenario explore_stop = {.name = "stop", .steps = 1500, .start = start_stop};

/* ---- a port is killed, joined and sent to at once ---- */

static void end_it(void *number)
{
    int reason = 0;
    switch ((uintptr_t)number) {
    case 0:
        EXPLORE_CHECK(!quay_send(one, 1, NULL, 0));
        EXPLORE_CHECK(!quay_kill(one, -EIO));
        break;
    case 1:
        EXPLORE_CHECK(!quay_send(one, 1, NULL, 0));
        EXPLORE_CHECK(!quay_stop(one));
        break;
    default:
        EXPLORE_CHECK(!quay_join(one, QUAY_FOREVER, &reason));
        EXPLORE_CHECK(ended == 1);
    }
}

static void ends(void)
{
    make_ports();
    whole_run(3, end_it);
}

static void start_ends(void)
{
    whole_start(ends);
}

const explore_scenario explore_ends = {.name = "ends", .steps = 1500, .start = start_ends};

/* ---- ports born from everywhere ---- */

static int be_born(quay_self *self, void *state, const quay_message *message)
{
    born++;
    return 0;
}

static int spawn_more(quay_self *self, void *state, const quay_message *message)
{
    quay_port child = whole_port(message->tag, be_born, NULL);
    EXPLORE_CHECK(!quay_send(child, 0, NULL, 0));
    return quay_stop(child);
}

static void spawn_some(void *number)
{
    unsigned worker = (unsigned)(uintptr_t)number;
    quay_port parent = whole_port(worker, spawn_more, NULL);
    EXPLORE_CHECK(!quay_send(parent, 1 - worker, NULL, 0));
    quay_port child = whole_port(worker, be_born, NULL);
    EXPLORE_CHECK(!quay_send(child, 0, NULL, 0));
}

static void spawns(void)
{
    born = 0;
    whole_run(2, spawn_some);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    EXPLORE_CHECK(born == 4);
}

static void start_spawns(void)
{
    whole_start(spawns);
}

const explore_scenario explore_spawns = {.name = "spawns", .steps = 2000, .start = start_spawns};
