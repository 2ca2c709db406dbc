/* bench.h - what the benchmarks share: a measure, the clock, the machine's cores, runtimes that must start.
 *
 * A measure is a name, a unit and a function that does the work once and returns the figure. The driver (bench/run)
 * runs each of them in a process of its own, in rounds with the peers between, so that when the machine gets slower it
 * does for all. A floor is a measure too: what the machine itself takes, without Quay.
 *
 * Owns nothing. Read next: program.c, floors.c, floors_alone.c, then the measures: ring.c stream.c ask.c await.c
 * spawn.c skynet.c memory.c. */
#ifndef BENCH_H
#define BENCH_H

#include <quay/quay.h>

#include <math.h>

#define BENCH_LINE 64              /* bytes of a cache line */
#define BENCH_ABSENT ((double)NAN) /* what run() returns when the machine has too few cores */

#ifdef __cplusplus
extern "C" {
#endif

struct bench_measure {
    const char *name;
    const char *unit;
    bool rate;      /* the figure is work per time, so more is better */
    uint64_t count; /* operations in one round; --quick does a tenth */
    double (*run)(uint64_t count);
    const char *floor;  /* the name of the measure to compare with, or NULL */
    double floors;      /* how many of it one operation needs; 0 is one */
    const char *absent; /* why this cannot be measured (run is NULL then); for peers */
};

/* Each ends with an entry without a name. */
extern const struct bench_measure bench_floors[], bench_floors_alone[], bench_rings[], bench_streams[], bench_asks[],
    bench_awaits[], bench_spawns[], bench_skynets[], bench_memories[];

/* The main function of a program of measures: lists them, or runs one (program.c says how). The last of groups is NULL.
 * Returns the exit status. */
int bench_main(const struct bench_measure *const groups[], int argc, char **argv);

/* Monotonic nanoseconds. */
int64_t bench_now(void);

/* The figure of `count` operations that took `ns`: nanoseconds each, or millions a second. */
double bench_ns_each(int64_t ns, uint64_t count);
double bench_millions(int64_t ns, uint64_t count);

/* Do nothing for so long, without sleeping: whoever waits for us falls asleep. */
void bench_idle(int64_t ns);

/* How many cores this process may use (hardware threads of one core count once). */
unsigned bench_cores(void);

/* The processor to bind a thread to that shall run on the core-th of them. */
unsigned bench_cpu(unsigned core);

/* Run body(argument) on a thread of its own, bound to the core-th of them. Returns when it has returned. */
void bench_run_on(unsigned core, void (*body)(void *), void *argument);

/* Run two bodies at the same time, the first on core 0, the second on core 1. */
void bench_run_pair(void (*first)(void *), void (*second)(void *), void *argument);

/* End the program with a sentence if result is negative; else return it. */
int bench_must(int result, const char *what);

/* End the program with a sentence if a benchmark did not do what it is measured by. */
void bench_check(bool good, const char *what);

/* A runtime with so many pinned workers, and its end. The books must balance. */
quay_runtime *bench_start(unsigned workers);
void bench_stop(quay_runtime *rt);

/* Spawn with state_size and place. */
quay_port bench_spawn(quay_runtime *rt, quay_handler *handler, size_t state_size, quay_place place);

#define BENCH_ORDER 0 /* the tag of an order */

/* Send a port an order, in which *done becomes the promise that is settled when the work is done; wait for that.
 * Returns the nanoseconds it took. */
int64_t bench_carry_out(quay_runtime *rt, quay_port port, const void *order, size_t size, quay_promise *done);

#ifdef __cplusplus
}
#endif
#endif
