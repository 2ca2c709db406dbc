/* control.c - ending ports from outside, waiting for their end, asking how they are. */
#include "core/future.h"
#include "core/life.h"
#include "core/receive.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/suspend.h"
#include "core/thread_future.h"

int quay_stop(quay_port port)
{
    return qy_known_gone(port.id) ? -EPIPE : qy_send_control(port.id, QY_KIND_STOP, 0, NULL, NULL, 0);
}

int quay_kill(quay_port port, int reason)
{
    if (reason > 0) return -EINVAL;
    return qy_known_gone(port.id) ? -EPIPE : qy_send_control(port.id, QY_KIND_KILL, (uint32_t)reason, NULL, NULL, 0);
}

void quay_exit(quay_self *self, int reason)
{
    if (!self) return;
    qy_port_set_ending(self->worker, self->port, reason ? QUAY_EXIT_ERROR : QUAY_EXIT_NORMAL,
                       reason > 0 ? -reason : reason);
}

bool quay_cancelled(const quay_self *self)
{
    return self && (self->cancelled || (self->port->flags & QY_PORT_KILLED));
}

quay_time quay_deadline(const quay_self *self)
{
    return self ? self->deadline : QUAY_FOREVER;
}

void quay_set_deadline(quay_self *self, quay_time deadline)
{
    if (self) self->deadline = deadline;
}

int quay_sleep(quay_self *self, int64_t ns)
{
    if (!qy_runs(self)) return -EINVAL;
    if (ns <= 0) return 0;
    qy_suspension s = {0};
    int result = qy_suspend(self->worker, &s, quay_in(ns));
    return result == -ETIMEDOUT ? 0 : result;
}

quay_port quay_self_port(const quay_self *self)
{
    return self ? (quay_port){self->port->id} : QUAY_NOBODY;
}

quay_runtime *quay_self_runtime(const quay_self *self)
{
    return self ? self->worker->station.runtime : NULL;
}

/* ---- a thread's questions to a port's worker ---- */

int qy_ask_worker(quay_port port, qy_kind kind, quay_time deadline, void *out, size_t size)
{
    QY_CHECK(!qy_me);
    int error = -EPIPE;
    qy_guest *guest = qy_guest_enter(qy_id_home(port.id), &error);
    if (!guest) return error;
    const quay_runtime *rt = guest->station.runtime;
    uint32_t home = rt->first_home + rt->workers_count;
    qy_extra extra = {.deadline = QUAY_FOREVER};
    quay_future *f = qy_thread_future_new(home, deadline, &extra.reply_to);
    qy_guest_leave(); /* not before: a stop that comes after it finds the future */
    if (!f) return -ENOMEM;
    error = qy_send_control(port.id, kind, 0, &extra, NULL, 0);
    if (!error) error = quay_await(f, out, size);
    if (error == -ETIMEDOUT) qy_cancel_ask(port.id, extra.reply_to);
    quay_drop(f);
    return error < 0 ? error : 0;
}

/* A handler would wait for itself, or keep its worker waiting. */
static bool in_runtime_of(quay_port port)
{
    return qy_me && qy_homes_runtime(qy_id_home(port.id)) == qy_me->station.runtime;
}

int quay_join(quay_port port, quay_time deadline, int *reason)
{
    int ended = 0;
    if (in_runtime_of(port)) return -EDEADLK;
    if (qy_me) return -EPERM;
    int error = qy_ask_worker(port, QY_KIND_JOIN, deadline, &ended, sizeof ended);
    if (!error && reason) *reason = ended;
    return error;
}

int quay_port_stats(quay_port port, quay_port_counters *counters)
{
    if (!counters) return -EINVAL;
    if (!qy_me) return qy_ask_worker(port, QY_KIND_COUNTERS, QUAY_FOREVER, counters, sizeof *counters);
    if (qy_id_home(port.id) != qy_me->home) return in_runtime_of(port) ? -EDEADLK : -EPIPE;
    const qy_port *own = qy_worker_port(qy_me, port.id);
    if (!own) return -EPIPE;
    qy_port_read(own, counters);
    return 0;
}
