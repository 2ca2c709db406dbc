/* switching.h - from one fiber of a worker to another.
 *
 * All inline: a switch leaves the processor's prediction of returns one stack behind, so every return after it, up to
 * the frame that goes on, is mispredicted and costs as much as the switch. The fewer frames the better.
 *
 * Ownership: as fiber.h says. Read next: fiber.c. */
#ifndef QY_SWITCHING_H
#define QY_SWITCHING_H

#include "core/suspend.h"

/* On the fiber that was reached: the one that was left can be continued where it was. */
static inline void qy_fiber_arrive(qy_worker *worker, qy_transfer transfer)
{
    qy_fiber *left = transfer.data;
    left->context = transfer.from;
    qy_switch_end(&worker->fiber->stack, &left->stack);
}

static inline void qy_fiber_go_to(qy_worker *worker, qy_fiber *to)
{
    qy_fiber *from = worker->fiber;
    qy_context context = to->context;
    QY_CHECK(context);
    to->context = NULL;
    worker->fiber = to;
    qy_switch_begin(&from->stack, &to->stack);
    qy_fiber_arrive(worker, jump_fcontext(context, from));
}

static inline void qy_fiber_keep(qy_worker *worker, qy_fiber *fiber)
{
    QY_CHECK(fiber && !fiber->suspension);
    fiber->next = worker->spare;
    worker->spare = fiber;
    worker->spare_count++;
}

static inline qy_fiber *qy_fiber_take(qy_worker *worker)
{
    QY_CHECK(worker->spare && worker->spare_count);
    qy_fiber *fiber = worker->spare;
    worker->spare = fiber->next;
    worker->spare_count--;
    return fiber;
}

/* Too many are spare: the frames of one are the loop's only (B2), so they are let go, and the memory with it. */
QY_COLD void qy_fiber_trim(qy_worker *worker);

/* Leave the running fiber, which waits from now on, and go on with the prepared one. Returns when it is resumed. */
static inline void qy_fiber_wait(qy_worker *worker)
{
    QY_CHECK(worker->fiber && worker->fiber != worker->thread);
    qy_fiber_go_to(worker, qy_fiber_take(worker));
    if (QY_UNLIKELY(worker->spare_count > QY_SPARE_FIBERS)) qy_fiber_trim(worker);
}

/* The loop: go on with a fiber that waited. Returns when the loop's fiber is needed again. */
static inline void qy_fiber_resume(qy_worker *worker, qy_fiber *fiber)
{
    QY_CHECK(fiber->suspension && fiber->suspension->over);
    QY_CHECK(fiber != worker->fiber);
    qy_fiber_keep(worker, worker->fiber);
    qy_fiber_go_to(worker, fiber);
}

#endif
