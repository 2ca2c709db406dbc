/* future.c - futures of ports, and results on the road. */
#include "core/future.h"

#include "base/copy.h"
#include "core/answer.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/suspend.h"
#include "core/timer.h"
#include "core/unhandled.h"
#include "core/worker.h"

#define FUTURE_CLASS qy_class_for(sizeof(qy_port_future))

/* ---- constants ---- */

quay_future *qy_future_constant(int error)
{
    static qy_constant_future constants[] = {
        {{QY_FUTURE_CONSTANT}, -ENOMEM},   {{QY_FUTURE_CONSTANT}, -EPIPE},     {{QY_FUTURE_CONSTANT}, -EINVAL},
        {{QY_FUTURE_CONSTANT}, -EMSGSIZE}, {{QY_FUTURE_CONSTANT}, -EAGAIN},    {{QY_FUTURE_CONSTANT}, -ETIMEDOUT},
        {{QY_FUTURE_CONSTANT}, -EPERM},    {{QY_FUTURE_CONSTANT}, -ECANCELED}, {{QY_FUTURE_CONSTANT}, -EDEADLK},
    };
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        if (constants[i].status == error) return &constants[i].future;
    }
    qy_check_failed("an error with no constant future", __FILE__, __LINE__);
}

/* ---- birth and end ---- */

static void link_to_port(qy_port_future *f, qy_port *port)
{
    QY_CHECK(port && !f->port);
    f->port = port;
    f->next = port->futures;
    f->previous = &port->futures;
    if (f->next) f->next->previous = &f->next;
    port->futures = f;
}

static void unlink_from_port(qy_port_future *f)
{
    if (!f->port) return;
    *f->previous = f->next;
    if (f->next) f->next->previous = f->previous;
    f->port = NULL;
}

/* All but what is only read once something else says so: the result, and the sink's. */
static void clear(qy_port_future *f)
{
    f->future.kind = QY_FUTURE_OF_PORT;
    f->sink = QY_SINK_NONE;
    f->settled = f->dropped = false;
    f->port = NULL;
    f->deadline = NULL;
    f->waiter = NULL;
    f->callee = 0;
    f->asked = NULL;
    f->answer = NULL;
}

/* One that was never used before, or NULL. */
static qy_port_future *try_future(qy_worker *worker)
{
    qy_port_future *f = qy_pool_take(&worker->station.pool, FUTURE_CLASS);
    if (!f) return NULL;
    f->id = qy_table_add(&worker->futures, f);
    f->worker = worker;
    f->next = NULL;
    f->forwarded = f->since = f->cancelled = 0;
    if (f->id) return f;
    qy_pool_put(&worker->station.pool, FUTURE_CLASS, f);
    return NULL;
}

/* What lies unused in pools may do. */
static QY_NOINLINE qy_port_future *make_future(qy_worker *worker)
{
    qy_port_future *f = try_future(worker);
    return !f && qy_make_memory(&worker->station) ? try_future(worker) : f;
}

qy_port_future *qy_port_future_new(qy_worker *worker, qy_port *port)
{
    qy_port_future *f = worker->free_futures;
    if (QY_UNLIKELY(!f) && !(f = make_future(worker))) return NULL;
    worker->free_futures = f->next;
    clear(f);
    link_to_port(f, port);
    return f;
}

qy_port_future *qy_port_future_relay(qy_worker *worker, qy_port *port, uint64_t to)
{
    qy_port_future *f = qy_port_future_new(worker, port);
    if (!f) return NULL;
    f->sink = QY_SINK_RELAY;
    f->dropped = true;
    f->to = to;
    return f;
}

qy_port_future *qy_port_future_find(qy_worker *worker, uint64_t id)
{
    qy_port_future *f = qy_table_find(&worker->futures, id);
    return f && f->id == id ? f : NULL;
}

static void free_future(qy_port_future *f)
{
    QY_CHECK(f->id);
    QY_CHECK(!f->waiter);
    qy_worker *worker = f->worker;
    unlink_from_port(f);
    if (f->deadline) qy_timer_disarm(worker, f->deadline);
    if (f->answer) qy_message_free(worker, f->answer);
    if (f->asked) qy_message_free(worker, f->asked);
    f->settled = true;
    f->id = qy_table_reuse(&worker->futures, f->id);
    if (QY_UNLIKELY(!f->id)) {
        qy_pool_put(&worker->station.pool, FUTURE_CLASS, f);
        return;
    }
    f->next = worker->free_futures;
    worker->free_futures = f;
}

void qy_port_future_drop(qy_port_future *f)
{
    QY_CHECK(!f->dropped);
    f->dropped = true;
    if (f->sink == QY_SINK_NONE || f->settled) free_future(f);
    else unlink_from_port(f); /* it is nobody's to use any more */
}

void qy_port_future_drop_all(qy_port *port)
{
    while (port->futures) {
        qy_port_future *f = port->futures;
        unlink_from_port(f);
        if (f->sink == QY_SINK_RELAY) qy_port_future_fail(f, -EOWNERDEAD);
        else qy_port_future_drop(f);
    }
}

/* ---- deadline ---- */

