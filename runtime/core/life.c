/* life.c - birth, init, death of ports. */
#include "core/life.h"
#include "core/hold.h"

#include <string.h>

#include "core/bond.h"
#include "core/future.h"
#include "core/host.h"
#include "core/receive.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/suspend.h"
#include "core/title.h"
#include "core/unhandled.h"

/* ---- birth ---- */

#define COLD_CLASS qy_class_for(sizeof(qy_port_cold))

static qy_port_cold *set_cold(qy_port *port, qy_port_cold *cold)
{
    if (cold) *cold = (qy_port_cold){0};
    return port->cold = cold;
}

qy_port_cold *qy_port_get_cold(qy_worker *worker, qy_port *port)
{
    if (port->cold) return port->cold;
    return set_cold(port, qy_pool_take_beyond(&worker->station.pool, COLD_CLASS));
}

static int give_cold(qy_worker *worker, qy_port *port, const qy_birth *birth)
{
    if (!birth->init && !birth->fini && !birth->limit && !birth->name[0] && !(port->flags & QY_PORT_LARGE)) return 0;
    qy_port_cold *cold = set_cold(port, qy_pool_take(&worker->station.pool, COLD_CLASS));
    if (!cold) return -ENOMEM;
    cold->init = birth->init;
    cold->fini = birth->fini;
    cold->arg = birth->arg;
    strcpy(cold->name, birth->name);
    return birth->limit ? qy_gate_make(worker, port) : 0;
}

static int give_state(qy_worker *worker, qy_port *port, const qy_birth *birth)
{
    if (!(port->flags & QY_PORT_LARGE)) {
        memset(port + 1, 0, birth->state_size);
        return 0;
    }
    void *state = qy_allocate(&worker->station.runtime->memory, birth->state_size, QY_CACHE_LINE);
    if (!state) return -ENOMEM;
    memset(state, 0, birth->state_size);
    port->cold->large = birth->state_size;
    *(void **)(port + 1) = state;
    return 0;
}

static void free_port(qy_worker *worker, qy_port *port)
{
    QY_CHECK(!port->futures);
    QY_CHECK(qy_mailbox_empty(&port->mailbox));
    qy_port_cold *cold = port->cold;
    if (cold) {
        QY_CHECK(!cold->ties);
        if (cold->gate) qy_gate_free(worker, port);
        if (cold->large) qy_release(&worker->station.runtime->memory, qy_port_state(port), cold->large);
        qy_pool_put(&worker->station.pool, COLD_CLASS, cold);
    }
    qy_pool_put(&worker->station.pool, port->flags >> QY_PORT_CLASS_SHIFT, port);
}

static qy_port *make_port(qy_worker *worker, uint64_t id, const qy_birth *birth)
{
    bool large = qy_state_is_large(birth->state_size);
    unsigned size_class = qy_class_for(sizeof(qy_port) + (large ? sizeof(void *) : birth->state_size));
    qy_port *port = qy_pool_take(&worker->station.pool, size_class);
    if (!port) return NULL;
    memset(port, 0, sizeof *port);
    port->flags = QY_PORT_YOUNG | (uint32_t)size_class << QY_PORT_CLASS_SHIFT | (large ? QY_PORT_LARGE : 0u) |
                  (birth->foreign ? QY_PORT_FOREIGN : 0u) | (worker->draining ? QY_PORT_DRAINING : 0u);
    port->handler = birth->handler;
    port->id = id;
    qy_mailbox_init(&port->mailbox);
    if (!give_cold(worker, port, birth) && !give_state(worker, port, birth)) return port;
    free_port(worker, port);
    return NULL;
}

static void end_id(qy_worker *worker, uint64_t id, bool foreign)
{
    if (foreign) qy_stock_put(&worker->stock, &worker->ports, id);
    else qy_table_release(&worker->ports, id);
}

