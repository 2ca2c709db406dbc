/* suspend.c - from a handler that waits back to the loop, and back again. */
#include "core/suspend.h"

#include "core/ring.h"
#include "core/switching.h"
#include "core/timer.h"

void qy_suspension_end(qy_worker *worker, qy_suspension *s, int result)
{
    if (s->over) return;
    s->over = true;
    s->result = result;
    s->fiber->next = NULL;
    *worker->resumable_end = s->fiber;
    worker->resumable_end = &s->fiber->next;
}

void qy_suspension_settled(qy_worker *worker, qy_suspension *s)
{
    if (s->left && --s->left == 0) qy_suspension_end(worker, s, 0);
}

void qy_port_interrupt(qy_worker *worker, qy_port *port, int result)
{
    if (port->flags & QY_PORT_SUSPENDED) qy_suspension_end(worker, port->fiber->suspension, result);
}

static void time_is_up(qy_worker *worker, uint64_t target)
{
    QY_CHECK(target);
    qy_suspension *s = (qy_suspension *)(uintptr_t)target;
    s->timer = NULL;
    qy_suspension_end(worker, s, -ETIMEDOUT);
}

/* Whether the running handler may wait now; 0 or why not. */
static int check(const qy_worker *worker, const quay_self *self, quay_time deadline)
{
    if (!self || self->ending) return -EDEADLK;
    if (self->cancelled || (self->port->flags & QY_PORT_KILLED)) return -ECANCELED;
    return deadline != QUAY_FOREVER && deadline <= qy_worker_now(worker) ? -ETIMEDOUT : 0;
}

static inline void leave(qy_worker *worker, qy_suspension *s)
{
    qy_port *port = s->self->port;
    QY_CHECK((port->flags & (QY_PORT_BUSY | QY_PORT_SUSPENDED)) == QY_PORT_BUSY);
    port->flags |= QY_PORT_SUSPENDED;
    port->fiber = s->fiber;
    s->fiber->suspension = s;
    qy_list_append(&worker->suspended, &s->link);
    worker->running = NULL;
    ck_pr_store_ptr(&worker->turn, NULL);
    QY_COUNT(worker->waits);
    qy_fiber_wait(worker);
    QY_CHECK(s->over && worker->fiber == s->fiber);
    QY_CHECK(!worker->running);
    ck_pr_store_ptr(&worker->turn, port);
    worker->running = s->self;
    qy_list_remove(&s->link);
    s->fiber->suspension = NULL;
    port->flags &= ~(uint32_t)QY_PORT_SUSPENDED;
}

static inline int suspend(qy_worker *worker, qy_suspension *s, quay_time deadline)
{
    qy_timer timer; /* on this stack: a wait needs no memory */
    int error = check(worker, worker->running, deadline);
    if (!error) error = qy_fiber_prepare(worker);
    if (error) return error;
    s->self = worker->running;
    s->fiber = worker->fiber;
    if (deadline != QUAY_FOREVER) {
        s->timer = &timer;
        qy_timer_start(worker, &timer, deadline, time_is_up, (uintptr_t)s);
    }
    leave(worker, s);
    if (s->timer) qy_timer_disarm(worker, s->timer);
    return s->result;
}

int qy_suspend(qy_worker *worker, qy_suspension *s, quay_time deadline)
{
    return suspend(worker, s, deadline);
}

/* ---- for futures ---- */

static bool live(const quay_future *f)
{
    return f->kind == QY_FUTURE_OF_PORT && !((const qy_port_future *)f)->settled;
}

/* Have each live one tell the suspension, or nobody. Returns how many there are. */
static size_t set_waiter(quay_future *const *futures, size_t count, qy_suspension *s)
{
    size_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        if (!live(futures[i])) continue;
        qy_port_future *f = (qy_port_future *)futures[i];
        if (f->waiter == s) continue; /* it is named twice */
        f->waiter = s;
        waiting++;
    }
    return waiting;
}

/* It has to answer itself what it waits for. */
static inline bool asks_itself(const quay_self *self, const qy_port_future *f)
{
    return QY_UNLIKELY(f->callee == self->port->id) && qy_ring_holds(self, f->id);
}

static bool one_asks_itself(const quay_self *self, quay_future *const *futures, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (live(futures[i]) && asks_itself(self, (const qy_port_future *)futures[i])) return true;
    }
    return false;
}

int qy_suspend_for(qy_worker *worker, quay_future *const *futures, size_t count, bool all, quay_time deadline)
{
    QY_CHECK(futures && count);
    if (worker->running && all && one_asks_itself(worker->running, futures, count)) return -EDEADLK;
    qy_suspension s = {.futures = futures, .count = count, .all = all && deadline == QUAY_FOREVER};
    s.left = set_waiter(futures, count, &s);
    if (!all) s.left = 1;
    qy_ring_expect(worker, &s);
    int result = suspend(worker, &s, deadline);
    if (!all || s.left) (void)set_waiter(futures, count, NULL); /* those that have settled know of nobody */
    return result;
}

int qy_suspend_for_one(qy_worker *worker, qy_port_future *f, quay_time deadline)
{
    QY_CHECK(!f->settled);
    if (worker->running && asks_itself(worker->running, f)) return -EDEADLK;
    quay_future *one = &f->future;
    qy_suspension s = {.futures = &one, .count = 1, .left = 1, .all = deadline == QUAY_FOREVER};
    f->waiter = &s;
    qy_ring_expect(worker, &s);
    int result = suspend(worker, &s, deadline);
    f->waiter = NULL;
    return result;
}
