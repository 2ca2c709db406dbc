/* arrivals.c - from belts, lanes and the ingress to the worker. */
#include "core/arrivals.h"

#include "core/receive.h"
#include "core/runtime.h"
#include "core/unload.h"

/* ---- from other workers ---- */

static void unpin(qy_worker *worker, qy_parcel *parcel)
{
    QY_CHECK(parcel);
    qy_message *message = qy_message_of_parcel(parcel);
    QY_CHECK(message->meta & QY_PINNED);
    message->meta &= ~QY_PINNED;
    if (message->meta & QY_SPENT) qy_message_free(worker, message);
}

/* Returns how many there were. */
static unsigned receive_batch(qy_worker *worker, qy_message *message)
{
    unsigned count = 0;
    for (; message; count++) {
        qy_message *next = message->next;
        QY_PREFETCH(next);
        qy_worker_receive(worker, message);
        message = next;
    }
    return count;
}

/* The next batch of a lane, or NULL. Its first message is the lane's stub from here on. */
static qy_message *pop_batch(qy_worker *worker, qy_lane *lane)
{
    qy_parcel *unpinned;
    qy_parcel *parcel = qy_lane_pop(lane, &unpinned);
    if (!parcel) return NULL;
    if (unpinned) unpin(worker, unpinned);
    qy_message *first = qy_message_of_parcel(parcel);
    first->meta |= QY_PINNED;
    return first;
}

static void take_lane(qy_worker *worker, qy_lane *lane)
{
    unsigned taken = 0;
    qy_message *batch;
    while (taken < worker->takes && (batch = pop_batch(worker, lane))) taken += receive_batch(worker, batch);
}

static void lay_belt(qy_worker *worker, uint32_t source)
{
    qy_belt *belt = qy_allocate(worker->station.pool.memory, sizeof *belt, QY_CACHE_LINE);
    if (belt) qy_belt_lay(belt, &worker->belts[source]);
}

/* Receive a lane's next batch. Returns how many messages there were. If the source has no belt yet, and sends more than
 * our own blocks, there is one for what comes next; without memory, the next batch is another occasion. */
static QY_NOINLINE unsigned take_batch(qy_worker *worker, uint32_t source)
{
    qy_message *batch = pop_batch(worker, &worker->lanes[source]);
    if (!worker->belts[source] && qy_message_kind(batch) != QY_KIND_RETURN) lay_belt(worker, source);
    return receive_batch(worker, batch);
}

static const qy_line *first_line(qy_belt *belt)
{
    return QY_LIKELY(belt != NULL) ? qy_belt_first(belt) : NULL;
}

enum { LEFT = 1, TOOK = 2 };

/* What comes from another worker, in the order it was sent (outbound.h O2): a batch that is seen on the lane was sent
 * after all that the belt has now, and before all that it will get while the batch lies there. Returns whether it took
 * something, and whether it left something, for want of time or memory. */
static unsigned take_from(qy_worker *worker, uint32_t source)
{
    qy_belt *belt = worker->belts[source];
    qy_lane *lane = &worker->lanes[source];
    unsigned taken = 0;
    while (taken < worker->takes) {
        const qy_line *line = first_line(belt);
        if (!line) {
            if (belt) belt->run = taken;
            if (qy_lane_empty(lane)) return taken ? TOOK : 0;
            ck_pr_fence_load(); /* pairs with the fence of the lane's push */
            line = first_line(belt);
        }
        if (QY_LIKELY(line != NULL)) {
            qy_belt_look_ahead(belt, taken);
            if (!qy_belt_unload(worker, belt, line)) break;
            taken++;
        } else {
            taken += take_batch(worker, source);
            belt = worker->belts[source];
        }
    }
    if (belt) belt->run = UINT32_MAX;
    worker->left = true;
    return taken ? TOOK | LEFT : LEFT;
}

static inline bool anything_from(qy_worker *worker, uint32_t source)
{
    return first_line(worker->belts[source]) || !qy_lane_empty(&worker->lanes[source]);
}

static bool take_all_workers(qy_worker *worker)
{
    unsigned outcomes = 0;
    for (uint32_t source = 0; source < worker->peers; source++) {
        if (source != worker->index && anything_from(worker, source)) outcomes |= take_from(worker, source);
    }
    return outcomes & TOOK;
}

/* A source of whose messages some are left stays one that has sent (told.h S2). */
static inline unsigned take_pair(qy_worker *worker, uint32_t pair, qy_told told)
{
    qy_told *seen = &worker->seen[pair];
    unsigned outcomes = 0;
    ck_pr_fence_load(); /* pairs with the fence in qy_told_tell */
    for (uint32_t i = 0; i < 2; i++) {
        if (seen->of[i] == told.of[i]) continue;
        unsigned outcome = take_from(worker, 2 * pair + i);
        seen->of[i] = told.of[i] - (outcome & LEFT);
        outcomes |= outcome;
    }
    return outcomes;
}

