/* host.h - a worker for one blocking port: a thread that is bound to no core, and waits in system calls if it likes.
 *
 * A host is a worker with a home of its own, taken when it is made, but without lanes: their number is fixed when a
 * runtime starts. Whoever sends to a host, workers included, does so by a guest, and so does a host that sends. Nothing
 * else is different: its port has a mailbox, futures and timers, awaits, is joined and killed as any other.
 *
 * When its port has ended a host is idle, and waits for the next blocking port. It ends with its runtime.
 *
 * Invariants
 *   N1  a host has one port at the most: it is taken for a spawn, and given back when that port has ended, or the
 *       spawn failed;
 *   N2  the list of hosts only grows, at its head, and its entries are whole before they are seen; so it is read
 *       without the lock;
 *   N3  no host escapes a stop: it is added with the lock and looks at the phase then. Whoever changes the phase takes
 *       the lock after that (qy_hosts_sync), and so sees the host, or was seen by it.
 * Ownership: hosts are their runtime's. Read next: host.c. */
#ifndef QY_HOST_H
#define QY_HOST_H

#include "core/runtime.h"

/* An idle host, or a new one. 0; -EAGAIN no home or thread is left; -ENOMEM; -ECANCELED the runtime is ending. */
int qy_host_take(quay_runtime *rt, qy_worker **host);

/* It has no port, and none will come from who took it. */
void qy_host_give_back(qy_worker *host);

/* Whatever was stored before is seen by every host that is added later. */
void qy_hosts_sync(quay_runtime *rt);

/* No more hosts; and nobody outside finds those there are. */
void qy_hosts_close(quay_runtime *rt);

#endif
