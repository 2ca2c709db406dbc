/* roads.c - outbound.h O2 and parking.h P1: from one worker to another, by belt and by lane, in one order; and blocks
 * home. The consumer sleeps when it finds nothing. */
#include <string.h>

#include "core/arrivals.h"
#include "core/runtime.h"
#include "explore.h"

#define MESSAGES 12
#define FLOOD (QY_BELT_LINES / (1 + 3) + 1) /* of as many lines as there can be: more than the belt has room for */
#define LARGE (QY_BELT_LARGEST + 1)
#define FROM 0
#define TO 1

static struct {
    quay_runtime runtime;
    qy_worker *workers[2];
    qy_port port;
    unsigned count; /* of messages */
    unsigned taken;
} here;

/* ---- the producer ---- */

static size_t random_size(void)
{
    static const size_t sizes[] = {8, 8, QY_BELT_LARGEST, LARGE};
    return sizes[explore_random(COUNT_OF(sizes))];
}

static void send_next(unsigned number, size_t size)
{
    unsigned char data[LARGE];
    memset(data, (int)number, size);
    EXPLORE_CHECK(!quay_send((quay_port){here.port.id}, number, data, size));
}

static void send_all(void *argument)
{
    qy_worker *me = qy_me = argument;
    for (unsigned i = 0; i < here.count;) {
        bool flood = here.count - i >= FLOOD && !explore_random(4);
        for (unsigned burst = flood ? FLOOD : 1; burst > 0; burst--) {
            send_next(i++, flood ? QY_BELT_LARGEST : random_size());
        }
        if (!explore_random(2)) qy_outbound_flush(me);
    }
    qy_outbound_flush(me);
    qy_me = NULL;
}

/* ---- the consumer ---- */

static void take_mail(qy_worker *me)
{
    for (qy_mail *mail; (mail = qy_mailbox_pop(&here.port.mailbox)); here.taken++) {
        qy_message *message = qy_message_of_mail(mail);
        const unsigned char *data = qy_message_data(message);
        EXPLORE_CHECK(message->tag == here.taken);
        EXPLORE_CHECK(data[0] == here.taken && data[message->size - 1] == here.taken);
        qy_message_free(me, message);
    }
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
    while (here.taken < here.count) {
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

static void make_workers(void)
{
    quay_runtime *rt = &here.runtime;
    rt->os = &qy_os_linux;
    rt->memory = explore_memory;
    rt->first_home = 1;
    rt->workers_count = 2;
    rt->workers = here.workers;
    rt->stack_size = (size_t)64 * 1024;
    for (uint32_t i = 0; i < 2; i++) {
        here.workers[i] = explore_new(sizeof(qy_worker));
        EXPLORE_CHECK(!qy_worker_init(here.workers[i], rt, i));
    }
    if (explore_random(2)) qy_belt_lay(explore_new(sizeof(qy_belt)), &here.workers[TO]->belts[FROM]);
    make_port(here.workers[TO]);
}

static void end_workers(void)
{
    for (uint32_t i = 0; i < 2; i++) qy_worker_discard(here.workers[i]);
    for (uint32_t i = 0; i < 2; i++) {
        qy_worker_free(here.workers[i]);
        explore_delete(here.workers[i], sizeof(qy_worker));
    }
}

/* What went home is there, and the lanes have nothing more. */
static void take_blocks(void)
{
    qy_worker *me = qy_me = here.workers[FROM];
    qy_worker_take_all(me);
    EXPLORE_CHECK(!qy_worker_has_arrivals(me));
    qy_me = NULL;
}

static void run(void *argument)
{
    (void)argument;
    make_workers();
    unsigned producer = explore_thread("producer", send_all, here.workers[FROM]);
    unsigned consumer = explore_thread("consumer", take_all, here.workers[TO]);
    explore_join(producer);
    explore_join(consumer);
    take_blocks();
    end_workers();
}

static void start(void)
{
    memset(&here, 0, sizeof here);
    here.count = explore_random(4) ? MESSAGES : MESSAGES + FLOOD;
    (void)explore_thread("main", run, NULL);
}

const explore_scenario explore_roads = {.name = "roads", .steps = 250, .start = start};
