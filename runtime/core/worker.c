/* worker.c - the step, and the loop around it. */
#include "core/worker.h"

#include <string.h>

#include "core/dispatch.h"
#include "core/order.h"
#include "core/receive.h"
#include "core/runtime.h"
#include "core/timer.h"

QY_THREAD_LOCAL qy_worker *qy_me;

/* ---- arrivals ---- */

static void unpin(qy_worker *worker, qy_parcel *parcel)
{
    QY_CHECK(parcel);
    qy_message *message = qy_message_of_parcel(parcel);
    QY_CHECK(message->meta & QY_PINNED);
    message->meta &= ~QY_PINNED;
    if (message->meta & QY_SPENT) qy_message_free(worker, message);
}

/* Returns how many there were. */
static unsigned receive_batch(qy_worker *worker, qy_message *message)
{
    unsigned count = 0;
    for (; message; count++) {
        qy_message *next = message->next;
        QY_PREFETCH(next);
        qy_worker_receive(worker, message);
        message = next;
    }
    return count;
}

static bool take_lane(qy_worker *worker, qy_lane *lane)
{
    unsigned taken = 0;
    while (taken < QY_STEP_MESSAGES) {
        qy_parcel *unpinned;
        qy_parcel *parcel = qy_lane_pop(lane, &unpinned);
        if (!parcel) break;
        if (unpinned) unpin(worker, unpinned);
        qy_message *first = qy_message_of_parcel(parcel);
        first->meta |= QY_PINNED;
        taken += receive_batch(worker, first);
    }
    return taken > 0;
}

static bool take_lanes(qy_worker *worker)
{
    bool busy = false;
    for (uint32_t source = 0; source < worker->peers; source++) busy |= take_lane(worker, &worker->lanes[source]);
    return busy;
}

static qy_ingress_link **end_of(qy_ingress_link **links)
{
    while (*links) links = &(*links)->next;
    return links;
}

/* Something from each lane that has something; lanes that have more stay active, in turn. */
static bool take_ingress(qy_worker *worker)
{
    if (!qy_ingress_empty(&worker->ingress)) *end_of(&worker->active) = qy_ingress_take(&worker->ingress);
    qy_ingress_link *link = worker->active;
    qy_ingress_link **kept = &worker->active;
    bool busy = link;
    while (link) {
        qy_ingress_lane *from = QY_CONTAINER_OF(link, qy_ingress_lane, link);
        qy_ingress_link *next = link->next;
        (void)take_lane(worker, &from->lane);
        if (!qy_ingress_lane_done(from)) {
            *kept = link;
            kept = &link->next;
        }
        link = next;
    }
    *kept = NULL;
    return busy;
}

void qy_worker_take_all(qy_worker *worker)
{
    for (unsigned rounds = 0; rounds < QY_CATCH_UP_ROUNDS; rounds++) {
        bool busy = take_lanes(worker);
        busy |= take_ingress(worker);
        if (!busy) return;
    }
}

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
    bool busy = take_lanes(worker);
    busy |= take_ingress(worker);
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
    if (worker->ready || worker->resumable || worker->owed || worker->active || !qy_ingress_empty(&worker->ingress))
        return true;
    for (uint32_t source = 0; source < worker->peers; source++) {
        if (!qy_lane_empty(&worker->lanes[source])) return true;
    }
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

static void sleep_until_work(qy_worker *worker)
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
static void loop(qy_worker *worker)
{
    for (;;) {
        while (!worker->exiting) {
            if (!qy_worker_step(worker) && !look(worker)) sleep_until_work(worker);
        }
        qy_outbound_flush_blocks(worker);
        qy_fiber_leave(worker);
    }
}

void qy_worker_run(qy_worker *worker)
{
    QY_CHECK(qy_me == worker);
    qy_fiber_enter(worker, loop);
}

/* ---- birth and end ---- */

static int make_roads(qy_worker *worker)
{
    const qy_memory *memory = worker->station.pool.memory;
    worker->lanes = qy_allocate(memory, worker->peers * sizeof *worker->lanes, QY_CACHE_LINE);
    worker->outbound = qy_allocate(memory, worker->peers * sizeof *worker->outbound, QY_CACHE_LINE);
    worker->remembered = qy_allocate(memory, QY_REMEMBERED * sizeof *worker->remembered, QY_CACHE_LINE);
    if (!worker->lanes || !worker->outbound || !worker->remembered) return -ENOMEM;
    memset(worker->outbound, 0, worker->peers * sizeof *worker->outbound);
    memset(worker->remembered, 0, QY_REMEMBERED * sizeof *worker->remembered);
    for (uint32_t source = 0; source < worker->peers; source++) qy_lane_init(&worker->lanes[source]);
    int error = qy_stock_init(&worker->stock, memory);
    return error ? error : qy_stock_init(&worker->timer_stock, memory);
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
    int error = make_roads(worker);
    if (!error) error = qy_fiber_init(worker);
    if (!error) return 0;
    qy_worker_free(worker);
    return error;
}

static void discard_buffer(const qy_message *message)
{
    if (message->meta & QY_BUFFER) quay_buffer_free(qy_message_data(message));
}

static void discard_lane(qy_lane *lane)
{
    qy_parcel *unpinned;
    for (qy_parcel *parcel; (parcel = qy_lane_pop(lane, &unpinned));) {
        for (qy_message *m = qy_message_of_parcel(parcel); m; m = m->next) discard_buffer(m);
    }
}

void qy_worker_discard(qy_worker *worker)
{
    quay_runtime *rt = worker->station.runtime;
    for (uint32_t source = 0; source < worker->peers; source++) discard_lane(&worker->lanes[source]);
    for (uint32_t i = 0; i < rt->guests_count; i++) {
        qy_ingress_lane *lane = qy_runtime_guest(rt, rt->workers_count + i)->lanes[worker->index];
        if (lane) discard_lane(&lane->lane);
    }
    for (const qy_message *m = worker->early; m; m = m->next) discard_buffer(m);
}

void qy_worker_free(qy_worker *worker)
{
    QY_CHECK(!worker->running);
    const qy_memory *memory = worker->station.pool.memory;
    qy_fiber_free_all(worker);
    qy_release(memory, worker->lanes, worker->peers * sizeof *worker->lanes);
    qy_release(memory, worker->outbound, worker->peers * sizeof *worker->outbound);
    qy_release(memory, worker->remembered, QY_REMEMBERED * sizeof *worker->remembered);
    if (worker->stock.ids) qy_stock_free(&worker->stock);
    if (worker->timer_stock.ids) qy_stock_free(&worker->timer_stock);
    qy_table_free(&worker->timer_ids);
    qy_table_free(&worker->ports);
    qy_table_free(&worker->futures);
    qy_pool_free(&worker->station.pool);
}
