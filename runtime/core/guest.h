/* guest.h - an outside thread's foothold in a runtime: a station, so that it can send like a worker does.
 *
 * Every thread that ever called in has a qy_thread; for each runtime it talks to it holds a guest. A thread's guest
 * is handed to the next new thread when it ends.
 *
 * Invariants
 *   G1  between qy_guest_enter and qy_guest_leave the runtime is not freed: the thread publishes the runtime it is
 *       inside of, fences, and checks that the runtime is still listed; quay_runtime_stop takes it off the list,
 *       fences, and waits until no thread is inside (hazard pointers, Michael 2004);
 *   G2  a thread never waits while inside;
 *   G3  a guest is used by one thread at a time; workers touch only `returned`.
 * Ownership: guests are the runtime's; a qy_thread is its thread's, freed at thread exit. Read next: send.c. */
#ifndef QY_GUEST_H
#define QY_GUEST_H

#include "core/ingress.h"
#include "core/parking.h"
#include "core/station.h"

struct qy_worker;

typedef struct qy_guest {
    qy_station station;
    uint32_t taken;                             /* atomic: 1 while a thread holds it */
    qy_ingress_lane **lanes;                    /* by worker; made when first used, then constant */
    qy_ingress_lane **host_lanes;               /* by home; likewise */
    alignas(QY_CACHE_LINE) qy_ingress returned; /* spent messages of this guest's pool */
} qy_guest;

/* The running thread's guest in the runtime of a home, inside it; NULL when that runtime is gone (*error -EPIPE), or
 * there is no memory or number for another guest (-ENOMEM, -EAGAIN). */
qy_guest *qy_guest_enter(uint32_t home, int *error);

/* Inside, but without a guest: for reading. -EINVAL when rt is not running, -EPERM in a forked child. */
int qy_runtime_enter(const quay_runtime *rt);
void qy_guest_leave(void);

/* Wait until no thread is inside the runtime, which is not listed any more. */
void qy_guest_wait_outside(const quay_runtime *rt);

/* A message of this station, with a refill from what workers returned. As qy_message_new. */
qy_message *qy_guest_message(qy_guest *guest, size_t size, uint64_t flags);

/* A guest that belongs to no thread. NULL as above. */
qy_guest *qy_runtime_take_guest(quay_runtime *rt, int *error);

/* The guest of a worker in its own runtime, for roads without lanes. NULL as above. It need not go inside. */
qy_guest *qy_worker_guest(struct qy_worker *worker, int *error);

/* Its lane to a worker, made if need be; NULL when there is no memory. */
qy_ingress_lane *qy_guest_lane(qy_guest *guest, const struct qy_worker *worker);

/* The same if it is there; NULL otherwise. */
qy_ingress_lane *qy_guest_find_lane(const qy_guest *guest, const struct qy_worker *worker);

void qy_guest_free(qy_guest *guest);

/* How long this thread looks before it sleeps. */
qy_patience *qy_thread_patience(void);

/* Forget every thread, in a forked child. */
void qy_guest_forget(void);

#endif
