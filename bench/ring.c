/* ring.c - a token goes round a ring of ports. A ring of two is ping-pong.
 *
 * One message is under way at any time, so a hop is all of send, dispatch and handler with nothing to share it with.
 * With two workers the ports lie on them in turn, so each hop crosses; or the runtime chooses where they lie.
 *
 * Read next: stream.c */
#include "bench.h"

#define PORTS_MAX 100

enum { TOKEN = BENCH_ORDER, LINK };

struct token {
    uint64_t hops; /* left to go */
    quay_promise done;
};

struct node {
    quay_port next;
};

static int pass_token(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct node *node = state;
    if (message->tag == LINK) {
        node->next = *(const quay_port *)message->data;
        return 0;
    }
    const struct token *token = message->data;
    if (token->hops == 0) return quay_settle(token->done, 0, NULL, 0);
    struct token onward = {token->hops - 1, token->done};
    return quay_send(node->next, TOKEN, &onward, sizeof onward);
}

/* Spawn the ring and return one of its ports. */
static quay_port spawn_ring(quay_runtime *rt, unsigned ports, quay_place place)
{
    quay_port nodes[PORTS_MAX];
    for (unsigned i = 0; i < ports; i++) nodes[i] = bench_spawn(rt, pass_token, sizeof(struct node), place);
    for (unsigned i = 0; i < ports; i++)
        bench_must(quay_send(nodes[i], LINK, &nodes[(i + 1) % ports], sizeof(quay_port)), "quay_send");
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
    return nodes[0];
}

/* Nanoseconds a hop. */
static double run_ring(unsigned workers, unsigned ports, quay_place place, uint64_t hops)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    quay_runtime *rt = bench_start(workers);
    quay_port first = spawn_ring(rt, ports, place);
    struct token token = {.hops = hops};
    int64_t took = bench_carry_out(rt, first, &token, sizeof token, &token.done);
    bench_stop(rt);
    return bench_ns_each(took, hops);
}

static double ring_on_one(uint64_t hops)
{
    return run_ring(1, 100, QUAY_SPREAD, hops);
}

static double ring_across(uint64_t hops)
{
    return run_ring(2, 100, QUAY_SPREAD, hops);
}

static double ring_anywhere(uint64_t hops)
{
    return run_ring(2, 100, QUAY_ANYWHERE, hops);
}

static double ping_pong_on_one(uint64_t round_trips)
{
    return 2 * run_ring(1, 2, QUAY_SPREAD, 2 * round_trips);
}

static double ping_pong_across(uint64_t round_trips)
{
    return 2 * run_ring(2, 2, QUAY_SPREAD, 2 * round_trips);
}

static double ping_pong_anywhere(uint64_t round_trips)
{
    return 2 * run_ring(2, 2, QUAY_ANYWHERE, 2 * round_trips);
}

const struct bench_measure bench_rings[] = {
    {.name = "ring of 100, one worker",
     .unit = "ns/hop",
     .run = ring_on_one,
     .count = 20000000,
     .floor = "floor: queue + call"},
    {.name = "ring of 100, every hop crosses",
     .unit = "ns/hop",
     .run = ring_across,
     .count = 1000000,
     .floor = "floor: round trip, two lines",
     .floors = 0.5},
    {.name = "ring of 100, two workers, unplaced", .unit = "ns/hop", .run = ring_anywhere, .count = 2000000},
    {.name = "ping-pong, one worker",
     .unit = "ns/trip",
     .run = ping_pong_on_one,
     .count = 10000000,
     .floor = "floor: queue + call",
     .floors = 2},
    {.name = "ping-pong across",
     .unit = "ns/trip",
     .run = ping_pong_across,
     .count = 500000,
     .floor = "floor: round trip, two lines"},
    {.name = "ping-pong, two workers, unplaced", .unit = "ns/trip", .run = ping_pong_anywhere, .count = 1000000},
    {.name = NULL},
};
