/* bond.c - making and taking away ends, and the messages between them. */
#include "core/bond.h"

#include <string.h>

#include "core/early.h"
#include "core/life.h"
#include "core/notice.h"
#include "core/runtime.h"
#include "core/send.h"

#define BOND_CLASS qy_class_for(sizeof(qy_bond))
#define TIES_CLASS qy_class_for(sizeof(qy_ties))

/* The payload of BOND and UNBOND, and the beginning of an EXIT's. The tag is the kind of the end it is for. */
typedef struct bond_note {
    uint64_t number;
    uint64_t from;
} bond_note;

_Static_assert(offsetof(quay_exit_notice, monitor) == offsetof(bond_note, number), "an exit notice begins as a note");
_Static_assert(offsetof(quay_exit_notice, port) == offsetof(bond_note, from), "an exit notice begins as a note");

/* ---- what a port has ---- */

/* Who watches whom is control: it goes on beyond a memory limit, or notices would wait for memory with those behind. */
qy_ties *qy_port_get_ties(qy_worker *worker, qy_port *port)
{
    qy_port_cold *cold = qy_port_get_cold(worker, port);
    if (!cold) return NULL;
    if (cold->ties) return cold->ties;
    qy_ties *ties = qy_pool_take_beyond(&worker->station.pool, TIES_CLASS);
    if (!ties) return NULL;
    *ties = (qy_ties){0};
    qy_list_init(&ties->bonds);
    return cold->ties = ties;
}

void qy_port_set_text(qy_worker *worker, qy_port *port, const char *text)
{
    qy_ties *ties = qy_port_get_ties(worker, port);
    if (ties && text) qy_format(ties->text, sizeof ties->text, "%s", text);
}

/* ---- ends ---- */

static uint64_t key_of(qy_bond_kind kind, uint64_t own, uint64_t number, uint64_t peer)
{
    return kind == QY_BOND_LINK ? qy_map_pair(own, peer) : number;
}

qy_bond *qy_bond_new(qy_worker *worker, qy_port *port, qy_bond_kind kind, uint64_t number, uint64_t peer)
{
    QY_CHECK(port->id && number && peer != QY_ANY_PORT);
    qy_ties *ties = qy_port_get_ties(worker, port);
    qy_bond *bond = ties ? qy_pool_take_beyond(&worker->station.pool, BOND_CLASS) : NULL;
    if (!bond) return NULL;
    *bond = (qy_bond){.number = number, .own = port->id, .peer = peer, .kind = (uint8_t)kind};
    if (qy_map_add(&worker->bonds.map, &bond->node, key_of(kind, port->id, number, peer))) {
        qy_pool_put(&worker->station.pool, BOND_CLASS, bond);
        return NULL;
    }
    qy_list_append(&ties->bonds, &bond->link);
    return bond;
}

/* It is found no more. */
static void take_away(qy_worker *worker, qy_bond *bond)
{
    qy_map_remove(&worker->bonds.map, &bond->node);
    qy_list_remove(&bond->link);
}

void qy_bond_free(qy_worker *worker, qy_bond *bond)
{
    take_away(worker, bond);
    qy_pool_put(&worker->station.pool, BOND_CLASS, bond);
}

typedef struct pattern {
    qy_bond_kind kind;
    uint64_t own, number, peer;
    bool over;
    const qy_message *notice;
} pattern;

static bool matches(const pattern *p, const qy_bond *bond)
{
    return bond->own == p->own && bond->kind == p->kind && (!p->number || bond->number == p->number) &&
           (p->peer == QY_ANY_PORT || bond->peer == p->peer) && p->over == (bond->notice != NULL) &&
           (!p->notice || bond->notice == p->notice);
}

static qy_bond *find(const qy_worker *worker, const pattern *p)
{
    qy_map_node *node = qy_map_first(&worker->bonds.map, key_of(p->kind, p->own, p->number, p->peer));
    for (; node; node = qy_map_next(node)) {
        qy_bond *bond = QY_CONTAINER_OF(node, qy_bond, node);
        if (matches(p, bond)) return bond;
    }
    return NULL;
}

