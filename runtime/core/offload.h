/* offload.h - a pool of threads for blocking work.
 *
 * Work travels as the message that will bring its result back: a REPLY to the future, made when the work is given, with
 * the function and its argument where the result will be. So a result needs no memory; and the message counts as posted
 * from the beginning, so work that waits or runs is never taken for quiet (station.h S1).
 *
 * The pool has one guest, and its lanes back to the workers are pushed to by one thread at a time, with the lock. The
 * lock is held for a few instructions, except when the first work of a worker has its lane made.
 *
 * Invariants
 *   P1  a thread that found nothing read `event` with the lock; work is added with the lock and raises it: no work is
 *       slept through;
 *   P2  work is taken out of the queue once: by a thread, which runs it, or by qy_offload_close, which does not;
 *   P3  helpers hold the runtime (release.c): one that comes back after its end finds the pool, and nobody to tell.
 * Ownership: the pool is its runtime's; queued messages are the queue's. Read next: offload.c. */
#ifndef QY_OFFLOAD_H
#define QY_OFFLOAD_H

#include <ck_spinlock.h>

#include "core/guest.h"
#include "os/os.h"

#define QY_OFFLOAD_THREADS 4
#define QY_OFFLOAD_QUEUE 1024

typedef struct qy_helper {
    struct qy_helper *next;
    quay_runtime *runtime;
    qy_os_thread thread;
} qy_helper;

typedef struct qy_offload {
    /* Nobody, after start. */
    uint32_t threads_most;
    uint32_t queue_most;

    /* With the lock. */
    alignas(QY_CACHE_LINE) ck_spinlock_t lock;
    uint32_t event;    /* atomic: helpers park on it */
    qy_guest *guest;   /* NULL until there was work */
    qy_message *first; /* queued, chained by next */
    qy_message *last;
    uint32_t queued;
    uint32_t threads;
    uint32_t idle;    /* of them, parked or about to */
    uint32_t running; /* functions */
    qy_helper *helpers;
    bool closed; /* no more work */
    bool ending; /* threads end when they have nothing to do */
} qy_offload;

/* The runtime that the running thread helps, or NULL. */
extern QY_THREAD_LOCAL const quay_runtime *qy_helps;

/* Is the running thread one that the runtime waits for when it stops? */
bool qy_runtime_waits_for_me(const quay_runtime *rt);

/* 0 stands for the default. */
void qy_offload_init(qy_offload *pool, uint32_t threads, uint32_t queue);

/* Take no more; what waits is answered with -ECANCELED. Returns how many functions run. */
uint32_t qy_offload_close(quay_runtime *rt);

/* Have the threads end, and wait for them or let them go. */
void qy_offload_end(quay_runtime *rt, bool join);
void qy_offload_free(quay_runtime *rt);

#endif
