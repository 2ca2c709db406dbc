/* offload.h - blocking work on threads of its own, so that it does not hold up a worker.
 *
 * A runtime has a small pool of ordinary threads for it, started when there is work for them and ended with the
 * runtime. What finds no free thread waits in a queue; what finds that full is refused. A port that blocks all the time
 * had better be a blocking port (quay_port_options.blocking). */
#ifndef QUAY_OFFLOAD_H
#define QUAY_OFFLOAD_H

#include <quay/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs once, on a thread outside the runtime: it may block, and may send, ask, await and settle promises as any such
 * thread; it may not wait for its own runtime to drain or stop. Returns 0, a number above 0, or a negative errno. */
typedef int quay_work(void *arg);

/* quay_offload - have a function run elsewhere, and its result as a future.
 * Thread: a handler, or init.   Blocks: never; may start a thread.
 * Owns:   the caller drops the future. arg is the function's until it returns, which may be after the wait for it was
 *         cancelled or the port has ended: let it be neither on the handler's stack nor in the port's state. A future
 *         that is settled at once was refused: the function does not run, and arg stays the caller's.
 * Errors: in the future: what the function returned, if negative. A number above 0 is the answer, an int; 0 is an
 *         answer of no bytes. At once: -EAGAIN the queue is full, or there is no thread; -EINVAL work is NULL; -EPERM
 *         not the running port; -ENOMEM; -ECANCELED the runtime is being killed, as for work that waits then. */
QUAY_API QUAY_MUST_USE quay_future *quay_offload(quay_self *self, quay_work *work, void *arg);

#ifdef __cplusplus
}
#endif
#endif
