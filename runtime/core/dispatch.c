/* dispatch.c - turns, and handler calls in them. */
#include "core/dispatch.h"

#include "core/answer.h"
#include "core/bond.h"
#include "core/future.h"
#include "core/hold.h"
#include "core/life.h"
#include "core/notice.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/switching.h"
#include "core/unhandled.h"

/* ---- one handler call ---- */

/* Failures of one port are logged at the 1st, 2nd, 4th, 8th …, so that a flood of them does not flood the log. */
static void count_failure(qy_worker *worker, qy_port *port, uint32_t tag, int error)
{
    QY_COUNT(worker->station.count.failed);
    uint32_t failed = ++port->failed;
    if (failed & (failed - 1)) return;
    qy_log(worker->station.runtime, QUAY_LOG_WARNING, "port %s: handler failed message with tag %u: %s (%u so far). %s",
           qy_port_name(port), tag, quay_strerror(error), failed, quay_explain(error));
}

/* What the handler left of its duty; and the errors of all. */
static QY_NOINLINE void finish(quay_self *self, uint32_t tag, int result)
{
    qy_worker *worker = self->worker;
    qy_message *message = self->message;
    if (QY_UNLIKELY(result < 0) && !self->duty) count_failure(worker, self->port, tag, result);
    if (QY_UNLIKELY(self->duty != 0)) {
        if (result < 0) {
            QY_COUNT(worker->station.count.failed);
            self->port->failed++;
        }
        int status = result < 0 ? result : self->port->flags & QY_PORT_ENDING ? -EOWNERDEAD : -ENOMSG;
        if (self->port->flags & QY_PORT_KILLED) status = -EOWNERDEAD;
        qy_message_answer_and_free(worker, message, status);
    } else if (QY_UNLIKELY(self->deferred != 0)) {
        qy_port_future_keep_message(worker, self->deferred, message);
    } else {
        qy_message_free(worker, message);
    }
}

/* What an ask carries goes to the handler's self. */
static void accept_ask(qy_worker *worker, quay_self *self, const qy_extra *extra)
{
    self->duty = extra->reply_to;
    self->asked = true;
    self->deadline = extra->deadline;
    if (extra->stamp > worker->stamp) worker->stamp = extra->stamp;
}

static inline bool may_be_over(const qy_message *message, const qy_extra *extra)
{
    return (message->meta & QY_CANCELLED) || extra->deadline != QUAY_FOREVER;
}

/* A message that was sent on this worker does not say to whom (send.c). */
static QY_NOINLINE bool is_over(qy_worker *worker, const quay_self *self)
{
    self->message->to = self->port->id;
    return qy_message_is_over(worker, self->message);
}

/* False when the message is not to be handled. */
static inline bool open_extra(qy_worker *worker, quay_self *self, quay_message *view)
{
    qy_message *message = self->message;
    qy_extra *extra = qy_message_extra(message);
    if (!extra->reply_to) view->status = (int)extra->status;
    else if (QY_UNLIKELY(may_be_over(message, extra)) && is_over(worker, self)) return false;
    else accept_ask(worker, self, extra);
    return true;
}

static inline int call_handler(qy_worker *worker, qy_port *port, quay_self *self, const quay_message *view)
{
    worker->running = self;
    int result = port->handler(self, qy_port_state(port), view);
    worker->running = NULL;
    return result;
}

static inline void count_handled(qy_worker *worker, qy_port *port)
{
    port->handled++;
    QY_COUNT_DONE(worker->station.count.handled);
}

/* Small, made here, and no more than a payload: the message most often met. */
static inline bool is_plain(const qy_worker *worker, const qy_message *message)
{
    return message->meta == worker->station.meta;
}

static inline void handle_plain(qy_worker *worker, qy_port *port, qy_message *message)
{
    quay_self self = {.worker = worker, .port = port, .message = message, .deadline = QUAY_FOREVER};
    quay_message view = {.tag = message->tag,
                         .size = message->size,
                         .from = {message->from},
                         .data = message->label >> 32 ? message->payload : NULL};
    int result = call_handler(worker, port, &self, &view);
    if (QY_UNLIKELY(result < 0)) count_failure(worker, port, view.tag, result);
    qy_pool_put(&worker->station.pool, 0, message);
    count_handled(worker, port);
}