qy_bond *qy_bond_find(qy_worker *worker, uint64_t own, qy_bond_kind kind, uint64_t number, uint64_t peer)
{
    return find(worker, &(pattern){.own = own, .kind = kind, .number = number, .peer = peer});
}

qy_bond *qy_bond_find_over(qy_worker *worker, uint64_t own, qy_bond_kind kind, uint64_t number, uint64_t peer,
                           const qy_message *notice)
{
    return find(worker, &(pattern){kind, own, number, peer, true, notice});
}

/* ---- sending ---- */

static qy_bond_kind other_end(qy_bond_kind kind)
{
    static const qy_bond_kind other[] = {
        [QY_BOND_WATCHING] = QY_BOND_WATCHED, [QY_BOND_WATCHED] = QY_BOND_WATCHING, [QY_BOND_LINK] = QY_BOND_LINK};
    QY_CHECK(kind <= QY_BOND_LINK);
    return other[kind];
}

static int send_note(qy_kind message, const qy_bond *bond)
{
    bond_note note = {.number = bond->number, .from = bond->own};
    return qy_send_control(bond->peer, message, other_end(bond->kind), NULL, &note, sizeof note);
}

/* To the end `kind` of a port: the notice's port has ended. 0 also if there is nobody to be told any more. */
static int send_exit(uint64_t to, qy_bond_kind kind, const quay_exit_notice *notice)
{
    qy_extra extra = {.status = notice->reason};
    int error = qy_send_control(to, QY_KIND_EXIT, kind, &extra, notice, sizeof *notice);
    return error == -EPIPE ? 0 : error;
}

int qy_bond_undo(const qy_bond *bond)
{
    int error = send_note(QY_KIND_UNBOND, bond);
    return error == -EPIPE ? 0 : error;
}

/* What is known of a port that is not there. */
static quay_exit_notice obituary(const qy_worker *worker, uint64_t id, uint64_t number)
{
    quay_exit_notice notice = {.monitor = {number}, .port = {id}, .cause = QUAY_EXIT_UNKNOWN, .reason = -EPIPE};
    const qy_remembered *remembered = qy_worker_recall(worker, id);
    if (remembered) {
        notice.cause = remembered->cause;
        notice.reason = remembered->reason;
    }
    qy_notice_set_text(&notice, NULL);
    return notice;
}

int qy_bond_begin(qy_worker *worker, const qy_bond *bond)
{
    int error = send_note(QY_KIND_BOND, bond);
    if (error != -EPIPE) return error; /* without an error the bond may be gone: by the answer to it */
    quay_exit_notice notice = obituary(worker, bond->peer, bond->number);
    return send_exit(bond->own, bond->kind, &notice);
}

/* ---- receiving ---- */

static const bond_note *note_of(const qy_message *message)
{
    QY_CHECK(message->size >= sizeof(bond_note) && message->tag <= QY_BOND_LINK);
    return qy_message_data(message);
}

static qy_bond *find_for(qy_worker *worker, const qy_message *message)
{
    const bond_note *note = note_of(message);
    return qy_bond_find(worker, message->to, (qy_bond_kind)message->tag, note->number, note->from);
}

/* 0 or no memory. */
static int accept(qy_worker *worker, qy_port *port, const qy_message *message)
{
    const bond_note *note = note_of(message);
    qy_bond_kind kind = (qy_bond_kind)message->tag;
    if (port) return qy_bond_new(worker, port, kind, note->number, note->from) ? 0 : -ENOMEM;
    quay_exit_notice notice = obituary(worker, message->to, note->number);
    return send_exit(note->from, other_end(kind), &notice);
}

void qy_bond_receive(qy_worker *worker, qy_message *message)
{
    bool kept;
    if (qy_worker_postponed(worker, message)) return;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    if (accept(worker, port, message)) qy_worker_postpone(worker, message);
    else qy_message_retire(worker, message);
}

