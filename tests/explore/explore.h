/* explore.h - the runtime's own lock-free code, run one thread at a time in an order drawn from a seed.
 *
 * The sources of the runtime are compiled with thread sanitizer's instrumentation, but linked with the functions of
 * this folder in place of its library. So every access to memory comes by here:
 *
 *     atomic.c    each ck_pr_ operation is a step: before it any other thread may go on
 *     memory.c    plain accesses are no steps, but one to memory that was freed is found
 *     buffer.c    stores stay in their thread's store buffer for a while, as on x86
 *     schedule.c  threads are stacks; a strategy of runtime/sim says which goes on
 *     os.c        the runtime's os.h: parking, clock, threads, memory, on top of these
 *
 * A schedule is one run of a scenario under one seed. From the seed follow the strategy, its parameters, whether there
 * are store buffers, how often a park returns for nothing, and every choice. Whatever is wrong ends the process with
 * the sentence, the seed and the command that replays it (run.c).
 *
 * Ownership: everything is process-wide, and as new at the start of each schedule. Read next: schedule.c. */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/memory.h"

/* ---- scenarios ---- */

typedef struct explore_scenario {
    const char *name;
    unsigned steps;      /* about how many a schedule takes: PCT spreads its changes over so many */
    void (*start)(void); /* makes the first threads */
    void (*check)(void); /* after the last thread has ended; may be NULL */
} explore_scenario;

extern const explore_scenario *const explore_scenarios[]; /* NULL ends it */

/* A thread more; from a scenario's start, or from another thread. By its number it can be waited for. */
unsigned explore_thread(const char *name, void (*body)(void *argument), void *argument);
void explore_join(unsigned number);

/* A number below bound, from the seed. Not a step. */
unsigned explore_random(unsigned bound);

/* The schedule's memory; NULL never. What is released is never used again in the schedule, and nothing may be left. */
void *explore_new(size_t size);
void explore_delete(void *memory, size_t size);
extern const qy_memory explore_memory;

/* Something is wrong: says so, and ends the process. */
void explore_fail(const char *format, ...) QY_NORETURN QY_PRINTF(1, 2);

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define EXPLORE_CHECK(x) (QY_LIKELY(x) ? (void)0 : explore_fail("%s:%d: %s", __FILE__, __LINE__, #x))

#endif
