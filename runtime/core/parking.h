/* parking.h - how a worker sleeps without missing work, and how long it looks before it sleeps.
 *
 *     worker                              producer
 *     1  asleep = 1                       1  push to a belt, a lane or the ingress
 *     2  full fence                       2  full fence
 *     3  look at all of these again       3  if asleep: if exchange(asleep, 0) was 1: futex wake
 *     4  nothing: futex wait(asleep, 1)
 *
 * What goes onto a belt may be seen before step 2, as it is pushed at once and its producer comes to 2 and 3 when its
 * step ends; then it is only seen earlier.
 * Invariant P1: a push is seen by step 3 of the worker, or its producer sees asleep = 1. Both fences are needed, since
 * either side stores first and loads second (Dekker); the futex compares and sleeps in one step, so a wake between
 * 3 and 4 is not lost. Model: tests/model/parking.pml.
 *
 * Looking before sleeping is competitive spinning (Karlin et al. 1991): about as long as a wake-up costs, less
 * where it has not paid, not at all where workers share cores.
 * Read next: worker.h. */
#ifndef QY_PARKING_H
#define QY_PARKING_H

#include <ck_pr.h>
#include <stdalign.h>
#include <stdbool.h>

#include "base/check.h"
#include "os/os.h"

typedef struct qy_parking {
    alignas(QY_CACHE_LINE) uint32_t asleep; /* written by the worker (1) and its wakers (0) */
    uint32_t orders;                        /* set by others, cleared by the worker: qy_order */
} qy_parking;

/* What a worker is told, mostly by quay_runtime_stop. Words, not messages: they need no memory. */
typedef enum qy_order {
    QY_ORDER_DRAIN = 1, /* end each port when its mailbox is empty */
    QY_ORDER_KILL = 2,  /* end each port now */
    QY_ORDER_EXIT = 4,
    QY_ORDER_ROOM = 8, /* by who gave a place back: look at the gates that somebody waits at */
    QY_ORDER_TRIM = 16 /* by who found no memory within the limit: give back what lies unused */
} qy_order;

/* Step 1 and 2 of the worker; then it looks, and either cancels or waits. */
static inline void qy_parking_announce(qy_parking *parking)
{
    ck_pr_store_32(&parking->asleep, 1);
    ck_pr_fence_memory(); /* pairs with the fence in qy_parking_wake */
}

static inline void qy_parking_cancel(qy_parking *parking)
{
    ck_pr_store_32(&parking->asleep, 0);
}

/* Returns when woken, at the deadline, or spuriously; the worker is awake then. */
static inline void qy_parking_wait(qy_parking *parking, const qy_os *os, int64_t deadline)
{
    (void)os->park(&parking->asleep, 1, deadline);
    qy_parking_cancel(parking);
}

/* Steps 2 and 3 of a producer, after its push. */
static inline void qy_parking_wake(qy_parking *parking, const qy_os *os)
{
    ck_pr_fence_memory(); /* pairs with the fence in qy_parking_announce */
    if (QY_UNLIKELY(ck_pr_load_32(&parking->asleep)) && ck_pr_fas_32(&parking->asleep, 0))
        os->wake(&parking->asleep, 1);
}

static inline void qy_parking_order(qy_parking *parking, const qy_os *os, qy_order order)
{
    ck_pr_or_32(&parking->orders, order);
    qy_parking_wake(parking, os);
}

/* How long to look for work before sleeping, in nanoseconds; one a sleeper. */
typedef struct qy_patience {
    int64_t limit;
    int64_t most; /* 0: never look */
} qy_patience;

#define QY_PATIENCE_LEAST INT64_C(1000) /* keeps short exchanges short after a long sleep */
#define QY_PATIENCE_MOST INT64_C(60000) /* a wake-up across cores of a virtual machine: 19-35 µs, with margin */

static inline void qy_patience_init(qy_patience *patience, bool cores_to_spare)
{
    patience->most = cores_to_spare ? QY_PATIENCE_MOST : 0;
    patience->limit = patience->most;
}

/* After a sleep: had looking a little longer found the work, look longer next time, else less. */
static inline void qy_patience_slept(qy_patience *patience, int64_t nanoseconds)
{
    if (!patience->most) return;
    if (nanoseconds < 2 * patience->most) patience->limit = patience->most;
    else if (patience->limit >= 2 * QY_PATIENCE_LEAST) patience->limit /= 2;
}

#endif
