/* stream.c - producers send to one counter as fast as they can: one producer, or a hundred.
 *
 * A producer sends a burst, then itself a message to go on, so that its worker can do other things in between.
 * The counter checks that all arrive, and those of each producer in order. With two workers the counter lies on the
 * first, a single producer on the second, a hundred on both in turn.
 *
 * Read next: ask.c */
#include "bench.h"

#define BURST 32
#define PRODUCERS_MAX 100

enum { BEGIN = BENCH_ORDER, GO_ON, ITEM, END };

struct stream {
    quay_promise done;
    uint64_t count;             /* items of each producer */
    const quay_port *producers; /* read while the counter handles its order */
    uint32_t producer_count;
};

struct item {
    uint32_t producer, number;
};

/* ---- a producer ---- */

struct errand {
    quay_port counter;
    uint64_t count;
    uint32_t producer; /* which one this is */
};

struct producer {
    struct errand errand;
    uint64_t sent;
};

static int send_burst(struct producer *producer)
{
    uint64_t left = producer->errand.count - producer->sent;
    int error = 0;
    for (uint64_t i = 0; i < (left < BURST ? left : BURST) && !error; i++) {
        struct item item = {producer->errand.producer, (uint32_t)producer->sent};
        error = quay_send(producer->errand.counter, ITEM, &item, sizeof item);
        producer->sent++;
    }
    return error;
}

static int produce(quay_self *self, void *state, const quay_message *message)
{
    struct producer *producer = state;
    if (message->tag == BEGIN) producer->errand = *(const struct errand *)message->data;
    int error = send_burst(producer);
    if (error) return error;
    if (producer->sent < producer->errand.count) return quay_send(quay_self_port(self), GO_ON, NULL, 0);
    return quay_send(producer->errand.counter, END, NULL, 0);
}

/* ---- the counter ---- */

struct counter {
    struct stream stream;
    uint64_t seen;
    uint32_t ended;
    uint32_t next[PRODUCERS_MAX]; /* the number each producer's next item must have */
};

static int send_errands(quay_self *self, const struct stream *stream)
{
    struct errand errand = {.counter = quay_self_port(self), .count = stream->count};
    int error = 0;
    for (; errand.producer < stream->producer_count && !error; errand.producer++)
        error = quay_send(stream->producers[errand.producer], BEGIN, &errand, sizeof errand);
    return error;
}

static int count_end(struct counter *counter)
{
    const struct stream *stream = &counter->stream;
    if (++counter->ended < stream->producer_count) return 0;
    bool all = counter->seen == stream->count * stream->producer_count;
    return quay_settle(stream->done, all ? 0 : -EBADMSG, NULL, 0);
}

static int count_items(quay_self *self, void *state, const quay_message *message)
{
    struct counter *counter = state;
    if (message->tag == ITEM) {
        const struct item *item = message->data;
        counter->seen++;
        return item->number == counter->next[item->producer]++ ? 0 : -EBADMSG;
    }
    if (message->tag == END) return count_end(counter);
    counter->stream = *(const struct stream *)message->data;
    return send_errands(self, &counter->stream);
}

/* ---- the measure: millions of messages a second ---- */

static double run_stream(unsigned workers, uint32_t producers, uint64_t count)
{
    quay_port ports[PRODUCERS_MAX];
    if (bench_cores() < workers) return BENCH_ABSENT;
    quay_runtime *rt = bench_start(workers);
    quay_port counter = bench_spawn(rt, count_items, sizeof(struct counter), QUAY_SPREAD);
    for (uint32_t i = 0; i < producers; i++) ports[i] = bench_spawn(rt, produce, sizeof(struct producer), QUAY_SPREAD);
    struct stream stream = {.producers = ports, .producer_count = producers, .count = count / producers};
    int64_t took = bench_carry_out(rt, counter, &stream, sizeof stream, &stream.done);
    bench_stop(rt);
    return bench_millions(took, stream.count * producers);
}

static double stream_on_one(uint64_t count)
{
    return run_stream(1, 1, count);
}

static double stream_across(uint64_t count)
{
    return run_stream(2, 1, count);
}

static double fan_in_on_one(uint64_t count)
{
    return run_stream(1, PRODUCERS_MAX, count);
}

static double fan_in_on_two(uint64_t count)
{
    return run_stream(2, PRODUCERS_MAX, count);
}

const struct bench_measure bench_streams[] = {
    {.name = "stream to a counter, one worker", .unit = "M/s", .rate = true, .run = stream_on_one, .count = 10000000},
    {.name = "stream to a counter across",
     .unit = "M/s",
     .rate = true,
     .run = stream_across,
     .count = 10000000,
     .floor = "floor: stream of lines"},
    {.name = "100 producers to one, one worker", .unit = "M/s", .rate = true, .run = fan_in_on_one, .count = 10000000},
    {.name = "100 producers to one, two workers", .unit = "M/s", .rate = true, .run = fan_in_on_two, .count = 10000000},
    {.name = NULL},
};
