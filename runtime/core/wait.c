/* wait.c - what the holder of a future may do with it, whichever kind it is. */
#include "core/future.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/suspend.h"
#include "core/thread_future.h"

static qy_port_future *of_port(const quay_future *f)
{
    return (qy_port_future *)(uintptr_t)f;
}

static qy_thread_future *of_thread(const quay_future *f)
{
    return (qy_thread_future *)(uintptr_t)f;
}

/* 0 if the caller may use the future: a port its own, a thread a thread's, anybody a constant. */
static inline int check_holder(const quay_future *f)
{
    if (!f) return -EINVAL;
    const qy_worker *me = qy_me;
    switch ((qy_future_kind)f->kind) {
    case QY_FUTURE_CONSTANT:
        return 0;
    case QY_FUTURE_OF_PORT:
        return me && me->running && of_port(f)->worker == me && of_port(f)->port == me->running->port ? 0 : -EPERM;
    case QY_FUTURE_OF_THREAD:
        return me ? -EPERM : 0;
    }
    return -EINVAL;
}

static bool is_settled(const quay_future *f)
{
    if (f->kind == QY_FUTURE_CONSTANT) return true;
    return f->kind == QY_FUTURE_OF_PORT ? of_port(f)->settled : qy_thread_future_settled(of_thread(f));
}

/* Of a constant or a thread's future. */
static qy_result result_of(const quay_future *f)
{
    QY_CHECK(f->kind != QY_FUTURE_OF_PORT);
    if (f->kind == QY_FUTURE_CONSTANT) return (qy_result){.status = ((const qy_constant_future *)f)->status};
    return qy_thread_future_result(of_thread(f));
}

/* ---- waiting ---- */

/* The same. */
static int wait_for(quay_future *f, quay_time deadline)
{
    return is_settled(f) ? 0 : qy_thread_future_wait(of_thread(f), deadline);
}

/* A thread's future may be dropped by its holder while others await it. */
static void hold(quay_future *f)
{
    if (f->kind == QY_FUTURE_OF_THREAD) qy_thread_future_hold(of_thread(f));
}

static void release(quay_future *f)
{
    if (f->kind == QY_FUTURE_OF_THREAD) qy_thread_future_release(of_thread(f));
}

static int await(quay_future *f, void *out, size_t size, quay_time deadline)
{
    int error = wait_for(f, deadline);
    if (error) return error;
    qy_result result = result_of(f);
    return qy_result_copy(&result, out, size);
}

/* The same for the most common case, in fewer steps. */
static inline int await_own(qy_port_future *f, void *out, size_t size, quay_time deadline)
{
    int error = f->settled ? 0 : qy_suspend_for_one(f->worker, f, deadline);
    if (error) return error;
    qy_result result = qy_port_future_result(f);
    return qy_result_copy(&result, out, size);
}

static inline int await_until(quay_future *f, void *out, size_t size, quay_time deadline)
{
    if (!out && size) return -EINVAL;
    int error = check_holder(f);
    if (error) return error;
    if (f->kind == QY_FUTURE_OF_PORT) return await_own(of_port(f), out, size, deadline);
    hold(f);
    int result = await(f, out, size, deadline);
    release(f);
    return result;
}

int quay_await_until(quay_future *f, void *out, size_t size, quay_time deadline)
{
    return await_until(f, out, size, deadline);
}

int quay_await(quay_future *f, void *out, size_t size)
{
    return quay_await_until(f, out, size, QUAY_FOREVER);
}

int quay_call(quay_port to, uint32_t tag, const void *in, size_t in_size, void *out, size_t out_size,
              quay_time deadline)
{
    quay_future *f = quay_ask(to, tag, in, in_size, deadline);
    int result = await_until(f, out, out_size, QUAY_FOREVER);
    if (result < 0) (void)quay_cancel(f); /* given up: it is not to run later, for nobody */
    quay_drop(f);
    return result;
}

static int check_holder_of_all(quay_future *const *f, size_t n)
{
    if (!f || !n || n > INT32_MAX) return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        int error = check_holder(f[i]);
        if (error) return error;
    }
    return 0;
}

int quay_await_any(quay_future *const *f, size_t n, quay_time deadline)
{
    int error = check_holder_of_all(f, n);
    if (error) return error;
    for (size_t i = 0; i < n; i++) {
        if (is_settled(f[i])) return (int)i;
    }
    if (!qy_me) return qy_thread_future_wait_any(f, n, deadline);
    error = qy_suspend_for(qy_me, f, n, false, deadline);
    for (size_t i = 0; i < n && !error; i++) {
        if (is_settled(f[i])) return (int)i;
    }
    return error;
}

int quay_await_all(quay_future *const *f, size_t n, quay_time deadline)
{
    int error = check_holder_of_all(f, n);
    if (error) return error;
    bool settled = true;
    for (size_t i = 0; i < n; i++) settled &= is_settled(f[i]);
    if (settled) return 0;
    if (qy_me) return qy_suspend_for(qy_me, f, n, true, deadline);
    for (size_t i = 0; i < n && !error; i++) {
        hold(f[i]);
        error = wait_for(f[i], deadline);
        release(f[i]);
    }
    return error;
}

/* ---- the rest ---- */

/* What can be known here of a receiver. */
static int check_receiver(quay_port to)
{
    const qy_worker *me = qy_me;
    return me && qy_id_home(to.id) == me->home && qy_worker_knows_gone(me, to.id) ? -EPIPE : 0;
}

static int constant_then(const quay_future *f, quay_port to, uint32_t tag)
{
    qy_carrier carrier;
    int error = qy_carrier_new(&carrier, to, tag);
    if (error) return error;
    qy_result result = result_of(f);
    qy_carrier_send(&carrier, &result);
    return 0;
}

int quay_then(quay_future *f, quay_port to, uint32_t tag)
{
    int error = check_holder(f);
    if (!error) error = check_receiver(to);
    if (error) return error;
    if (f->kind == QY_FUTURE_CONSTANT) return constant_then(f, to, tag);
    return f->kind == QY_FUTURE_OF_PORT ? qy_port_future_then(of_port(f), to, tag)
                                        : qy_thread_future_then(of_thread(f), to, tag);
}

bool quay_settled(const quay_future *f)
{
    return !check_holder(f) && is_settled(f);
}

int quay_cancel(quay_future *f)
{
    int error = check_holder(f);
    if (error) return error;
    if (is_settled(f)) return -EALREADY;
    if (f->kind == QY_FUTURE_OF_THREAD) return qy_thread_future_cancel_ask(of_thread(f));
    qy_port_future *own = of_port(f);
    qy_cancel_ask(own->callee, own->id);
    own->cancelled = own->id;
    qy_port_future_fail(own, -ECANCELED);
    return 0;
}

void quay_drop(quay_future *f)
{
    if (check_holder(f)) return;
    if (f->kind == QY_FUTURE_OF_PORT) qy_port_future_drop(of_port(f));
    else if (f->kind == QY_FUTURE_OF_THREAD) qy_thread_future_drop(of_thread(f));
}
