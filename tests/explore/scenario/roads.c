/* roads.c - outbound.h O2, told.h and parking.h P1: from one worker to another, by belt and by lane, in one order; and
 * blocks home. The consumer sleeps when it finds nothing. With many workers, most of which are not there, it looks at
 * words first, and two producers have theirs side by side. */
#include <string.h>

#include "core/arrivals.h"
#include "core/runtime.h"
#include "explore.h"

#define MESSAGES 12
#define FLOOD (QY_BELT_LINES / (1 + 3) + 1) /* of as many lines as there can be: more than the belt has room for */
#define LARGE (QY_BELT_LARGEST + 1)
#define PRODUCERS 2
#define TO PRODUCERS
#define THERE (PRODUCERS + 1) /* workers that are there */
#define MANY (QY_UNTOLD_PEERS + 1)

static struct {
    quay_runtime runtime;
    qy_worker *workers[MANY];
    qy_port port;
    unsigned producers;
    unsigned count; /* of messages, from each */
    unsigned taken[PRODUCERS];
} here;

/* ---- the producer ---- */

static size_t random_size(void)
{
    static const size_t sizes[] = {8, 8, QY_BELT_LARGEST, LARGE};
    return sizes[explore_random(COUNT_OF(sizes))];
}

/* The tag is the producer, the payload its message's number. */
static void send_next(uint32_t producer, unsigned number, size_t size)
{
    unsigned char data[LARGE];
    memset(data, (int)number, size);
    EXPLORE_CHECK(!quay_send((quay_port){here.port.id}, producer, data, size));
}

static void send_all(void *argument)
{
    qy_worker *me = qy_me = argument;
    for (unsigned i = 0; i < here.count;) {
        bool flood = here.count - i >= FLOOD && !explore_random(4);
        for (unsigned burst = flood ? FLOOD : 1; burst > 0; burst--) {
            send_next(me->index, i++, flood ? QY_BELT_LARGEST : random_size());
        }
        if (!explore_random(2)) qy_outbound_flush(me);
    }
    qy_outbound_flush(me);
    qy_me = NULL;
}

/* ---- the consumer ---- */

static void take_mail(qy_worker *me)
{
    for (qy_mail *mail; (mail = qy_mailbox_pop(&here.port.mailbox));) {
        qy_message *message = qy_message_of_mail(mail);
        const unsigned char *data = qy_message_data(message);
        unsigned number = here.taken[message->tag]++;
        EXPLORE_CHECK(data[0] == number && data[message->size - 1] == number);
        qy_message_free(me, message);
    }
}

static bool all_taken(void)
{
    for (unsigned i = 0; i < here.producers; i++) {
        if (here.taken[i] < here.count) return false;
    }
    return true;
}

/* As worker.c does. */
static void sleep_until_work(qy_worker *me)
{
    qy_outbound_flush_blocks(me);
    qy_parking_announce(&me->parking);
    if (qy_worker_has_arrivals(me)) qy_parking_cancel(&me->parking);
    else qy_parking_wait(&me->parking, me->os, QUAY_FOREVER);
}

static void take_all(void *argument)
{
    qy_worker *me = qy_me = argument;
    while (!all_taken()) {
        if (!qy_worker_take(me)) sleep_until_work(me);
        take_mail(me);
    }
    qy_outbound_flush_blocks(me);
    qy_me = NULL;
}

/* ---- both ---- */

/* Busy for ever, so that nobody runs it. */
static void make_port(qy_worker *worker)
{
    here.port.flags = QY_PORT_BUSY;
    qy_mailbox_init(&here.port.mailbox);
    here.port.id = qy_table_add(&worker->ports, &here.port);
    EXPLORE_CHECK(here.port.id);
}

static void make_workers(uint32_t count)
{
    quay_runtime *rt = &here.runtime;
    rt->os = &qy_os_linux;
    rt->memory = explore_memory;
    rt->first_home = 1;
    rt->workers_count = count;
    rt->workers = here.workers;
    rt->stack_size = (size_t)64 * 1024;
    for (uint32_t i = 0; i < THERE; i++) {
        here.workers[i] = explore_new(sizeof(qy_worker));
        EXPLORE_CHECK(!qy_worker_init(here.workers[i], rt, i));
    }
    for (uint32_t i = 0; i < here.producers; i++) {
        if (explore_random(2)) qy_belt_lay(explore_new(sizeof(qy_belt)), &here.workers[TO]->belts[i]);
    }
    make_port(here.workers[TO]);
}

static void end_workers(void)
{
    for (uint32_t i = 0; i < THERE; i++) qy_worker_discard(here.workers[i]);
    for (uint32_t i = 0; i < THERE; i++) {
        qy_worker_free(here.workers[i]);
        explore_delete(here.workers[i], sizeof(qy_worker));
    }
}

/* What went home is there, and the lanes have nothing more. */
static void take_blocks(qy_worker *me)
{
    qy_me = me;
    (void)qy_worker_take(me);
    EXPLORE_CHECK(!qy_worker_has_arrivals(me));
    qy_me = NULL;
}

static void run(void *argument)
{
    static const char *const names[PRODUCERS] = {"producer 0", "producer 1"};
    const uint32_t *workers = argument;
    unsigned threads[PRODUCERS];
    make_workers(*workers);
    for (unsigned i = 0; i < here.producers; i++) threads[i] = explore_thread(names[i], send_all, here.workers[i]);
    explore_join(explore_thread("consumer", take_all, here.workers[TO]));
    for (unsigned i = 0; i < here.producers; i++) explore_join(threads[i]);
    for (unsigned i = 0; i < here.producers; i++) take_blocks(here.workers[i]);
    end_workers();
}

static void start_roads(void)
{
    static uint32_t workers = THERE;
    memset(&here, 0, sizeof here);
    here.producers = 1;
    here.count = explore_random(4) ? MESSAGES : MESSAGES + FLOOD;
    (void)explore_thread("main", run, &workers);
}

const explore_scenario explore_roads = {.name = "roads", .steps = 250, .start = start_roads};

static void start_told(void)
{
    static uint32_t workers = MANY;
    memset(&here, 0, sizeof here);
    here.producers = PRODUCERS;
    here.count = MESSAGES / 2;
    (void)explore_thread("main", run, &workers);
}

const explore_scenario explore_told = {.name = "told", .steps = 250, .start = start_told};