static void handle(qy_worker *worker, qy_port *port, qy_message *message)
{
    quay_self self = {.worker = worker, .port = port, .message = message, .deadline = QUAY_FOREVER};
    quay_message view = {.tag = message->tag, .size = message->size, .from = {message->from}};
    if (view.size) view.data = qy_message_data(message);
    if (QY_UNLIKELY(message->meta & QY_METERED)) qy_gate_leave(worker, port);
    if ((message->meta & QY_EXTENDED) && !open_extra(worker, &self, &view)) return;
    int result = call_handler(worker, port, &self, &view);
    if (QY_LIKELY(result >= 0 && !self.duty && !self.deferred)) qy_message_free(worker, message);
    else finish(&self, view.tag, result);
    count_handled(worker, port);
}

/* ---- a turn ---- */

/* What is in a mailbox besides messages. An exit notice is handled as they are; a STOP, which a port finds when all
 * that came before it has been handled, ends it, unless it is trapped. */
static QY_NOINLINE void handle_control(qy_worker *worker, qy_port *port, qy_message *message)
{
    bool exit = qy_message_kind(message) == QY_KIND_EXIT;
    message = exit ? qy_notice_take(worker, port, message) : qy_stop_take(worker, port, message);
    if (message) handle(worker, port, message);
}

/* False when there is none, or what is no message came first: a STOP, or a notice that came since the turn began. */
static inline bool handle_next(qy_worker *worker, qy_port *port)
{
    qy_mail *mail = qy_mailbox_pop(&port->mailbox);
    if (QY_UNLIKELY(!mail)) return false;
    qy_message *message = qy_message_of_mail(mail);
    bool plain = is_plain(worker, message);
    if (QY_UNLIKELY(!plain && qy_message_kind(message) != QY_KIND_USER)) {
        handle_control(worker, port, message);
        return false;
    }
    port->depth--;
    if (QY_LIKELY(plain)) handle_plain(worker, port, message);
    else handle(worker, port, message);
    return true;
}

#define TURN_ENDS (QY_PORT_ENDING | QY_PORT_AHEAD)

/* Exit notices have a budget of their own, so that messages behind many do not wait a turn for each. */
static void handle_notices(qy_worker *worker, qy_port *port)
{
    QY_CHECK(qy_port_ties(port));
    for (unsigned left = QY_TURN_MESSAGES; left && !(port->flags & TURN_ENDS); left--) {
        if (!qy_notice_waits(port)) {
            port->flags &= ~(uint32_t)QY_PORT_NOTIFIED;
            return;
        }
        handle_control(worker, port, qy_message_of_mail(qy_mailbox_pop(&port->mailbox)));
    }
}

/* A port that gets more than it can handle shall not keep the others waiting for as long as 32 of its handlers take. So
 * of those that have mail left after their turn one in a while has a turn that is timed, by looks at the clock after 1,
 * 2, 4 messages and so on; and if they take long so are the next. What a handler waited is no work. */
#define TIMED_ONE_IN 16
#define SLOW_NS (QY_TURN_NS / 2) /* of a message */

static void handle_timed(qy_worker *worker, qy_port *port)
{
    unsigned budget = port->depth < QY_TURN_MESSAGES ? port->depth : QY_TURN_MESSAGES, look = 1, handled = 0;
    QY_CHECK(port->flags & QY_PORT_TIMED);
    uint64_t waits = worker->waits;
    quay_time from = qy_worker_now(worker);
    while (handle_next(worker, port) && ++handled < budget && !(port->flags & TURN_ENDS)) {
        if (handled != look) continue;
        if (qy_worker_now(worker) - from >= QY_TURN_NS && worker->waits == waits) return;
        look *= 2;
    }
    bool slow = worker->waits == waits && qy_worker_now(worker) - from >= handled * SLOW_NS;
    if (!slow) port->flags &= ~(uint32_t)QY_PORT_TIMED;
}

#define TURN_IS_SPECIAL (QY_PORT_NEW | QY_PORT_NOTIFIED | QY_PORT_TIMED | QY_PORT_ENDING | QY_PORT_YOUNG)

