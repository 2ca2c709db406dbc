/* counting.c - Savina 2, counting actor: a producer sends increments to a counter as fast as it can.
 *
 * Measures a stream in one direction. The producer is one handler call that waits when it is two windows ahead
 * (savina.h), so memory stays small. Checked: the counter counted all, and the payloads add up.
 *
 * Read next: fjcreate.c */
#include "savina.h"

enum { INCREMENTS };

static struct savina_parameter parameters[] = {[INCREMENTS] = {"increments", 1000000, 2000}, {.name = NULL}};

enum { INCREMENT, RETRIEVE };

struct tally {
    uint64_t count, sum;
};

static int count(quay_self *self, void *state, const quay_message *message)
{
    struct tally *tally = state;
    if (message->tag == INCREMENT) {
        tally->count++;
        tally->sum += *(const uint64_t *)message->data;
        return 0;
    }
    if (savina_take_mark(self, message)) return 0;
    return quay_reply(self, tally, sizeof *tally);
}

static int produce(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    struct savina_flow flow = {.to = *(const quay_port *)message->data};
    int error = 0;
    for (uint64_t i = 0; i < parameters[INCREMENTS].value && !error; i++)
        error = savina_flow_send(&flow, INCREMENT, &i, sizeof i);
    if (!error) error = savina_flow_end(&flow);
    return error ? error : quay_forward(self, flow.to); /* RETRIEVE, which the counter answers with its tally */
}

static void run(quay_runtime *rt)
{
    struct tally tally;
    uint64_t n = parameters[INCREMENTS].value;
    quay_port counter = bench_spawn(rt, count, sizeof(struct tally), QUAY_SPREAD);
    quay_port producer = bench_spawn(rt, produce, 0, QUAY_SPREAD);
    savina_call(producer, RETRIEVE, &counter, sizeof counter, &tally, sizeof tally);
    bench_check(tally.count == n && tally.sum == n * (n - 1) / 2, "every increment was counted");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"counting", parameters, .run = run});
}
