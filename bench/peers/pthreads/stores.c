/* stores.c - Savina's dictionary, bounded buffer and fork-join (throughput): threads that work from queues. Owns its
 * threads.
 *
 * Read next: bench_pthreads.c */
#include "team.h"

#include <math.h>
#include <stdlib.h>

static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* ---- dictionary: one thread has the map, the others ask it; a tenth of what they ask is to write ---- */

#define CLIENTS 20
#define WRITES 10 /* percent */
#define KEYS (INT32_MAX / 4096)
#define SAVINA_ASKS 10000

enum { READ, WRITE };

struct dictionary {
    struct member member;
    uint64_t *values; /* the keys are dense, so an array is the best of maps */
};

struct client {
    struct member member;
    struct queue *dictionary;
    uint64_t asks, seed;
    bool good;
};

static void *serve(void *argument)
{
    struct dictionary *dictionary = argument;
    for (;;) {
        struct item item = queue_take(&dictionary->member.in);
        if (item.tag == TEAM_STOP) return NULL;
        if (item.tag == WRITE) dictionary->values[item.number] = item.value;
        item.value = dictionary->values[item.number];
        queue_put(item.from, item);
    }
}

/* What is written under a key follows from the key, so a read finds that or the key itself. */
static void *use(void *argument)
{
    struct client *client = argument;
    client->good = true;
    for (uint64_t i = 0; i < client->asks; i++) {
        uint32_t tag = draw(&client->seed) % 100 < WRITES ? WRITE : READ;
        uint32_t key = (uint32_t)(draw(&client->seed) % KEYS);
        queue_put(client->dictionary, (struct item){tag, key, ~(uint64_t)key, &client->member.in});
        uint64_t value = queue_take(&client->member.in).value;
        client->good &= value == ~(uint64_t)key || (tag == READ && value == key);
    }
    return NULL;
}

static double run_dictionary(enum placing placing, uint64_t asks)
{
    struct client clients[CLIENTS];
    struct dictionary dictionary = {.values = PEERS_MEMORY(KEYS, uint64_t)};
    if (!team_fits(placing)) return BENCH_ABSENT;
    for (uint64_t key = 0; key < KEYS; key++) dictionary.values[key] = key;
    int64_t start = bench_now();
    team_add(&dictionary.member, placing, 0, serve);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.dictionary = &dictionary.member.in, .asks = asks, .seed = i};
        team_add(&clients[i].member, placing, i + 1, use);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        team_join(&clients[i].member);
        bench_check(clients[i].good, "every answer is right");
    }
    int64_t took = bench_now() - start;
    team_stop(&dictionary.member);
    free(dictionary.values);
    return savina_ms(bench_ns_each(took, asks), SAVINA_ASKS);
}

static double dictionary_on_one(uint64_t asks)
{
    return run_dictionary(ON_ONE, asks);
}

static double dictionary_on_two(uint64_t asks)
{
    return run_dictionary(ON_TWO, asks);
}

/* ---- bounded buffer: a queue with room for 50, 40 threads put, 40 take ---- */

#define SIDES 40
#define BUFFER 50
#define SAVINA_ITEMS 1000
#define WORK 2500 /* steps for each item, on either side */

struct worker {
    pthread_t thread;
    struct queue *buffer;
    uint64_t items, sum;
};

static void work(uint64_t steps)
{
    uint64_t seed = steps;
    double sum = 0;
    while (steps-- > 0) sum += log((double)draw(&seed) * 0x1p-31 + 0.01);
    volatile double sink = sum;
    (void)sink;
}

static void *produce(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 1; i <= worker->items; i++) {
        work(WORK);
        queue_put(worker->buffer, (struct item){.value = i});
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < worker->items; i++) {
        worker->sum += queue_take(worker->buffer).value;
        work(WORK);
    }
    return NULL;
}

static double run_buffer(enum placing placing, uint64_t items)
{
    struct queue buffer;
    struct worker workers[2 * SIDES];
    uint64_t sum = 0;
    if (!team_fits(placing)) return BENCH_ABSENT;
    queue_open(&buffer, BUFFER, false);
    int64_t start = bench_now();
    for (unsigned i = 0; i < 2 * SIDES; i++) {
        workers[i] = (struct worker){.buffer = &buffer, .items = items};
        workers[i].thread = team_start(placing, i, i % 2 ? consume : produce, &workers[i]);
    }
    for (unsigned i = 0; i < 2 * SIDES; i++) {
        pthread_join(workers[i].thread, NULL);
        sum += workers[i].sum;
    }
    int64_t took = bench_now() - start;
    queue_close(&buffer);
    bench_check(sum == SIDES * items * (items + 1) / 2, "every item was taken");
    return savina_ms(bench_ns_each(took, items), SAVINA_ITEMS);
}

static double buffer_on_one(uint64_t items)
{
    return run_buffer(ON_ONE, items);
}

static double buffer_on_two(uint64_t items)
{
    return run_buffer(ON_TWO, items);
}

/* ---- fork-join (throughput): one thread feeds 60 ---- */

#define FED 60
#define SAVINA_MEALS 10000

struct eater {
    struct member member;
    uint64_t eaten;
    double total;
};

static void *eat(void *argument)
{
    struct eater *eater = argument;
    for (;;) {
        struct item item = queue_take(&eater->member.in);
        if (item.tag == TEAM_STOP) return NULL;
        volatile double angle = 37.2;
        eater->total += sin(angle) * sin(angle);
        eater->eaten++;
    }
}

static double run_feeding(enum placing placing, uint64_t meals)
{
    static struct eater eaters[FED];
    if (!team_fits(placing)) return BENCH_ABSENT;
    int64_t start = bench_now();
    for (unsigned i = 0; i < FED; i++) team_add(&eaters[i].member, placing, i, eat);
    for (uint64_t m = 0; m < meals; m++) {
        for (unsigned i = 0; i < FED; i++) queue_put(&eaters[i].member.in, (struct item){.value = m});
    }
    for (unsigned i = 0; i < FED; i++) {
        team_stop(&eaters[i].member);
        bench_check(eaters[i].eaten == meals, "everything was eaten");
    }
    return savina_ms(bench_ns_each(bench_now() - start, meals), SAVINA_MEALS);
}

static double feeding_on_one(uint64_t meals)
{
    return run_feeding(ON_ONE, meals);
}

static double feeding_on_two(uint64_t meals)
{
    return run_feeding(ON_TWO, meals);
}

const struct bench_measure peers_stores[] = {
    {.name = "savina.dictionary/1", .unit = "ms", .run = dictionary_on_one, .count = 10000},
    {.name = "savina.dictionary/2", .unit = "ms", .run = dictionary_on_two, .count = 5000},
    {.name = "savina.buffer/1", .unit = "ms", .run = buffer_on_one, .count = 1000},
    {.name = "savina.buffer/2", .unit = "ms", .run = buffer_on_two, .count = 1000},
    {.name = "savina.fjthroughput/1", .unit = "ms", .run = feeding_on_one, .count = 10000},
    {.name = "savina.fjthroughput/2", .unit = "ms", .run = feeding_on_two, .count = 10000},
    {.name = NULL},
};
