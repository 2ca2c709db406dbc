/* thread_future.h - a future that threads outside the runtime hold: settled by any thread, awaited by any.
 *
 * Where they lie, and the word of each (generation, references, flags) that all agree by, is in thread_slots.h.
 *
 * Invariants (model: tests/model/thread_future.pml)
 *   R1  the result is written by the one thread whose compare-and-swap set CLAIMED, and read by who has seen DONE;
 *   R2  the holder has one reference, and so has each thread that waits or settles, taken in the same
 *       compare-and-swap that compared the generation; at 0 the slot is freed, under the next generation;
 *   R3  who sets DONE and sees WAITING, EVENT, or the receiver of quay_then, must wake, raise, or send; who sets EVENT
 *       or would set the receiver and sees DONE does that itself.
 * Ownership: results are copied in; the holder's drop ends the future. Read next: wait.c. */
#ifndef QY_THREAD_FUTURE_H
#define QY_THREAD_FUTURE_H

#include "core/future.h"

typedef struct qy_thread_future qy_thread_future;

/* A future for an answer from the runtime of a home; its id goes to *id. NULL when there is no memory. */
quay_future *qy_thread_future_new(uint32_t home, quay_time deadline, uint64_t *id);

/* 0; -EALREADY settled before, or gone; -ENOMEM (not settled). Any thread. */
int qy_thread_future_settle(uint64_t id, const qy_result *result);

/* The holder's. */
bool qy_thread_future_settled(qy_thread_future *f);
int qy_thread_future_cancel(qy_thread_future *f, int error);
int qy_thread_future_cancel_ask(qy_thread_future *f); /* and tell who has the ask; it and the next: holder.c */
void qy_thread_future_set_callee(qy_thread_future *f, uint64_t callee);
int qy_thread_future_then(qy_thread_future *f, quay_port to, uint32_t tag);
void qy_thread_future_drop(qy_thread_future *f);

/* Keep the future and its result, whoever drops it meanwhile, until the release. */
void qy_thread_future_hold(qy_thread_future *f);
void qy_thread_future_release(qy_thread_future *f);

/* 0 settled, or -ETIMEDOUT. */
int qy_thread_future_wait(qy_thread_future *f, quay_time deadline);
int qy_thread_future_wait_any(quay_future *const *f, size_t n, quay_time deadline);
qy_result qy_thread_future_result(const qy_thread_future *f);

/* The runtime of these homes has ended: settle what it owes with -ECANCELED. */
void qy_thread_future_cancel_home(uint32_t home);

/* In a forked child: what is awaited will never come. */
void qy_thread_future_forget(void);

#endif
