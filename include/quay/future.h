/* future.h - asking for an answer, and giving one.
 *
 * An ask sends a message and returns the read end (the future); the duty to answer goes with the message.
 * Every future settles exactly once: with the reply, an error, its deadline, a cancel, or the death of the
 * port that held the duty. A second or late answer is dropped and counted.
 *
 * A port's future belongs to that port: another port or thread that uses it gets -EPERM. A future made by a
 * thread outside the runtime may be used by any such thread, by several at once. Whoever holds a future
 * drops it, once, when done. To hand a result on, use quay_then or a promise. */
#ifndef QUAY_FUTURE_H
#define QUAY_FUTURE_H

#include <quay/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* quay_ask - send a message that wants an answer.
 * Thread: any thread, any handler.   Blocks: as quay_send, until the deadline at the latest.
 * Owns:   data stays the caller's; the caller drops the future.
 * Errors: never NULL: a failure is in the future, settled already. As quay_send, and -ETIMEDOUT when the
 *         deadline is past (the handler then never runs). An answer that is not there by the deadline
 *         settles the future with -ETIMEDOUT. */
QUAY_API QUAY_MUST_USE quay_future *quay_ask(quay_port to, uint32_t tag, const void *data, size_t size,
                                             quay_time deadline);

/* quay_reply - answer the ask being handled.
 * Thread: the handler of that ask.   Blocks: never.
 * Owns:   data stays the caller's.
 * Errors: -EINVAL nobody asked (a plain message), or NULL data with a size; -EALREADY answered, forwarded
 *         or deferred before; -EMSGSIZE; -ENOMEM (the duty to answer remains). */
QUAY_API int quay_reply(quay_self *self, const void *data, size_t size);

/* quay_fail - answer the ask being handled with an error.
 * Thread: the handler of that ask.   Blocks: never.
 * Owns:   nothing. error: a negative errno.
 * Errors: as quay_reply; -EINVAL error is not negative. */
QUAY_API int quay_fail(quay_self *self, int error);

/* quay_forward - pass the message being handled on, the duty to answer included. Its sender stays the same.
 * Thread: the handler of that message.   Blocks: as quay_send.
 * Owns:   nothing; a buffer payload moves along.
 * Errors: as quay_send (the duty then remains here); -EALREADY an ask answered, or a buffer taken, before. An ask that
 *         finds no memory where it arrives fails with -ENOMEM. */
QUAY_API int quay_forward(quay_self *self, quay_port to);

/* quay_defer - take the duty to answer out of this handler call, to settle later.
 * Thread: the handler of that ask.   Blocks: never.
 * Owns:   the value may be stored and sent. While it is unsettled the death of this port settles it with
 *         -EOWNERDEAD.
 * Errors: an id of 0 when nobody asked, the ask is answered already, or there is no memory. */
QUAY_API quay_promise quay_defer(quay_self *self);

/* quay_promise_new - a promise and its future, not tied to any message.
 * Thread: any thread, any handler of rt.   Blocks: never.
 * Owns:   the caller drops the future; in a handler it belongs to the running port.
 * Errors: -EINVAL a NULL argument; -ENOMEM; -EPERM rt is not this process's, or its handler's. */
QUAY_API int quay_promise_new(quay_runtime *rt, quay_promise *promise, quay_future **future);

/* quay_settle - give the answer: status 0 and data, or a negative errno.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   data stays the caller's; it is ignored with an error.
 * Errors: -EALREADY settled before, when that can be known here (elsewhere it is dropped and counted);
 *         -EPIPE the runtime is gone; -EINVAL positive status, or NULL data with a size; -EMSGSIZE; -ENOMEM. */
QUAY_API int quay_settle(quay_promise promise, int status, const void *data, size_t size);

