/* stream.c - a producer sends to a counter as fast as it can.
 *
 * The producer sends a burst, then itself a message to go on, so that its worker can do other things in between.
 * The counter checks that all arrive and in order.
 *
 * Read next: ask.c */
#include "bench.h"

#define BURST 32

enum { BEGIN = BENCH_ORDER, GO_ON, ITEM, END };

struct stream {
    quay_port counter;
    quay_promise done;
    uint64_t count;
};

/* ---- the counter ---- */

struct counter {
    uint64_t seen;
};

static int count_items(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct counter *counter = state;
    if (message->tag == ITEM) {
        bool in_order = *(const uint64_t *)message->data == counter->seen++;
        return in_order ? 0 : -EBADMSG;
    }
    const struct stream *stream = message->data;
    return quay_settle(stream->done, counter->seen == stream->count ? 0 : -EBADMSG, NULL, 0);
}

/* ---- the producer ---- */

struct producer {
    struct stream stream;
    uint64_t sent;
};

static int send_burst(struct producer *producer)
{
    uint64_t left = producer->stream.count - producer->sent;
    int error = 0;
    for (uint64_t i = 0; i < (left < BURST ? left : BURST) && !error; i++) {
        error = quay_send(producer->stream.counter, ITEM, &producer->sent, sizeof producer->sent);
        producer->sent++;
    }
    return error;
}

static int produce(quay_self *self, void *state, const quay_message *message)
{
    struct producer *producer = state;
    if (message->tag == BEGIN) producer->stream = *(const struct stream *)message->data;
    int error = send_burst(producer);
    if (error) return error;
    if (producer->sent < producer->stream.count) return quay_send(quay_self_port(self), GO_ON, NULL, 0);
    return quay_send(producer->stream.counter, END, &producer->stream, sizeof producer->stream);
}

/* ---- the measure: millions of messages a second ---- */

static double run_stream(unsigned workers, uint64_t count)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    quay_runtime *rt = bench_start(workers);
    quay_port counter = bench_spawn(rt, count_items, sizeof(struct counter), QUAY_SPREAD);
    quay_port producer = bench_spawn(rt, produce, sizeof(struct producer), QUAY_SPREAD);
    struct stream stream = {.counter = counter, .count = count};
    int64_t took = bench_carry_out(rt, producer, &stream, sizeof stream, &stream.done);
    bench_stop(rt);
    return bench_millions(took, count);
}

static double stream_on_one(uint64_t count)
{
    return run_stream(1, count);
}

static double stream_across(uint64_t count)
{
    return run_stream(2, count);
}

const struct bench_measure bench_streams[] = {
    {.name = "stream to a counter, one worker", .unit = "M/s", .rate = true, .run = stream_on_one, .count = 20000000},
    {.name = "stream to a counter across",
     .unit = "M/s",
     .rate = true,
     .run = stream_across,
     .count = 10000000,
     .floor = "floor: stream of lines"},
    {.name = NULL},
};
