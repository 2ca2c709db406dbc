/* receive.c - one function a kind. */
#include "core/receive.h"

#include <string.h>

#include "core/alarm.h"
#include "core/answer.h"
#include "core/bond.h"
#include "core/early.h"
#include "core/future.h"
#include "core/holder.h"
#include "core/life.h"
#include "core/overflow.h"
#include "core/ring.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/title.h"
#include "core/unhandled.h"

/* ---- messages for a port ---- */

static void deliver(qy_worker *worker, qy_port *port, qy_message *message)
{
    QY_COUNT(worker->station.count.delivered);
    qy_port_deliver(worker, port, message);
}

static void receive_user(qy_worker *worker, qy_message *message)
{
    bool kept;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (QY_UNLIKELY(kept)) return;
    if (QY_UNLIKELY(!port)) qy_message_die(worker, message, QUAY_DEAD_NO_PORT, -EPIPE);
    else if (QY_LIKELY(!(port->flags & QY_PORT_BOUNDED)) || qy_bounded_admit(worker, port, message))
        deliver(worker, port, message);
}

static void receive_stop(qy_worker *worker, qy_message *message)
{
    bool kept;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    if (port) qy_port_enqueue(worker, port, message);
    else qy_message_retire(worker, message);
}

static void receive_kill(qy_worker *worker, qy_message *message)
{
    bool kept;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    if (port) qy_port_kill(worker, port, QUAY_EXIT_KILLED, (int)message->tag);
    qy_message_retire(worker, message);
}

static int bear(qy_worker *worker, const qy_message *message)
{
    QY_CHECK(message->size > offsetof(qy_birth, name));
    worker->station.pool.beyond = true; /* it is accepted */
    int error = qy_port_create(worker, message->to, qy_message_data(message));
    worker->station.pool.beyond = false;
    return error;
}

/* With a lack of memory: so long, and so often, or who is kept from trying would give up at once. */
#define BIRTH_PATIENCE QUAY_MS(100)
#define BIRTH_TRIES 1000

/* False when it has waited long enough. Since when, and how often it was tried, is written where other messages have
 * their sender and tag. */
static bool wait_to_be_born(qy_worker *worker, qy_message *message)
{
    quay_time now = qy_worker_now(worker);
    if (!message->tag++) {
        if (!worker->postponed) qy_log(worker->station.runtime, QUAY_LOG_WARNING, "a port waits for memory to be born");
        message->from = (uint64_t)now;
    }
    bool over = now - (quay_time)message->from >= BIRTH_PATIENCE && message->tag > BIRTH_TRIES;
    if (over || worker->killed) return false;
    qy_worker_postpone(worker, message);
    return true;
}

/* Without memory it waits for some, and what is sent to the port with it (W3): who spawned was told that the port is
 * there, and only init can take charge of what `arg` leads to. But who asks the port must not wait for ever. */
static void receive_spawn(qy_worker *worker, qy_message *message)
{
    bool too_late = worker->killed && message->tag; /* it would outlive those that were killed */
    int error = too_late ? -ENOMEM : bear(worker, message);
    if (QY_UNLIKELY(error) && wait_to_be_born(worker, message)) return;
    worker->births++;
    if (QY_UNLIKELY(error)) {
        qy_log(worker->station.runtime, QUAY_LOG_ERROR, "a port could not be made: %s", quay_explain(error));
        qy_port_stillborn(worker, message->to, error);
    }
    if (QY_UNLIKELY(worker->early != NULL)) qy_early_receive(worker, message->to);
    qy_message_retire(worker, message);
}

/* ---- questions by threads: their futures take such answers without wanting memory ---- */

static void answer_now(qy_message *message, const qy_result *result)
{
    int error = qy_answer(qy_message_reply_to(message), result);
    QY_CHECK(error != -ENOMEM);
}

void qy_join_answer(qy_worker *worker, qy_message *join, int reason)
{
    answer_now(join, &(qy_result){.size = sizeof reason, .data = &reason});
    qy_message_retire(worker, join);
}

static void refuse(qy_worker *worker, qy_message *message, int error)
{
    answer_now(message, &(qy_result){.status = error});
    qy_message_retire(worker, message);
}

static void receive_join(qy_worker *worker, qy_message *message)
{
    QY_CHECK(qy_message_reply_to(message));
    int reason;
    bool kept;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    if (!port) {
        if (qy_worker_remembers(worker, message->to, &reason)) qy_join_answer(worker, message, reason);
        else refuse(worker, message, -EPIPE);
        return;
    }
    qy_port_cold *cold = qy_port_get_cold(worker, port);
    if (!cold) {
        refuse(worker, message, -ENOMEM);
        return;
    }
    message->next = cold->watchers;
    cold->watchers = message;
    QY_COUNT_DONE(worker->station.count.retired); /* drain does not wait for joins, until they are being answered */
}

void qy_port_read(const qy_port *port, quay_port_counters *counters)
{
    *counters = (quay_port_counters){.handled = port->handled, .failed = port->failed, .queued = port->depth};
    if (port->cold) memcpy(counters->name, port->cold->name, sizeof counters->name);
}

