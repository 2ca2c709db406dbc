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
    {NULL},
};

enum { LINK, TOKEN };

struct node {
    uint64_t index;
    quay_port next;
};

struct token {
    uint64_t left;
    quay_promise done;
};

static int pass(quay_self *self, void *state, const quay_message *message)
{
    struct node *node = state;
    if (message->tag == LINK) {
        *node = *(const struct node *)message->data;
        return 0;
    }
    /* The first token comes as an ask, and takes the duty to answer along. */
    struct token token = {.left = parameters[HOPS].value};
    if (message->size) token = *(const struct token *)message->data;
    else token.done = quay_defer(self);
    if (token.left-- == 0) return quay_settle(token.done, 0, &node->index, sizeof node->index);
    return quay_send(node->next, TOKEN, &token, sizeof token);
}

static void run(quay_runtime *rt)
{
    uint64_t ports = parameters[PORTS].value, last;
    quay_port *ring = savina_allocate(ports, sizeof *ring);
    ring[0] = bench_spawn(rt, pass, sizeof(struct node), QUAY_ANYWHERE);
    for (uint64_t i = 1; i < ports; i++) ring[i] = bench_spawn(rt, pass, sizeof(struct node), quay_near(ring[0]));
    for (uint64_t i = 0; i < ports; i++) {
        struct node node = {i, ring[(i + 1) % ports]};
        bench_must(quay_send(ring[i], LINK, &node, sizeof node), "quay_send");
    }
    savina_call(ring[0], TOKEN, NULL, 0, &last, sizeof last);
    bench_check(last == parameters[HOPS].value % ports, "the token ends where it must");
    free(ring);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"threadring", parameters, .run = run});
}
