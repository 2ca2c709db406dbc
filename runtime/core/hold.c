/* hold.c - marking ports that are ahead, holding them, and letting them go. */
#include "core/hold.h"

#include "core/runtime.h"

#define LANE_SHARE 16 /* of as many as may wait in a mailbox may be on a lane, where they are in the way of others */

/* ---- when ---- */

static qy_lane *lane_to(const qy_worker *worker, uint32_t destination)
{
    return &worker->station.runtime->workers[destination]->lanes[worker->index];
}

static bool has_taken_all(const qy_worker *worker, uint32_t destination)
{
    return !worker->outbound[destination].first && qy_lane_consumed(lane_to(worker, destination));
}

/* The port of this worker for which others were held last, and which is not held for another itself (H5). One that
 * waits for a reply may wait for one of them. */
static bool has_caught_up(const qy_worker *worker)
{
    const qy_port *port = qy_worker_port(worker, worker->crowded);
    return !port || (port->flags & QY_PORT_SUSPENDED) || port->depth <= worker->ahead_at / 2;
}

static bool is_over(const qy_worker *worker, uint32_t destination)
{
    return destination == worker->index ? has_caught_up(worker) : has_taken_all(worker, destination);
}

void qy_hold_count(qy_worker *worker, uint32_t destination)
{
    QY_CHECK(destination != worker->index);
    qy_outbound *out = &worker->outbound[destination];
    const qy_lane *lane = lane_to(worker, destination);
    if (qy_lane_consumed(lane)) out->ahead = 0;
    if (out->in_vain && qy_lane_position(lane) != out->held_at) out->in_vain = false;
    out->ahead += out->count;
}

/* ---- marks ---- */

static void mark_port(qy_port *port, uint32_t destination)
{
    port->flags |= QY_PORT_AHEAD;
    port->ahead_of = destination;
}

/* The running port can be held: it is none that ends, and H4. */
static bool may_mark(const qy_worker *worker)
{
    const quay_self *self = worker->running;
    return self && !self->ending && !(self->port->flags & QY_PORT_ENDING) && self->port->depth <= worker->ahead_at;
}

void qy_hold_mark(qy_worker *worker, uint32_t destination)
{
    const qy_outbound *out = &worker->outbound[destination];
    if (out->ahead <= worker->ahead_at / LANE_SHARE || out->in_vain || !may_mark(worker)) return;
    mark_port(worker->running->port, destination);
}

void qy_hold_mark_here(qy_worker *worker, const qy_port *crowded)
{
    QY_CHECK(crowded->depth > worker->ahead_at);
    bool held_here = (crowded->flags & QY_PORT_AHEAD) && crowded->ahead_of == worker->index;
    if (held_here || (crowded->flags & QY_PORT_SUSPENDED) || !may_mark(worker)) return;
    worker->crowded = crowded->id;
    mark_port(worker->running->port, worker->index);
}

uint32_t qy_hold_unmark(qy_port *port)
{
    if (!(port->flags & QY_PORT_AHEAD)) return 0;
    uint32_t mark = port->ahead_of + 1;
    port->flags ^= QY_PORT_AHEAD;
    port->ahead_of = 0; /* where a reason may be */
    return mark;
}

/* ---- holding ---- */

void qy_hold_port(qy_worker *worker, qy_port *port, uint32_t destination)
{
    QY_CHECK(destination < worker->peers);
    QY_CHECK(!(port->flags & (QY_PORT_BUSY | QY_PORT_READY)));
    qy_outbound *out = &worker->outbound[destination];
    if (!out->held) {
        out->held_end = &out->held;
        out->held_at = qy_lane_position(lane_to(worker, destination));
        out->held_until = qy_worker_now(worker) + QY_HOLD_TIME;
        out->next_holding = worker->holding;
        worker->holding = destination + 1;
    }
    mark_port(port, destination);
    port->flags |= QY_PORT_READY;
    port->next = NULL;
    *out->held_end = port;
    out->held_end = &port->next;
}

static void let_go(qy_worker *worker, qy_outbound *out)
{
    QY_CHECK(out->held);
    for (qy_port *port = out->held, *next; port; port = next) {
        next = port->next;
        (void)qy_hold_unmark(port);
        qy_ready_add(&worker->ready, port);
    }
    out->held = NULL;
}

void qy_hold_release(qy_worker *worker)
{
    quay_time now = qy_worker_now(worker);
    uint32_t *link = &worker->holding;
    while (*link) {
        uint32_t destination = *link - 1;
        qy_outbound *out = &worker->outbound[destination];
        bool over = is_over(worker, destination);
        if (over || now >= out->held_until) {
            *link = out->next_holding;
            out->in_vain = !over && out->held_at == qy_lane_position(lane_to(worker, destination));
            let_go(worker, out);
        } else {
            link = &out->next_holding;
        }
    }
}
