/* timer.h - things a worker does later.
 *
 * A timer fires once, never early, from the worker's own step. Ownership: armed timers are the worker's; firing and
 * cancelling both free it. Those that were started lie in memory of whoever started them, and stay there until they
 * have fired or were cancelled. Read next: runtime.h. */
#ifndef QY_TIMER_H
#define QY_TIMER_H

#include "base/heap.h"
#include "core/worker.h"

typedef void qy_timer_action(qy_worker *worker, uint64_t target);

typedef struct qy_timer {
    qy_heap_node node;
    qy_timer_action *action;
    uint64_t target;
    bool pooled;
} qy_timer;

#define QY_TIMER_CLASS qy_class_for(sizeof(qy_timer))

/* NULL when there is no memory. */
qy_timer *qy_timer_arm(qy_worker *worker, quay_time at, qy_timer_action *action, uint64_t target);

/* The same without memory. */
void qy_timer_start(qy_worker *worker, qy_timer *timer, quay_time at, qy_timer_action *action, uint64_t target);

void qy_timer_disarm(qy_worker *worker, qy_timer *timer);

/* Fire what is due; false when nothing was. */
bool qy_timers_fire(qy_worker *worker, quay_time now);

/* An action: the thread's future of this id did not get its answer in time. */
void qy_timer_expire_answer(qy_worker *worker, uint64_t future);

#endif
