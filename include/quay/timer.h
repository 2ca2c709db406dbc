/* timer.h - the clock.
 *
 * Times are absolute and monotonic; lengths are nanoseconds (QUAY_US, QUAY_MS, QUAY_SEC). */
#ifndef QUAY_TIMER_H
#define QUAY_TIMER_H

#include <quay/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* quay_now - the present time.
 * Thread: any.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API quay_time quay_now(void);

/* quay_in - the time that is ns from now; QUAY_FOREVER if that is beyond the end of time.
 * Thread: any.   Blocks: never.
 * Owns:   nothing.
 * Errors: none; a negative length is a time in the past. */
QUAY_API quay_time quay_in(int64_t ns);

/* quay_sleep - let the running port wait; its worker goes on with others.
 * Thread: a handler, or init.   Blocks: suspends the port for ns, never less.
 * Owns:   nothing.
 * Errors: -ECANCELED the port was killed, or its ask cancelled; -EINVAL self is not the running port;
 *         -EDEADLK in fini; -EAGAIN or -ENOMEM no stack to go on with. A length of 0 or less is 0 at once. */
QUAY_API int quay_sleep(quay_self *self, int64_t ns);

/* quay_send_after - have a message sent at a time, never before it.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   data is copied. *timer (may be NULL) is a value to cancel by. When the runtime stops, what is still to be
 *         sent is forgotten.
 * Errors: as quay_send; a port that has ended by then makes the message a dead letter. A time that is past sends at
 *         once; QUAY_FOREVER never does. */
QUAY_API int quay_send_after(quay_port to, uint32_t tag, const void *data, size_t size, quay_time at,
                             quay_timer *timer);

/* quay_send_every - the same again and again, each period nanoseconds after the time before. Beats that were missed are
 * not made up for.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   as quay_send_after; cancel it when it is not wanted any more.
 * Errors: as quay_send_after; -EINVAL period is 0 or less. A beat for which there is no memory is skipped. */
QUAY_API int quay_send_every(quay_port to, uint32_t tag, const void *data, size_t size, quay_time first, int64_t period,
                             quay_timer *timer);

/* quay_timer_cancel - take back what was to be sent.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: -EALREADY it was sent, or cancelled, when that can be known here: in the handler of a port on the worker
 *         where the timer was set. Elsewhere 0, and the cancel may come too late; -ENOMEM. */
QUAY_API int quay_timer_cancel(quay_timer timer);

#ifdef __cplusplus
}
#endif
#endif
