/* ingress.h - how threads that are not workers reach a worker: each has a lane of its own to it, and a stack tells the
 * worker which of these lanes have something.
 *
 * Any number of threads push onto the stack (Treiber 1986); the worker takes all of it at once, so there is no ABA.
 *
 *     thread                                   worker
 *     1  push onto the lane                    1  the lane is empty: listed = 0
 *     2  full fence                            2  full fence
 *     3  if not listed: if exchange(listed, 1) 3  look at the lane again; if there is something, and
 *        was 0: push the lane onto the stack      exchange(listed, 1) was 0: keep it
 *
 * Invariant I1: a lane that is not empty is on the stack or with the worker, once (Dekker, as in parking.h).
 *
 * Ownership: ingress lanes are their guest's; the stack's links are in them. A stack of spent messages uses the same
 * type (guest.h). Read next: message.h. */
#ifndef QY_INGRESS_H
#define QY_INGRESS_H

#include <ck_stack.h>
#include <stdalign.h>
#include <stdbool.h>

#include "base/check.h"
#include "core/lane.h"

typedef struct ck_stack_entry qy_ingress_link;

typedef struct qy_ingress {
    alignas(QY_CACHE_LINE) ck_stack_t stack;
} qy_ingress;

static inline void qy_ingress_init(qy_ingress *ingress)
{
    ck_stack_init(&ingress->stack);
}

/* Any thread. */
static inline void qy_ingress_push(qy_ingress *ingress, qy_ingress_link *link)
{
    ck_stack_push_upmc(&ingress->stack, link);
}

static inline bool qy_ingress_empty(qy_ingress *ingress)
{
    return ck_pr_load_ptr(&ingress->stack.head) == NULL;
}

/* Everything pushed so far, oldest first, chained by `next`; NULL when there is nothing. */
static inline qy_ingress_link *qy_ingress_take(qy_ingress *ingress)
{
    qy_ingress_link *newest = ck_stack_batch_pop_upmc(&ingress->stack);
    ck_pr_fence_load(); /* pairs with the store fence of the push: links and messages are whole */
    qy_ingress_link *oldest = NULL;
    while (newest) {
        qy_ingress_link *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* From one guest to one worker. */
typedef struct qy_ingress_lane {
    qy_lane lane;
    alignas(QY_CACHE_LINE) uint32_t listed;
    qy_ingress_link link;
} qy_ingress_lane;

static inline void qy_ingress_lane_init(qy_ingress_lane *from)
{
    qy_lane_init(&from->lane);
    from->listed = 0;
}

/* The guest. */
static inline void qy_ingress_send(qy_ingress *ingress, qy_ingress_lane *from, qy_parcel *parcel)
{
    qy_lane_push(&from->lane, parcel);
    ck_pr_fence_memory(); /* pairs with the fence in qy_ingress_lane_done */
    if (!ck_pr_load_32(&from->listed) && !ck_pr_fas_32(&from->listed, 1)) qy_ingress_push(ingress, &from->link);
}

/* The worker: is it done with the lane? If not, something has come meanwhile. */
static inline bool qy_ingress_lane_done(qy_ingress_lane *from)
{
    if (!qy_lane_empty(&from->lane)) return false;
    ck_pr_store_32(&from->listed, 0);
    ck_pr_fence_memory(); /* pairs with the fence in qy_ingress_send */
    return qy_lane_empty(&from->lane) || ck_pr_fas_32(&from->listed, 1);
}

#endif
