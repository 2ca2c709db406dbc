/* host.c - making hosts, lending them, ending them. */
#include "core/host.h"

#include <string.h>

static void host_main(void *argument)
{
    qy_worker *host = argument;
    quay_runtime *rt = host->station.runtime;
    void *alternate;
    int unwatched = rt->os->stack_watch(qy_fiber_report_overflow, &alternate);
    QY_CHECK(!qy_me);
    qy_me = host;
    qy_worker_run(host);
    qy_me = NULL;
    if (!unwatched) rt->os->stack_unwatch(alternate);
    qy_runtime_release(rt);
}

/* ---- making ---- */

static int start_thread(qy_worker *host)
{
    quay_runtime *rt = host->station.runtime;
    char name[16];
    qy_format(name, sizeof name, "quay-%u", host->index);
    ck_pr_inc_32(&rt->holders);
    int error = rt->os->thread_start(&host->os_thread, name, host_main, host);
    if (error) ck_pr_dec_32(&rt->holders);
    return error;
}

static void unmake(quay_runtime *rt, qy_worker *host)
{
    uint32_t home = host->home;
    qy_worker_free(host);
    qy_release(&rt->memory, host, sizeof *host);
    qy_homes_give(home, 1, NULL);
}

static int make(quay_runtime *rt, uint32_t home, qy_worker **out)
{
    uint32_t index = rt->workers_count + ck_pr_faa_32(&rt->hosts_count, 1);
    qy_worker *host = qy_allocate(&rt->memory, sizeof *host, QY_CACHE_LINE);
    int error = host ? qy_worker_init_host(host, rt, index, home) : -ENOMEM;
    if (error) {
        qy_release(&rt->memory, host, sizeof *host);
        qy_homes_give(home, 1, NULL);
        return error;
    }
    error = start_thread(host);
    if (error) unmake(rt, host);
    else *out = host;
    return error;
}

/* ---- the list ---- */

/* With the lock. */
static int provide_list(quay_runtime *rt)
{
    if (rt->hosts_closed) return -ECANCELED;
    if (rt->hosts) return 0;
    qy_worker **hosts = qy_allocate(&rt->memory, QY_ID_HOMES * sizeof(qy_worker *), QY_CACHE_LINE);
    if (!hosts) return -ENOMEM;
    memset(hosts, 0, QY_ID_HOMES * sizeof(qy_worker *));
    ck_pr_fence_store();
    ck_pr_store_ptr(&rt->hosts, hosts);
    return 0;
}

/* With the lock. */
static void list(quay_runtime *rt, qy_worker *host)
{
    QY_CHECK(!rt->hosts[host->home]);
    uint32_t phase = ck_pr_load_32(&rt->phase);
    host->older = rt->newest_host;
    ck_pr_fence_store(); /* N2 */
    ck_pr_store_ptr(&rt->hosts[host->home], host);
    ck_pr_store_ptr(&rt->newest_host, host);
    qy_homes_list_one(rt, host->home, true);
    if (phase >= QY_STOPPING) qy_parking_order(&host->parking, rt->os, QY_ORDER_DRAIN);
    if (phase >= QY_KILLING) qy_parking_order(&host->parking, rt->os, QY_ORDER_KILL);
}

static int add(quay_runtime *rt, qy_worker *host)
{
    ck_spinlock_lock(&rt->hosts_lock);
    int error = provide_list(rt);
    if (!error) list(rt, host);
    ck_spinlock_unlock(&rt->hosts_lock);
    if (!error) return 0;
    qy_parking_order(&host->parking, rt->os, QY_ORDER_EXIT);
    rt->os->thread_join(host->os_thread);
    unmake(rt, host);
    return error;
}

/* ---- lending ---- */

static qy_worker *take_idle(quay_runtime *rt)
{
    ck_spinlock_lock(&rt->hosts_lock);
    qy_worker *host = rt->idle_hosts;
    if (host) rt->idle_hosts = host->next_idle;
    ck_spinlock_unlock(&rt->hosts_lock);
    return host;
}

int qy_host_take(quay_runtime *rt, qy_worker **host)
{
    uint32_t home;
    *host = take_idle(rt);
    if (*host) return 0;
    int error = qy_homes_take(1, &home);
    if (error) {
        qy_log(rt, QUAY_LOG_ERROR, "a blocking port needs a worker of its own, and all %d are taken", QUAY_WORKERS_MAX);
        return error;
    }
    error = make(rt, home, host);
    return error ? error : add(rt, *host);
}

void qy_host_give_back(qy_worker *host)
{
    QY_CHECK(host->blocking);
    quay_runtime *rt = host->station.runtime;
    ck_spinlock_lock(&rt->hosts_lock);
    host->next_idle = rt->idle_hosts;
    rt->idle_hosts = host;
    ck_spinlock_unlock(&rt->hosts_lock);
}

/* ---- stopping ---- */

void qy_hosts_sync(quay_runtime *rt)
{
    ck_spinlock_lock(&rt->hosts_lock);
    ck_spinlock_unlock(&rt->hosts_lock);
}

void qy_hosts_close(quay_runtime *rt)
{
    ck_spinlock_lock(&rt->hosts_lock);
    rt->hosts_closed = true;
    for (const qy_worker *host = rt->newest_host; host; host = host->older) qy_homes_list_one(rt, host->home, false);
    ck_spinlock_unlock(&rt->hosts_lock);
}
