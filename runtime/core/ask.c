/* ask.c - quay_ask: a future, a message that leads back to it, and nothing left behind if either fails. */
#include "base/copy.h"
#include "core/across.h"
#include "core/future.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/thread_future.h"

/* What is asked. */
typedef struct question {
    quay_port to;
    uint32_t tag;
    size_t size;
    const void *data;
    quay_time deadline;
} question;

static QY_NOINLINE int post_otherwise(qy_worker *me, const question *q, uint64_t reply_to)
{
    qy_extra extra = {.reply_to = reply_to, .deadline = q->deadline, .stamp = me ? me->stamp : 0};
    return qy_send_letter(&(qy_letter){.to = q->to.id,
                                       .from = qy_running_id(me),
                                       .tag = q->tag,
                                       .size = q->size,
                                       .data = q->data,
                                       .extra = &extra,
                                       .until = q->deadline});
}

/* What an ask carries besides fills the first line, and the payload lies in those behind it. */
static inline void fill(const qy_across *road, const question *q, const qy_extra *extra)
{
    road->line->meta = QY_KIND_USER | QY_EXTENDED;
    memcpy(road->line->body, extra, sizeof *extra);
    if (q->size) qy_belt_put_more(road->belt, q->data, q->size);
}

static inline void fill_short(const qy_across *road, const question *q, const qy_extra *extra)
{
    qy_short_ask *ask = &road->line->ask;
    road->line->meta = QY_KIND_USER | QY_EXTENDED | QY_LINE_SHORT;
    ask->reply_to = extra->reply_to;
    ask->stamp = extra->stamp;
    qy_copy_small(ask->payload, q->data, q->size);
}

/* To another worker. */
static inline int post_across(qy_worker *me, const question *q, uint64_t reply_to)
{
    if (QY_UNLIKELY(q->size > QY_ASK_PAYLOAD || (!q->data && q->size))) return post_otherwise(me, q, reply_to);
    bool is_short = q->deadline == QUAY_FOREVER && q->size <= QY_SHORT_PAYLOAD;
    unsigned lines = is_short ? 1 : qy_belt_lines(sizeof(qy_extra) + q->size);
    qy_across road = qy_across_open(me, q->to.id, lines);
    if (QY_UNLIKELY(!road.belt)) return post_otherwise(me, q, reply_to);
    qy_extra extra = {.reply_to = reply_to, .deadline = q->deadline, .stamp = me->stamp};
    road.line->from = me->running->port->id;
    road.line->label = qy_label(q->tag, q->size);
    if (is_short) fill_short(&road, q, &extra);
    else fill(&road, q, &extra);
    QY_COUNT(me->station.count.sent); /* before it can be seen */
    qy_across_close(me, &road, lines);
    return 0;
}

_Static_assert(sizeof(qy_extra) == QY_BELT_FIRST, "a line's body is what an ask carries besides");

/* The road most travelled: a port of this worker, a payload that fits the smallest block that holds an ask. */
static inline int post(qy_worker *me, const question *q, uint64_t reply_to)
{
    if (qy_id_home(q->to.id) != me->home) return post_across(me, q, reply_to);
    qy_port *port = qy_worker_port(me, q->to.id);
    if (QY_UNLIKELY(!port || (port->flags & QY_PORT_BOUNDED) || q->size > QY_ASK_PAYLOAD || (!q->data && q->size))) {
        return post_otherwise(me, q, reply_to);
    }
    qy_message *message = qy_pool_take(&me->station.pool, QY_ASK_CLASS);
    if (QY_UNLIKELY(!message)) return post_otherwise(me, q, reply_to);
    message->meta = me->station.meta | qy_meta(QY_KIND_USER, QY_EXTENDED, QY_ASK_CLASS, 0);
    message->from = me->running->port->id;
    message->label = qy_label(q->tag, q->size);
    qy_extra *extra = qy_message_extra(message);
    *extra = (qy_extra){.reply_to = reply_to, .deadline = q->deadline, .stamp = me->stamp};
    qy_copy(extra + 1, q->data, q->size);
    QY_COUNT(me->station.count.here);
    qy_port_deliver(me, port, message);
    return 0;
}

static quay_future *ask_as_port(qy_worker *me, const question *q)
{
    QY_CHECK(me->running);
    qy_port_future *f = qy_port_future_new(me, me->running->port);
    if (QY_UNLIKELY(!f)) return qy_future_constant(-ENOMEM);
    f->callee = q->to.id;
    me->stamp++;
    int error = q->deadline == QUAY_FOREVER ? 0 : qy_port_future_set_deadline(f, q->deadline);
    if (!error) error = post(me, q, f->id);
    if (QY_LIKELY(!error)) return &f->future;
    qy_port_future_drop(f);
    return qy_future_constant(error);
}

/* The home of a thread's future says which runtime owes the answer: the one asked. */
static quay_future *ask_as_thread(const question *q)
{
    int error = -EPIPE;
    uint64_t reply_to;
    uint32_t home = qy_id_home(q->to.id);
    qy_guest *guest = qy_guest_enter(home, &error);
    if (!guest) return qy_future_constant(error);
    quay_runtime *rt = guest->station.runtime;
    uint32_t thread_home = rt->first_home + rt->workers_count;
    quay_future *f = qy_thread_future_new(thread_home, q->deadline, &reply_to);
    qy_guest_leave(); /* not before: a stop that comes after it finds the future */
    if (!f) return qy_future_constant(-ENOMEM);
    qy_thread_future_set_callee((qy_thread_future *)f, q->to.id);
    error = post_otherwise(NULL, q, reply_to);
    if (!error) return f;
    qy_thread_future_drop((qy_thread_future *)f);
    return qy_future_constant(error);
}

quay_future *quay_ask(quay_port to, uint32_t tag, const void *data, size_t size, quay_time deadline)
{
    qy_worker *me = qy_me;
    if (me && !me->running) return qy_future_constant(-EPERM);
    if (me && me->running->deadline < deadline) deadline = me->running->deadline;
    if (deadline != QUAY_FOREVER && deadline <= quay_now()) return qy_future_constant(-ETIMEDOUT);
    question q = {.to = to, .tag = tag, .size = size, .data = data, .deadline = deadline};
    return me ? ask_as_port(me, &q) : ask_as_thread(&q);
}
