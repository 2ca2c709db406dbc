/* threadring.c - Savina 5, thread ring: one token goes round a ring of ports.
 *
 * Measures switching from port to port when only one of them has anything to do; so all are near each other. (The ring
 * whose every hop crosses is in ../ring.c.) Checked: the token made every hop, and ends where it must.
 *
 * Read next: chameneos.c */
#include "savina.h"

enum { PORTS, HOPS };

static struct savina_parameter parameters[] = {
    [PORTS] = {"ports", 100, 10},
    [HOPS] = {"hops", 100000, 1000},
    {.name = NULL},
};

enum { TOKEN };

static quay_port *ring; /* written before the token starts */

struct token {
    uint64_t left;
    quay_promise done;
};

/* The state is the port's place in the ring. */
static int pass(quay_self *self, void *state, const quay_message *message)
{
    const uint64_t *place = state;
    /* The first token comes as an ask, and takes the duty to answer along. */
    struct token token = {.left = parameters[HOPS].value};
    if (message->size) token = *(const struct token *)message->data;
    else token.done = quay_defer(self);
    if (token.left-- == 0) return quay_settle(token.done, 0, place, sizeof *place);
    return quay_send(ring[(*place + 1) % parameters[PORTS].value], TOKEN, &token, sizeof token);
}

static void run(quay_runtime *rt)
{
    uint64_t ports = parameters[PORTS].value, last;
    quay_place place = QUAY_ANYWHERE;
    ring = savina_allocate(ports, sizeof *ring);
    for (uint64_t i = 0; i < ports; i++) {
        ring[i] = savina_spawn(rt, pass, place, &i, sizeof i, NULL);
        place = quay_near(ring[0]);
    }
    savina_call(ring[0], TOKEN, NULL, 0, &last, sizeof last);
    bench_check(last == parameters[HOPS].value % ports, "the token ends where it must");
    free(ring);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"threadring", parameters, .run = run});
}
