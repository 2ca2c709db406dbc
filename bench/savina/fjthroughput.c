/* fjthroughput.c - Savina 4, fork-join (throughput): one port sends messages to many, in turn.
 *
 * Measures dispatch among ports that all have something to do; each message is a small computation. The sender has a
 * flow (savina.h) to each. Checked: every port did its share, with the right result.
 *
 * Read next: threadring.c */
#include "savina.h"

#include <math.h>

enum { MESSAGES, PORTS };

static struct savina_parameter parameters[] = {
    [MESSAGES] = {"messages", 10000, 300},
    [PORTS] = {"ports", 60, 10},
    {.name = NULL},
};

enum { START, WORK, TOTAL };

static double compute(double angle)
{
    double sine = sin(angle);
    return sine * sine;
}

/* ---- the receivers ---- */

static int work(quay_self *self, void *state, const quay_message *message)
{
    double *total = state;
    if (message->tag == WORK) {
        *total += compute(*(const double *)message->data);
        return 0;
    }
    if (savina_take_mark(self, message)) return 0;
    return quay_reply(self, total, sizeof *total);
}

/* ---- the sender ---- */

static int throw(quay_self * self, void *state, const quay_message *message)
{
    struct savina_flow *flows = state;
    double angle = 37.2;
    int error = 0;
    for (uint64_t p = 0; p < parameters[PORTS].value; p++)
        flows[p].to = bench_spawn(quay_self_runtime(self), work, sizeof(double), QUAY_SPREAD);
    for (uint64_t i = 0; i < parameters[MESSAGES].value; i++) {
        for (uint64_t p = 0; p < parameters[PORTS].value && !error; p++)
            error = savina_flow_send(&flows[p], WORK, &angle, sizeof angle);
    }
    for (uint64_t p = 0; p < parameters[PORTS].value && !error; p++) error = savina_flow_end(&flows[p]);
    for (uint64_t p = 0; p < parameters[PORTS].value && !error; p++) {
        double total, expected = 0;
        savina_call(flows[p].to, TOTAL, NULL, 0, &total, sizeof total);
        for (uint64_t i = 0; i < parameters[MESSAGES].value; i++) expected += compute(angle);
        if (total != expected) error = -EBADMSG;
    }
    return error ? error : quay_reply(self, NULL, 0);
}

static void run(quay_runtime *rt)
{
    size_t size = parameters[PORTS].value * sizeof(struct savina_flow);
    savina_call(bench_spawn(rt, throw, size, QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"fjthroughput", parameters, .run = run});
}
