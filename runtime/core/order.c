/* order.c - draining, killing and leaving, when quay_runtime_stop says so; and a look at who waits for room. */
#include "core/order.h"

#include "core/alarm.h"
#include "core/arrivals.h"
#include "core/life.h"
#include "core/room.h"
#include "core/runtime.h"

static void drain_port(void *context, void *pointer)
{
    qy_port *port = pointer;
    port->flags |= QY_PORT_DRAINING;
    if (!(port->flags & (QY_PORT_BUSY | QY_PORT_READY))) qy_port_end_if_due(context, port);
}

/* The ports that held the stop up are named in the log, a few of each worker. */
#define NAMED_LAGGARDS 16

typedef struct killing {
    qy_worker *worker;
    unsigned killed;
} killing;

static void kill_port(void *context, void *pointer)
{
    killing *k = context;
    qy_port *port = pointer;
    if (k->killed++ < NAMED_LAGGARDS) {
        qy_log(k->worker->station.runtime, QUAY_LOG_WARNING,
               "port %s (worker %u) held up the stop with %u messages queued, and is killed", qy_port_name(port),
               k->worker->index, port->depth);
    }
    qy_port_kill(k->worker, port, QUAY_EXIT_KILLED, -ECANCELED);
}

static void kill_all(qy_worker *worker)
{
    killing k = {.worker = worker};
    qy_table_each(&worker->ports, kill_port, &k);
    if (k.killed <= NAMED_LAGGARDS) return;
    qy_log(worker->station.runtime, QUAY_LOG_WARNING, "worker %u: and %u more ports were killed", worker->index,
           k.killed - NAMED_LAGGARDS);
}

bool qy_worker_obey(qy_worker *worker)
{
    uint32_t orders = ck_pr_fas_32(&worker->parking.orders, 0);
    if (orders & QY_ORDER_DRAIN) {
        qy_worker_take_all(worker); /* what was sent before the stop is queued */
        worker->draining = true;
        qy_alarm_cancel_all(worker);
        qy_table_each(&worker->ports, drain_port, worker);
    }
    bool runs = ck_pr_load_32(&worker->station.runtime->phase) == QY_RUNNING;
    if ((orders & QY_ORDER_TRIM) && runs) qy_pool_trim(&worker->station.pool); /* else stop.c may look at its blocks */
    if (orders & QY_ORDER_ROOM) qy_room_look_all(worker);
    if (orders & QY_ORDER_KILL) {
        worker->killed = true;
        kill_all(worker);
    }
    if (orders & QY_ORDER_EXIT) worker->exiting = true;
    return true;
}
