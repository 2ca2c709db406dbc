/* streams.c - producers put into one bounded queue, a counter takes out and checks. Owns its threads.
 *
 * Read next: asks.c */
#include "team.h"

#include <stdlib.h>

#define ROOM 16384
#define PRODUCERS_MAX 100

struct producer {
    pthread_t thread;
    struct queue *queue;
    uint32_t number;
    uint64_t count;
};

struct counter {
    struct queue queue;
    uint64_t count;
    bool in_order;
};

static void *produce(void *argument)
{
    const struct producer *producer = argument;
    for (uint64_t i = 0; i < producer->count; i++)
        queue_put(producer->queue, (struct item){.number = producer->number, .value = i});
    return NULL;
}

static void *count_items(void *argument)
{
    struct counter *counter = argument;
    uint64_t next[PRODUCERS_MAX] = {0};
    counter->in_order = true;
    for (uint64_t i = 0; i < counter->count; i++) {
        struct item item = queue_take(&counter->queue);
        counter->in_order &= item.value == next[item.number]++;
    }
    return NULL;
}

/* Millions of items a second. */
static double run_stream(enum placing placing, uint32_t producers, uint64_t count)
{
    struct producer team[PRODUCERS_MAX];
    struct counter counter = {.count = count / producers * producers};
    if (!team_fits(placing)) return BENCH_ABSENT;
    queue_open(&counter.queue, ROOM, false);
    int64_t start = bench_now();
    pthread_t thread = team_start(placing, 0, count_items, &counter);
    for (uint32_t i = 0; i < producers; i++) {
        team[i] = (struct producer){.queue = &counter.queue, .number = i, .count = count / producers};
        team[i].thread = team_start(placing, i + 1, produce, &team[i]);
    }
    for (uint32_t i = 0; i < producers; i++) pthread_join(team[i].thread, NULL);
    pthread_join(thread, NULL);
    int64_t took = bench_now() - start;
    bench_check(counter.in_order, "the items of each producer arrive in order");
    queue_close(&counter.queue);
    return bench_millions(took, counter.count);
}

static double stream_on_one(uint64_t count)
{
    return run_stream(ON_ONE, 1, count);
}

static double stream_on_two(uint64_t count)
{
    return run_stream(ON_TWO, 1, count);
}

static double fan_in_on_one(uint64_t count)
{
    return run_stream(ON_ONE, PRODUCERS_MAX, count);
}

static double fan_in_on_two(uint64_t count)
{
    return run_stream(ON_TWO, PRODUCERS_MAX, count);
}

/* Savina's counting, of a million. */
static double counting_on_one(uint64_t count)
{
    return savina_ms(1e3 / stream_on_one(count), 1000000);
}

static double counting_on_two(uint64_t count)
{
    return savina_ms(1e3 / stream_on_two(count), 1000000);
}

const struct bench_measure peers_streams[] = {
    {.name = "stream/1", .unit = "M/s", .rate = true, .run = stream_on_one, .count = 10000000},
    {.name = "stream/2", .unit = "M/s", .rate = true, .run = stream_on_two, .count = 10000000},
    {.name = "fan-in/1", .unit = "M/s", .rate = true, .run = fan_in_on_one, .count = 2000000},
    {.name = "fan-in/2", .unit = "M/s", .rate = true, .run = fan_in_on_two, .count = 300000},
    {.name = "savina.counting/1", .unit = "ms", .run = counting_on_one, .count = 1000000},
    {.name = "savina.counting/2", .unit = "ms", .run = counting_on_two, .count = 1000000},
    {.name = NULL},
};
