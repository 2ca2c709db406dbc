/* rings.c - a token goes round a ring of threads. A ring of two is ping-pong. Owns its threads.
 *
 * Read next: streams.c */
#include "team.h"

#include <stdlib.h>

struct node {
    struct member member;
    struct queue *next, *done;
};

static void *pass_token(void *argument)
{
    struct node *node = argument;
    for (;;) {
        struct item token = queue_take(&node->member.in);
        if (token.tag == TEAM_STOP) return NULL;
        struct queue *to = token.value ? node->next : node->done;
        queue_put(to, (struct item){.value = token.value - 1});
    }
}

/* Nanoseconds a hop. */
static double run_ring(enum placing placing, unsigned size, uint64_t hops)
{
    struct queue done;
    if (!team_fits(placing)) return BENCH_ABSENT;
    struct node *nodes = PEERS_MEMORY(size, struct node);
    queue_open(&done, 1, false);
    for (unsigned i = 0; i < size; i++) {
        nodes[i].next = &nodes[(i + 1) % size].member.in;
        nodes[i].done = &done;
        team_add(&nodes[i].member, placing, i, pass_token);
    }
    int64_t start = bench_now();
    queue_put(&nodes[0].member.in, (struct item){.value = hops});
    queue_take(&done);
    double figure = bench_ns_each(bench_now() - start, hops);
    for (unsigned i = 0; i < size; i++) team_stop(&nodes[i].member);
    queue_close(&done);
    free(nodes);
    return figure;
}

static double ring_on_one(uint64_t hops)
{
    return run_ring(ON_ONE, 100, hops);
}

static double ring_on_two(uint64_t hops)
{
    return run_ring(ON_TWO, 100, hops);
}

static double ring_placed(uint64_t hops)
{
    return run_ring(IN_TURN, 100, hops);
}

static double ping_pong_on_one(uint64_t trips)
{
    return 2 * run_ring(ON_ONE, 2, 2 * trips);
}

static double ping_pong_on_two(uint64_t trips)
{
    return 2 * run_ring(ON_TWO, 2, 2 * trips);
}

static double ping_pong_placed(uint64_t trips)
{
    return 2 * run_ring(IN_TURN, 2, 2 * trips);
}

/* Savina's, of 40,000 pings and of 100,000 hops. */
static double savina_ping_pong_on_one(uint64_t trips)
{
    return savina_ms(ping_pong_on_one(trips), 40000);
}

static double savina_ping_pong_on_two(uint64_t trips)
{
    return savina_ms(ping_pong_on_two(trips), 40000);
}

static double savina_ring_on_one(uint64_t hops)
{
    return savina_ms(ring_on_one(hops), 100000);
}

static double savina_ring_on_two(uint64_t hops)
{
    return savina_ms(ring_on_two(hops), 100000);
}

const struct bench_measure peers_rings[] = {
    {.name = "ring/1", .unit = "ns/hop", .run = ring_on_one, .count = 500000},
    {.name = "ring/2", .unit = "ns/hop", .run = ring_on_two, .count = 200000},
    {.name = "ring/placed", .unit = "ns/hop", .run = ring_placed, .count = 20000},
    {.name = "ping-pong/1", .unit = "ns/trip", .run = ping_pong_on_one, .count = 200000},
    {.name = "ping-pong/2", .unit = "ns/trip", .run = ping_pong_on_two, .count = 100000},
    {.name = "ping-pong/placed", .unit = "ns/trip", .run = ping_pong_placed, .count = 10000},
    {.name = "savina.pingpong/1", .unit = "ms", .run = savina_ping_pong_on_one, .count = 40000},
    {.name = "savina.pingpong/2", .unit = "ms", .run = savina_ping_pong_on_two, .count = 40000},
    {.name = "savina.threadring/1", .unit = "ms", .run = savina_ring_on_one, .count = 100000},
    {.name = "savina.threadring/2", .unit = "ms", .run = savina_ring_on_two, .count = 100000},
    {.name = NULL},
};
