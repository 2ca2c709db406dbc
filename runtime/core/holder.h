/* holder.h - who holds an ask that was passed on by quay_forward.
 *
 * A future knows a port as its callee: there go cancels, and the probes that look for rings (ring.h). An ask that is
 * forwarded travels as a FORWARD. The worker it arrives at tells the future: by a HOLDER to the port's worker whose
 * future it is, or, if it is a thread's, by a store.
 *
 * Invariants
 *   K1  what a future is told has happened: the ask is in the holder's mailbox, or was there. So what goes to the callee
 *       never arrives before the ask;
 *   K2  the last holder counts. Each time an ask is forwarded it gets a stamp later than the one before (Lamport 1978:
 *       who forwards it has seen that), and a port's future goes by the latest. HOLDERs of earlier asks have other ids;
 *       the stamps they left in the future's block are earlier than any to come, as this worker has seen them. The
 *       holders of a thread's ask store one after the other, as each stores before its handler can pass the ask on;
 *   K3  a cancel gets to the holder. Where it came before its future knew the holder, the block remembers that it did,
 *       also when it is another ask's by then, and who tells it of the holder is the cause that a cancel follows.
 * They are hints: lost when there is no memory for the message, and K3 when the block has had another ask cancelled.
 * Both are then as if the ask had not been forwarded any more: the answer finds its way in any case.
 *
 * Ownership: holders are values; a future's fields are its worker's, or its holder's and the arriving worker's by ck_pr_.
 * Read next: ring.h. */
#ifndef QY_HOLDER_H
#define QY_HOLDER_H

#include "core/worker.h"

/* What a HOLDER says: that port has the ask, and when it was sent there. */
typedef struct qy_holder {
    uint64_t port;
    uint64_t stamp;
} qy_holder;

/* The ask has arrived at that port of this worker. */
void qy_holder_tell(qy_worker *worker, uint64_t ask, const qy_holder *holder);

/* A HOLDER has arrived. */
void qy_holder_receive(qy_worker *worker, qy_message *message);

#endif
