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

#ifdef __cplusplus
}
#endif
#endif
