/* floors_alone.c - what one core takes for what the runtime is made of, without Quay: a call through a pointer, a
 * queue, memory.
 *
 * Owns nothing. Read next: ring.c */
#include "bench.h"

#include <ck_fifo.h>
#include <stdalign.h>
#include <stdlib.h>

/* ---- a call through a pointer ---- */

static uint64_t add_one(uint64_t value)
{
    return value + 1;
}

static double indirect_call(uint64_t count)
{
    uint64_t (*volatile callee)(uint64_t) = add_one;
    uint64_t value = 0;
    int64_t start = bench_now();
    for (uint64_t i = 0; i < count; i++) value = callee(value);
    double figure = bench_ns_each(bench_now() - start, count);
    bench_check(value == count, "every call was made");
    return figure;
}

/* ---- ConcurrencyKit's queue ---- */

#define ENTRIES 64u

/* What is taken out is the queue's stub until the next one is; by the time an entry is used again it is long free. */
static double enqueue_and_dequeue(uint64_t count)
{
    static ck_fifo_spsc_entry_t entries[ENTRIES];
    ck_fifo_spsc_entry_t stub;
    ck_fifo_spsc_t queue;
    uint64_t sum = 0;
    ck_fifo_spsc_init(&queue, &stub);
    int64_t start = bench_now();
    for (uint64_t i = 0; i < count; i++) {
        void *value = NULL;
        ck_fifo_spsc_enqueue(&queue, &entries[i % ENTRIES], (void *)(uintptr_t)i);
        if (ck_fifo_spsc_dequeue(&queue, &value)) sum += (uint64_t)(uintptr_t)value + 1;
    }
    double figure = bench_ns_each(bench_now() - start, count);
    bench_check(sum == count * (count + 1) / 2, "every entry came out");
    return figure;
}

/* ---- a queue of cache lines, and a call for each ---- */

#define QUEUE_LINES 1024u

struct line {
    alignas(BENCH_LINE) uint64_t words[BENCH_LINE / sizeof(uint64_t)];
};

struct queue {
    uint64_t head, tail, handled;
    struct line lines[QUEUE_LINES];
};

typedef void queue_handler(struct queue *queue, const struct line *line);

static void pass_on(struct queue *queue, const struct line *line)
{
    struct line *onward = &queue->lines[queue->tail++ % QUEUE_LINES];
    onward->words[0] = line->words[0] + 1;
    onward->words[1] = line->words[1];
    queue->handled++;
}

static double queue_and_call(uint64_t count)
{
    static struct queue queue;
    queue_handler *volatile handler = pass_on;
    queue.tail = 1;
    int64_t start = bench_now();
    for (uint64_t i = 0; i < count; i++) handler(&queue, &queue.lines[queue.head++ % QUEUE_LINES]);
    double figure = bench_ns_each(bench_now() - start, count);
    bench_check(queue.handled == count, "every line was passed on");
    return figure;
}

/* ---- memory for a port and a message, and back ---- */

static double allocate_and_free(uint64_t count)
{
    int64_t start = bench_now();
    for (uint64_t i = 0; i < count; i++) {
        void *volatile port = calloc(1, 2 * BENCH_LINE);
        void *volatile message = malloc(BENCH_LINE);
        bench_check(port && message, "there is memory");
        free(message);
        free(port);
    }
    return bench_millions(bench_now() - start, count);
}

const struct bench_measure bench_floors_alone[] = {
    {.name = "floor: indirect call", .unit = "ns", .run = indirect_call, .count = 50000000},
    {.name = "floor: ck_fifo_spsc, in and out", .unit = "ns", .run = enqueue_and_dequeue, .count = 50000000},
    {.name = "floor: queue + call", .unit = "ns", .run = queue_and_call, .count = 50000000},
    {.name = "floor: calloc, malloc, 2 free", .unit = "M/s", .rate = true, .run = allocate_and_free, .count = 5000000},
    {.name = NULL},
};
