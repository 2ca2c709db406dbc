/* spawn.c - the whole life of a port: spawned, messaged once, ended.
 *
 * A parent on each worker spawns children in bursts, each on its own worker, and sends each one message, on which it
 * ends.
 *
 * Read next: memory.c */
#include "bench.h"

#define BURST 64

struct parent {
    uint64_t left; /* children to spawn */
};

static int live_once(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    quay_exit(self, 0);
    return 0;
}

static int spawn_child(quay_self *self)
{
    quay_port child;
    quay_port_options options = {.state_size = sizeof(uint64_t), .place = quay_near(quay_self_port(self))};
    int error = quay_spawn(quay_self_runtime(self), &child, live_once, &options);
    return error ? error : quay_send(child, 0, NULL, 0);
}

/* The first message says how many children; those the parent sends itself have no payload. */
static int bear_children(quay_self *self, void *state, const quay_message *message)
{
    struct parent *parent = state;
    const uint64_t *count = QUAY_PAYLOAD(message, uint64_t);
    int error = 0;
    if (count) parent->left = *count;
    for (int i = 0; i < BURST && parent->left > 0 && !error; i++, parent->left--) error = spawn_child(self);
    if (error || parent->left == 0) return error;
    return quay_send(quay_self_port(self), 0, NULL, 0);
}

/* Millions of lives a second. */
static double run_spawn(unsigned workers, uint64_t count)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    quay_runtime *rt = bench_start(workers);
    quay_port parents[2];
    quay_stats stats;
    uint64_t share = count / workers;
    for (unsigned i = 0; i < workers; i++)
        parents[i] = bench_spawn(rt, bear_children, sizeof(struct parent), QUAY_SPREAD);
    int64_t start = bench_now();
    for (unsigned i = 0; i < workers; i++) bench_must(quay_send(parents[i], 0, &share, sizeof share), "quay_send");
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
    double figure = bench_millions(bench_now() - start, share * workers);
    bench_must(quay_runtime_stats(rt, &stats), "quay_runtime_stats");
    bench_check(stats.spawned == share * workers + workers && stats.alive == workers, "every child lived and died");
    bench_stop(rt);
    return figure;
}

static double spawn_on_one(uint64_t count)
{
    return run_spawn(1, count);
}

static double spawn_on_two(uint64_t count)
{
    return run_spawn(2, count);
}

const struct bench_measure bench_spawns[] = {
    {.name = "spawn + message + die, one worker",
     .unit = "M/s",
     .rate = true,
     .run = spawn_on_one,
     .count = 5000000,
     .floor = "floor: calloc, malloc, 2 free"},
    {.name = "spawn + message + die, two workers",
     .unit = "M/s",
     .rate = true,
     .run = spawn_on_two,
     .count = 10000000,
     .floor = "floor: calloc, malloc, 2 free",
     .floors = 0.5},
    {.name = NULL},
};
