/* roads.c - numbering what is pushed, checking what is handled. */
#include "sim/roads.h"

#include "sim/simulation.h"

/* The two parts of the mark in a message's meta word. */
#define MARK_BITS 24
#define MARK_MASK ((UINT64_C(1) << MARK_BITS) - 1)

static uint64_t to_mark(uint64_t number)
{
    return (number & 0xff) << 24 | (number >> 8 & 0xffff) << 48;
}

static uint64_t of_mark(uint64_t meta)
{
    return (meta >> 24 & 0xff) | (meta >> 48 & 0xffff) << 8;
}

void qy_roads_init(qy_roads *roads)
{
    *roads = (qy_roads){0};
    qy_numbers_init(&roads->handled, &qy_sim_own_memory);
    qy_numbers_init(&roads->seen, &qy_sim_own_memory);
}

void qy_roads_free(qy_roads *roads)
{
    qy_numbers_free(&roads->handled);
    qy_numbers_free(&roads->seen);
}

/* ---- pushes ---- */

void qy_roads_arm(const qy_simulation *sim, qy_worker *worker)
{
    worker->parking.asleep = 1;
    for (uint32_t to = 0; to < worker->peers; to++) {
        qy_outbound *out = &worker->outbound[to];
        if (!out->first) out->count = QY_BATCH - sim->settings.batch;
    }
}

/* What a worker sends for a port of its own, or what comes from outside. A message that is forwarded keeps its first
 * sender, but comes by another road: there is no order between it and what that sender sends. */
static void number(qy_simulation *sim, uint64_t *meta, uint64_t from)
{
    if (from && (!qy_me || qy_id_home(from) != qy_me->home)) return;
    if (qy_meta_kind(*meta) != QY_KIND_USER || of_mark(*meta)) return;
    if (!(++sim->roads.pushed & MARK_MASK)) sim->roads.pushed++; /* 0 is no number */
    *meta |= to_mark(sim->roads.pushed & MARK_MASK);
}

/* What was pushed last, or NULL when it has been popped: then it is another's, who may have written over its links. */
static qy_message *newest(qy_lane *lane)
{
    return qy_lane_consumed(lane) ? NULL : qy_message_of_parcel(lane->fifo.tail);
}

/* A belt is known by who lies at its ends, in the runtime that has their homes now. */
static uint64_t key_of(const qy_worker *from, const qy_worker *to)
{
    return ((uint64_t)from->home << 32 | to->home) + 1;
}

static void set_seen(qy_simulation *sim, uint64_t key, uint64_t position)
{
    if (!qy_numbers_put(&sim->roads.seen, key, position)) {
        qy_sim_fail(sim, "there is no memory for the simulator itself");
    }
}

void qy_roads_begin(qy_simulation *sim, const quay_runtime *rt)
{
    for (uint32_t to = 0; to < rt->workers_count; to++) {
        for (uint32_t from = 0; from < rt->workers_count; from++) {
            set_seen(sim, key_of(rt->workers[from], rt->workers[to]), 0);
        }
    }
}

/* What the running worker has put on a belt since it was looked at last; it cannot have been taken. */
static void number_belt(qy_simulation *sim, const qy_worker *from, const qy_worker *to)
{
    qy_belt *belt = to->belts[from->index];
    const uint64_t *seen = qy_numbers_find(&sim->roads.seen, key_of(from, to));
    QY_CHECK(seen);
    if (!belt) return;
    for (uint64_t position = *seen; position < belt->put;) {
        qy_line *line = qy_belt_line(belt, position);
        number(sim, &line->meta, line->from);
        position += qy_line_lines(line);
    }
    set_seen(sim, key_of(from, to), belt->put);
}

/* What the running worker has sent; what is on the belt was sent before what is on the lane with it. */
static void number_worker(qy_simulation *sim, const qy_worker *from, qy_worker *to)
{
    number_belt(sim, from, to);
    for (qy_message *m = newest(&to->lanes[from->index]); m; m = m->next) number(sim, &m->meta, m->from);
}

/* From outside: a thread of another runtime, or the driver. */
static void number_ingress(qy_simulation *sim, const qy_worker *to)
{
    const quay_runtime *rt = to->station.runtime;
    for (uint32_t i = 0; i < rt->guests_count; i++) {
        const qy_guest *guest = qy_runtime_guest(rt, rt->workers_count + i);
        qy_ingress_lane *lane = guest->lanes[to->index];
        qy_message *message = lane ? newest(&lane->lane) : NULL;
        if (message) number(sim, &message->meta, message->from);
    }
}

static qy_worker *find_worker(const qy_simulation *sim, const uint32_t *word)
{
    uint32_t i = 0;
    qy_worker *worker;
    while ((worker = qy_simulation_worker(sim, i++)) && &worker->parking.asleep != word) continue;
    return worker;
}

bool qy_roads_woken(qy_simulation *sim, uint32_t *word)
{
    qy_worker *to = find_worker(sim, word);
    if (!to) return false;
    qy_worker *me = qy_me;
    if (me && me != to && me->station.runtime == to->station.runtime) {
        number_worker(sim, me, to);
        qy_roads_arm(sim, me);
    } else {
        number_ingress(sim, to);
    }
    qy_roads_arm(sim, to);
    return true;
}

/* ---- arrivals ---- */

#define OUTSIDE (UINT64_C(1) << 31)

/* What its own worker sent has no number; and in what workers send for no port there is no order. */
void qy_roads_take(qy_simulation *sim, const qy_message *message, uint32_t to)
{
    uint64_t number = of_mark(message->meta);
    uint64_t from = qy_sim_port_number(&sim->ports, message->from);
    if (!from && qy_message_owner(message) >= qy_me->station.runtime->workers_count)
        from = OUTSIDE | qy_message_owner(message);
    if (!number || !from) return;
    uint64_t pair = from << 32 | to;
    const uint64_t *last = qy_numbers_find(&sim->roads.handled, pair);
    if (last && ((number - *last) & MARK_MASK) > MARK_MASK / 2) {
        qy_sim_fail(sim, "messages of one sender to one port were handled out of order");
    }
    if (!qy_numbers_put(&sim->roads.handled, pair, number))
        qy_sim_fail(sim, "there is no memory for the simulator itself");
}
