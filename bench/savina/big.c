/* big.c - Savina 7, big: everybody sends pings to everybody, chosen at random.
 *
 * Measures traffic without a pattern: each port has one ping under way, and answers those of all others. The ports live
 * on all workers in turn, so with N workers all but 1/N of the messages cross. Checked: each pong comes from the port
 * that was pinged, and each port had all of its own.
 *
 * Read next: dictionary.c */
#include "savina.h"

enum { PORTS, PINGS };

static struct savina_parameter parameters[] = {
    [PORTS] = {"ports", 120, 10},
    [PINGS] = {"pings", 20000, 100},
    {.name = NULL},
};

enum { START, PING, PONG, DONE };

static quay_port *neighbours; /* written before the first ping */

/* ---- a port ---- */

struct pinger {
    quay_port sink;
    uint64_t seed;
    uint64_t left;   /* pings to send */
    quay_port asked; /* who owes the pong */
};

static int send_ping(struct pinger *pinger)
{
    if (pinger->left-- == 0) return quay_send(pinger->sink, DONE, NULL, 0);
    pinger->asked = neighbours[savina_below(&pinger->seed, parameters[PORTS].value)];
    return quay_send(pinger->asked, PING, NULL, 0);
}

static int ping(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct pinger *pinger = state;
    if (message->tag == PING) return quay_send(message->from, PONG, NULL, 0);
    if (message->tag == START) *pinger = *(const struct pinger *)message->data;
    else if (message->from.id != pinger->asked.id) return -EBADMSG;
    return send_ping(pinger);
}

/* ---- the sink starts all, and answers when all are done ---- */

struct sink {
    quay_promise done;
    uint64_t finished;
};

static int start_all(quay_self *self)
{
    int error = 0;
    for (uint64_t i = 0; i < parameters[PORTS].value && !error; i++) {
        struct pinger pinger = {.sink = quay_self_port(self), .seed = i, .left = parameters[PINGS].value};
        error = quay_send(neighbours[i], START, &pinger, sizeof pinger);
    }
    return error;
}

static int gather(quay_self *self, void *state, const quay_message *message)
{
    struct sink *sink = state;
    if (message->tag == START) {
        sink->done = quay_defer(self);
        return start_all(self);
    }
    if (++sink->finished < parameters[PORTS].value) return 0;
    return quay_settle(sink->done, 0, NULL, 0);
}

static void run(quay_runtime *rt)
{
    uint64_t ports = parameters[PORTS].value;
    neighbours = savina_allocate(ports, sizeof *neighbours);
    for (uint64_t i = 0; i < ports; i++) neighbours[i] = bench_spawn(rt, ping, sizeof(struct pinger), QUAY_SPREAD);
    savina_call(bench_spawn(rt, gather, sizeof(struct sink), QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
    free(neighbours);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"big", parameters, .run = run});
}
