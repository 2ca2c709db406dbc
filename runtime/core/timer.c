/* timer.c - one heap a worker; the clock for everybody. */
#include "core/timer.h"

#include "core/answer.h"
#include "core/runtime.h"

#define FIRED_AT_ONCE 256 /* timers a step fires at the most (worker.h W2) */

void qy_timer_start(qy_worker *worker, qy_timer *timer, quay_time at, qy_timer_action *action, uint64_t target)
{
    QY_CHECK(action);
    timer->action = action;
    timer->target = target;
    timer->pooled = false;
    qy_heap_insert(&worker->timers, &timer->node, at);
}

qy_timer *qy_timer_arm(qy_worker *worker, quay_time at, qy_timer_action *action, uint64_t target)
{
    qy_timer *timer = qy_pool_take(&worker->station.pool, QY_TIMER_CLASS);
    if (!timer) timer = qy_pool_take_beyond(&worker->station.pool, QY_TIMER_CLASS);
    if (!timer) return NULL;
    qy_timer_start(worker, timer, at, action, target);
    timer->pooled = true;
    return timer;
}

void qy_timer_disarm(qy_worker *worker, qy_timer *timer)
{
    QY_CHECK(timer->action);
    qy_heap_remove(&worker->timers, &timer->node);
    if (timer->pooled) qy_pool_put(&worker->station.pool, QY_TIMER_CLASS, timer);
}

bool qy_timers_fire(qy_worker *worker, quay_time now)
{
    unsigned fired = 0;
    for (qy_heap_node *node; fired < FIRED_AT_ONCE && (node = qy_heap_first(&worker->timers)) && node->key <= now;
         fired++) {
        qy_timer timer = *QY_CONTAINER_OF(node, qy_timer, node);
        qy_timer_disarm(worker, QY_CONTAINER_OF(node, qy_timer, node));
        timer.action(worker, timer.target);
    }
    return fired > 0;
}

void qy_timer_expire_answer(qy_worker *worker, uint64_t future)
{
    (void)worker;
    int error = qy_answer(future, &(qy_result){.status = -ETIMEDOUT});
    QY_CHECK(error != -ENOMEM);
}

quay_time quay_now(void)
{
    return qy_me ? qy_worker_now(qy_me) : qy_os_here->now();
}

quay_time quay_in(int64_t ns)
{
    quay_time now = quay_now();
    return ns > QUAY_FOREVER - now ? QUAY_FOREVER : now + ns;
}
