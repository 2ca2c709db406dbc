/* guest_lane.c - what a guest has: lanes to workers, made when they are first used, and messages.
 *
 * Read next: outbound.c. */
#include <string.h>

#include "core/guest.h"
#include "core/runtime.h"

/* ---- lanes ---- */

static void free_lanes(const qy_memory *memory, qy_ingress_lane **lanes, uint32_t count)
{
    for (uint32_t i = 0; lanes && i < count; i++) qy_release(memory, lanes[i], sizeof **lanes);
    qy_release(memory, lanes, count * sizeof(qy_ingress_lane *));
}

void qy_guest_free(qy_guest *guest)
{
    const qy_memory *memory = guest->station.pool.memory;
    free_lanes(memory, guest->lanes, guest->station.runtime->workers_count);
    free_lanes(memory, guest->host_lanes, QY_ID_HOMES);
    qy_pool_free(&guest->station.pool);
    qy_release(memory, guest, sizeof *guest);
}

qy_ingress_lane *qy_guest_find_lane(const qy_guest *guest, const qy_worker *worker)
{
    QY_CHECK(worker->station.runtime == guest->station.runtime);
    if (QY_LIKELY(!worker->blocking)) return guest->lanes[worker->index];
    return guest->host_lanes ? guest->host_lanes[worker->home] : NULL;
}

static qy_ingress_lane **lane_at(qy_guest *guest, const qy_worker *worker)
{
    if (!worker->blocking) return &guest->lanes[worker->index];
    if (!guest->host_lanes) {
        size_t bytes = QY_ID_HOMES * sizeof(qy_ingress_lane *);
        guest->host_lanes = qy_allocate(guest->station.pool.memory, bytes, QY_CACHE_LINE);
        if (!guest->host_lanes) return NULL;
        memset(guest->host_lanes, 0, bytes);
    }
    return &guest->host_lanes[worker->home];
}

qy_ingress_lane *qy_guest_lane(qy_guest *guest, const qy_worker *worker)
{
    qy_ingress_lane *lane = qy_guest_find_lane(guest, worker);
    if (QY_LIKELY(lane != NULL)) return lane;
    qy_ingress_lane **at = lane_at(guest, worker);
    if (at) lane = qy_allocate(guest->station.pool.memory, sizeof *lane, QY_CACHE_LINE);
    if (!lane) return NULL;
    qy_ingress_lane_init(lane);
    return *at = lane;
}

/* ---- a guest's messages ---- */

static void take_back(qy_guest *guest)
{
    qy_ingress_link *link = qy_ingress_take(&guest->returned);
    while (link) {
        qy_message *message = qy_message_of_ingress(link);
        link = link->next;
        qy_pool_put(&guest->station.pool, qy_message_class(message), message);
    }
}

qy_message *qy_guest_message(qy_guest *guest, size_t size, uint64_t flags)
{
    size_t bytes = QY_MESSAGE_HEADER + (flags & QY_EXTENDED ? sizeof(qy_extra) : 0) + size;
    unsigned size_class = qy_class_for(bytes);
    if (size_class != QY_CLASS_NONE && !guest->station.pool.free[size_class]) take_back(guest);
    return qy_message_new(&guest->station, size, flags);
}
