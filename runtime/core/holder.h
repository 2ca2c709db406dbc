/* holder.h - who holds an ask that was passed on by quay_forward.
 *
 * A future knows a port as its callee: there go cancels, and the probes that look for rings (ring.h). An ask that is
 * forwarded travels as a FORWARD. The worker it arrives at tells the future that it has: by a HOLDER to the worker of
 * the port that asked, or, if a thread did, by a store.
 *
 * Invariants
 *   K1  what a future is told has happened: the ask is in the holder's mailbox, or was there (or is put there by who
 *       tells, before it receives anything else). So what goes to the callee never arrives before the ask;
 *   K2  the last holder counts. Each time an ask is forwarded it gets a stamp later than the one before (Lamport 1978:
 *       who forwards it has seen that), and a port's future goes by the latest. HOLDERs of earlier asks have other ids;
 *       the stamps they left in the future's block are earlier than any to come, as this worker has seen them. The
 *       holders of a thread's ask store one after the other, as each stores before its handler can pass the ask on;
 *   K3  a cancel gets to the holder. Where it came before its future knew the holder, the block remembers that it did,
 *       also when it is another ask's by then, and who tells it of the holder has the cancel follow;
 *   K4  a FORWARD is accepted only if its future was told, or is known not to be there. Without memory for the HOLDER the
 *       ask is refused: it fails with -ENOMEM, which wants none (unhandled.h).
 * A cancel is a hint: it is lost when there is no memory for its message, and in K3 when the block has had another ask
 * cancelled meanwhile. The answer then comes to a future that is settled.
 *
 * Ownership: a HOLDER is a value; `callee` and `cancelled` of a port's future are its worker's; of a thread's the one is
 * written by the worker at which the ask arrives and the other by who cancels, both by ck_pr_.
 * Read next: ring.h. */
#ifndef QY_HOLDER_H
#define QY_HOLDER_H

#include "core/worker.h"

/* This ask, which was forwarded, has arrived at its port, of this worker. 0; -ECANCELED it is not wanted any more;
 * -ENOMEM the future was not told. */
int qy_holder_tell(qy_worker *worker, qy_message *ask);

/* A HOLDER has arrived. */
void qy_holder_receive(qy_worker *worker, qy_message *message);

#endif