static void receive_counters(qy_worker *worker, qy_message *message)
{
    QY_CHECK(qy_message_reply_to(message));
    bool kept;
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    if (!port) {
        refuse(worker, message, -EPIPE);
        return;
    }
    quay_port_counters counters;
    qy_port_read(port, &counters);
    answer_now(message, &(qy_result){.size = sizeof counters, .data = &counters});
    qy_message_retire(worker, message);
}

/* ---- cancelling ---- */

qy_message *qy_port_find_ask(const qy_port *port, uint64_t ask)
{
    for (qy_mail *mail = qy_mailbox_first(&port->mailbox); mail; mail = mail->next) {
        if (qy_message_reply_to(qy_message_of_mail(mail)) == ask) return qy_message_of_mail(mail);
    }
    return NULL;
}

/* The handler that has the duty to answer it, if it is at work: then it waits, or it is the one that cancels. */
static quay_self *find_at_work(const qy_worker *worker, const qy_port *port, uint64_t ask)
{
    quay_self *self = port->flags & QY_PORT_SUSPENDED ? port->fiber->suspension->self : worker->running;
    return self && self->port == port && self->duty == ask ? self : NULL;
}

/* A join that nobody waits for any more. */
static void forget_watcher(qy_worker *worker, const qy_port *port, uint64_t ask)
{
    if (!port->cold) return;
    for (qy_message **link = &port->cold->watchers; *link; link = &(*link)->next) {
        qy_message *watcher = *link;
        if (qy_message_reply_to(watcher) != ask) continue;
        *link = watcher->next;
        qy_message_free(worker, watcher);
        return;
    }
}

static void receive_cancel(qy_worker *worker, qy_message *message)
{
    QY_CHECK(message->meta & QY_EXTENDED);
    bool kept;
    uint64_t ask = qy_message_reply_to(message);
    qy_port *port = qy_receive_port(worker, message, &kept);
    if (kept) return;
    quay_self *self = port ? find_at_work(worker, port, ask) : NULL;
    qy_message *queued = port && !self ? qy_port_find_ask(port, ask) : NULL;
    if (queued) queued->meta |= QY_CANCELLED;
    if (port) forget_watcher(worker, port, ask);
    if (port) qy_room_forget(worker, port, ask);
    if (self) {
        self->cancelled = true;
        qy_port_interrupt(worker, port, -ECANCELED);
    }
    qy_message_retire(worker, message);
}

/* ---- the rest ---- */

static void receive_timer(qy_worker *worker, qy_message *message)
{
    qy_alarm_receive(worker, message);
    if (worker->early) qy_early_receive(worker, message->to);
    qy_message_retire(worker, message);
}

static void receive_timer_cancel(qy_worker *worker, qy_message *message)
{
    if (qy_alarm_expected(worker, message->to)) {
        qy_early_keep(worker, message);
        return;
    }
    qy_alarm_receive_cancel(worker, message->to);
    qy_message_retire(worker, message);
}

static void receive_reply(qy_worker *worker, qy_message *message)
{
    QY_CHECK(qy_message_kind(message) == QY_KIND_REPLY);
    qy_port_future_settle_message(worker, message);
    QY_COUNT_DONE(worker->station.count.retired);
}

/* A thread's future with a receiver has a deadline, and no thread that would look at it. */
static void receive_deadline(qy_worker *worker, qy_message *message)
{
    QY_CHECK(qy_message_reply_to(message));
    qy_extra *extra = qy_message_extra(message);
    if (!qy_timer_arm(worker, extra->deadline, qy_timer_expire_answer, extra->reply_to)) {
        (void)qy_answer(extra->reply_to, &(qy_result){.status = -ENOMEM});
    }
    qy_message_retire(worker, message);
}

void qy_worker_receive(qy_worker *worker, qy_message *message)
{
    if (QY_LIKELY(qy_message_kind(message) == QY_KIND_USER)) {
        receive_user(worker, message);
        return;
    }
    static void (*const receive[])(qy_worker *, qy_message *) = {
        [QY_KIND_USER] = receive_user,
        [QY_KIND_FORWARD] = qy_holder_receive_forward,
        [QY_KIND_STOP] = receive_stop,
        [QY_KIND_REPLY] = receive_reply,
        [QY_KIND_SPAWN] = receive_spawn,
        [QY_KIND_KILL] = receive_kill,
        [QY_KIND_JOIN] = receive_join,
        [QY_KIND_COUNTERS] = receive_counters,
        [QY_KIND_DEADLINE] = receive_deadline,
        [QY_KIND_CANCEL] = receive_cancel,
        [QY_KIND_TIMER] = receive_timer,
        [QY_KIND_TIMER_CANCEL] = receive_timer_cancel,
        [QY_KIND_HOLDER] = qy_holder_receive,
        [QY_KIND_PROBE] = qy_ring_receive,
        [QY_KIND_BOND] = qy_bond_receive,
        [QY_KIND_UNBOND] = qy_bond_receive_undo,
        [QY_KIND_EXIT] = qy_bond_receive_exit,
        [QY_KIND_TITLE] = qy_title_receive,
        [QY_KIND_ROOM] = qy_room_receive,
        [QY_KIND_GRANT] = qy_room_receive_grant,
        [QY_KIND_RETURN] = qy_outbound_take_back,
    };
    QY_CHECK(qy_message_kind(message) < sizeof receive / sizeof *receive);
    receive[qy_message_kind(message)](worker, message);
}
