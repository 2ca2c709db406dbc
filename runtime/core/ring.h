/* ring.h - finding rings of ports that wait for each other: edge chasing (Chandy, Misra, Haas 1983).
 *
 * A waits for B when A is suspended for an ask that B has, in its mailbox or in its suspended handler. Only waits that
 * nothing but the answer can end count: all of their futures, and no deadline, neither of the wait nor of the ask.
 * When such a wait has lasted a tick of QY_RING_TICK, a probe goes along each of its asks; a port that has the ask
 * and waits likewise sends it on along its own asks. A probe that comes back to its still unbroken wait has found a
 * ring, and ends that wait with -EDEADLK.
 *
 * Of all waits of a ring only the latest finds it: waits carry stamps (Lamport 1978), and a probe stops at a later one.
 * Asks and probes carry the stamps from worker to worker: so a port that a probe found awake has, should it close the
 * ring afterwards, a later stamp than that probe's, and its own probe will pass where that one began. As nobody in a
 * ring runs while a probe is on its way round it, a ring that is found is one.
 *
 * A handler that passes an ask on may close a ring, too, without a wait that is new. So when a future learns who has
 * its ask now (holder.h) the wait, as far as it is for that ask, gets a new stamp and is looked at again. What is said
 * above holds then: a probe that went along that ask before came by this worker before, and so has the earlier stamp;
 * and as what a future learns has happened, no probe comes to a port before the ask that it follows.
 *
 * A ring costs nothing until it has lasted a tick; there is no tick while no wait is new.
 * Ownership: a probe is a message and carries all it knows. Read next: ring.c. */
#ifndef QY_RING_H
#define QY_RING_H

#include "core/suspend.h"

#define QY_RING_TICK QUAY_MS(10)
#define QY_RING_LONGEST 100000 /* hops of a probe: two that chase each other round a ring they are not of must end */

/* Is the ask the port's to answer, by this handler call or a later one? */
bool qy_ring_holds(const quay_self *self, uint64_t ask);

/* 0 or -ENOMEM. */
int qy_ring_init(qy_worker *worker);

/* A suspension begins: give it its stamp, have the tick running. */
void qy_ring_expect(qy_worker *worker, qy_suspension *s);

/* An ask it waits for is another port's now. */
void qy_ring_look_again(qy_worker *worker, qy_suspension *s);

/* A probe has arrived: it is dealt with, and freed. */
void qy_ring_receive(qy_worker *worker, qy_message *message);

#endif
