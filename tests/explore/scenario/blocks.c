/* blocks.c - blocks of messages on their way home (guest.h, message.c): a guest with few of them sends to two workers,
 * who free what they get, and goes on with what came back. */
#include <string.h>

#include "core/runtime.h"
#include "explore.h"

#define WORKERS 2
#define BLOCKS 3
#define MESSAGES 6 /* to each worker */

static struct {
    quay_runtime runtime;
    qy_guest *groups[1];
    qy_guest guest;
    qy_worker workers[WORKERS];
    qy_lane lanes[WORKERS];
    void *blocks[BLOCKS];
} here;

static qy_message *make_message(void)
{
    while (!here.guest.station.pool.free[0] && qy_ingress_empty(&here.guest.returned)) ck_pr_stall();
    qy_message *message = qy_guest_message(&here.guest, sizeof(uint64_t), 0);
    EXPLORE_CHECK(message);
    return message;
}

static void send_all(void *argument)
{
    for (uint64_t i = 0; i < (uint64_t)MESSAGES * WORKERS; i++) {
        qy_message *message = make_message();
        message->next = NULL;
        memcpy(message->payload, &i, sizeof i);
        qy_lane_push(&here.lanes[i % WORKERS], &message->parcel);
    }
}

/* As a worker does: what is the lane's stub yet is pinned, and freed by the next pop. */
static void free_all(void *argument)
{
    qy_worker *me = argument;
    for (uint64_t i = me->index; i < (uint64_t)MESSAGES * WORKERS;) {
        uint64_t number;
        qy_parcel *unpinned;
        qy_parcel *parcel = qy_lane_pop(&here.lanes[me->index], &unpinned);
        if (!parcel) {
            ck_pr_stall();
            continue;
        }
        if (unpinned) qy_message_free(me, qy_message_of_parcel(unpinned));
        memcpy(&number, qy_message_of_parcel(parcel)->payload, sizeof number);
        EXPLORE_CHECK(number == i);
        i += WORKERS;
        /* The last one stays in the lane; the guest must not wait for it. */
    }
}

static void start(void)
{
    static const char *const names[WORKERS] = {"worker 0", "worker 1"};
    memset(&here, 0, sizeof here);
    here.groups[0] = &here.guest;
    here.runtime.workers_count = WORKERS;
    here.runtime.guests[0] = here.groups;
    here.guest.station.runtime = &here.runtime;
    here.guest.station.meta = qy_meta(QY_KIND_USER, 0, 0, WORKERS);
    qy_pool_init(&here.guest.station.pool, &explore_memory);
    qy_ingress_init(&here.guest.returned);
    for (unsigned i = 0; i < BLOCKS; i++) {
        here.blocks[i] = explore_new(QY_CACHE_LINE);
        qy_pool_put(&here.guest.station.pool, 0, here.blocks[i]);
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        qy_lane_init(&here.lanes[i]);
        here.workers[i].index = i;
        here.workers[i].peers = WORKERS;
        here.workers[i].station.runtime = &here.runtime;
        here.workers[i].station.meta = qy_meta(QY_KIND_USER, 0, 0, i);
        (void)explore_thread(names[i], free_all, &here.workers[i]);
    }
    (void)explore_thread("guest", send_all, NULL);
}

static unsigned count_free(void)
{
    unsigned count = 0;
    for (const qy_block *block = here.guest.station.pool.free[0]; block; block = block->next) count++;
    for (const qy_ingress_link *link = qy_ingress_take(&here.guest.returned); link; link = link->next) count++;
    return count;
}

/* Each lane keeps one, the rest is home, and no chunk had to be cut. */
static void check(void)
{
    EXPLORE_CHECK(count_free() == BLOCKS - WORKERS);
    EXPLORE_CHECK(!here.guest.station.pool.chunks);
    for (unsigned i = 0; i < BLOCKS; i++) {
        QY_UNPOISON(here.blocks[i], QY_CACHE_LINE);
        explore_delete(here.blocks[i], QY_CACHE_LINE);
    }
}

const explore_scenario explore_blocks = {.name = "blocks", .steps = 200, .start = start, .check = check};
