/* answer.c - replies, and the promises behind them. */
#include "core/answer.h"

#include <string.h>

#include "base/copy.h"
#include "core/across.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/thread_future.h"

/* ---- the way of a result ---- */

static int settle_here(qy_worker *me, uint64_t id, const qy_result *result)
{
    qy_port_future *f = qy_port_future_find(me, id);
    return f ? qy_port_future_settle(f, result) : -EALREADY;
}

/* To a port of another worker of this runtime, if it fits a line. */
static inline bool settle_across(qy_worker *me, uint64_t id, const qy_result *result)
{
    qy_across road = {0};
    if (QY_LIKELY(result->size <= QY_BELT_FIRST)) road = qy_across_open(me, id, 1);
    if (!road.belt) return false;
    road.line->meta = QY_KIND_REPLY;
    road.line->from = 0;
    road.line->label = qy_label((uint32_t)result->status, result->size);
    qy_copy(road.line->body, result->data, result->size);
    QY_COUNT(me->station.count.posted); /* before it can be seen */
    qy_across_close(me, &road, 1);
    return true;
}

/* -EALREADY where the future is known to be settled or gone. */
static int settle(uint64_t id, const qy_result *result)
{
    if (qy_id_slot(id) >= QY_TABLE_SLOTS) return qy_thread_future_settle(id, result);
    qy_worker *me = qy_me;
    if (me && qy_id_home(id) == me->home) return settle_here(me, id, result);
    if (me && settle_across(me, id, result)) return 0;
    return qy_send_control(id, QY_KIND_REPLY, (uint32_t)result->status, NULL, result->data, result->size);
}

int qy_answer(uint64_t future, const qy_result *result)
{
    int error = settle(future, result);
    if (error != -EALREADY) return error;
    if (qy_me) QY_COUNT(qy_me->station.count.late);
    return 0;
}

static int check_data(const void *data, size_t size)
{
    if (!data && size) return -EINVAL;
    return size > QUAY_MESSAGE_MAX ? -EMSGSIZE : 0;
}

int quay_settle(quay_promise promise, int status, const void *data, size_t size)
{
    if (status > 0) return -EINVAL;
    if (status) size = 0;
    int error = check_data(data, size);
    if (error) return error;
    error = settle(promise.id, &(qy_result){.status = status, .size = size, .data = data});
    if (error == -EALREADY && qy_me) QY_COUNT(qy_me->station.count.late);
    return error;
}

/* ---- the running handler's duty ---- */

static int check_duty(const quay_self *self)
{
    if (!self || !self->asked) return -EINVAL;
    return self->duty ? 0 : -EALREADY;
}

static int answer_duty(quay_self *self, const qy_result *result)
{
    QY_CHECK(self->duty);
    int error = qy_answer(self->duty, result);
    if (error == -ENOMEM) return error;
    self->duty = 0;
    return 0; /* whoever asked may be gone; that is not the answerer's error */
}

int quay_reply(quay_self *self, const void *data, size_t size)
{
    int error = check_duty(self);
    if (!error) error = check_data(data, size);
    return error ? error : answer_duty(self, &(qy_result){.size = size, .data = data});
}

int quay_fail(quay_self *self, int error)
{
    if (error >= 0) return -EINVAL;
    int misuse = check_duty(self);
    return misuse ? misuse : answer_duty(self, &(qy_result){.status = error});
}

quay_promise quay_defer(quay_self *self)
{
    if (check_duty(self)) return (quay_promise){0};
    qy_port_future *f = qy_port_future_relay(self->worker, self->port, self->duty);
    if (!f) return (quay_promise){0};
    self->duty = 0;
    self->deferred = f->id;
    return (quay_promise){f->id};
}

/* ---- passing the duty on ---- */

/* A result has no room for more than the first two (carrier.c). An ask has a later stamp each time it is sent. */
static qy_extra extra_to_forward(qy_worker *me, qy_message *message)
{
    const qy_extra *extra = qy_message_extra(message);
    return (qy_extra){
        .reply_to = extra->reply_to, .deadline = extra->deadline, .stamp = extra->reply_to ? ++me->stamp : 0};
}

int quay_forward(quay_self *self, quay_port to)
{
    if (!self || !self->message) return -EINVAL;
    if (self->asked && !self->duty) return -EALREADY;
    qy_message *message = self->message;
    if (message->size && (message->meta & QY_GONE)) return -EALREADY;
    bool moves = message->meta & QY_BUFFER;
    qy_extra extra = {0};
    if (message->meta & QY_EXTENDED) extra = extra_to_forward(self->worker, message);
    int error = qy_send_letter(&(qy_letter){.to = to.id,
                                            .from = message->from,
                                            .tag = message->tag,
                                            .size = message->size,
                                            .data = moves || !message->size ? NULL : qy_message_data(message),
                                            .buffer = moves ? qy_message_data(message) : NULL,
                                            .extra = message->meta & QY_EXTENDED ? &extra : NULL,
                                            .kind = extra.reply_to ? QY_KIND_FORWARD : QY_KIND_USER,
                                            .until = QUAY_FOREVER});
    if (error) return error;
    self->duty = 0;
    if (moves) message->meta = (message->meta & ~QY_BUFFER) | QY_GONE;
    return 0;
}

/* ---- promises of their own ---- */

static int promise_of_port(qy_worker *me, quay_promise *promise, quay_future **future)
{
    QY_CHECK(me->running);
    qy_port_future *f = qy_port_future_new(me, me->running->port);
    if (!f) return -ENOMEM;
    *promise = (quay_promise){f->id};
    *future = &f->future;
    return 0;
}

int quay_promise_new(quay_runtime *rt, quay_promise *promise, quay_future **future)
{
    if (!rt || !promise || !future) return -EINVAL;
    qy_worker *me = qy_me;
    if (me && me->running && me->station.runtime == rt) return promise_of_port(me, promise, future);
    if (me) return -EPERM;
    int error = qy_runtime_enter(rt);
    if (error) return error;
    uint32_t home = rt->first_home + rt->workers_count;
    *future = qy_thread_future_new(home, QUAY_FOREVER, &promise->id);
    qy_guest_leave(); /* not before: a stop that comes after it finds the future */
    return *future ? 0 : -ENOMEM;
}
