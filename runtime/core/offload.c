/* offload.c - giving work, running it, bringing the result home. */
#include "core/offload.h"

#include <limits.h>
#include <quay/offload.h>
#include <string.h>

#include "core/future.h"
#include "core/runtime.h"

QY_THREAD_LOCAL const quay_runtime *qy_helps;

/* What is to be done, in the payload of the message that will bring the result. */
typedef struct job {
    quay_work *work;
    void *arg;
} job;

_Static_assert(sizeof(job) <= sizeof(((qy_message *)0)->payload), "work takes one line");

void qy_offload_init(qy_offload *pool, uint32_t threads, uint32_t queue)
{
    ck_spinlock_init(&pool->lock);
    pool->threads_most = threads ? threads : QY_OFFLOAD_THREADS;
    pool->queue_most = queue ? queue : QY_OFFLOAD_QUEUE;
}

/* ---- the queue, all with the lock ---- */

static void push(qy_offload *pool, qy_message *message)
{
    message->next = NULL;
    if (pool->first) pool->last->next = message;
    else pool->first = message;
    pool->last = message;
    pool->queued++;
    ck_pr_store_32(&pool->event, pool->event + 1);
}

static qy_message *pop(qy_offload *pool)
{
    qy_message *message = pool->first;
    if (!message) return NULL;
    QY_CHECK(pool->queued > 0);
    pool->first = message->next;
    pool->queued--;
    return message;
}

/* ---- results ---- */

/* Its worker has counted it as posted, and made the lane. */
static void bring_home(quay_runtime *rt, qy_message *message, int result)
{
    qy_offload *pool = &rt->offload;
    qy_worker *worker = qy_runtime_worker(rt, qy_id_home(message->to));
    QY_CHECK(worker);
    message->next = NULL;
    message->label = qy_label(result < 0 ? (uint32_t)result : 0, result > 0 ? sizeof result : 0);
    memcpy(message->payload, &result, sizeof result);
    ck_spinlock_lock(&pool->lock);
    qy_ingress_send(&worker->ingress, qy_guest_find_lane(pool->guest, worker), &message->parcel);
    ck_spinlock_unlock(&pool->lock);
    qy_parking_wake(&worker->parking, rt->os);
}

/* ---- helpers ---- */

/* The next work, once there is some; NULL when the thread is to end. */
static qy_message *next_work(quay_runtime *rt)
{
    qy_offload *pool = &rt->offload;
    for (;;) {
        ck_spinlock_lock(&pool->lock);
        qy_message *message = pop(pool);
        uint32_t event = pool->event;
        bool over = !message && pool->ending;
        if (message) pool->running++;
        else pool->idle++;
        ck_spinlock_unlock(&pool->lock);
        if (message || over) return message;
        (void)rt->os->park(&pool->event, event, QUAY_FOREVER);
        ck_spinlock_lock(&pool->lock);
        pool->idle--;
        ck_spinlock_unlock(&pool->lock);
    }
}

static int run(const qy_message *message)
{
    job todo;
    memcpy(&todo, message->payload, sizeof todo);
    return todo.work(todo.arg);
}

static void help(void *argument)
{
    quay_runtime *rt = ((qy_helper *)argument)->runtime;
    qy_helps = rt;
    for (qy_message *message; (message = next_work(rt));) {
        int result = run(message);
        ck_spinlock_lock(&rt->offload.lock);
        rt->offload.running--;
        ck_spinlock_unlock(&rt->offload.lock);
        bring_home(rt, message, result);
    }
    qy_runtime_release(rt);
}

/* A thread that was started after the end was told has nobody to join it. */
static void list_helper(quay_runtime *rt, qy_helper *helper)
{
    qy_offload *pool = &rt->offload;
    ck_spinlock_lock(&pool->lock);
    helper->next = pool->helpers;
    pool->helpers = helper;
    bool late = pool->ending;
    ck_spinlock_unlock(&pool->lock);
    if (late) rt->os->thread_detach(helper->thread);
}

static int start_helper(quay_runtime *rt)
{
    qy_helper *helper = qy_allocate(&rt->memory, sizeof *helper, QY_CACHE_LINE);
    if (!helper) return -ENOMEM;
    helper->runtime = rt;
    ck_pr_inc_32(&rt->holders);
    int error = rt->os->thread_start(&helper->thread, "quay-offload", help, helper);
    if (!error) {
        list_helper(rt, helper);
        return 0;
    }
    ck_pr_dec_32(&rt->holders);
    qy_release(&rt->memory, helper, sizeof *helper);
    return error;
}

