/* notice.c - exit notices: their text, their place in the mailbox; stops. */
#include "core/notice.h"

#include "core/bond.h"
#include "core/life.h"
#include "core/runtime.h"

void qy_notice_set_text(quay_exit_notice *notice, const char *text)
{
    if (text && *text) qy_format(notice->text, sizeof notice->text, "%s", text);
    else if (notice->cause != QUAY_EXIT_ERROR) qy_notice_set_text(notice, quay_exit_word(notice->cause));
    else qy_format(notice->text, sizeof notice->text, "error %d", -notice->reason);
}

static const quay_exit_notice *of(const qy_message *message)
{
    QY_CHECK(message->size == sizeof(quay_exit_notice));
    return qy_message_data(message);
}

void qy_notice_deliver(qy_worker *worker, qy_port *port, qy_message *message, uint32_t tag)
{
    qy_ties *ties = qy_port_ties(port);
    QY_CHECK(ties);
    message->from = of(message)->port.id;
    message->tag = tag;
    qy_mailbox_push_ahead(&port->mailbox, ties->last_notice, &message->mail);
    ties->last_notice = &message->mail;
    port->flags |= QY_PORT_NOTIFIED;
    if (!(port->flags & (QY_PORT_READY | QY_PORT_BUSY))) qy_worker_make_ready(worker, port);
}

/* Like others, from here on. */
static qy_message *become_message(qy_worker *worker, qy_message *message)
{
    QY_COUNT(worker->station.count.sent);
    QY_COUNT(worker->station.count.delivered);
    QY_COUNT_DONE(worker->station.count.retired);
    return message;
}

static qy_bond_kind kind_of(uint64_t number)
{
    return number ? QY_BOND_WATCHING : QY_BOND_LINK;
}

/* The notice cannot be taken back any more. */
static void let_go(qy_worker *worker, const qy_port *port, const qy_message *message)
{
    uint64_t number = of(message)->monitor.id;
    qy_bond *bond = qy_bond_find_over(worker, port->id, kind_of(number), number, of(message)->port.id, message);
    QY_CHECK(bond);
    qy_bond_free(worker, bond);
}

qy_message *qy_notice_take(qy_worker *worker, qy_port *port, qy_message *message)
{
    QY_CHECK(qy_message_kind(message) == QY_KIND_EXIT);
    qy_ties *ties = qy_port_ties(port);
    if (ties->last_notice == &message->mail) ties->last_notice = NULL;
    if (message->meta & QY_CANCELLED) {
        qy_message_retire(worker, message);
        return NULL;
    }
    let_go(worker, port, message);
    return become_message(worker, message);
}

qy_message *qy_stop_take(qy_worker *worker, qy_port *port, qy_message *message)
{
    QY_CHECK(qy_message_kind(message) == QY_KIND_STOP);
    const qy_ties *ties = qy_port_ties(port);
    if (ties && ties->traps_stop) {
        message->tag = ties->stop_tag;
        return become_message(worker, message);
    }
    qy_port_set_ending(worker, port, QUAY_EXIT_STOPPED, 0);
    qy_message_retire(worker, message);
    return NULL;
}

bool qy_notice_cancel(qy_worker *worker, const qy_port *port, uint64_t number, uint64_t peer)
{
    bool any = false;
    qy_bond *bond;
    for (; (bond = qy_bond_find_over(worker, port->id, kind_of(number), number, peer, NULL)); any = true) {
        bond->notice->meta |= QY_CANCELLED;
        qy_bond_free(worker, bond);
    }
    return any;
}
