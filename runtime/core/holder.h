/* holder.h - who holds an ask that was passed on by quay_forward.
 *
 * A future knows a port as its callee: there go cancels, and the probes that look for rings (ring.h). An ask that is
 * forwarded travels as a FORWARD. The worker it arrives at tells the future that it has: by a HOLDER to the worker of
 * the port that asked, or, if a thread did, by a store.
 *
 * Invariants
 *   K1  what a future is told has happened: the ask is in the holder's mailbox, or was; or is about to be, or to be
 *       refused there, before its worker receives anything else. So what goes to the callee never arrives before the
 *       ask;
 *   K2  the last holder counts. An ask gets a stamp each time it is sent, later than the one before (Lamport 1978: who
 *       forwards it has seen that), and a port's future goes by the latest. A HOLDER of another ask has another id; the
 *       stamp it left in the future's block is earlier than any to come, as the worker has seen it. The holders of a
 *       thread's ask store one after the other: each does before its handler can pass the ask on;
 *   K3  a cancel gets to the holder. Where it came before the future knew of that, the block remembers it, also when it
 *       is another ask's by then, and the cancel follows;
 *   K4  a FORWARD is accepted only if its future was told, or is known not to be there. Without memory for the HOLDER
 *       it is refused: the ask fails with -ENOMEM, which wants none (unhandled.h).
 * A cancel is a hint: it is lost when there is no memory for its message, and in K3 when the block has had another ask
 * cancelled meanwhile. The answer then comes to a future that is settled.
 *
 * Ownership: a HOLDER is a value; `callee` and `cancelled` of a port's future are its worker's; of a thread's the one
 * is written by the worker at which the ask arrives and the other by who cancels, both by ck_pr_.
 * Read next: ring.h. */
#ifndef QY_HOLDER_H
#define QY_HOLDER_H

#include "core/worker.h"

/* A FORWARD has arrived: tell the future, and receive it as what it is. */
void qy_holder_receive_forward(qy_worker *worker, qy_message *ask);

/* This ask has arrived at its port, of this worker. 0; -ECANCELED it is not wanted any more; -ENOMEM the future was not
 * told. */
int qy_holder_tell(qy_worker *worker, qy_message *ask);

/* A HOLDER has arrived. */
void qy_holder_receive(qy_worker *worker, qy_message *message);

#endif
