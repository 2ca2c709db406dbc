/* dispatch.h - from a ready port to its handler and back.
 *
 * Invariant D1: of a message's duty to answer, something becomes in every case: the handler replied, failed, forwarded
 * or deferred it, or it is failed here with the handler's error or -ENOMSG.
 * Read next: life.c for how a port begins and ends, send.c for the other side. */
#ifndef QY_DISPATCH_H
#define QY_DISPATCH_H

#include "core/worker.h"

/* Waits that are over and turns of ready ports, one of each in turn, QY_STEP_TURNS at most. A turn is init, if the port
 * is new, then some of its messages. False when there was nothing to do. */
bool qy_worker_run_ready(qy_worker *worker);

/* A message will not be handled: count it, and fail the ask it may be with `status`. The worker owns it. */
void qy_message_die(qy_worker *worker, qy_message *message, quay_dead_reason reason, int status);

/* Answer the ask a message is, whatever memory there is, and free the message. */
void qy_message_answer_and_free(qy_worker *worker, qy_message *message, int status);

/* An answer found no memory: keep the message that asked, to answer it with `status` as soon as there is. */
void qy_worker_owe(qy_worker *worker, qy_message *asked, int status);

/* Try again what is owed. */
void qy_worker_pay(qy_worker *worker);

#endif