/* quay_await - wait for the answer and copy it out.
 * Thread: a handler, for its own futures; any thread outside the runtime, for threads' futures.
 * Blocks: a handler is suspended: its port handles nothing else meanwhile, its worker goes on with other ports.
 *         A thread spins briefly, then parks. Neither, when the future is settled.
 * Owns:   at most size bytes are written to out; the future remains to be dropped.
 * Errors: the error it was settled with; -EMSGSIZE out is too small (nothing is copied, the answer stays);
 *         -EINVAL f is NULL, or NULL out with a size; -EPERM not the caller's future.
 *         In a handler also -ECANCELED the port was killed or its ask cancelled; -EDEADLK the port asked itself, or
 *         is the last of a ring of ports that wait for each other, or is in fini; -EAGAIN or -ENOMEM no stack to go
 *         on with.
 * Returns the bytes of the answer, which may be 0. */
QUAY_API int quay_await(quay_future *f, void *out, size_t size);

/* quay_await_until - quay_await with a limit of its own. -ETIMEDOUT leaves the future live. */
QUAY_API int quay_await_until(quay_future *f, void *out, size_t size, quay_time deadline);

/* quay_await_any, quay_await_all - wait until one, or every one, of n futures is settled.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   the futures and the array stay the caller's.
 * Errors: -ETIMEDOUT; -EINVAL n is 0 or an entry NULL; -EPERM; -EDEADLK.
 * Any returns the index of a settled one, all returns 0. */
QUAY_API int quay_await_any(quay_future *const *f, size_t n, quay_time deadline);
QUAY_API int quay_await_all(quay_future *const *f, size_t n, quay_time deadline);

/* quay_then - have the result sent to a port as a message: its data, or its error as status.
 * Thread: the future's holder.   Blocks: never.
 * Owns:   the future remains to be dropped; dropping it does not take the message back.
 * Errors: -EINVAL f is NULL; -EALREADY it has a receiver; -EPERM; -EPIPE the receiver is known to be gone;
 *         -ENOMEM. */
QUAY_API int quay_then(quay_future *f, quay_port to, uint32_t tag);

/* quay_settled - is the result there?
 * Thread: the future's holder.   Blocks: never.
 * Owns:   nothing.
 * Errors: none; false for NULL and for a future that is not the caller's. */
QUAY_API bool quay_settled(const quay_future *f);

/* quay_future_fd - a file descriptor for poll or epoll, readable from when the future is settled: for a thread with a
 * loop of its own. It then awaits the future, which does not block any more.
 * Thread: the future's holder, outside the runtime.   Blocks: never.
 * Owns:   the future, which closes it after its drop: take it out of an epoll set before that. It is there to be
 *         polled only. A forked child is not told by it.
 * Errors: -EPERM a port's future, or in a handler; -EINVAL f is NULL; -EMFILE, -ENFILE, -ENOMEM no descriptor.
 *         A deadline is told by the worker of the port that was asked, when it is free to.
 * Returns the descriptor, the same each time. Asks that failed at once share one, readable and never closed. */
QUAY_API int quay_future_fd(quay_future *f);

/* quay_cancel - settle the future with -ECANCELED, unless it is settled. A late answer is dropped. The port that was
 *         asked, or that the ask was forwarded to, never runs what it has not begun, and learns of it by quay_cancelled
 *         if it has. To a port of another worker that is a message, which without memory is lost.
 * Thread: the future's holder.   Blocks: never.
 * Owns:   the future remains to be dropped.
 * Errors: -EALREADY it was settled; -EINVAL f is NULL; -EPERM. */
QUAY_API int quay_cancel(quay_future *f);

/* quay_drop - the holder is done with the future.
 * Thread: the future's holder.   Blocks: never.
 * Owns:   ends the holder's ownership. NULL is fine.
 * Errors: none. */
QUAY_API void quay_drop(quay_future *f);

/* quay_call - ask, await and drop in one.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   in and out stay the caller's.
 * Errors: those of quay_ask and quay_await. Returns the bytes of the answer. */
QUAY_API int quay_call(quay_port to, uint32_t tag, const void *in, size_t in_size, void *out, size_t out_size,
                       quay_time deadline);

#ifdef __cplusplus
}
#endif
#endif
