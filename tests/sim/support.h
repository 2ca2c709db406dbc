/* support.h - simulated runtimes for tests of the simulator's inside, and deaths that are looked at.
 *
 * Ownership: nothing outlives a call but the runtime, which is the test's. Read next: any test. */
#ifndef SIM_SUPPORT_H
#define SIM_SUPPORT_H

#include "../suite.h"
#include "sim/simulation.h"

/* A runtime under a seed, with faults. */
quay_runtime *simulate(uint64_t seed, unsigned workers, unsigned faults);
void stop(quay_runtime *rt);

/* The settings that draw nothing but the strategy: every chance is never, a batch is one message. */
void be_plain(void);

/* A port on a worker, with `state` pointing to what the test shares with it: a handler reads it by SHARED. */
quay_port spawn_at(quay_runtime *rt, quay_handler *handler, unsigned worker, const char *name, void *shared);
#define SHARED(state, type) (*(type **)(state))

/* Handlers: keep the duty to answer, its promise in what is shared, if anything is; call the port that is shared. */
quay_handler keep_duty, wait_for;

/* A simulation without a runtime, for agents; one that says the letter it is given three times, and what was said. */
qy_simulation *begin(uint64_t seed);
void say_three_times(void *letter);
extern char order[256];
extern unsigned said;

/* The process that calls it ends by abort(), having said what contains `text`. Its runtimes are to be its own, so the
 * caller must have started none. */
void assert_dies_saying(void (*body)(void), const char *text);

/* The same by a fault; a sanitizer may end the process in its own way. */
void assert_crashes_saying(void (*body)(void), const char *text);

/* Log lines are kept here: an option for a runtime. */
typedef struct kept_log {
    char text[16384];
    unsigned lines;
} kept_log;

quay_log keep_log;

#endif
