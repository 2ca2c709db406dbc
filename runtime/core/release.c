/* release.c - the end of a runtime's memory: its last holder frees all of it, also what a start that failed left.
 *
 * Holders are whoever started the runtime and every thread of it. Read next: quiet.c. */
#include "core/arrivals.h"
#include "core/runtime.h"

static void free_guests(quay_runtime *rt)
{
    for (uint32_t i = 0; i < rt->guests_count; i++) qy_guest_free(qy_runtime_guest(rt, rt->workers_count + i));
    for (uint32_t i = 0; i < QY_GUEST_GROUPS; i++) {
        qy_release(&rt->memory, rt->guests[i], QY_GUEST_GROUP * sizeof *rt->guests[i]);
    }
}

static uint32_t floor_after(const qy_worker *worker)
{
    uint32_t ports = qy_table_floor(&worker->ports);
    uint32_t futures = qy_table_floor(&worker->futures);
    uint32_t timers = qy_table_floor(&worker->timer_ids);
    uint32_t highest = ports > futures ? ports : futures;
    return !ports || !futures || !timers ? 0 : highest > timers ? highest : timers;
}

static void free_hosts(quay_runtime *rt)
{
    for (qy_worker *host; (host = rt->newest_host);) {
        uint32_t floor = floor_after(host);
        QY_CHECK(host->blocking && !host->peers);
        rt->newest_host = host->older;
        qy_homes_give(host->home, 1, &floor);
        qy_worker_free(host);
        qy_release(&rt->memory, host, sizeof *host);
    }
    qy_release(&rt->memory, rt->hosts, QY_ID_HOMES * sizeof(qy_worker *));
}

static void free_workers(quay_runtime *rt)
{
    QY_CHECK(rt->first_home);
    for (uint32_t i = 0; i < rt->workers_count; i++) {
        if (rt->workers[i]) qy_worker_discard(rt->workers[i]);
    }
    for (qy_worker *host = rt->newest_host; host; host = host->older) qy_worker_discard(host);
    for (uint32_t i = 0; i < rt->workers_count; i++) {
        qy_worker *worker = rt->workers[i];
        uint32_t floor = worker ? floor_after(worker) : qy_homes_floor(rt->first_home + i);
        qy_homes_give(rt->first_home + i, 1, &floor);
        if (!worker) continue;
        qy_worker_free(worker);
        qy_release(&rt->memory, worker, sizeof *worker);
    }
    free_hosts(rt);
    qy_homes_give(rt->first_home + rt->workers_count, 1, NULL);
}

/* Whatever of it is there. */
static void free_runtime(quay_runtime *rt)
{
    qy_memory memory = rt->memory;
    if (rt->first_home) free_workers(rt);
    free_guests(rt);
    qy_names_free(&rt->names);
    qy_groups_free(&rt->groups);
    qy_release(&memory, rt->workers, rt->workers_count * sizeof(qy_worker *));
    qy_release(&memory, rt->cores, rt->workers_count * sizeof *rt->cores);
    qy_release(&memory, rt->boots, rt->workers_count * sizeof *rt->boots);
    qy_topology_free(rt->topology);
    qy_watchdog_free(rt);
    qy_offload_free(rt);
    qy_subscriptions_free(&rt->subscriptions, &memory);
    qy_budget *budget = rt->budget;
    qy_release(&memory, rt, sizeof *rt);
    qy_budget_end(budget);
}

void qy_runtime_release(quay_runtime *rt)
{
    ck_pr_fence_release();
    bool last;
    ck_pr_dec_32_zero(&rt->holders, &last);
    if (!last) return;
    ck_pr_fence_acquire(); /* what the other holders did is done */
    free_runtime(rt);
}