static void deadline_passed(qy_worker *worker, uint64_t id)
{
    qy_port_future *f = qy_port_future_find(worker, id);
    QY_CHECK(f); /* freeing it disarms the timer */
    f->deadline = NULL;
    qy_port_future_fail(f, -ETIMEDOUT);
}

int qy_port_future_set_deadline(qy_port_future *f, quay_time deadline)
{
    QY_CHECK(!f->deadline);
    if (deadline == QUAY_FOREVER) return 0;
    f->deadline = qy_timer_arm(f->worker, deadline, deadline_passed, f->id);
    return f->deadline ? 0 : -ENOMEM;
}

/* ---- settling ---- */

static void mark_settled(qy_port_future *f, int status)
{
    QY_CHECK(!f->settled);
    f->settled = true;
    f->status = status;
    if (f->deadline) qy_timer_disarm(f->worker, f->deadline);
    f->deadline = NULL;
    if (f->waiter) qy_suspension_settled(f->worker, f->waiter);
    f->waiter = NULL;
}

/* Keep a result that nobody is sent. */
static int keep(qy_port_future *f, const qy_result *result)
{
    QY_CHECK(!f->answer);
    void *room = f->data;
    if (result->size > QY_FUTURE_INLINE) {
        f->answer = qy_message_new(&f->worker->station, result->size, 0);
        if (!f->answer) f->answer = qy_message_new_control(&f->worker->station, result->size, 0);
        if (!f->answer) return -ENOMEM;
        room = qy_message_data(f->answer);
    }
    qy_copy(room, result->data, result->size);
    f->size = (uint32_t)result->size;
    mark_settled(f, result->status);
    return 0;
}

static void send_on(qy_port_future *f, const qy_result *result)
{
    QY_CHECK(f->sink == QY_SINK_THEN);
    qy_carrier_send(&f->carrier, result);
    mark_settled(f, result->status);
    if (f->dropped) free_future(f);
}

static int relay(qy_port_future *f, const qy_result *result)
{
    QY_CHECK(f->to);
    int error = qy_answer(f->to, result);
    if (error == -ENOMEM) return error;
    mark_settled(f, result->status);
    free_future(f);
    return 0;
}

int qy_port_future_settle(qy_port_future *f, const qy_result *result)
{
    if (f->settled) return -EALREADY;
    if (f->sink == QY_SINK_NONE) return keep(f, result);
    if (f->sink == QY_SINK_RELAY) return relay(f, result);
    send_on(f, result);
    return 0;
}

/* The message that asked is owed the answer that could not be sent on. */
static void hand_over(qy_port_future *f)
{
    QY_CHECK(f->settled && f->asked);
    qy_worker_owe(f->worker, f->asked, f->status);
    f->asked = NULL;
    free_future(f);
}

/* Only a relay to another worker wants memory to fail. While the handler of the message that asked still runs, the
 * future is kept to say so when it has returned. */
static void owe_answer(qy_port_future *f, int status)
{
    QY_CHECK(f->sink == QY_SINK_RELAY);
    mark_settled(f, status);
    unlink_from_port(f);
    if (f->asked) hand_over(f);
}

void qy_port_future_fail(qy_port_future *f, int status)
{
    if (qy_port_future_settle(f, &(qy_result){.status = status}) == -ENOMEM) owe_answer(f, status);
}

void qy_port_future_receive(qy_worker *worker, uint64_t id, const qy_result *result)
{
    qy_port_future *f = qy_port_future_find(worker, id);
    if (!f || f->settled) QY_COUNT(worker->station.count.late);
    else if (qy_port_future_settle(f, result) == -ENOMEM) qy_port_future_fail(f, -ENOMEM);
}

static bool wants_message(const qy_port_future *f, const qy_message *reply)
{
    return f && !f->settled && f->sink == QY_SINK_NONE && reply->size > QY_FUTURE_INLINE;
}

void qy_port_future_settle_message(qy_worker *worker, qy_message *reply)
{
    qy_port_future *f = qy_port_future_find(worker, reply->to);
    if (wants_message(f, reply)) {
        f->answer = reply;
        f->size = reply->size;
        mark_settled(f, (int)reply->tag);
        return;
    }
    qy_port_future_receive(worker, reply->to, &(qy_result){(int)reply->tag, reply->size, qy_message_data(reply)});
    qy_message_free(worker, reply);
}

void qy_port_future_keep_message(qy_worker *worker, uint64_t id, qy_message *message)
{
    qy_port_future *f = qy_port_future_find(worker, id);
    if (!f) {
        qy_message_free(worker, message);
        return;
    }
    f->asked = message;
    if (f->settled) hand_over(f);
}

int qy_port_future_then(qy_port_future *f, quay_port to, uint32_t tag)
{
    if (f->sink != QY_SINK_NONE) return -EALREADY;
    int error = qy_carrier_new(&f->carrier, to, tag);
    if (error) return error;
    f->sink = QY_SINK_THEN;
    if (!f->settled) return 0;
    qy_result result = qy_port_future_result(f);
    qy_carrier_send(&f->carrier, &result);
    return 0;
}
