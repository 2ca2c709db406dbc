/* model.c - a machine of many workers, stepped by one thread, so that what a message costs can be counted.
 *
 *   model pair WORKERS MESSAGES   two ports on two workers answer each other; the other workers sleep
 *   model all WORKERS MESSAGES    sixteen ports on each worker send to ports anywhere and are answered
 *   model park WORKERS MESSAGES   as pair, and the worker that answers goes to sleep after each message
 *   model size WORKERS 0          bytes of the machine, before there is a port
 *
 * It prints how many steps it made. run.sh counts the instructions of two runs of different length, and divides the
 * difference; so what it takes to start and stop does not count.
 *
 * Owns its machine (tests/core/fixture.h). Read next: run.sh, docs/scale.md. */
#define _GNU_SOURCE
#include "../core/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_EACH 16

static quay_port *ports;
static unsigned ports_count;
static uint64_t left; /* messages to send */
static uint64_t steps;

/* ---- the traffic ---- */

enum { PING, PONG };

/* One of a pair: whoever sent gets an answer; the first message comes from outside. */
static int answer(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    if (!left) return 0;
    left--;
    return quay_send(message->from.id ? message->from : ports[1], PING, NULL, 0);
}

/* One of many: answers a ping, and sends the next to anybody. The state is a seed. */
static int ping(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    uint64_t *seed = state;
    if (!left) return 0;
    left--;
    if (message->tag == PING) return quay_send(message->from, PONG, NULL, 0);
    *seed = *seed * UINT64_C(6364136223846793005) + 1;
    return quay_send(ports[(*seed >> 32) * ports_count >> 32], PING, NULL, 0);
}

static quay_port spawn_pinger(unsigned worker, uint64_t seed)
{
    quay_port port = spawn_on(worker, ping, &(quay_port_options){.state_size = sizeof seed});
    memcpy(qy_port_state(port_of(port)), &seed, sizeof seed);
    return port;
}

/* ---- who is stepped ---- */

static unsigned stepped[2]; /* all from the first to the second */
static unsigned stride;

static void step_until_done(void)
{
    for (bool busy = true; busy;) {
        busy = false;
        for (unsigned i = stepped[0]; i <= stepped[1]; i += stride, steps++) busy |= step(i);
    }
}

static void spawn_pair(unsigned workers)
{
    ports_count = 2;
    for (unsigned i = 0; i < 2; i++) ports[i] = spawn_on(i * (workers - 1), answer, NULL);
    stepped[1] = workers - 1;
    stride = workers > 1 ? workers - 1 : 1;
}

static void run_pair(unsigned workers)
{
    spawn_pair(workers);
    tell(ports[0], PING);
    step_until_done();
}

static void run_all(unsigned workers)
{
    for (unsigned i = 0; i < workers * PORTS_EACH; i++) ports[ports_count++] = spawn_pinger(i % workers, i);
    for (unsigned i = 0; i < ports_count; i++) tell(ports[i], PONG);
    stepped[1] = workers - 1;
    stride = 1;
    step_until_done();
}

/* ---- parking: while the last worker sleeps, the first takes a step, which wakes it ---- */

static void step_first(void)
{
    qy_worker *me = qy_me;
    (void)step(0);
    steps++;
    if (!left) ck_pr_or_32(&me->parking.orders, QY_ORDER_EXIT);
    qy_me = me;
}

/* The last worker is in its loop from the beginning, and not stepped before. */
static void run_park(unsigned workers)
{
    for (unsigned i = 0; i < 2; i++) {
        quay_port_options options = {.place = quay_core(i * (workers - 1))};
        ck_assert_int_eq(quay_spawn(m.rt, &ports[i], answer, &options), 0);
    }
    tell(ports[0], PING);
    m.parked = step_first;
    qy_worker_run(as_worker(workers - 1));
    as_nobody();
}

static void run_size(unsigned workers)
{
    printf("%zu bytes: %zu of lanes, %zu of batches to send\n", m.live, workers * workers * sizeof(qy_lane),
           workers * workers * sizeof(qy_outbound));
}

/* ---- one run, as a test, for the fixture asserts as tests do ---- */

static const struct mode {
    const char *name;
    void (*run)(unsigned workers);
} modes[] = {{"pair", run_pair}, {"all", run_all}, {"park", run_park}, {"size", run_size}}, *mode;

static unsigned workers_asked_for;

START_TEST(run_model)
{
    machine_start(&m, workers_asked_for);
    ports = calloc(workers_asked_for * PORTS_EACH + 2, sizeof *ports);
    ck_assert_ptr_nonnull(ports);
    mode->run(workers_asked_for);
    ck_assert_uint_eq(left, 0);
    printf("%llu steps, %u parks, %u wakes\n", (unsigned long long)steps, m.parks, m.wakes);
    if (!m.parks) machine_stop(&m); /* a worker whose loop ran makes no single steps any more */
    free(ports);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (!strcmp(argv[1], modes[i].name)) mode = &modes[i];
    }
    workers_asked_for = (unsigned)strtoul(argv[2], NULL, 10);
    left = strtoull(argv[3], NULL, 10);
    if (!mode || !workers_asked_for || setenv("CK_FORK", "no", 1)) return 2;
    return run_tests("scale", (const TTest *[]){run_model}, 1);
}
