/* ring.c - probes. */
#include "core/ring.h"

#include <string.h>

#include "core/life.h"
#include "core/receive.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/timer.h"

#define NAMES 16 /* of ports on the way that a report can hold */
#define NAME_BYTES 24

typedef struct probe {
    uint64_t origin; /* the port whose wait this is about … */
    uint64_t stamp;  /* … and that wait, for the ask it went out along */
    uint64_t ask;    /* the future that the sender waits for, and the receiver has to answer */
    uint32_t passed; /* ports so far */
    char names[NAMES][NAME_BYTES];
} probe;

/* ---- sending ---- */

static void add_name(probe *p, const qy_port *port)
{
    QY_CHECK(port->id);
    if (p->passed < NAMES) qy_format(p->names[p->passed], NAME_BYTES, "%s", qy_port_name(port));
    p->passed++;
}

/* The stamp of the wait, as far as it is for that ask: of its beginning, or since when the callee is another one. */
static uint64_t stamp_of(const qy_suspension *s, const qy_port_future *f)
{
    return f->since > s->stamp ? f->since : s->stamp;
}

/* The ask of a future that only its answer can end, or NULL. */
static const qy_port_future *ask_at(const qy_suspension *s, size_t i)
{
    const qy_port_future *f = (const qy_port_future *)s->futures[i];
    return f->future.kind != QY_FUTURE_OF_PORT || f->settled || !f->callee || f->deadline ? NULL : f;
}

/* Not through a later wait. One without a stamp has yet to go out. */
static bool passes(const probe *p, const qy_suspension *s, const qy_port_future *f)
{
    uint64_t stamp = stamp_of(s, f);
    return !p->stamp || p->stamp > stamp || (p->stamp == stamp && p->origin >= s->self->port->id);
}

/* Along every ask the suspension waits for that has no deadline. Without memory none is sent, and it is looked
 * at again with each tick until its probes are on their way. */
static bool send_on(const qy_suspension *s, const probe *from)
{
    probe p = *from;
    add_name(&p, s->self->port);
    for (size_t i = 0; i < s->count; i++) {
        const qy_port_future *f = ask_at(s, i);
        if (!f || !passes(from, s, f)) continue;
        p.ask = f->id;
        p.stamp = from->stamp ? from->stamp : stamp_of(s, f);
        if (qy_send_control(f->callee, QY_KIND_PROBE, 0, NULL, &p, sizeof p) == -ENOMEM) return false;
    }
    return true;
}

static void look_for_ring(qy_suspension *s)
{
    QY_CHECK(s->self && s->stamp);
    probe p = {.origin = s->self->port->id};
    s->looked = send_on(s, &p);
}

/* ---- the tick ---- */

static void tick(qy_worker *worker, uint64_t target);

/* Never for want of memory: a ring that is not looked for lasts for ever. While no tick is armed a block for its timer
 * is set aside. */
static void arm_tick(qy_worker *worker)
{
    QY_CHECK(worker->tick_block && !worker->ring_tick);
    qy_pool_put(&worker->station.pool, QY_TIMER_CLASS, worker->tick_block);
    worker->tick_block = NULL;
    worker->ring_tick = qy_timer_arm(worker, qy_worker_now(worker) + QY_RING_TICK, tick, 0) != NULL;
    QY_CHECK(worker->ring_tick);
}

/* When the tick's timer has just been freed, or before the worker runs. */
static bool set_block_aside(qy_worker *worker)
{
    worker->tick_block = qy_pool_take(&worker->station.pool, QY_TIMER_CLASS);
    return worker->tick_block;
}

int qy_ring_init(qy_worker *worker)
{
    return set_block_aside(worker) ? 0 : -ENOMEM;
}

/* A probe that found no memory here goes on; the names of those it passed before are lost. */
static void send_pending(qy_suspension *s)
{
    probe p = {.origin = s->seen_origin, .stamp = s->seen_stamp};
    s->pending = !send_on(s, &p);
}

