/* schedule.h - threads as stacks, one of which runs; what the rest of this folder knows of them.
 *
 * Read next: buffer.h. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "explore.h"

#define EXPLORE_THREADS 16

/* What a step is about; part of the trace. */
typedef enum explore_step {
    EXPLORE_LOAD,
    EXPLORE_STORE,
    EXPLORE_CHANGE, /* read-modify-write */
    EXPLORE_FENCE,
    EXPLORE_STALL,
    EXPLORE_PARK,
    EXPLORE_WAKE,
    EXPLORE_START
} explore_step;

/* The number of the running thread, or EXPLORE_NOBODY outside of a schedule. */
#define EXPLORE_NOBODY EXPLORE_THREADS
extern unsigned explore_current;

/* The running thread is about to do something: others may go on before it does. `at` is for the trace only, and so is
 * where the code that does it lies. */
void explore_point(explore_step step, const void *at);
extern const void *explore_caller;
#define EXPLORE_CALLED() (explore_caller = __builtin_return_address(0))

/* Memory has changed: who stalls may look again. */
void explore_changed(void);

/* The store buffer of a thread has become empty, or is not any more. */
void explore_buffering(unsigned who, bool pending);

/* The running thread only spins: it goes on when memory has changed, or nobody else can. */
void explore_stall(void);

int explore_park(uint32_t *word, uint32_t expect, int64_t deadline);
void explore_wake(uint32_t *word, int count);
int64_t explore_now(void);

/* Have hook(argument) called by the running thread when it ends. */
void explore_at_exit(void (*hook)(void *), void *argument);

/* Before the first schedule, and before anything of the runtime was called. */
void explore_begin(void);

/* One schedule, from start to check; returns the hash of its trace. With `trace`, a line a step. */
typedef struct explore_result {
    uint64_t hash;
    uint64_t steps;
} explore_result;

explore_result explore_schedule(const explore_scenario *scenario, uint64_t seed, bool trace);

/* For reports: how the seed's options read, and who runs. */
void explore_describe(char *text, size_t size);

#endif
