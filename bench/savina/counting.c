/* counting.c - Savina 2, counting actor: a producer sends increments to a counter as fast as it can.
 *
 * Measures a stream in one direction. The producer sends a burst, then itself a message to go on; so when it is far
 * ahead of the counter the runtime can have it stand by, and memory stays small. Checked: the counter counted all, and
 * the payloads add up.
 *
 * Read next: fjcreate.c */
#include "savina.h"

enum { INCREMENTS };

static struct savina_parameter parameters[] = {[INCREMENTS] = {"increments", 1000000, 2000}, {.name = NULL}};

enum { BEGIN, GO_ON, INCREMENT, RETRIEVE };

#define BURST 32

struct tally {
    uint64_t count, sum;
};

struct counter {
    struct tally tally;
    quay_promise wanted;
};

/* BEGIN comes from the main thread, RETRIEVE from the producer, behind the last increment. */
static int count(quay_self *self, void *state, const quay_message *message)
{
    struct counter *counter = state;
    if (message->tag == INCREMENT) {
        counter->tally.count++;
        counter->tally.sum += *(const uint64_t *)message->data;
        return 0;
    }
    if (message->tag == RETRIEVE) return quay_settle(counter->wanted, 0, &counter->tally, sizeof counter->tally);
    counter->wanted = quay_defer(self);
    return quay_send(*(const quay_port *)message->data, BEGIN, NULL, 0);
}

struct producer {
    quay_port counter;
    uint64_t sent;
};

static int produce(quay_self *self, void *state, const quay_message *message)
{
    struct producer *producer = state;
    uint64_t all = parameters[INCREMENTS].value;
    int error = 0;
    if (message->tag == BEGIN) producer->counter = message->from;
    for (unsigned i = 0; i < BURST && producer->sent < all && !error; i++) {
        error = quay_send(producer->counter, INCREMENT, &producer->sent, sizeof producer->sent);
        producer->sent++;
    }
    if (error) return error;
    if (producer->sent < all) return quay_send(quay_self_port(self), GO_ON, NULL, 0);
    return quay_send(producer->counter, RETRIEVE, NULL, 0);
}

static void run(quay_runtime *rt)
{
    struct tally tally;
    uint64_t n = parameters[INCREMENTS].value;
    quay_port counter = bench_spawn(rt, count, sizeof(struct counter), QUAY_SPREAD);
    quay_port producer = bench_spawn(rt, produce, sizeof(struct producer), QUAY_SPREAD);
    savina_call(counter, BEGIN, &producer, sizeof producer, &tally, sizeof tally);
    bench_check(tally.count == n && tally.sum == n * (n - 1) / 2, "every increment was counted");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"counting", parameters, .run = run});
}
