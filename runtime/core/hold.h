/* hold.h - backpressure: who sends faster than others handle stands by a moment.
 *
 * A mailbox has no bound unless it is given one, and a lane has none at all. Were that all, ports that send without
 * cease would fill the memory with messages that nobody has had time to look at, and push out of the cache what others
 * need. So a port is *held* that goes on sending to
 *
 *     a port of its worker with more than QY_AHEAD messages waiting     until that has half as many
 *     another worker with more than a sixteenth of that on the lane     until that has taken all there is
 *
 * Its turn ends when its handler returns, and the next comes when the wait is over. Nothing is refused, no send waits,
 * and a handler may send as much as it likes. Who answers is not held for that: else one who asks, and does not look at
 * the answers, would hold up all others who ask.
 *
 * Invariants
 *   H1  a port that is held is ready (port.h A2), on the chain of a destination (its own worker or another) instead of
 *       the ready queue: it waits for its turn, gets its messages, and ends when it is let go if it is killed;
 *   H2  a destination with ports that are held is on its worker's holding chain; the worker does not sleep meanwhile,
 *       and looks after them in each step;
 *   H3  nobody is held for longer than QY_HOLD_TIME, so nobody waits for ever for who waits for him. Another worker may
 *       be in a handler that takes long: who was held in vain is not held again for it until it has taken something,
 *       so it costs the others one such wait;
 *   H4  a port that has as many waiting itself is not held: it would put those off who feed it;
 *   H5  nobody is held for a port that is held for another of its worker: two that send to each other, or all of a row,
 *       would stand by, and nobody catch up. So the port that others are held for has turns.
 * Taking what arrives is no port's doing, so two workers that hold ports for each other both go on taking.
 * Ownership: chains are the worker's. Read next: dispatch.h. */
#ifndef QY_HOLD_H
#define QY_HOLD_H

#include "core/worker.h"

#define QY_AHEAD 2048
#define QY_HOLD_TIME QUAY_MS(1)

/* A batch goes onto the lane to another worker: count what is there. */
void qy_hold_count(qy_worker *worker, uint32_t destination);

/* The running port sends by the lane: if the worker is far ahead it is marked, and its turn ends with this handler. */
void qy_hold_mark(qy_worker *worker, uint32_t destination);

/* Takes the mark away, if there is one. The destination + 1, or 0. */
uint32_t qy_hold_unmark(qy_port *port);

/* A port that was marked has ended its turn, and lives. It is marked until it is let go. */
void qy_hold_port(qy_worker *worker, qy_port *port, uint32_t destination);

/* Those whose wait is over are ready again. */
void qy_hold_release(qy_worker *worker);

#endif
