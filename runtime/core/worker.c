/* worker.c - the step, and the loop around it. */
#include "core/worker.h"

#include <string.h>

#include "core/arrivals.h"
#include "core/dispatch.h"
#include "core/order.h"
#include "core/receive.h"
#include "core/ring.h"
#include "core/runtime.h"
#include "core/timer.h"

QY_THREAD_LOCAL qy_worker *qy_me;

/* ---- the step ---- */

/* The clock is read when there is nothing else to do, and every eighth step. */
static bool fire_timers(qy_worker *worker, bool busy)
{
    if (qy_heap_empty(&worker->timers)) return false;
    if ((busy || worker->ready || worker->resumable) && ++worker->steps % 8) return false;
    return qy_timers_fire(worker, qy_worker_now(worker));
}

bool qy_worker_step(qy_worker *worker)
{
    bool busy = qy_worker_take(worker);
    if (QY_UNLIKELY(ck_pr_load_32(&worker->parking.orders))) busy |= qy_worker_obey(worker);
    busy |= fire_timers(worker, busy);
    busy |= qy_worker_run_ready(worker);
    if (QY_UNLIKELY(worker->owed != NULL)) qy_worker_pay(worker);
    if (QY_UNLIKELY(worker->early != NULL)) qy_worker_check_early(worker);
    qy_outbound_flush(worker);
    return busy;
}

/* ---- between steps ---- */

static bool has_work(qy_worker *worker)
{
    if (worker->ready || worker->resumable || worker->owed || qy_worker_has_arrivals(worker)) return true;
    return ck_pr_load_32(&worker->parking.orders) != 0;
}

static quay_time next_timer(const qy_worker *worker)
{
    return qy_heap_empty(&worker->timers) ? QUAY_FOREVER : qy_heap_first(&worker->timers)->key;
}

/* Look for work for as long as patience lasts. */
static bool look(qy_worker *worker)
{
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

void qy_worker_sleep(qy_worker *worker)
{
    qy_outbound_flush_blocks(worker);
    qy_parking_announce(&worker->parking);
    if (has_work(worker)) {
        qy_parking_cancel(&worker->parking);
        return;
    }
    qy_runtime_maybe_quiet(worker->station.runtime);
    QY_COUNT(worker->station.count.parks);
    quay_time from = qy_worker_now(worker);
    qy_parking_wait(&worker->parking, worker->os, next_timer(worker));
    qy_patience_slept(&worker->patience, qy_worker_now(worker) - from);
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

/* ---- birth and end ---- */

static void *make_array(const qy_worker *worker, size_t count, size_t size)
{
    void *array = qy_allocate(worker->station.pool.memory, count * size, QY_CACHE_LINE);
    return array ? memset(array, 0, count * size) : NULL;
}

static int make_roads(qy_worker *worker)
{
    const qy_memory *memory = worker->station.pool.memory;
    worker->lanes = make_array(worker, worker->peers, sizeof *worker->lanes);
    worker->belts = make_array(worker, worker->peers, sizeof *worker->belts);
    worker->outbound = make_array(worker, worker->peers, sizeof *worker->outbound);
    worker->remembered = make_array(worker, QY_REMEMBERED, sizeof *worker->remembered);
    if (!worker->lanes || !worker->belts || !worker->outbound || !worker->remembered) return -ENOMEM;
    if (worker->peers > QY_UNTOLD_PEERS) {
        worker->told = make_array(worker, qy_told_pairs(worker->peers), sizeof *worker->told);
        worker->seen = make_array(worker, qy_told_pairs(worker->peers), sizeof *worker->seen);
        if (!worker->told || !worker->seen) return -ENOMEM;
    }
    for (uint32_t source = 0; source < worker->peers; source++) qy_lane_init(&worker->lanes[source]);
    int error = qy_stock_init(&worker->stock, memory);
    return error ? error : qy_stock_init(&worker->timer_stock, memory);
}

static void free_roads(qy_worker *worker)
{
    const qy_memory *memory = worker->station.pool.memory;
    for (uint32_t source = 0; worker->belts && source < worker->peers; source++) {
        qy_release(memory, worker->belts[source], sizeof *worker->belts[source]);
    }
    qy_release(memory, worker->lanes, worker->peers * sizeof *worker->lanes);
    qy_release(memory, worker->belts, worker->peers * sizeof *worker->belts);
    qy_release(memory, worker->outbound, worker->peers * sizeof *worker->outbound);
    qy_release(memory, worker->told, qy_told_pairs(worker->peers) * sizeof *worker->told);
    qy_release(memory, worker->seen, qy_told_pairs(worker->peers) * sizeof *worker->seen);
    qy_release(memory, worker->remembered, QY_REMEMBERED * sizeof *worker->remembered);
    if (worker->stock.ids) qy_stock_free(&worker->stock);
    if (worker->timer_stock.ids) qy_stock_free(&worker->timer_stock);
}

/* Blocks for what comes by belt, so that it comes in too when there is no memory (qy_pool_take_larger). */
static int make_reserve(qy_worker *worker)
{
    qy_pool *pool = &worker->station.pool;
    unsigned size_class = qy_class_for(QY_MESSAGE_HEADER + QY_BELT_LARGEST);
    void *block = qy_pool_take(pool, size_class);
    if (!block) return -ENOMEM;
    qy_pool_put(pool, size_class, block);
    return 0;
}

int qy_worker_init(qy_worker *worker, quay_runtime *rt, uint32_t index)
{
    memset(worker, 0, sizeof *worker);
    worker->station.runtime = rt;
    worker->station.number = index;
    worker->station.meta = qy_meta(QY_KIND_USER, 0, 0, index);
    qy_pool_init(&worker->station.pool, &rt->memory);
    worker->os = rt->os;
    worker->core = rt->cores ? &rt->cores[index] : NULL;
    worker->index = index;
    worker->home = rt->first_home + index;
    worker->peers = rt->workers_count;
    worker->busy_at = QY_BUSY_WORKER;
    worker->ready_end = &worker->ready;
    worker->early_end = &worker->early;
    worker->resumable_end = &worker->resumable;
    qy_list_init(&worker->suspended);
    qy_list_init(&worker->alarms);
    worker->stack_size = rt->stack_size;
    qy_table_init(&worker->ports, &rt->memory, worker->home, qy_homes_floor(worker->home));
    qy_table_init(&worker->timer_ids, &rt->memory, worker->home, qy_homes_floor(worker->home));
    qy_table_init(&worker->futures, &rt->memory, worker->home, qy_homes_floor(worker->home));
    qy_patience_init(&worker->patience, rt->spin);
    qy_ingress_init(&worker->ingress);
    int error = qy_ring_init(worker) ? -ENOMEM : make_roads(worker);
    if (!error) error = make_reserve(worker);
    if (!error) error = qy_fiber_init(worker);
    if (!error) return 0;
    qy_worker_free(worker);
    return error;
}

void qy_worker_free(qy_worker *worker)
{
    QY_CHECK(!worker->running);
    qy_fiber_free_all(worker);
    free_roads(worker);
    qy_table_free(&worker->timer_ids);
    qy_table_free(&worker->ports);
    qy_table_free(&worker->futures);
    qy_pool_free(&worker->station.pool);
}
