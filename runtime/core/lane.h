/* lane.h - the road from one worker to another: a ck_fifo_spsc of parcels.
 *
 * A parcel is the link of a batch's first message; the batch hangs on that message, so one small message crosses
 * in two cache lines: the link that the consumer polls, and the message.
 *
 * Invariants
 *   L1  one worker pushes, one pops;
 *   L2  whatever was written to a batch before the push is seen after the pop: ck_fifo_spsc_enqueue fences the
 *       stores before it publishes the link, and the pop reads through that link (a data dependency);
 *   L3  the parcel popped last stays the queue's stub: the producer will write its `next`. It is pinned, that is not
 *       to be freed, until the next pop hands it back through `unpinned`, or the lane is closed.
 *
 * Ownership: memory of a lane is its consumer's. Parcels in it are the lane's. Read next: ingress.h. */
#ifndef QY_LANE_H
#define QY_LANE_H

#include <ck_fifo.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"

typedef struct ck_fifo_spsc_entry qy_parcel;

typedef struct qy_lane {
    alignas(QY_CACHE_LINE) ck_fifo_spsc_t fifo; /* its head (consumer) and tail (producer) are a line apart */
    alignas(QY_CACHE_LINE) qy_parcel stub;
} qy_lane;

static inline void qy_lane_init(qy_lane *lane)
{
    ck_fifo_spsc_init(&lane->fifo, &lane->stub);
}

static inline void qy_lane_push(qy_lane *lane, qy_parcel *parcel)
{
    ck_fifo_spsc_enqueue(&lane->fifo, parcel, parcel->value);
}

static inline bool qy_lane_empty(qy_lane *lane)
{
    return ck_fifo_spsc_isempty(&lane->fifo);
}

/* For the producer: where the consumer is. It moves with each pop. */
static inline const void *qy_lane_position(const qy_lane *lane)
{
    return ck_pr_load_ptr(&lane->fifo.head);
}

/* For the producer: has the consumer popped all that was pushed? What it popped it deals with before it looks again. */
static inline bool qy_lane_consumed(const qy_lane *lane)
{
    return qy_lane_position(lane) == lane->fifo.tail;
}

/* The oldest parcel, or NULL. With a parcel, *unpinned is the one popped before it, or NULL. */
static inline qy_parcel *qy_lane_pop(qy_lane *lane, qy_parcel **unpinned)
{
    void *value;
    qy_parcel *before = lane->fifo.head;
    qy_parcel *parcel = ck_pr_load_ptr(&before->next);
    if (!parcel) return NULL;
    QY_PREFETCH(parcel); /* its line comes over to be written, at once: not to be read first */
    bool popped = ck_fifo_spsc_dequeue(&lane->fifo, &value);
    QY_CHECK(popped);
    *unpinned = before == &lane->stub ? NULL : before;
    return lane->fifo.head;
}

/* The end of an empty lane: the parcel it pins, or NULL. */
static inline qy_parcel *qy_lane_close(qy_lane *lane)
{
    QY_CHECK(qy_lane_empty(lane));
    return lane->fifo.head == &lane->stub ? NULL : lane->fifo.head;
}

#endif
