/* room.h - senders who wait for a place in a bounded mailbox.
 *
 * A sender asks for a place as it would ask for an answer: with a future and a message, of kind ROOM, to the port. The
 * home grants places in the order they were asked for: it takes one on the sender's behalf and settles the future.
 * So waits for room have deadlines, end with their port, and are found in rings (ring.h), as waits for answers are.
 *
 * Invariants
 *   R1  while somebody waits at a gate, `wanted` is set in its cell, and no place is free: one that a message leaves
 *       goes to who has waited longest, before others can see it; who gives one back from elsewhere orders the home
 *       to look (QY_ORDER_ROOM);
 *   R2  a place that was granted is used or given back, once: by the sender, or by the worker that finds it has ceased
 *       to wait.
 * Ownership: a request is its gate's until it is granted or forgotten. Read next: suspend.h, ring.h. */
#ifndef QY_ROOM_H
#define QY_ROOM_H

#include "core/worker.h"

/* ---- the sender ---- */

/* Wait for a place. 0: the caller has one; or -ETIMEDOUT, -EPIPE, -EAGAIN nobody here can wait, and what qy_suspend
 * says. In a handler its own deadline counts as well. */
int qy_room_await(uint64_t to, quay_time until);

/* Give back a place, from anywhere. */
void qy_room_return(uint64_t to);

/* A GRANT has arrived. */
void qy_room_receive_grant(qy_worker *worker, qy_message *message);

/* ---- the home ---- */

/* A ROOM has arrived. */
void qy_room_receive(qy_worker *worker, qy_message *message);

/* A message with a place has left the mailbox. */
void qy_gate_leave(qy_worker *worker, qy_port *port);

/* Somebody gave places back. */
void qy_room_look_all(qy_worker *worker);

/* Is that ask a request that waits here? */
bool qy_room_holds(const qy_port *port, uint64_t ask);

/* That request is not wanted any more. */
void qy_room_forget(qy_worker *worker, qy_port *port, uint64_t ask);

/* The port ends: nobody gets in, who waits is told. */
void qy_room_close(qy_worker *worker, qy_port *port);

#endif
