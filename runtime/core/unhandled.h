/* unhandled.h - what becomes of a message that no handler gets, or that no answer can be made for yet.
 *
 * Ownership: what is owed is the worker's, until it is paid. Read next: answer.c. */
#ifndef QY_UNHANDLED_H
#define QY_UNHANDLED_H

#include "core/worker.h"

/* A message will not be handled: count it, and fail the ask it may be with `status`. The worker owns it. */
void qy_message_die(qy_worker *worker, qy_message *message, quay_dead_reason reason, int status);

/* An ask that came too late, or that nobody wants answered any more, is not handled: true, and it is gone. */
bool qy_message_is_over(qy_worker *worker, qy_message *message);

/* Answer the ask a message is, whatever memory there is, and free the message. */
void qy_message_answer_and_free(qy_worker *worker, qy_message *message, int status);

/* An answer found no memory: keep the message that asked, to answer it with `status` as soon as there is. */
void qy_worker_owe(qy_worker *worker, qy_message *asked, int status);

/* Try again what is owed. */
void qy_worker_pay(qy_worker *worker);

#endif
