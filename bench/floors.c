/* floors.c - what the machine itself takes to bring something from core to core, without Quay.
 *
 * Plain C11 atomics, no actors. Each floor is the least that a design like Quay's must pay, so the distance between
 * a figure and its floor is what is left to win.
 *
 * Read next: floors_alone.c */
#define _GNU_SOURCE
#include "bench.h"

#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- two cores bounce cache lines ---- */

struct bounce {
    alignas(BENCH_LINE) atomic_uint_fast64_t there; /* written by the first thread; with one line by both */
    alignas(BENCH_LINE) atomic_uint_fast64_t back;  /* written by the second */
    alignas(BENCH_LINE) uint64_t count;
    double figure;
};

static void wait_for(atomic_uint_fast64_t *word, uint64_t value)
{
    while (atomic_load_explicit(word, memory_order_acquire) != value) continue;
}

static void one_line_first(void *argument)
{
    struct bounce *bounce = argument;
    int64_t start = bench_now();
    for (uint64_t i = 1; i <= bounce->count; i++) {
        atomic_store_explicit(&bounce->there, 2 * i - 1, memory_order_release);
        wait_for(&bounce->there, 2 * i);
    }
    bounce->figure = bench_ns_each(bench_now() - start, bounce->count);
}

static void one_line_second(void *argument)
{
    struct bounce *bounce = argument;
    for (uint64_t i = 1; i <= bounce->count; i++) {
        wait_for(&bounce->there, 2 * i - 1);
        atomic_store_explicit(&bounce->there, 2 * i, memory_order_release);
    }
}

static void two_lines_first(void *argument)
{
    struct bounce *bounce = argument;
    int64_t start = bench_now();
    for (uint64_t i = 1; i <= bounce->count; i++) {
        atomic_store_explicit(&bounce->there, i, memory_order_release);
        wait_for(&bounce->back, i);
    }
    bounce->figure = bench_ns_each(bench_now() - start, bounce->count);
}

static void two_lines_second(void *argument)
{
    struct bounce *bounce = argument;
    for (uint64_t i = 1; i <= bounce->count; i++) {
        wait_for(&bounce->there, i);
        atomic_store_explicit(&bounce->back, i, memory_order_release);
    }
}

static double bounce_lines(uint64_t count, void (*first)(void *), void (*second)(void *))
{
    struct bounce bounce = {.count = count};
    if (bench_cores() < 2) return BENCH_ABSENT;
    bench_run_pair(first, second, &bounce);
    return bounce.figure;
}

static double one_line(uint64_t count)
{
    return bounce_lines(count, one_line_first, one_line_second);
}

static double two_lines(uint64_t count)
{
    return bounce_lines(count, two_lines_first, two_lines_second);
}

/* ---- two sleeping threads wake each other ---- */

struct alarm {
    atomic_uint there, back;
    uint64_t count;
    double figure;
};

static void futex_wake(atomic_uint *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void futex_wait_for(atomic_uint *word, unsigned value)
{
    unsigned seen;
    while ((seen = atomic_load(word)) != value) syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

/* The other is left alone before each round until it sleeps; only the time from wake to wake counts. */
static void alarm_first(void *argument)
{
    struct alarm *alarm = argument;
    int64_t total = 0;
    for (unsigned i = 1; i <= alarm->count; i++) {
        bench_idle(QUAY_US(100));
        int64_t start = bench_now();
        atomic_store(&alarm->there, i);
        futex_wake(&alarm->there);
        futex_wait_for(&alarm->back, i);
        total += bench_now() - start;
    }
    alarm->figure = bench_ns_each(total, alarm->count);
}

static void alarm_second(void *argument)
{
    struct alarm *alarm = argument;
    for (unsigned i = 1; i <= alarm->count; i++) {
        futex_wait_for(&alarm->there, i);
        atomic_store(&alarm->back, i);
        futex_wake(&alarm->back);
    }
}

static double two_wakes(uint64_t count)
{
    struct alarm alarm = {.count = count};
    if (bench_cores() < 2) return BENCH_ABSENT;
    bench_run_pair(alarm_first, alarm_second, &alarm);
    return alarm.figure / 1e3;
}

/* ---- a stream of cache lines from core to core ---- */

#define RING_LINES 1024u

struct line {
    alignas(BENCH_LINE) uint64_t words[BENCH_LINE / sizeof(uint64_t)];
};

struct line_ring {
    alignas(BENCH_LINE) atomic_uint_fast64_t written; /* by the producer */
    alignas(BENCH_LINE) atomic_uint_fast64_t taken;   /* by the consumer */
    alignas(BENCH_LINE) uint64_t count;
    double figure;
    struct line lines[RING_LINES];
};

static void produce_lines(void *argument)
{
    struct line_ring *ring = argument;
    uint64_t taken = 0;
    for (uint64_t i = 0; i < ring->count; i++) {
        while (i - taken == RING_LINES) taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
        ring->lines[i % RING_LINES].words[0] = i;
        atomic_store_explicit(&ring->written, i + 1, memory_order_release);
    }
}

static void consume_lines(void *argument)
{
    struct line_ring *ring = argument;
    uint64_t written = 0;
    bool in_order = true;
    int64_t start = bench_now();
    for (uint64_t i = 0; i < ring->count; i++) {
        while (i == written) written = atomic_load_explicit(&ring->written, memory_order_acquire);
        in_order &= ring->lines[i % RING_LINES].words[0] == i;
        atomic_store_explicit(&ring->taken, i + 1, memory_order_release);
    }
    ring->figure = bench_millions(bench_now() - start, ring->count);
    bench_check(in_order, "the lines arrive in order");
}

static double stream_lines(uint64_t count)
{
    static struct line_ring ring;
    if (bench_cores() < 2) return BENCH_ABSENT;
    memset(&ring, 0, sizeof ring);
    ring.count = count;
    bench_run_pair(produce_lines, consume_lines, &ring);
    return ring.figure;
}

const struct bench_measure bench_floors[] = {
    {.name = "floor: round trip, one line", .unit = "ns", .run = one_line, .count = 1000000},
    {.name = "floor: round trip, two lines", .unit = "ns", .run = two_lines, .count = 1000000},
    {.name = "floor: stream of lines", .unit = "M/s", .rate = true, .run = stream_lines, .count = 20000000},
    {.name = "floor: two futex wakes", .unit = "us", .run = two_wakes, .count = 2000},
    {.name = NULL},
};