void qy_bond_receive_undo(qy_worker *worker, qy_message *message)
{
    bool kept;
    if (qy_worker_postponed(worker, message)) return;
    (void)qy_receive_port(worker, message, &kept);
    if (kept) return;
    qy_bond *bond = find_for(worker, message);
    if (bond) qy_bond_free(worker, bond);
    qy_message_retire(worker, message);
}

static void end_watch(qy_worker *worker, qy_port *port, qy_bond *bond, qy_message *message)
{
    QY_CHECK(!bond->notice);
    bond->notice = message;
    qy_notice_deliver(worker, port, message, bond->tag);
}

/* All links between the two are over; a port that traps keeps one, for its notice. */
static void end_links(qy_worker *worker, qy_bond *bond, qy_message *message, bool traps)
{
    uint64_t own = bond->own, peer = bond->peer;
    if (traps) bond->notice = message;
    else qy_bond_free(worker, bond);
    while ((bond = qy_bond_find(worker, own, QY_BOND_LINK, 0, peer))) qy_bond_free(worker, bond);
}

static void end_link(qy_worker *worker, qy_port *port, qy_bond *bond, qy_message *message)
{
    quay_exit_notice *notice = qy_message_data(message);
    const qy_ties *ties = qy_port_ties(port);
    end_links(worker, bond, message, ties->traps);
    if (ties->traps) {
        notice->monitor.id = 0;
        qy_notice_deliver(worker, port, message, ties->trap_tag);
        return;
    }
    if (quay_exit_failed(notice->cause)) {
        if (!(port->flags & QY_PORT_ENDING)) qy_port_set_text(worker, port, notice->text);
        qy_port_kill(worker, port, notice->cause, notice->reason);
    }
    qy_message_retire(worker, message);
}

void qy_bond_receive_exit(qy_worker *worker, qy_message *message)
{
    bool kept;
    if (qy_worker_postponed(worker, message)) return;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    qy_bond *bond = port ? find_for(worker, message) : NULL;
    if (!bond) qy_message_retire(worker, message);
    else if (bond->kind == QY_BOND_WATCHING) end_watch(worker, port, bond, message);
    else end_link(worker, port, bond, message);
}

/* ---- the end of a port ---- */

static int tell(const qy_bond *bond, const char *text)
{
    if (bond->notice) return 0;
    if (bond->kind == QY_BOND_WATCHING) {
        (void)qy_bond_undo(bond); /* without memory the other end waits for its port's end */
        return 0;
    }
    quay_exit_notice notice = {
        .monitor = {bond->number}, .port = {bond->own}, .cause = bond->cause, .reason = bond->reason};
    qy_notice_set_text(&notice, text);
    return send_exit(bond->peer, other_end(bond->kind), &notice);
}

void qy_bonds_end(qy_worker *worker, qy_port *port)
{
    qy_ties *ties = qy_port_ties(port);
    while (ties && !qy_list_empty(&ties->bonds)) {
        qy_bond *bond = QY_CONTAINER_OF(ties->bonds.next, qy_bond, link);
        take_away(worker, bond);
        bond->cause = (uint8_t)qy_port_cause(port);
        bond->reason = port->reason;
        if (tell(bond, ties->text)) {
            QY_COUNT(worker->station.count.posted); /* drain waits until it is told */
            qy_list_append(&worker->bonds.untold, &bond->link);
        } else {
            qy_pool_put(&worker->station.pool, BOND_CLASS, bond);
        }
    }
    if (!ties) return;
    port->cold->ties = NULL;
    qy_pool_put(&worker->station.pool, TIES_CLASS, ties);
}

void qy_bonds_retry(qy_worker *worker)
{
    while (!qy_list_empty(&worker->bonds.untold)) {
        qy_bond *bond = QY_CONTAINER_OF(worker->bonds.untold.next, qy_bond, link);
        if (tell(bond, NULL)) return;
        qy_list_remove(&bond->link);
        qy_pool_put(&worker->station.pool, BOND_CLASS, bond);
        QY_COUNT_DONE(worker->station.count.retired);
    }
}
