/* trapezoid.c - Savina 21, trapezoidal approximation: an integral in so many pieces, shared out to workers.
 *
 * Measures a plain fork and join of even shares of work. Checked: against the same shares computed one after the other,
 * to the last bit, since the shares are added in their order.
 *
 * Read next: precisepi.c */
#include "savina.h"

enum { PIECES, PORTS };

static struct savina_parameter parameters[] = {
    [PIECES] = {"pieces", 10000000, 10000},
    [PORTS] = {"ports", 100, 0},
    {.name = NULL},
};

enum { START };

static const double left = 1, right = 5;

static double f(double x)
{
    double a = sin(x * x * x - 1);
    return a / (x + 1) * sqrt(1 + exp(sqrt(2 * x)));
}

/* The area of a port's share. */
static double area_of(uint64_t share)
{
    uint64_t pieces = parameters[PIECES].value / parameters[PORTS].value;
    double range = (right - left) / (double)parameters[PORTS].value, width = range / (double)pieces;
    double from = left + range * (double)share, area = 0;
    for (uint64_t i = 0; i < pieces; i++) {
        double x = from + (double)i * width;
        area += 0.5 * (f(x) + f(x + width)) * width;
    }
    return area;
}

static int compute(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    double area = area_of(*(const uint64_t *)message->data);
    return quay_reply(self, &area, sizeof area);
}

/* ---- the round ---- */

static double area;

static void run(quay_runtime *rt)
{
    uint64_t ports = parameters[PORTS].value;
    quay_future **asked = savina_allocate(ports, sizeof *asked);
    for (uint64_t i = 0; i < ports; i++)
        asked[i] = quay_ask(bench_spawn(rt, compute, 0, QUAY_SPREAD), START, &i, sizeof i, QUAY_FOREVER);
    area = 0;
    for (uint64_t i = 0; i < ports; i++) {
        double share;
        bench_must(quay_await(asked[i], &share, sizeof share), "quay_await");
        quay_drop(asked[i]);
        area += share;
    }
    free(asked);
}

static void verify(void)
{
    double expected = 0;
    for (uint64_t i = 0; i < parameters[PORTS].value; i++) expected += area_of(i);
    bench_check(area == expected, "the area is right");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"trapezoid", parameters, .run = run, .verify = verify});
}
