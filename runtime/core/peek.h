/* peek.h - which port's turn it is on a worker, seen by another thread while the worker goes on. For the log only.
 *
 * Whoever calls it knows that no pool is trimmed meanwhile: there is no memory limit, or the runtime is being stopped.
 *
 * Owns nothing. Read next: stop.c. */
#ifndef QY_PEEK_H
#define QY_PEEK_H

#include "core/worker.h"

/* The name of the port whose turn it is, or "unnamed". False when it is no port's, or the port may have ended while we
 * looked. */
bool qy_worker_peek(const qy_worker *worker, char name[QUAY_NAME_MAX + 1]);

#endif
