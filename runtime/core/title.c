/* title.c - keeping titles with ports. */
#include "core/title.h"

#include "core/bond.h"
#include "core/early.h"
#include "core/group.h"
#include "core/runtime.h"
#include "core/send.h"

#define TAKEN 0x100u /* in the tag, beside the kind */

int qy_title_give(uint64_t id, qy_title_kind kind, const qy_name *name)
{
    return qy_send_control(id, QY_KIND_TITLE, kind, NULL, name, sizeof *name);
}

void qy_title_take(uint64_t id, qy_title_kind kind, const qy_name *name)
{
    (void)qy_send_control(id, QY_KIND_TITLE, kind | TAKEN, NULL, name, sizeof *name);
}

static void give_up(const qy_worker *worker, uint64_t id, const qy_message *title)
{
    quay_runtime *rt = worker->station.runtime;
    const qy_name *name = qy_message_data(title);
    if (title->tag == QY_TITLE_NAME) (void)qy_names_remove(&rt->names, name, id);
    else (void)qy_groups_leave(&rt->groups, name, id);
}

static void forget(qy_worker *worker, qy_ties *ties, const qy_message *taken)
{
    for (qy_message **link = &ties->titles; *link; link = &(*link)->next) {
        qy_message *title = *link;
        if ((title->tag | TAKEN) != taken->tag) continue;
        if (!qy_name_equal(qy_message_data(title), qy_message_data(taken))) continue;
        *link = title->next;
        qy_message_free(worker, title);
        return;
    }
}

/* False when there is no memory. */
static bool keep(qy_worker *worker, qy_port *port, qy_message *title)
{
    qy_ties *ties = qy_port_get_ties(worker, port);
    if (!ties) return false;
    title->next = ties->titles;
    ties->titles = title;
    QY_COUNT_DONE(worker->station.count.retired);
    return true;
}

void qy_title_receive(qy_worker *worker, qy_message *message)
{
    QY_CHECK(message->size == sizeof(qy_name));
    bool kept;
    if (qy_worker_postponed(worker, message)) return;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    bool taken = message->tag & TAKEN;
    if (port && !taken) {
        if (!keep(worker, port, message)) qy_worker_postpone(worker, message);
        return;
    }
    if (port && qy_port_ties(port)) forget(worker, qy_port_ties(port), message);
    if (!taken) give_up(worker, message->to, message);
    qy_message_retire(worker, message);
}

void qy_titles_end(qy_worker *worker, qy_port *port)
{
    qy_ties *ties = qy_port_ties(port);
    while (ties && ties->titles) {
        qy_message *title = ties->titles;
        ties->titles = title->next;
        give_up(worker, port->id, title);
        qy_message_free(worker, title);
    }
}
