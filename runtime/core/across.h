/* across.h - straight onto the belt to another worker of the runtime, without a message block: for what is small and
 * sent by a handler. Where the road is closed (no belt yet, or not its turn, or full) that of send.h is taken.
 *
 * Read next: belt.h, outbound.h. */
#ifndef QY_ACROSS_H
#define QY_ACROSS_H

#include "core/worker.h"

typedef struct qy_across {
    qy_belt *belt; /* NULL: the road is closed */
    qy_line *line; /* to fill: all but the turn */
    uint32_t destination;
} qy_across;

/* Open the road to the home of an id for so many lines. The id of a bounded port has none. */
static inline qy_across qy_across_open(const qy_worker *me, uint64_t to, unsigned lines)
{
    uint32_t marked = (uint32_t)(to & QY_ID_MARK); /* beyond all destinations */
    qy_across road = {.destination = (qy_id_home(to) - (me->home - me->index)) | marked};
    if (QY_LIKELY(road.destination < me->peers)) road.belt = me->outbound[road.destination].belt;
    if (QY_UNLIKELY(!road.belt || !qy_belt_has_room(road.belt, lines))) return (qy_across){0};
    road.line = qy_belt_next(road.belt);
    road.line->to = to;
    return road;
}

/* It is filled, and counted as sent or posted. */
static inline void qy_across_close(qy_worker *me, const qy_across *road, unsigned lines)
{
    qy_belt_publish(road->belt, road->line, lines);
    qy_outbound_list(me, road->destination, true);
}

#endif
