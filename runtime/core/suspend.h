/* suspend.h - a handler waits.
 *
 * Whoever waits puts a qy_suspension on its stack, says what ends it, and calls qy_suspend. It ends once: when what was
 * waited for has settled, at its deadline, or when the port is killed, its ask cancelled, or a ring of waits is found.
 *
 * Invariants
 *   S2  while suspended a port is BUSY: it handles no other message, its mailbox grows, control messages reach it;
 *   S3  the first end counts; it makes the fiber resumable, once; later ends change nothing.
 *
 * Ownership: a suspension is the waiting handler's, on its stack; the worker's list and queue link it meanwhile.
 * Read next: wait.c, ring.h. */
#ifndef QY_SUSPEND_H
#define QY_SUSPEND_H

#include "base/list.h"
#include "core/fiber.h"
#include "core/future.h"
#include "core/worker.h"

typedef struct qy_suspension {
    qy_link link; /* on worker->suspended, oldest first */
    qy_fiber *fiber;
    quay_self *self;
    struct qy_timer *timer;
    quay_future *const *futures; /* what is waited for, or NULL */
    size_t count;
    size_t left;    /* to settle, before it ends */
    uint64_t stamp; /* ring.h */
    int result;
    uint64_t seen_origin; /* of the probe that went on through here last */
    uint64_t seen_stamp;
    bool over;
    bool all;     /* every one is needed, and there is no deadline: only an answer can end it */
    bool ticked;  /* it has lasted a tick */
    bool looked;  /* for a ring */
    bool pending; /* the probe seen last found no memory to go on */
} qy_suspension;

/* Suspend the running handler until qy_suspension_end or the deadline. Returns the result; or at once -ECANCELED the
 * port is killed or its ask cancelled, -ETIMEDOUT, -EAGAIN or -ENOMEM no stack to go on with, -EDEADLK not in a handler
 * that may wait. */
int qy_suspend(qy_worker *worker, qy_suspension *s, quay_time deadline);

void qy_suspension_end(qy_worker *worker, qy_suspension *s, int result);

/* One of the futures has settled. */
void qy_suspension_settled(qy_worker *worker, qy_suspension *s);

/* Suspend until one of, or all, a port's futures are settled. As qy_suspend, and -EDEADLK for an ask to oneself. */
int qy_suspend_for(qy_worker *worker, quay_future *const *futures, size_t count, bool all, quay_time deadline);

/* The same for one that is not settled: the most common case, in fewer steps. */
int qy_suspend_for_one(qy_worker *worker, qy_port_future *f, quay_time deadline);

/* End what a port waits for, if it waits. */
void qy_port_interrupt(qy_worker *worker, qy_port *port, int result);

#endif
