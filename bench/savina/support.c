/* support.c - what the Savina programs have in common besides: asking, spawning, random numbers, flow control.
 *
 * Ownership: a flow is its sender's; the initial state of a port is its own, once init has run.
 * Read next: pingpong.c */
#include "savina.h"

/* ---- asking and spawning ---- */

void savina_call(quay_port to, uint32_t tag, const void *in, size_t in_size, void *out, size_t out_size)
{
    int size = bench_must(quay_call(to, tag, in, in_size, out, out_size, QUAY_FOREVER), "quay_call");
    bench_check((size_t)size == out_size, "an answer has the size that was expected");
}

void savina_call_all(const quay_port *ports, size_t n, uint32_t tag, const void *orders, size_t order_size)
{
    quay_future **asked = savina_allocate(n, sizeof *asked);
    for (size_t i = 0; i < n; i++)
        asked[i] = quay_ask(ports[i], tag, (const char *)orders + i * order_size, order_size, QUAY_FOREVER);
    for (size_t i = 0; i < n; i++) {
        bench_must(quay_await(asked[i], NULL, 0), "quay_await");
        quay_drop(asked[i]);
    }
    free(asked);
}

struct initial {
    size_t size;
    char state[];
};

static int copy_initial(quay_self *self, void *state, void *arg)
{
    (void)self;
    struct initial *initial = arg;
    memcpy(state, initial->state, initial->size);
    free(initial);
    return 0;
}

quay_port savina_spawn(quay_runtime *rt, quay_handler *handler, quay_place place, const void *state, size_t size,
                       quay_fini *fini)
{
    quay_port port;
    struct initial *initial = savina_allocate(1, sizeof *initial + size);
    initial->size = size;
    memcpy(initial->state, state, size);
    quay_port_options options = {
        .place = place, .state_size = size, .init = copy_initial, .arg = initial, .fini = fini};
    bench_must(quay_spawn(rt, &port, handler, &options), "quay_spawn");
    return port;
}

void *savina_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    bench_check(memory, "there is memory");
    return memory;
}

/* ---- random numbers ---- */

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t savina_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The upper half, so that there is no division; bounds are small, and the bias with them. */
uint64_t savina_below(uint64_t *seed, uint64_t bound)
{
    return ((savina_random(seed) >> 32) * bound) >> 32;
}

double savina_unit(uint64_t *seed)
{
    return (double)(savina_random(seed) >> 11) * 0x1p-53;
}

void savina_work(uint64_t steps)
{
    uint64_t seed = steps, sum = 0;
    while (steps-- > 0) sum += savina_random(&seed);
    volatile uint64_t sink = sum;
    (void)sink;
}

/* ---- flow ---- */

static int await_mark(quay_future *mark)
{
    int error = mark ? quay_await(mark, NULL, 0) : 0;
    quay_drop(mark);
    return error;
}

int savina_flow_send(struct savina_flow *flow, uint32_t tag, const void *data, size_t size)
{
    int error = quay_send(flow->to, tag, data, size);
    if (error || ++flow->sent % SAVINA_WINDOW) return error;
    quay_future *before = flow->mark;
    flow->mark = quay_ask(flow->to, SAVINA_MARK, NULL, 0, QUAY_FOREVER);
    return await_mark(before);
}

int savina_flow_end(struct savina_flow *flow)
{
    quay_future *mark = flow->mark;
    flow->mark = NULL;
    return await_mark(mark);
}
