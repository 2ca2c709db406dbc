/* order.h - the worker's side of quay_runtime_stop. Orders are words set in `parking.orders` (parking.h); they need no
 * memory, and the worker's step obeys them.
 *
 * Owns nothing. Read next: stop.c for who gives them. */
#ifndef QY_ORDER_H
#define QY_ORDER_H

#include "core/worker.h"

/* Do what was ordered. Always true. */
bool qy_worker_obey(qy_worker *worker);

#endif
