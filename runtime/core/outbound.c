/* outbound.c - batches onto lanes, blocks home. */
#include "core/outbound.h"

#include <string.h>

#include "core/hold.h"
#include "core/runtime.h"

static void push_batch(qy_worker *worker, uint32_t destination, qy_worker *peer)
{
    qy_outbound *out = &worker->outbound[destination];
    qy_message *first = out->first;
    QY_CHECK(first && out->count);
    qy_hold_count(worker, destination);
    out->first = out->last = NULL;
    out->count = 0;
    qy_lane_push(&peer->lanes[worker->index], &first->parcel);
}

/* Over the memory limit: no more belts, for which the other side would have to take more; a lane brings its own. */
static bool over_limit(const qy_worker *worker)
{
    return QY_UNLIKELY(worker->station.pool.budget != NULL) && !qy_budget_allows(worker->station.pool.budget, 0);
}

static void flush_to(qy_worker *worker, uint32_t destination)
{
    QY_CHECK(destination < worker->peers && destination != worker->index);
    qy_outbound *out = &worker->outbound[destination];
    qy_worker *peer = worker->station.runtime->workers[destination];
    bool urgent = out->urgent;
    out->urgent = false;
    if (out->first) push_batch(worker, destination, peer);
    if (over_limit(worker)) out->belt = NULL;
    if (peer->told) qy_told_tell(peer->told, worker->index, ++out->flushes);
    if (urgent) qy_parking_wake(&peer->parking, worker->os);
}

void qy_outbound_flush(qy_worker *worker)
{
    while (worker->dirty) {
        uint32_t destination = worker->dirty - 1;
        worker->dirty = worker->outbound[destination].next_dirty;
        worker->outbound[destination].listed = false;
        flush_to(worker, destination);
    }
}

static void add_to_batch(qy_worker *worker, uint32_t destination, qy_message *message)
{
    qy_outbound *out = &worker->outbound[destination];
    bool user = qy_kind_is_user(qy_message_kind(message));
    message->next = NULL;
    out->belt = NULL;
    if (out->first) out->last->next = message;
    else out->first = message;
    out->last = message;
    if (++out->count == QY_BATCH) flush_to(worker, destination);
    if (user) qy_hold_mark(worker, destination);
}

/* O2: it is the belt's turn when nothing that was sent before is in the batch or on the lane. */
static qy_belt *get_belt(qy_worker *worker, uint32_t destination)
{
    qy_outbound *out = &worker->outbound[destination];
    if (QY_LIKELY(out->belt != NULL) || out->first || over_limit(worker)) return out->belt;
    qy_worker *peer = worker->station.runtime->workers[destination];
    if (qy_lane_consumed(&peer->lanes[worker->index])) out->belt = qy_belt_find(&peer->belts[worker->index]);
    return out->belt;
}

static bool try_belt(qy_worker *worker, uint32_t destination, const qy_message *message)
{
    size_t size = qy_body_size(message->meta, message->size);
    qy_belt *belt = size <= QY_BELT_LARGEST ? get_belt(worker, destination) : NULL;
    if (!belt || !qy_belt_has_room(belt, qy_belt_lines(size))) return false;
    qy_belt_put(belt, message, size);
    return true;
}

void qy_outbound_add(qy_worker *worker, uint32_t destination, qy_message *message)
{
    QY_DEBUG_CHECK(destination < worker->peers && destination != worker->index);
    bool blocks = qy_message_kind(message) == QY_KIND_RETURN;
    qy_outbound_list(worker, destination, !blocks);
    if (QY_LIKELY(!blocks) && try_belt(worker, destination, message)) {
        message->meta &= ~QY_BUFFER; /* it went along */
        qy_message_free(worker, message);
    } else {
        add_to_batch(worker, destination, message);
    }
}

/* A RETURN message is the first of the blocks; `from` leads to the others, the payload says where they end. */
static void return_blocks(qy_worker *worker, uint32_t destination, unsigned size_class)
{
    qy_chain *chain = &worker->outbound[destination].home[size_class];
    qy_message *message = (qy_message *)(void *)chain->first;
    QY_CHECK(message && chain->count);
    QY_UNPOISON(message, sizeof *message);
    message->from = (uint64_t)(uintptr_t)chain->first->next;
    memcpy(message->payload, &chain->last, sizeof chain->last);
    message->size = chain->count;
    message->meta = qy_meta(QY_KIND_RETURN, 0, size_class, destination);
    *chain = (qy_chain){0};
    qy_outbound_add(worker, destination, message);
}

static void list_homing(qy_worker *worker, uint32_t destination)
{
    qy_outbound *out = &worker->outbound[destination];
    if (out->homing) return;
    out->homing = true;
    out->next_homing = worker->homing;
    worker->homing = destination + 1;
}

void qy_outbound_send_home(qy_worker *worker, qy_message *spent)
{
    uint32_t destination = qy_message_owner(spent);
    unsigned size_class = qy_message_class(spent);
    QY_CHECK(destination < worker->peers && destination != worker->index);
    QY_CHECK(size_class < QY_CLASSES);
    qy_chain *chain = &worker->outbound[destination].home[size_class];
    qy_block *block = (qy_block *)(void *)spent;
    list_homing(worker, destination);
    block->next = NULL;
    if (chain->last) chain->last->next = block;
    else chain->first = block;
    chain->last = block;
    QY_POISON(block + 1, sizeof *spent - sizeof *block);
    if (++chain->count == QY_BATCH) return_blocks(worker, destination, size_class);
}

void qy_outbound_flush_blocks(qy_worker *worker)
{
    while (worker->homing) {
        uint32_t destination = worker->homing - 1;
        qy_outbound *out = &worker->outbound[destination];
        worker->homing = out->next_homing;
        out->homing = false;
        for (unsigned size_class = 0; size_class < QY_CLASSES; size_class++) {
            if (out->home[size_class].count) return_blocks(worker, destination, size_class);
        }
    }
    qy_outbound_flush(worker);
}

void qy_outbound_take_back(qy_worker *worker, qy_message *message)
{
    QY_CHECK(qy_message_owner(message) == worker->index);
    qy_pool *pool = &worker->station.pool;
    unsigned size_class = qy_message_class(message);
    qy_block *rest = (qy_block *)(uintptr_t)message->from;
    if (rest) {
        qy_block *last;
        memcpy(&last, message->payload, sizeof last);
        last->next = pool->free[size_class];
        pool->free[size_class] = rest;
    }
    qy_message_free(worker, message);
}
