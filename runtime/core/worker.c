/* worker.c - the step, and the loop around it. */
#include "core/worker.h"

#include "core/arrivals.h"
#include "core/dispatch.h"
#include "core/early.h"
#include "core/hold.h"
#include "core/order.h"
#include "core/receive.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/unhandled.h"

QY_THREAD_LOCAL qy_worker *qy_me;

/* ---- the step ---- */

/* The clock is read when there is nothing else to do, and every eighth step. */
static bool fire_timers(qy_worker *worker, bool busy)
{
    if (qy_heap_empty(&worker->timers)) return false;
    if ((busy || worker->ready.first || worker->resumable) && ++worker->steps % 8) return false;
    return qy_timers_fire(worker, qy_worker_now(worker));
}

/* Something is to be tried again. */
static bool wants_memory(const qy_worker *worker)
{
    return worker->owed || worker->postponed || !qy_list_empty(&worker->bonds.untold);
}

bool qy_worker_step(qy_worker *worker)
{
    bool busy = qy_worker_take(worker);
    if (QY_UNLIKELY(ck_pr_load_32(&worker->parking.orders))) busy |= qy_worker_obey(worker);
    busy |= fire_timers(worker, busy);
    if (QY_UNLIKELY(worker->holding)) qy_hold_release(worker);
    busy |= qy_worker_run_ready(worker);
    if (QY_UNLIKELY(wants_memory(worker))) {
        qy_worker_pay(worker);
        qy_worker_retry(worker);
        qy_bonds_retry(worker);
    }
    if (QY_UNLIKELY(worker->early != NULL)) qy_worker_check_early(worker);
    qy_outbound_flush(worker);
    return busy;
}

/* ---- between steps ---- */

static bool has_work(qy_worker *worker)
{
    if (worker->ready.first || worker->resumable || worker->holding || wants_memory(worker) ||
        qy_worker_has_arrivals(worker))
        return true;
    return ck_pr_load_32(&worker->parking.orders) != 0;
}

static quay_time next_timer(const qy_worker *worker)
{
    return qy_heap_empty(&worker->timers) ? QUAY_FOREVER : qy_heap_first(&worker->timers)->key;
}

/* Look for work for as long as patience lasts. */
static bool look(qy_worker *worker)
{
    if (worker->holding) {
        if (worker->patience.most) ck_pr_stall();
        else worker->os->yield(); /* who is to catch up may wait for this core */
        return true;
    }
    if (!worker->patience.limit) return false;
    quay_time now = qy_worker_now(worker);
    quay_time until = now + worker->patience.limit;
    for (; now < until; now = qy_worker_now(worker)) {
        for (int i = 0; i < 16; i++) {
            if (has_work(worker)) return true;
            ck_pr_stall();
        }
        if (now >= next_timer(worker)) return true;
    }
    return false;
}

static void sleep(qy_worker *worker)
{
    qy_runtime_maybe_quiet(worker->station.runtime);
    QY_COUNT(worker->station.count.parks);
    quay_time from = qy_worker_now(worker);
    qy_parking_wait(&worker->parking, worker->os, next_timer(worker));
    qy_patience_slept(&worker->patience, qy_worker_now(worker) - from);
}

void qy_worker_sleep(qy_worker *worker)
{
    qy_outbound_flush_blocks(worker);
    qy_parking_announce(&worker->parking);
    if (has_work(worker)) qy_parking_cancel(&worker->parking);
    else sleep(worker);
    qy_runtime_awake(worker->station.runtime);
}

/* On a fiber, and on any other that takes over (fiber.h). */
void qy_worker_loop(qy_worker *worker)
{
    for (;;) {
        while (!worker->exiting) {
            if (!qy_worker_step(worker) && !look(worker)) qy_worker_sleep(worker);
        }
        qy_outbound_flush_blocks(worker);
        qy_fiber_leave(worker);
    }
}

void qy_worker_run(qy_worker *worker)
{
    QY_CHECK(qy_me == worker);
    qy_fiber_enter(worker, worker->station.runtime->machine->body);
}