/* False when the turn is over already. */
static bool begin_turn(qy_worker *worker, qy_port *port)
{
    if (port->flags & QY_PORT_NEW) qy_port_begin(worker, port);
    if (port->flags & QY_PORT_NOTIFIED) handle_notices(worker, port);
    if (port->flags & TURN_ENDS) return false;
    if (!(port->flags & QY_PORT_TIMED)) return true;
    handle_timed(worker, port);
    return false;
}

/* No more than were there when the turn began: a port that sends to itself would get ahead of the ports it feeds.
 * Control messages are not counted in depth: exit notices come first, a STOP is found when nothing else is left. */
static inline void handle_some(qy_worker *worker, qy_port *port)
{
    unsigned budget = port->depth < QY_TURN_MESSAGES ? port->depth : QY_TURN_MESSAGES;
    while (handle_next(worker, port) && QY_UNLIKELY(--budget) && QY_LIKELY(!(port->flags & TURN_ENDS))) {
    }
}

/* False when it may have another turn as soon as there is mail. */
static QY_NOINLINE bool ends_or_is_held(qy_worker *worker, qy_port *port)
{
    uint32_t mark = qy_hold_unmark(port);
    if (qy_port_end_if_due(worker, port)) return true;
    if (mark) qy_hold_port(worker, port, mark - 1);
    return mark;
}

static inline void end_turn(qy_worker *worker, qy_port *port)
{
    port->flags &= ~(uint32_t)QY_PORT_BUSY;
    if (QY_UNLIKELY(port->flags & (QY_PORT_ENDING | QY_PORT_DRAINING | QY_PORT_AHEAD)) && ends_or_is_held(worker, port))
        return;
    if (qy_mailbox_empty(&port->mailbox)) return;
    if (++worker->behind % TIMED_ONE_IN == 0) port->flags |= QY_PORT_TIMED;
    qy_worker_make_ready(worker, port);
}

/* The first turn of a port, its last, or one with notices or that is timed. What the first makes ready goes first, as
 * ready.h says; but if its handler waits, others have turns before it returns, and may have made ready who is then. */
static QY_NOINLINE void take_special_turn(qy_worker *worker, qy_port *port)
{
    bool young = port->flags & QY_PORT_YOUNG;
    qy_port **end = worker->ready.end;
    uint64_t waits = worker->waits;
    port->flags &= ~(uint32_t)QY_PORT_YOUNG;
    if (begin_turn(worker, port)) handle_some(worker, port);
    if (young && worker->waits == waits) qy_ready_prefer(&worker->ready, end);
    end_turn(worker, port);
}

static inline void take_turn(qy_worker *worker, qy_port *port)
{
    QY_DEBUG_CHECK(port->flags & QY_PORT_BUSY);
    if (QY_UNLIKELY(port->flags & TURN_IS_SPECIAL)) {
        take_special_turn(worker, port);
        return;
    }
    handle_some(worker, port);
    end_turn(worker, port);
}

/* The first ready port, busy from now on, or NULL. */
static inline qy_port *next_ready(qy_worker *worker)
{
    qy_port *port = qy_ready_take(&worker->ready);
    if (!port) return NULL;
    ck_pr_store_ptr(&worker->turn, port);
    port->flags ^= QY_PORT_READY | QY_PORT_BUSY;
    return port;
}

static inline void resume_one(qy_worker *worker)
{
    QY_CHECK(!worker->running);
    qy_fiber *fiber = worker->resumable;
    worker->resumable = fiber->next;
    if (!worker->resumable) worker->resumable_end = &worker->resumable;
    qy_fiber_resume(worker, fiber);
}

bool qy_worker_run_ready(qy_worker *worker)
{
    bool busy = false;
    for (worker->turns_left = QY_STEP_TURNS; worker->turns_left > 0; worker->turns_left--) {
        bool resumes = worker->resumable != NULL;
        if (QY_UNLIKELY(resumes)) resume_one(worker);
        qy_port *port = next_ready(worker);
        if (port) take_turn(worker, port);
        else if (!resumes) break;
        busy = true;
    }
    ck_pr_store_ptr(&worker->turn, NULL);
    qy_ready_step(&worker->ready);
    return busy;
}