/* Waits that were there at the last tick are looked at; newer ones at the next. */
static void tick(qy_worker *worker, uint64_t target)
{
    (void)target;
    bool again = false;
    bool kept = set_block_aside(worker);
    QY_CHECK(kept);
    worker->ring_tick = false;
    for (qy_link *link = worker->suspended.next; link != &worker->suspended; link = link->next) {
        qy_suspension *s = QY_CONTAINER_OF(link, qy_suspension, link);
        if (s->pending && !s->over) send_pending(s);
        again |= s->pending;
        if (!s->all || s->looked || s->over) continue;
        if (s->ticked) look_for_ring(s);
        s->ticked = true;
        again |= !s->looked;
    }
    if (again && !worker->ring_tick) arm_tick(worker);
}

void qy_ring_expect(qy_worker *worker, qy_suspension *s)
{
    if (!s->all) return;
    s->stamp = ++worker->stamp;
    if (QY_UNLIKELY(!worker->ring_tick)) arm_tick(worker);
}

void qy_ring_look_again(qy_worker *worker, qy_suspension *s)
{
    if (!s->all) return;
    s->looked = false;
    if (!worker->ring_tick) arm_tick(worker);
}

/* ---- receiving ---- */

bool qy_ring_holds(const quay_self *self, uint64_t ask)
{
    return self->duty == ask || qy_port_find_ask(self->port, ask) || qy_room_holds(self->port, ask);
}

/* The wait through which the probe goes on or ends: the port has the ask, and waits itself for nothing but answers. */
static qy_suspension *next_wait(qy_worker *worker, uint64_t id, uint64_t ask)
{
    qy_port *port = qy_worker_port(worker, id);
    if (!port || !(port->flags & QY_PORT_SUSPENDED)) return NULL;
    qy_suspension *s = port->fiber->suspension;
    if (!s->all || s->over) return NULL;
    return qy_ring_holds(s->self, ask) ? s : NULL;
}

static void report(qy_worker *worker, const probe *p)
{
    QY_CHECK(p->passed > 0);
    char text[NAMES * (NAME_BYTES + 4) + 1] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < p->passed && i < NAMES; i++) {
        qy_format(text + length, sizeof text - length, "%s -> ", p->names[i]);
        length = strlen(text);
    }
    qy_log(worker->station.runtime, QUAY_LOG_WARNING, "ports wait for each other in a ring: %s%s%s. %s", text,
           p->passed > NAMES ? "… -> " : "", p->names[0], quay_explain(-EDEADLK));
}

/* It went out from this wait, which for that ask is still the same. */
static bool is_back(const qy_suspension *s, const probe *p)
{
    if (s->self->port->id != p->origin) return false;
    for (size_t i = 0; i < s->count; i++) {
        const qy_port_future *f = ask_at(s, i);
        if (f && stamp_of(s, f) == p->stamp) return true;
    }
    return false;
}

/* Not through a wait it has just gone through. */
static bool goes_on(const qy_suspension *s, const probe *p)
{
    if (s->seen_origin == p->origin && s->seen_stamp == p->stamp) return false;
    if (p->passed >= QY_RING_LONGEST) return false;
    for (size_t i = 0; i < s->count; i++) {
        const qy_port_future *f = ask_at(s, i);
        if (f && passes(p, s, f)) return true;
    }
    return false;
}

static void follow(qy_worker *worker, qy_message *message)
{
    const probe *p = qy_message_data(message);
    QY_CHECK(message->size == sizeof *p && p->passed > 0);
    qy_suspension *s = next_wait(worker, message->to, p->ask);
    if (p->stamp > worker->stamp) worker->stamp = p->stamp;
    if (!s) return;
    if (is_back(s, p)) {
        report(worker, p);
        qy_suspension_end(worker, s, -EDEADLK);
    } else if (goes_on(s, p)) {
        if (s->pending) send_pending(s); /* if it still finds no memory this one takes its place */
        s->seen_origin = p->origin;
        s->seen_stamp = p->stamp;
        s->pending = !send_on(s, p);
        if (s->pending && !worker->ring_tick) arm_tick(worker);
    }
}

/* One that goes on to a port of this worker is received at once: one after the other, not one inside the other. */
void qy_ring_receive(qy_worker *worker, qy_message *message)
{
    message->next = worker->probes;
    worker->probes = message;
    if (worker->probing) return;
    worker->probing = true;
    while ((message = worker->probes)) {
        worker->probes = message->next;
        follow(worker, message);
        qy_message_retire(worker, message);
    }
    worker->probing = false;
}