int qy_port_create(qy_worker *worker, uint64_t id, const qy_birth *birth)
{
    QY_CHECK(id && birth->handler);
    QY_CHECK(qy_id_home(id) == worker->home);
    if (qy_table_provide(&worker->ports, id)) return -ENOMEM;
    qy_port *port = make_port(worker, id, birth);
    if (!port) return -ENOMEM;
    qy_table_bind(&worker->ports, id, port);
    QY_COUNT(worker->station.count.spawned);
    const qy_machine *machine = worker->station.runtime->machine;
    if (QY_UNLIKELY(machine->born != NULL)) machine->born(worker, port);
    if (birth->init) {
        QY_COUNT(worker->station.count.posted); /* drain waits for init */
        port->flags |= QY_PORT_NEW;
        qy_worker_make_ready(worker, port);
    } else if (worker->draining) {
        qy_worker_make_ready(worker, port);
    }
    return 0;
}

/* Also if it was killed meanwhile: init takes charge of what `arg` leads to, fini of what init made. */
void qy_port_begin(qy_worker *worker, qy_port *port)
{
    QY_CHECK(port->cold && port->cold->init);
    QY_CHECK(port->flags & QY_PORT_NEW);
    quay_self self = {.worker = worker, .port = port, .deadline = QUAY_FOREVER};
    port->flags &= ~(uint32_t)QY_PORT_NEW;
    worker->running = &self;
    int result = port->cold->init(&self, qy_port_state(port), port->cold->arg);
    worker->running = NULL;
    if (result < 0) {
        qy_log(worker->station.runtime, QUAY_LOG_WARNING, "port %s: init failed: %s", qy_port_name(port),
               quay_strerror(result));
        port->cold->fini = NULL;
        qy_port_set_ending(worker, port, QUAY_EXIT_ERROR, result);
    }
    QY_COUNT_DONE(worker->station.count.retired);
}

/* ---- death ---- */

const char *qy_port_name(const qy_port *port)
{
    return port->cold && port->cold->name[0] ? port->cold->name : "unnamed";
}

void qy_port_set_ending(qy_worker *worker, qy_port *port, quay_exit_cause cause, int reason)
{
    if (port->flags & QY_PORT_ENDING) return;
    QY_COUNT(worker->station.count.posted); /* drain waits until it has ended */
    (void)qy_hold_unmark(port);
    port->flags |= QY_PORT_ENDING | (uint32_t)cause << QY_PORT_CAUSE_SHIFT;
    port->reason = reason;
}

const qy_remembered *qy_worker_recall(const qy_worker *worker, uint64_t id)
{
    for (uint32_t i = 0; id && i < QY_REMEMBERED; i++) {
        if (worker->remembered[i].id == id) return &worker->remembered[i];
    }
    return NULL;
}

bool qy_worker_remembers(const qy_worker *worker, uint64_t id, int *reason)
{
    const qy_remembered *remembered = qy_worker_recall(worker, id);
    if (remembered) *reason = remembered->reason;
    return remembered;
}

static void remember(qy_worker *worker, uint64_t id, quay_exit_cause cause, int reason)
{
    QY_CHECK(id);
    worker->remembered[worker->remembered_next++ % QY_REMEMBERED] =
        (qy_remembered){.id = id, .cause = cause, .reason = reason};
}

void qy_port_stillborn(qy_worker *worker, uint64_t id, int reason)
{
    QY_CHECK(reason < 0);
    remember(worker, id, QUAY_EXIT_ERROR, reason);
    if (id & QY_ID_MARK) qy_gates_close(&worker->gates, id);
    /* Without memory even for its slot, the slot is lost. */
    if (qy_table_entry(&worker->ports, id)) end_id(worker, id, true);
    if (worker->blocking) qy_host_give_back(worker);
}

