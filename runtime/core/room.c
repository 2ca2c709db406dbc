/* room.c - requests for places, and grants. */
#include "core/room.h"

#include "core/answer.h"
#include "core/early.h"
#include "core/future.h"
#include "core/receive.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/suspend.h"
#include "core/thread_future.h"
#include "core/unhandled.h"

/* ---- the sender ---- */

static int ask_for_place(qy_worker *me, uint64_t to, uint64_t future)
{
    qy_extra extra = {.reply_to = future, .deadline = QUAY_FOREVER, .stamp = ++me->stamp};
    return qy_send_control(to, QY_KIND_ROOM, 0, &extra, NULL, 0);
}

/* A place that comes while the wait ends otherwise is there all the same. */
static int await_as_port(qy_worker *me, uint64_t to, quay_time until)
{
    QY_CHECK(me->running);
    qy_port_future *f = qy_port_future_new(me, me->running->port);
    if (!f) return -ENOMEM;
    quay_future *future = &f->future;
    f->callee = to;
    int error = ask_for_place(me, to, f->id);
    if (!error && !f->settled) error = qy_suspend_for(me, &future, 1, true, until);
    QY_CHECK(error || f->settled);
    if (f->settled) error = f->status;
    else qy_cancel_ask(to, f->id);
    qy_port_future_drop(f);
    return error;
}

int qy_room_await(uint64_t to, quay_time until)
{
    qy_worker *me = qy_me;
    if (!me) return qy_ask_worker((quay_port){to}, QY_KIND_ROOM, until, NULL, 0);
    if (!me->running) return -EAGAIN;
    if (me->running->deadline < until) until = me->running->deadline;
    return await_as_port(me, to, until);
}

void qy_room_return(uint64_t to)
{
    qy_sender sender;
    if (qy_sender_open(&sender, qy_id_home(to))) return; /* the mailbox has gone with its runtime */
    qy_worker *home = qy_runtime_worker(sender.runtime, sender.home);
    QY_CHECK(home);
    qy_cell *cell = qy_gates_find(&home->gates, to);
    if (cell && qy_cell_return(cell, to)) qy_parking_order(&home->parking, home->os, QY_ORDER_ROOM);
    qy_sender_close(&sender);
}

void qy_room_receive_grant(qy_worker *worker, qy_message *message)
{
    qy_port_future *f = qy_port_future_find(worker, message->to);
    if (!f || qy_port_future_settle(f, &(qy_result){0})) qy_room_return(*(const uint64_t *)qy_message_data(message));
    qy_message_free(worker, message);
    QY_COUNT_DONE(worker->station.count.retired);
}

/* ---- the home: who waits ---- */

static void append(qy_worker *worker, qy_gate *gate, qy_message *request)
{
    if (!gate->waiting) {
        qy_list_append(&worker->gates.wanted, &gate->link);
        ck_pr_store_32(&gate->cell->wanted, 1);
    }
    request->next = NULL;
    *gate->waiting_end = request;
    gate->waiting_end = &request->next;
}

/* Take out the request at a link of the chain. */
static qy_message *take_out(qy_gate *gate, qy_message **link)
{
    qy_message *request = *link;
    QY_CHECK(request);
    *link = request->next;
    if (!request->next) gate->waiting_end = link;
    if (gate->waiting) return request;
    qy_list_remove(&gate->link);
    ck_pr_store_32(&gate->cell->wanted, 0);
    return request;
}

/* ---- the home: grants ---- */

/* Tell a sender that it has a place. 0, -EALREADY it has ceased to wait, -EPIPE its runtime has ended, -ENOMEM. */
static int tell(qy_worker *worker, uint64_t future, uint64_t port)
{
    if (qy_id_slot(future) >= QY_TABLE_SLOTS) return qy_thread_future_settle(future, &(qy_result){0});
    if (qy_id_home(future) != worker->home) return qy_send_control(future, QY_KIND_GRANT, 0, NULL, &port, sizeof port);
    qy_port_future *f = qy_port_future_find(worker, future);
    return f ? qy_port_future_settle(f, &(qy_result){0}) : -EALREADY;
}

/* A place goes to the first who still waits. False when it is left over, for want of them or of memory. */
static bool pass_on(qy_worker *worker, qy_gate *gate)
{
    while (gate->waiting) {
        int error = tell(worker, qy_message_reply_to(gate->waiting), gate->port->id);
        if (error == -ENOMEM) {
            qy_parking_order(&worker->parking, worker->os, QY_ORDER_ROOM); /* again in the next step */
            return false;
        }
        qy_message_free(worker, take_out(gate, &gate->waiting));
        if (!error) return true;
    }
    return false;
}

static void look(qy_worker *worker, qy_gate *gate)
{
    while (gate->waiting && !qy_cell_claim(gate->cell, gate->port->id)) {
        if (pass_on(worker, gate)) continue;
        (void)qy_cell_return(gate->cell, gate->port->id);
        return;
    }
}

void qy_gate_leave(qy_worker *worker, qy_port *port)
{
    qy_gate *gate = port->cold->gate;
    bool passes = QY_UNLIKELY(gate->waiting != NULL);
    if (passes) qy_gate_take(gate); /* before the place can be seen: it is for who waits */
    qy_gate_publish(gate);
    if (passes && !pass_on(worker, gate)) (void)qy_cell_return(gate->cell, port->id);
}

static void wait_at(qy_worker *worker, qy_port *port, qy_message *message)
{
    QY_CHECK(port->flags & QY_PORT_BOUNDED);
    QY_CHECK(qy_message_reply_to(message));
    qy_gate *gate = port->cold->gate;
    uint64_t stamp = qy_message_extra(message)->stamp;
    if (stamp > worker->stamp) worker->stamp = stamp;
    append(worker, gate, message);
    ck_pr_fence_memory(); /* pairs with the fence of qy_cell_return: one of us sees the other */
    look(worker, gate);
}

void qy_room_receive(qy_worker *worker, qy_message *message)
{
    bool kept;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    if (port) wait_at(worker, port, message);
    else qy_message_answer_and_free(worker, message, -EPIPE);
    QY_COUNT_DONE(worker->station.count.retired); /* drain does not wait for who waits */
}

void qy_room_look_all(qy_worker *worker)
{
    qy_link *link = worker->gates.wanted.next;
    while (link != &worker->gates.wanted) {
        qy_gate *gate = QY_CONTAINER_OF(link, qy_gate, link);
        link = link->next;
        look(worker, gate);
    }
}

/* ---- the home: ends ---- */

static qy_message **find(const qy_port *port, uint64_t ask)
{
    qy_gate *gate = port->cold ? port->cold->gate : NULL;
    if (!gate) return NULL;
    for (qy_message **link = &gate->waiting; *link; link = &(*link)->next) {
        if (qy_message_reply_to(*link) == ask) return link;
    }
    return NULL;
}

bool qy_room_holds(const qy_port *port, uint64_t ask)
{
    return find(port, ask) != NULL;
}

void qy_room_forget(qy_worker *worker, qy_port *port, uint64_t ask)
{
    qy_message **link = find(port, ask);
    if (link) qy_message_free(worker, take_out(port->cold->gate, link));
}

void qy_room_close(qy_worker *worker, qy_port *port)
{
    qy_gate *gate = port->cold->gate;
    qy_gates_close(&worker->gates, port->id);
    while (gate->waiting) qy_message_answer_and_free(worker, take_out(gate, &gate->waiting), -EPIPE);
}
