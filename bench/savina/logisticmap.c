/* logisticmap.c - Savina 14, logistic map: series whose next term is computed by another port.
 *
 * Measures await: the handler of each NEXT asks the computer of its rate for the term and waits for it. The master
 * sends every series so many NEXT through flows (savina.h), and then asks for the last terms. Checked: against the same
 * series, computed here.
 *
 * Read next: banking.c */
#include "savina.h"

enum { SERIES, TERMS };

static struct savina_parameter parameters[] = {
    [SERIES] = {"series", 10, 3},
    [TERMS] = {"terms", 25000, 600},
    {.name = NULL},
};

enum { START, NEXT, COMPUTE, TERM };

static const double start_rate = 3.46, increment = 0.0025;

struct request {
    double term, rate;
};

static double next_term(double term, double rate)
{
    return rate * term * (1 - term);
}

static int compute(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const struct request *request = message->data;
    double term = next_term(request->term, request->rate);
    return quay_reply(self, &term, sizeof term);
}

/* ---- a series ---- */

struct series {
    quay_port computer;
    struct request now;
};

static int advance(quay_self *self, void *state, const quay_message *message)
{
    struct series *series = state;
    double *term = &series->now.term;
    if (message->tag == START) *series = *(const struct series *)message->data;
    else if (message->tag == NEXT)
        savina_call(series->computer, COMPUTE, &series->now, sizeof series->now, term, sizeof *term);
    else if (!savina_take_mark(self, message)) return quay_reply(self, term, sizeof *term);
    return 0;
}

/* ---- the master ---- */

static int start_series(quay_self *self, struct savina_flow *flow, uint64_t i)
{
    struct series series = {
        .computer = bench_spawn(quay_self_runtime(self), compute, 0, QUAY_SPREAD),
        .now = {.term = (double)i * increment, .rate = start_rate + (double)i * increment},
    };
    /* They talk to each other only. */
    flow->to = bench_spawn(quay_self_runtime(self), advance, sizeof series, quay_near(series.computer));
    return quay_send(flow->to, START, &series, sizeof series);
}

static int master(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    struct savina_flow *flows = state;
    double sum = 0, last;
    int error = 0;
    for (uint64_t i = 0; i < parameters[SERIES].value && !error; i++) error = start_series(self, &flows[i], i);
    for (uint64_t k = 0; k < parameters[TERMS].value; k++) {
        for (uint64_t i = 0; i < parameters[SERIES].value && !error; i++)
            error = savina_flow_send(&flows[i], NEXT, NULL, 0);
    }
    for (uint64_t i = 0; i < parameters[SERIES].value && !error; i++) {
        savina_call(flows[i].to, TERM, NULL, 0, &last, sizeof last);
        error = savina_flow_end(&flows[i]);
        sum += last;
    }
    return error ? error : quay_reply(self, &sum, sizeof sum);
}

static double sum;

static void run(quay_runtime *rt)
{
    size_t size = parameters[SERIES].value * sizeof(struct savina_flow);
    savina_call(bench_spawn(rt, master, size, QUAY_ANYWHERE), START, NULL, 0, &sum, sizeof sum);
}

static void verify(void)
{
    double expected = 0;
    for (uint64_t i = 0; i < parameters[SERIES].value; i++) {
        double term = (double)i * increment, rate = start_rate + (double)i * increment;
        for (uint64_t k = 0; k < parameters[TERMS].value; k++) term = next_term(term, rate);
        expected += term;
    }
    bench_check(sum == expected, "the last terms are right");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"logisticmap", parameters, .run = run, .verify = verify});
}
