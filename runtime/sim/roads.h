/* roads.h - do messages that go from one worker to another, or come from outside, arrive in the order they were sent?
 *
 * What is put on a belt or pushed onto a lane is numbered, in the mark of its meta word; when it is handled, the number
 * must be above all that the same port sent to the same port before. A message to the sender's own worker goes straight
 * into the mailbox and needs no number. How pushes are seen is said in simulation.h.
 *
 * Ownership: the numbers are the simulation's. Read next: roads.c. */
#ifndef QY_ROADS_H
#define QY_ROADS_H

#include "base/numbers.h"
#include "core/worker.h"

typedef struct qy_roads {
    uint64_t pushed;    /* so many messages */
    qy_numbers handled; /* by sender and receiver: the last number */
    qy_numbers seen;    /* by belt, which its ends' homes name: the position up to which it was looked at */
} qy_roads;

struct qy_simulation;

void qy_roads_init(qy_roads *roads);
void qy_roads_free(qy_roads *roads);

/* A runtime is about to run: its belts are empty. */
void qy_roads_begin(struct qy_simulation *sim, const quay_runtime *rt);

/* Every worker says that it is asleep, so that pushes are seen, and its batches are as long as the settings say. */
void qy_roads_arm(const struct qy_simulation *sim, qy_worker *worker);

/* os->wake was called for a word: if it is a worker's, see what was pushed. True if it is. */
bool qy_roads_woken(struct qy_simulation *sim, uint32_t *word);

/* A worker is about to handle a message to the port of this number. */
void qy_roads_take(struct qy_simulation *sim, const qy_message *message, uint32_t to);

#endif
