/* stop.c - the end of a runtime.
 *
 *     1  every port ends when it has nothing to do (QY_ORDER_DRAIN); wait for that
 *     2  past the deadline: name who holds it up, kill every port, wait a little more
 *     3  unlist the homes, so that no thread can come in; wait until none is inside
 *     4  wait until what they brought in has been dealt with
 *     5  the workers' threads end; outstanding futures of threads are settled with -ECANCELED
 *     6  the last holder frees: this thread, or the worker of a handler that never came back in time */
#include "core/life.h"
#include "core/runtime.h"
#include "core/thread_future.h"

#define KILL_GRACE QUAY_MS(500) /* for handlers to return once killed */

static void order(quay_runtime *rt, qy_order what)
{
    for (uint32_t i = 0; i < rt->workers_count; i++) qy_parking_order(&rt->workers[i]->parking, rt->os, what);
}

/* Whose turn it is, and what is read of it. */
typedef struct sight {
    const qy_port *port;
    uint64_t id;
    const qy_port_cold *cold;
    char name[QUAY_NAME_MAX + 1];
} sight;

static QY_UNCHECKED void look_at_port(sight *seen)
{
    seen->id = *(const volatile uint64_t *)&seen->port->id;
    seen->cold = *(qy_port_cold *const volatile *)&seen->port->cold;
}

static QY_UNCHECKED void look_at_name(sight *seen)
{
    const volatile char *name = seen->cold->name;
    for (unsigned i = 0; i < QUAY_NAME_MAX; i++) seen->name[i] = name[i];
}

/* Is it still that port's turn? No port has an id twice, so what was read before was the port's. */
static bool still(const qy_worker *worker, const sight *seen)
{
    sight again = {.port = seen->port};
    ck_pr_fence_load();
    if (ck_pr_load_ptr(&worker->turn) != seen->port) return false;
    look_at_port(&again);
    return again.id == seen->id;
}

/* The port a worker's handler runs for. It may end while we look: its memory is the pool's and stays, but may be
 * anything by now. So nothing that was read is followed, or said, before it is known that the port was still there. */
static void name_running(const quay_runtime *rt, const qy_worker *worker)
{
    sight seen = {.port = ck_pr_load_ptr(&worker->turn)};
    if (!seen.port) return;
    look_at_port(&seen);
    if (!still(worker, &seen)) return;
    if (seen.cold) look_at_name(&seen);
    if (!still(worker, &seen)) return;
    const char *name = seen.name[0] ? seen.name : "unnamed";
    qy_log(rt, QUAY_LOG_WARNING, "port %s (worker %u) holds up the stop: its handler is running", name, worker->index);
}

static int kill_all(quay_runtime *rt)
{
    for (uint32_t i = 0; i < rt->workers_count; i++) name_running(rt, rt->workers[i]);
    ck_pr_store_32(&rt->phase, QY_KILLING);
    order(rt, QY_ORDER_KILL);
    return qy_runtime_wait_quiet(rt, true, rt->os->now() + KILL_GRACE);
}

static void close_doors(quay_runtime *rt)
{
    QY_CHECK(ck_pr_load_32(&rt->phase) != QY_RUNNING);
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
    order(rt, QY_ORDER_EXIT);
    for (uint32_t i = 0; i < rt->workers_count; i++) {
        if (join) rt->os->thread_join(rt->boots[i].thread);
        else rt->os->thread_detach(rt->boots[i].thread);
    }
}

static int claim(quay_runtime *rt)
{
    if (qy_me && qy_me->station.runtime == rt) return -EDEADLK;
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
