/* rerun.h - a seed that is run twice: does what is sent say the same again?
 *
 * The hash of a trace has no contents, as those differ rightly from process to process: ids go on counting, addresses
 * are anywhere. What a message carried in the first run is compared with what it carries in the second all the same,
 * but for words that are ids of this simulation or addresses of this process: so the time of a real clock shows before
 * anything depends on it. What differs first is kept in words.
 *
 * Ownership: a rerun is the search's; the simulation points to it for the time of a run. Read next: rerun.c. */
#ifndef QY_RERUN_H
#define QY_RERUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/trace.h"

#define QY_RERUN_BYTES 256

typedef struct qy_rerun {
    uint64_t *of; /* a number for each message handled in the first run; grows */
    uint64_t count;
    uint64_t room;
    uint64_t at; /* messages handled in the second run so far */
    bool second;
    bool full;                  /* there was no memory: what came after is not compared */
    char first[QY_RERUN_BYTES]; /* what differed first; empty: nothing did */
} qy_rerun;

struct qy_simulation;

/* A message is about to be handled, in either run. */
void qy_rerun_note(const struct qy_simulation *sim, qy_rerun *rerun, const qy_event *event, const void *data);

void qy_rerun_free(qy_rerun *rerun);

#endif
