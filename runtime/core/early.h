/* early.h - messages that cannot be received yet.
 *
 * Early ones have overtaken the SPAWN of their port (worker.h W3) or of their alarm, and wait for it. Postponed ones
 * want memory that is not there, and are tried again at every step; the control messages of bonds and titles that come
 * behind one wait, too, so that they keep their order. A SPAWN may be postponed: then it is early what is sent to its
 * port. A SPAWN itself need not keep its place, as whatever is for its port waits for it, wherever it waits.
 *
 * Ownership: they are the worker's. Read next: receive.c. */
#ifndef QY_EARLY_H
#define QY_EARLY_H

#include "core/worker.h"

void qy_early_keep(qy_worker *worker, qy_message *message);

/* A SPAWN is done with: what waited for it, in the order it came, is received now; the rest waits on. */
void qy_early_receive(qy_worker *worker, uint64_t id);

/* If no SPAWN is on its way or postponed any more, messages that waited for one find no port. */
void qy_worker_check_early(qy_worker *worker);

/* Must a message wait because others do? Then it is postponed. */
bool qy_worker_postponed(qy_worker *worker, qy_message *message);
void qy_worker_postpone(qy_worker *worker, qy_message *message);
void qy_worker_retry(qy_worker *worker);

/* The port of a message, or NULL if it has ended, or the message was early and is kept: then *kept. */
static inline qy_port *qy_receive_port(qy_worker *worker, qy_message *message, bool *kept)
{
    qy_port *port = qy_worker_port(worker, message->to);
    *kept = QY_UNLIKELY(!port) && qy_worker_expects(worker, message->to);
    if (*kept) qy_early_keep(worker, message);
    return port;
}

#endif
