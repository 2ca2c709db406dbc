/* worker_birth.c - what a worker is made of, and how it is taken apart. A host has all but the belts and lanes.
 *
 * Read next: worker.c. */
#include <string.h>

#include "core/hold.h"
#include "core/ring.h"
#include "core/runtime.h"
#include "core/worker.h"

/* ---- birth ---- */

static void *make_array(const qy_worker *worker, size_t count, size_t size)
{
    void *array = qy_allocate(worker->station.pool.memory, count * size, QY_CACHE_LINE);
    return array ? memset(array, 0, count * size) : NULL;
}

static int make_told(qy_worker *worker)
{
    if (worker->peers <= QY_UNTOLD_PEERS) return 0;
    worker->told = make_array(worker, qy_told_pairs(worker->peers), sizeof *worker->told);
    worker->seen = make_array(worker, qy_told_pairs(worker->peers), sizeof *worker->seen);
    return worker->told && worker->seen ? 0 : -ENOMEM;
}

/* To and from other workers; a host has none. */
static int make_lanes(qy_worker *worker)
{
    if (!worker->peers) return 0;
    worker->lanes = make_array(worker, worker->peers, sizeof *worker->lanes);
    worker->belts = make_array(worker, worker->peers, sizeof *worker->belts);
    worker->outbound = make_array(worker, worker->peers, sizeof *worker->outbound);
    if (!worker->lanes || !worker->belts || !worker->outbound) return -ENOMEM;
    for (uint32_t source = 0; source < worker->peers; source++) qy_lane_init(&worker->lanes[source]);
    return make_told(worker);
}

static int make_roads(qy_worker *worker)
{
    worker->remembered = make_array(worker, QY_REMEMBERED, sizeof *worker->remembered);
    if (!worker->remembered) return -ENOMEM;
    int error = make_lanes(worker);
    if (!error) error = qy_stock_init(&worker->stock, worker->station.pool.memory);
    return error ? error : qy_stock_init(&worker->timer_stock, worker->station.pool.memory);
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
    if (!worker->peers) return 0;
    void *block = qy_pool_take_beyond(pool, size_class);
    if (!block) return -ENOMEM;
    qy_pool_put(pool, size_class, block);
    return 0;
}

static void init_tables(qy_worker *worker, const qy_memory *memory)
{
    qy_table_init(&worker->ports, memory, worker->home, qy_homes_floor(worker->home));
    qy_table_init(&worker->timer_ids, memory, worker->home, qy_homes_floor(worker->home));
    qy_table_init(&worker->futures, memory, worker->home, qy_homes_floor(worker->home));
}

/* With index, home and peers. */
static int init(qy_worker *worker, quay_runtime *rt, uint32_t number)
{
    QY_CHECK(rt->os && worker->home);
    worker->station.runtime = rt;
    worker->station.number = number;
    worker->station.meta = qy_meta(QY_KIND_USER, 0, 0, number);
    qy_pool_init(&worker->station.pool, &rt->memory);
    worker->station.pool.budget = rt->budget;
    worker->os = rt->os;
    worker->busy_at = QY_BUSY_WORKER;
    worker->ahead_at = QY_AHEAD;
    worker->takes = QY_STEP_MESSAGES;
    worker->turns_left = QY_STEP_TURNS;
    qy_ready_init(&worker->ready);
    worker->early_end = &worker->early;
    worker->postponed_end = &worker->postponed;
    worker->resumable_end = &worker->resumable;
    qy_list_init(&worker->suspended);
    qy_list_init(&worker->alarms);
    qy_gates_init(&worker->gates, &rt->memory);
    qy_map_init(&worker->bonds.map, &rt->memory);
    qy_list_init(&worker->bonds.untold);
    worker->stack_size = rt->stack_size;
    init_tables(worker, &rt->memory);
    qy_patience_init(&worker->patience, rt->spin && !worker->blocking);
    qy_ingress_init(&worker->ingress);
    int error = qy_ring_init(worker) ? -ENOMEM : make_roads(worker);
    if (!error) error = make_reserve(worker);
    if (!error) error = qy_fiber_init(worker);
    if (!error) return 0;
    qy_worker_free(worker);
    return error;
}

int qy_worker_init(qy_worker *worker, quay_runtime *rt, uint32_t index)
{
    memset(worker, 0, sizeof *worker);
    worker->core = rt->cores ? &rt->cores[index] : NULL;
    worker->index = index;
    worker->home = rt->first_home + index;
    worker->peers = rt->workers_count;
    return init(worker, rt, index);
}

int qy_worker_init_host(qy_worker *worker, quay_runtime *rt, uint32_t index, uint32_t home)
{
    memset(worker, 0, sizeof *worker);
    worker->index = index;
    worker->home = home;
    worker->blocking = true;
    return init(worker, rt, QY_NUMBER_HOST);
}

/* ---- end ---- */

void qy_worker_free(qy_worker *worker)
{
    QY_CHECK(!worker->running);
    qy_fiber_free_all(worker);
    free_roads(worker);
    qy_map_free(&worker->bonds.map);
    qy_gates_free(&worker->gates);
    qy_table_free(&worker->timer_ids);
    qy_table_free(&worker->ports);
    qy_table_free(&worker->futures);
    qy_pool_free(&worker->station.pool);
}
