/* arrivals.h - taking what has come: by belts and lanes from other workers, by the ingress from threads outside.
 *
 * Each source gives QY_STEP_MESSAGES at most before the next is looked at, so none can hold up the others.
 *
 * Ownership: what is taken is the worker's. Read next: unload.h, receive.h. */
#ifndef QY_ARRIVALS_H
#define QY_ARRIVALS_H

#include "core/worker.h"

/* Receive some of what has come from everywhere; false when nothing has. */
bool qy_worker_take(qy_worker *worker);

/* Receive all that is on its way now, within QY_TAKE_ALL_ROUNDS. */
void qy_worker_take_all(qy_worker *worker);

/* Has anything come? */
bool qy_worker_has_arrivals(qy_worker *worker);

/* Before any worker is freed: give up the buffers of messages that nobody will take any more. */
void qy_worker_discard(qy_worker *worker);

#endif
