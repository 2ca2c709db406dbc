/* dispatch.h - from a ready port to its handler and back.
 *
 * Invariant D1: of a message's duty to answer, something becomes in every case: the handler replied, failed, forwarded
 * or deferred it, or it is failed here with the handler's error or -ENOMSG.
 * Read next: unhandled.h, life.c for how a port begins and ends, send.c for the other side. */
#ifndef QY_DISPATCH_H
#define QY_DISPATCH_H

#include "core/worker.h"

/* Waits that are over and turns of ready ports, one of each in turn, QY_STEP_TURNS at most. A turn is init, if the port
 * is new, then some of its messages. False when there was nothing to do. */
bool qy_worker_run_ready(qy_worker *worker);

#endif
