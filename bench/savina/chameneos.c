/* chameneos.c - Savina 6, chameneos: creatures meet in pairs at a mall and change colour.
 *
 * Measures many senders to one receiver that answers them. A creature sends the mall its colour; the mall hands the
 * second of a pair on to the first, who tells the second the colour they both take. Creatures live on all workers.
 * Checked: so many meetings, each counted by both who met.
 *
 * Read next: big.c */
#include "savina.h"

enum { CREATURES, MEETINGS };

static struct savina_parameter parameters[] = {
    [CREATURES] = {"creatures", 100, 10},
    [MEETINGS] = {"meetings", 200000, 1000},
    {.name = NULL},
};

enum { START, MEET, PARTNER, CHANGE, CLOSED, MET };

/* ---- creatures ---- */

struct creature {
    quay_port mall;
    uint64_t colour; /* 0, 1, 2 */
    uint64_t met;
};

struct partner {
    quay_port port;
    uint64_t colour;
};

/* Two of a colour keep it, two others become the third. */
static uint64_t complement(uint64_t a, uint64_t b)
{
    return a == b ? a : 3 - a - b;
}

static int go_to_mall(struct creature *creature)
{
    return quay_send(creature->mall, MEET, &creature->colour, sizeof creature->colour);
}

static int take_colour(struct creature *creature, uint64_t colour)
{
    creature->colour = colour;
    creature->met++;
    return go_to_mall(creature);
}

static int meet_partner(struct creature *creature, const struct partner *partner)
{
    uint64_t colour = complement(creature->colour, partner->colour);
    int error = quay_send(partner->port, CHANGE, &colour, sizeof colour);
    return error ? error : take_colour(creature, colour);
}

static int live(quay_self *self, void *state, const quay_message *message)
{
    struct creature *creature = state;
    switch (message->tag) {
    case START:
        *creature = *(const struct creature *)message->data;
        return go_to_mall(creature);
    case PARTNER:
        return meet_partner(creature, message->data);
    case CHANGE:
        return take_colour(creature, *(const uint64_t *)message->data);
    default:
        quay_exit(self, 0);
        return quay_send(message->from, MET, &creature->met, sizeof creature->met);
    }
}

/* ---- the mall ---- */

struct mall {
    quay_promise closed;
    uint64_t meetings;    /* still to come */
    struct partner waits; /* or nobody */
    uint64_t gone, met;
};

static int open_mall(quay_self *self, struct mall *mall)
{
    int error = 0;
    *mall = (struct mall){.closed = quay_defer(self), .meetings = parameters[MEETINGS].value};
    for (uint64_t i = 0; i < parameters[CREATURES].value && !error; i++) {
        struct creature creature = {quay_self_port(self), i % 3, 0};
        quay_port port = bench_spawn(quay_self_runtime(self), live, sizeof creature, QUAY_SPREAD);
        error = quay_send(port, START, &creature, sizeof creature);
    }
    return error;
}

static int pair_up(struct mall *mall, struct partner comes)
{
    quay_port first = mall->waits.port;
    if (!mall->meetings) return quay_send(comes.port, CLOSED, NULL, 0);
    if (!first.id) {
        mall->waits = comes;
        return 0;
    }
    mall->waits.port = QUAY_NOBODY;
    mall->meetings--;
    return quay_send(first, PARTNER, &comes, sizeof comes);
}

static int run_mall(quay_self *self, void *state, const quay_message *message)
{
    struct mall *mall = state;
    if (message->tag == MEET) return pair_up(mall, (struct partner){message->from, *(const uint64_t *)message->data});
    if (message->tag == START) return open_mall(self, mall);
    mall->met += *(const uint64_t *)message->data;
    if (++mall->gone < parameters[CREATURES].value) return 0;
    return quay_settle(mall->closed, 0, &mall->met, sizeof mall->met);
}

static void run(quay_runtime *rt)
{
    uint64_t met;
    savina_call(bench_spawn(rt, run_mall, sizeof(struct mall), QUAY_ANYWHERE), START, NULL, 0, &met, sizeof met);
    bench_check(met == 2 * parameters[MEETINGS].value, "both who met counted every meeting");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"chameneos", parameters, .run = run});
}
