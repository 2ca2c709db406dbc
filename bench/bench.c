/* bench.c - the clock, the machine's cores, and runtimes that must start.
 *
 * Ownership: the list of cores is written once, by the first caller, before any other thread exists.
 * Read next: bench_kernel.c */
#define _GNU_SOURCE
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- time ---- */

int64_t bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

double bench_ns_each(int64_t ns, uint64_t count)
{
    return (double)ns / (double)count;
}

double bench_millions(int64_t ns, uint64_t count)
{
    return 1e3 / bench_ns_each(ns, count);
}

void bench_idle(int64_t ns)
{
    int64_t end = bench_now() + ns;
    while (bench_now() < end) continue;
}

/* ---- cores ---- */

static unsigned core_count;
static unsigned core_cpus[CPU_SETSIZE]; /* the first processor of each core */

/* The first hardware thread of the processor's core, as the kernel tells; itself if it does not. */
static unsigned first_sibling(unsigned cpu)
{
    char path[96];
    unsigned first = cpu;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);
    FILE *file = fopen(path, "r");
    if (!file) return cpu;
    if (fscanf(file, "%u", &first) != 1) first = cpu;
    fclose(file);
    return first;
}

static void find_cores(void)
{
    cpu_set_t allowed, seen;
    CPU_ZERO(&seen);
    bench_check(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "the system tells which processors are ours");
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        unsigned core = first_sibling(cpu);
        if (!CPU_ISSET(cpu, &allowed) || CPU_ISSET(core, &seen)) continue;
        CPU_SET(core, &seen);
        core_cpus[core_count++] = cpu;
    }
}

unsigned bench_cores(void)
{
    if (!core_count) find_cores();
    return core_count;
}

unsigned bench_cpu(unsigned core)
{
    bench_check(core < bench_cores(), "there is such a core");
    return core_cpus[core];
}

/* ---- threads ---- */

struct bound_thread {
    pthread_t thread;
    unsigned core;
    void (*body)(void *);
    void *argument;
};

static void *run_bound(void *argument)
{
    struct bound_thread *bound = argument;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(bench_cpu(bound->core), &one);
    bench_check(pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0, "a thread can be bound to a core");
    bound->body(bound->argument);
    return NULL;
}

static void start_bound(struct bound_thread *bound)
{
    bench_must(-pthread_create(&bound->thread, NULL, run_bound, bound), "pthread_create");
}

void bench_run_on(unsigned core, void (*body)(void *), void *argument)
{
    struct bound_thread bound = {.core = core, .body = body, .argument = argument};
    start_bound(&bound);
    pthread_join(bound.thread, NULL);
}

void bench_run_pair(void (*first)(void *), void (*second)(void *), void *argument)
{
    struct bound_thread other = {.core = 1, .body = second, .argument = argument};
    start_bound(&other);
    bench_run_on(0, first, argument);
    pthread_join(other.thread, NULL);
}

/* ---- runtimes ---- */

int bench_must(int result, const char *what)
{
    if (result >= 0) return result;
    fprintf(stderr, "%s: %s: %s\n", what, quay_strerror(result), quay_explain(result));
    exit(1);
}

void bench_check(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "not so: %s\n", what);
    exit(1);
}

quay_runtime *bench_start(unsigned workers)
{
    quay_runtime *rt;
    bench_must(quay_runtime_start(&rt, &(quay_runtime_options){.workers = workers}), "quay_runtime_start");
    bench_check(quay_runtime_workers(rt) == workers, "the runtime has the workers asked for");
    return rt;
}

void bench_stop(quay_runtime *rt)
{
    quay_stats stats;
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
    bench_must(quay_runtime_stats(rt, &stats), "quay_runtime_stats");
    bench_check(stats.sent == stats.handled + quay_dead_total(&stats) + stats.queued,
                "sent == handled + dead + queued");
    bench_check(stats.failed == 0 && quay_dead_total(&stats) == 0, "no message failed and none is a dead letter");
    bench_must(quay_runtime_stop(rt, QUAY_FOREVER), "quay_runtime_stop");
}

quay_port bench_spawn(quay_runtime *rt, quay_handler *handler, size_t state_size, quay_place place)
{
    quay_port port;
    bench_must(quay_spawn(rt, &port, handler, &(quay_port_options){.state_size = state_size, .place = place}),
               "quay_spawn");
    return port;
}

int64_t bench_carry_out(quay_runtime *rt, quay_port port, const void *order, size_t size, quay_promise *done)
{
    quay_future *future;
    bench_must(quay_promise_new(rt, done, &future), "quay_promise_new");
    int64_t start = bench_now();
    bench_must(quay_send(port, BENCH_ORDER, order, size), "quay_send");
    bench_must(quay_await(future, NULL, 0), "what was ordered");
    int64_t took = bench_now() - start;
    quay_drop(future);
    return took;
}