static bool take_workers(qy_worker *worker)
{
    if (!worker->told) return take_all_workers(worker);
    unsigned outcomes = 0;
    for (uint32_t pair = 0; pair < qy_told_pairs(worker->peers); pair++) {
        qy_told told = qy_told_load(&worker->told[pair]);
        if (QY_UNLIKELY(told.both != worker->seen[pair].both)) outcomes |= take_pair(worker, pair, told);
    }
    return outcomes & TOOK;
}

static bool anything_from_workers(qy_worker *worker)
{
    bool anything = false;
    if (worker->told) {
        for (uint32_t pair = 0; pair < qy_told_pairs(worker->peers) && !anything; pair++) {
            anything = qy_told_load(&worker->told[pair]).both != worker->seen[pair].both;
        }
    } else {
        for (uint32_t source = 0; source < worker->peers && !anything; source++) {
            anything = anything_from(worker, source);
        }
    }
    return anything;
}

/* ---- from threads outside ---- */

static qy_ingress_link **end_of(qy_ingress_link **links)
{
    while (*links) links = &(*links)->next;
    return links;
}

/* Something from each lane that has something; lanes that have more stay active, in turn. */
static bool take_ingress(qy_worker *worker)
{
    if (!qy_ingress_empty(&worker->ingress)) *end_of(&worker->active) = qy_ingress_take(&worker->ingress);
    qy_ingress_link *link = worker->active;
    qy_ingress_link **kept = &worker->active;
    bool busy = link;
    while (link) {
        qy_ingress_lane *from = QY_CONTAINER_OF(link, qy_ingress_lane, link);
        qy_ingress_link *next = link->next;
        take_lane(worker, &from->lane);
        if (!qy_ingress_lane_done(from)) {
            *kept = link;
            kept = &link->next;
        }
        link = next;
    }
    *kept = NULL;
    worker->left |= worker->active != NULL;
    return busy;
}

/* How many of each source this step takes. Where the ports of the last one had all its turns, and want more, a flood of
 * arrivals shall not keep them waiting for long, nor they a flood: if their handlers take long, more are taken. */
static unsigned allowance(const qy_worker *worker)
{
    if (worker->turns_left) return QY_STEP_MESSAGES;
    if (!worker->left) return QY_BUSY_MESSAGES;
    quay_time due = (qy_worker_now(worker) - worker->left_at) / QY_BUSY_NS;
    if (due >= QY_STEP_MESSAGES) return QY_STEP_MESSAGES;
    return due < QY_BUSY_MESSAGES ? QY_BUSY_MESSAGES : (unsigned)due;
}

bool qy_worker_take(qy_worker *worker)
{
    worker->takes = allowance(worker);
    worker->left = false;
    bool busy = take_workers(worker);
    busy |= take_ingress(worker);
    if (QY_UNLIKELY(worker->left)) worker->left_at = qy_worker_now(worker);
    return busy;
}

/* Also what is on a belt, and will be told of when the step that sent it ends. */
void qy_worker_take_all(qy_worker *worker)
{
    worker->takes = QY_STEP_MESSAGES;
    bool busy = true;
    for (unsigned rounds = 0; busy && rounds < QY_TAKE_ALL_ROUNDS; rounds++) {
        busy = take_all_workers(worker);
        busy |= take_ingress(worker);
    }
}

bool qy_worker_has_arrivals(qy_worker *worker)
{
    return worker->active || !qy_ingress_empty(&worker->ingress) || anything_from_workers(worker);
}

/* ---- the end ---- */

static void discard_lane(qy_lane *lane)
{
    qy_parcel *unpinned;
    for (qy_parcel *parcel; (parcel = qy_lane_pop(lane, &unpinned));) {
        for (qy_message *m = qy_message_of_parcel(parcel); m; m = m->next) qy_message_discard_buffer(m);
    }
}

void qy_worker_discard(qy_worker *worker)
{
    quay_runtime *rt = worker->station.runtime;
    for (uint32_t source = 0; source < worker->peers; source++) {
        if (worker->belts[source]) qy_belt_discard(worker->belts[source]);
        discard_lane(&worker->lanes[source]);
    }
    for (uint32_t i = 0; i < rt->guests_count; i++) {
        qy_ingress_lane *lane = qy_guest_find_lane(qy_runtime_guest(rt, rt->workers_count + i), worker);
        if (lane) discard_lane(&lane->lane);
    }
    for (const qy_message *m = worker->early; m; m = m->next) qy_message_discard_buffer(m);
}