/* A message that was sent on this worker does not say to whom (send.c), and the port has no id any more. */
static void empty_mailbox(qy_worker *worker, qy_port *port, uint64_t id)
{
    for (qy_mail *mail; (mail = qy_mailbox_pop(&port->mailbox));) {
        qy_message *message = qy_message_of_mail(mail);
        if (qy_message_kind(message) == QY_KIND_USER) {
            message->to = id;
            qy_message_die(worker, message, QUAY_DEAD_ENDED, -EOWNERDEAD);
        } else {
            qy_message_free(worker, message);
            QY_COUNT_DONE(worker->station.count.retired);
        }
    }
}

static void tell_watchers(qy_worker *worker, qy_port *port)
{
    qy_message *watcher = port->cold ? port->cold->watchers : NULL;
    while (watcher) {
        qy_message *next = watcher->next;
        QY_COUNT(worker->station.count.posted);
        qy_join_answer(worker, watcher, port->reason);
        watcher = next;
    }
}

static void run_fini(qy_worker *worker, qy_port *port)
{
    if (!port->cold || !port->cold->fini) return;
    quay_self self = {.worker = worker, .port = port, .deadline = QUAY_FOREVER, .ending = true};
    quay_self *outer = worker->running; /* a handler that killed this port */
    qy_port *turn = worker->turn;
    ck_pr_store_ptr(&worker->turn, port);
    worker->running = &self;
    port->cold->fini(qy_port_state(port), port->reason);
    worker->running = outer;
    ck_pr_store_ptr(&worker->turn, turn);
}

static void end_port(qy_worker *worker, qy_port *port)
{
    QY_CHECK(port->id);
    QY_CHECK(!worker->ending);
    QY_CHECK(!(port->flags & (QY_PORT_BUSY | QY_PORT_READY)));
    uint64_t id = port->id;
    bool waited_for = port->flags & QY_PORT_ENDING;
    worker->ending = true;
    if (!waited_for) port->flags |= (uint32_t)QUAY_EXIT_STOPPED << QY_PORT_CAUSE_SHIFT;
    qy_titles_end(worker, port);
    if (port->flags & QY_PORT_BOUNDED) qy_room_close(worker, port);
    port->id = 0; /* stale from here on, though the slot is not free yet */
    run_fini(worker, port);
    qy_port_future_drop_all(port);
    empty_mailbox(worker, port, id);
    remember(worker, id, qy_port_cause(port), port->reason);
    tell_watchers(worker, port);
    qy_bonds_end(worker, port);
    end_id(worker, id, port->flags & QY_PORT_FOREIGN);
    if (worker->turn == port) ck_pr_store_ptr(&worker->turn, NULL);
    ck_pr_fence_store(); /* who looks at the port finds it gone before its memory is anything else (peek.c) */
    free_port(worker, port);
    worker->ending = false;
    QY_COUNT_DONE(worker->station.count.ended);
    if (worker->blocking) qy_host_give_back(worker);
    if (waited_for) QY_COUNT_DONE(worker->station.count.retired);
}

bool qy_port_end_if_due(qy_worker *worker, qy_port *port)
{
    bool drained = (port->flags & QY_PORT_DRAINING) && qy_mailbox_empty(&port->mailbox);
    if (!(port->flags & QY_PORT_ENDING) && !drained) return false;
    end_port(worker, port);
    return true;
}

void qy_port_kill(qy_worker *worker, qy_port *port, quay_exit_cause cause, int reason)
{
    qy_port_set_ending(worker, port, cause, reason);
    port->flags |= QY_PORT_KILLED;
    qy_port_interrupt(worker, port, -ECANCELED);
    /* If it is ready its turn ends it; if a handler runs, the end of that turn does. */
    if (port->flags & (QY_PORT_BUSY | QY_PORT_READY)) return;
    /* One fini may kill another port, whose fini a third: they end one after the other, not one inside the other. */
    if (worker->ending) qy_worker_make_ready(worker, port);
    else qy_port_end_if_due(worker, port);
}
