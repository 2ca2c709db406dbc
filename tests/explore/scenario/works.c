/* works.c - what has threads of its own: offloaded functions and their pool, blocking ports and their hosts; and
 * senders who wait for room in a mailbox of another worker. */
#include "whole.h"

#include "core/runtime.h"

enum { GO, ASK };

static unsigned done, handled;
static quay_port one, two, blocking[2];

/* ---- two ports offload at once, and the runtime stops ---- */

static int work(void *argument)
{
    unsigned *runs = argument;
    ck_pr_inc_uint(runs);
    return 7;
}

static unsigned runs[4];

static int offload_two(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f[2];
    for (unsigned i = 0; i < 2; i++) f[i] = quay_offload(self, work, &runs[2 * message->tag + i]);
    for (unsigned i = 0; i < 2; i++) {
        int answer = 0;
        EXPLORE_CHECK(quay_await(f[i], &answer, sizeof answer) == sizeof answer && answer == 7);
        EXPLORE_CHECK(ck_pr_load_uint(&runs[2 * message->tag + i]) == 1);
        quay_drop(f[i]);
    }
    ck_pr_inc_uint(&done);
    return 0;
}

static void tell_to_offload(void *number)
{
    uint32_t worker = (uint32_t)(uintptr_t)number;
    quay_port port = whole_port(worker, offload_two, NULL);
    EXPLORE_CHECK(!quay_send(port, worker, NULL, 0));
}

static void offloads(void)
{
    done = 0;
    for (unsigned i = 0; i < COUNT_OF(runs); i++) runs[i] = 0;
    whole_run(2, tell_to_offload);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    EXPLORE_CHECK(ck_pr_load_uint(&done) == 2);
}

static void start_offloads(void)
{
    whole_start_with(offloads, true);
}

const explore_scenario explore_offloads = {.name = "offloads", .steps = 2000, .start = start_offloads};

/* ---- blocking ports come and go, and are asked by a port and by threads outside ---- */

static int answer_once(quay_self *self, void *state, const quay_message *message)
{
    ck_pr_inc_uint(&handled);
    return message->tag == ASK ? quay_reply(self, &message->tag, sizeof message->tag) : 0;
}

static int ask_blocking(quay_self *self, void *state, const quay_message *message)
{
    uint32_t answer = 0;
    int got = quay_call(one, ASK, NULL, 0, &answer, sizeof answer, QUAY_FOREVER);
    EXPLORE_CHECK(got == sizeof answer && answer == ASK);
    return 0;
}

static quay_port spawn_blocking(void)
{
    quay_port port;
    EXPLORE_CHECK(!quay_spawn(whole, &port, answer_once, &(quay_port_options){.blocking = true}));
    return port;
}

static void end_blocking(quay_port port)
{
    EXPLORE_CHECK(!quay_stop(port));
    EXPLORE_CHECK(!quay_join(port, QUAY_FOREVER, NULL));
}

/* One host is idle, so one of the two needs another. */
static void use_hosts(void *number)
{
    uint32_t answer = 0;
    quay_port *mine = &blocking[(uintptr_t)number];
    *mine = spawn_blocking();
    EXPLORE_CHECK(!quay_send(*mine, GO, NULL, 0));
    EXPLORE_CHECK(quay_call(*mine, ASK, NULL, 0, &answer, sizeof answer, QUAY_FOREVER) == sizeof answer);
    if (!number) EXPLORE_CHECK(!quay_send(two, GO, NULL, 0));
}

static void hosts(void)
{
    handled = 0;
    end_blocking(spawn_blocking());
    one = spawn_blocking();
    end_blocking(spawn_blocking());
    two = whole_port(0, ask_blocking, NULL);
    whole_run(2, use_hosts);
    EXPLORE_CHECK(qy_id_home(blocking[0].id) != qy_id_home(blocking[1].id));
    for (int i = 0; i < 2; i++) end_blocking(blocking[i]);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    EXPLORE_CHECK(ck_pr_load_uint(&handled) == 5);
}

static void start_hosts(void)
{
    whole_start_with(hosts, true);
}

const explore_scenario explore_hosts = {.name = "hosts", .steps = 4500, .start = start_hosts};

/* ---- two threads and a port of another worker wait for the one place there is ---- */

#define LETTERS 3

static unsigned late;

static int count_letter(quay_self *self, void *state, const quay_message *message)
{
    handled++;
    return 0;
}

/* Two of the three are impatient, and may be granted a place too late. */
static void send_some(quay_time until)
{
    int error = quay_send_until(one, GO, NULL, 0, until);
    EXPLORE_CHECK(!error || (until != QUAY_FOREVER && error == -ETIMEDOUT));
    if (error) ck_pr_inc_uint(&late);
}

static int send_letters(quay_self *self, void *state, const quay_message *message)
{
    for (int i = 0; i < LETTERS; i++) send_some(quay_in(QUAY_US(1)));
    return 0;
}

static void send_letters_outside(void *number)
{
    for (int i = 0; i < LETTERS; i++) send_some(number ? QUAY_FOREVER : quay_in(QUAY_US(1)));
}

static void rooms(void)
{
    handled = late = 0;
    quay_port_options options = {.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_WAIT};
    one = whole_port(0, count_letter, &options);
    two = whole_port(1, send_letters, NULL);
    EXPLORE_CHECK(!quay_send(two, GO, NULL, 0));
    whole_run(2, send_letters_outside);
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    EXPLORE_CHECK(handled + ck_pr_load_uint(&late) == 3 * LETTERS);
}

static void start_rooms(void)
{
    whole_start(rooms);
}

const explore_scenario explore_rooms = {.name = "rooms", .steps = 4000, .start = start_rooms};