/* One more thread, if those that are idle have work already. An error only when there is none at all. */
static int provide_helper(quay_runtime *rt)
{
    qy_offload *pool = &rt->offload;
    ck_spinlock_lock(&pool->lock);
    bool wanted = pool->idle <= pool->queued && pool->threads < pool->threads_most;
    if (wanted) pool->threads++;
    ck_spinlock_unlock(&pool->lock);
    int error = wanted ? start_helper(rt) : 0;
    if (!error) return 0;
    ck_spinlock_lock(&pool->lock);
    bool others = --pool->threads > 0;
    ck_spinlock_unlock(&pool->lock);
    return others ? 0 : error;
}

/* ---- giving work ---- */

static int provide_lane(qy_worker *me)
{
    quay_runtime *rt = me->station.runtime;
    qy_offload *pool = &rt->offload;
    int error = -ENOMEM;
    ck_spinlock_lock(&pool->lock);
    if (!pool->guest) pool->guest = qy_runtime_take_guest(rt, &error);
    if (pool->guest && qy_guest_lane(pool->guest, me)) error = 0;
    ck_spinlock_unlock(&pool->lock);
    return error;
}

static int enqueue(quay_runtime *rt, qy_message *message)
{
    qy_offload *pool = &rt->offload;
    ck_spinlock_lock(&pool->lock);
    QY_CHECK(pool->queued <= pool->queue_most);
    int error = pool->closed ? -ECANCELED : pool->queued == pool->queue_most ? -EAGAIN : 0;
    if (!error) push(pool, message);
    ck_spinlock_unlock(&pool->lock);
    if (!error) rt->os->wake(&pool->event, 1);
    return error;
}

static int give(qy_worker *me, qy_message *message)
{
    QY_CHECK(qy_message_kind(message) == QY_KIND_REPLY);
    int error = provide_lane(me);
    if (!error) error = provide_helper(me->station.runtime);
    if (error) return error;
    QY_COUNT(me->station.count.posted);
    error = enqueue(me->station.runtime, message);
    if (error) QY_COUNT_DONE(me->station.count.retired);
    return error;
}

/* On a machine without other threads: here. The result comes by the same road, so not before the future is returned. */
static int do_here(qy_worker *me, qy_message *message)
{
    int error = provide_lane(me);
    if (error) return error;
    QY_COUNT(me->station.count.posted);
    bring_home(me->station.runtime, message, run(message));
    return 0;
}

static int offload(qy_worker *me, const qy_port_future *f, const job *todo)
{
    qy_message *message = qy_message_new(&me->station, sizeof *todo, 0);
    if (!message) return -ENOMEM;
    message->to = f->id;
    message->from = 0;
    message->meta |= QY_KIND_REPLY;
    memcpy(message->payload, todo, sizeof *todo);
    int error = me->station.runtime->machine->threads ? give(me, message) : do_here(me, message);
    if (error) qy_message_free(me, message);
    return error;
}

quay_future *quay_offload(quay_self *self, quay_work *work, void *arg)
{
    qy_worker *me = qy_me;
    if (!work) return qy_future_constant(-EINVAL);
    if (!qy_runs(self) || self->ending) return qy_future_constant(-EPERM);
    qy_port_future *f = qy_port_future_new(me, self->port);
    if (!f) return qy_future_constant(-ENOMEM);
    int error = offload(me, f, &(job){.work = work, .arg = arg});
    if (!error) return &f->future;
    qy_port_future_drop(f);
    return qy_future_constant(error);
}

/* ---- the end ---- */

bool qy_runtime_waits_for_me(const quay_runtime *rt)
{
    return rt && (qy_helps == rt || (qy_me && qy_me->station.runtime == rt));
}

uint32_t qy_offload_close(quay_runtime *rt)
{
    qy_offload *pool = &rt->offload;
    ck_spinlock_lock(&pool->lock);
    pool->closed = true;
    qy_message *queued = pool->first;
    pool->first = NULL;
    pool->queued = 0;
    uint32_t running = pool->running;
    ck_spinlock_unlock(&pool->lock);
    while (queued) {
        qy_message *message = queued;
        queued = message->next;
        bring_home(rt, message, -ECANCELED);
    }
    return running;
}

void qy_offload_end(quay_runtime *rt, bool join)
{
    qy_offload *pool = &rt->offload;
    ck_spinlock_lock(&pool->lock);
    pool->closed = pool->ending = true;
    ck_pr_store_32(&pool->event, pool->event + 1);
    const qy_helper *helpers = pool->helpers;
    ck_spinlock_unlock(&pool->lock);
    rt->os->wake(&pool->event, INT_MAX);
    for (; helpers; helpers = helpers->next) {
        if (join) rt->os->thread_join(helpers->thread);
        else rt->os->thread_detach(helpers->thread);
    }
}

void qy_offload_free(quay_runtime *rt)
{
    for (qy_helper *helper; (helper = rt->offload.helpers);) {
        rt->offload.helpers = helper->next;
        qy_release(&rt->memory, helper, sizeof *helper);
    }
}
