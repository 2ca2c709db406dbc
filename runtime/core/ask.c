/* ask.c - quay_ask: a future, a message that leads back to it, and nothing left behind if either fails. */
#include "core/future.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/thread_future.h"

#define ASK_CLASS 1 /* 128 bytes */
#define SMALL_ASK (128 - QY_MESSAGE_HEADER - sizeof(qy_extra))

/* The road most travelled: a port of this worker, a payload that fits the smallest block that holds an ask. */
static int post(qy_worker *me, const qy_letter *letter)
{
    qy_port *port = qy_id_home(letter->to) == me->home ? qy_worker_port(me, letter->to) : NULL;
    if (QY_UNLIKELY(!port || (port->flags & QY_PORT_BOUNDED) || !letter->data || letter->size > SMALL_ASK)) {
        return qy_send_letter(letter);
    }
    qy_message *message = qy_pool_take(&me->station.pool, ASK_CLASS);
    if (QY_UNLIKELY(!message)) return -ENOMEM;
    message->meta = me->station.meta | qy_meta(QY_KIND_USER, QY_EXTENDED, ASK_CLASS, 0);
    qy_letter_write(message, letter);
    QY_COUNT(me->station.count.here);
    qy_port_deliver(me, port, message);
    return 0;
}

static quay_future *ask_as_port(qy_worker *me, qy_letter *letter, qy_extra *extra)
{
    QY_CHECK(me->running && letter->extra == extra);
    qy_port_future *f = qy_port_future_new(me, me->running->port);
    if (!f) return qy_future_constant(-ENOMEM);
    f->callee = letter->to;
    extra->stamp = ++me->stamp;
    extra->reply_to = f->id;
    int error = qy_port_future_set_deadline(f, extra->deadline);
    if (!error) error = post(me, letter);
    if (!error) return &f->future;
    qy_port_future_drop(f);
    return qy_future_constant(error);
}

/* The home of a thread's future says which runtime owes the answer: the one asked. */
static quay_future *ask_as_thread(qy_letter *letter, qy_extra *extra)
{
    int error = -EPIPE;
    uint32_t home = qy_id_home(letter->to);
    qy_guest *guest = qy_guest_enter(home, &error);
    if (!guest) return qy_future_constant(error);
    quay_runtime *rt = guest->station.runtime;
    uint32_t thread_home = rt->first_home + rt->workers_count;
    quay_future *f = qy_thread_future_new(thread_home, extra->deadline, &extra->reply_to);
    qy_guest_leave(); /* not before: a stop that comes after it finds the future */
    if (!f) return qy_future_constant(-ENOMEM);
    qy_thread_future_set_callee((qy_thread_future *)f, letter->to);
    error = qy_send_letter(letter);
    if (!error) return f;
    qy_thread_future_drop((qy_thread_future *)f);
    return qy_future_constant(error);
}

quay_future *quay_ask(quay_port to, uint32_t tag, const void *data, size_t size, quay_time deadline)
{
    qy_worker *me = qy_me;
    if (me && me->running && me->running->deadline < deadline) deadline = me->running->deadline;
    if (deadline != QUAY_FOREVER && deadline <= quay_now()) return qy_future_constant(-ETIMEDOUT);
    qy_extra extra = {.deadline = deadline};
    qy_letter letter = {
        .to = to.id, .from = qy_running_id(me), .tag = tag, .size = size, .data = data, .extra = &extra};
    if (!me) return ask_as_thread(&letter, &extra);
    if (!me->running) return qy_future_constant(-EPERM);
    return ask_as_port(me, &letter, &extra);
}

int quay_call(quay_port to, uint32_t tag, const void *in, size_t in_size, void *out, size_t out_size,
              quay_time deadline)
{
    quay_future *f = quay_ask(to, tag, in, in_size, deadline);
    int result = quay_await(f, out, out_size);
    if (result < 0) (void)quay_cancel(f); /* given up: it is not to run later, for nobody */
    quay_drop(f);
    return result;
}
