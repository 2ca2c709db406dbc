/* stop.c - the end of a runtime.
 *
 *     1  every port ends when it has nothing to do (QY_ORDER_DRAIN); wait for that
 *     2  past the deadline: name who holds it up, kill every port, wait a little more
 *     3  unlist the homes, so that no thread can come in; wait until none is inside
 *     4  wait until what they brought in has been dealt with
 *     5  the workers' threads end; outstanding futures of threads are settled with -ECANCELED
 *     6  the last holder frees: this thread, or the worker of a handler that never came back in time */
#include "core/host.h"
#include "core/peek.h"
#include "core/runtime.h"
#include "core/thread_future.h"

#define KILL_GRACE QUAY_MS(500) /* for handlers to return once killed */

static void order(quay_runtime *rt, qy_order what)
{
    qy_hosts_sync(rt);
    for (qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker));) {
        qy_parking_order(&worker->parking, rt->os, what);
    }
}

/* The port a worker's handler runs for. */
static void name_running(const quay_runtime *rt, const qy_worker *worker)
{
    char name[QUAY_NAME_MAX + 1];
    if (!qy_worker_peek(worker, name)) return;
    qy_log(rt, QUAY_LOG_WARNING, "port %s (worker %u) holds up the stop: its handler is running", name, worker->index);
}

static int kill_all(quay_runtime *rt)
{
    for (const qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker));) name_running(rt, worker);
    ck_pr_store_32(&rt->phase, QY_KILLING);
    uint32_t running = qy_offload_close(rt);
    if (running) qy_log(rt, QUAY_LOG_WARNING, "%u offloaded functions hold up the stop: they are running", running);
    order(rt, QY_ORDER_KILL);
    return qy_runtime_wait_quiet(rt, true, rt->os->now() + KILL_GRACE);
}

static void close_doors(quay_runtime *rt)
{
    QY_CHECK(ck_pr_load_32(&rt->phase) != QY_RUNNING);
    qy_hosts_close(rt);
    qy_homes_list(rt, false);
    qy_guest_wait_outside(rt);
}

static void end_visits(quay_runtime *rt)
{
    QY_CHECK(ck_pr_load_32(&rt->phase) != QY_RUNNING);
    ck_pr_store_32(&rt->phase, QY_ENDED);
    ck_pr_fence_memory();
    ck_pr_inc_32(&rt->quiet);
    rt->os->wake(&rt->quiet, INT32_MAX);
    for (uint32_t left; (left = ck_pr_load_32(&rt->visitors));) (void)rt->os->park(&rt->visitors, left, QUAY_FOREVER);
}

static void end_threads(quay_runtime *rt, bool join)
{
    qy_offload_end(rt, join);
    qy_watchdog_end(rt); /* first: it looks at the others */
    order(rt, QY_ORDER_EXIT);
    void (*let_go)(qy_os_thread) = join ? rt->os->thread_join : rt->os->thread_detach;
    for (uint32_t i = 0; i < rt->workers_count; i++) let_go(rt->boots[i].thread);
    for (const qy_worker *host = rt->newest_host; host; host = host->older) let_go(host->os_thread);
}

static int claim(quay_runtime *rt)
{
    if (qy_runtime_waits_for_me(rt)) return -EDEADLK;
    int error = qy_runtime_enter(rt);
    if (error) return error;
    bool mine = ck_pr_cas_32(&rt->phase, QY_RUNNING, QY_STOPPING);
    qy_guest_leave();
    return mine ? 0 : -EINVAL;
}

int quay_runtime_stop(quay_runtime *rt, quay_time deadline)
{
    int error = claim(rt);
    if (error) return error;
    order(rt, QY_ORDER_DRAIN);
    int late = qy_runtime_wait_quiet(rt, true, deadline);
    bool stuck = late && kill_all(rt);
    close_doors(rt);
    if (!stuck) (void)qy_runtime_wait_quiet(rt, true, QUAY_FOREVER);
    end_visits(rt);
    uint32_t threads_home = rt->first_home + rt->workers_count;
    end_threads(rt, !stuck);
    qy_thread_future_cancel_home(threads_home);
    qy_runtime_release(rt);
    return late ? -ETIMEDOUT : 0;
}
