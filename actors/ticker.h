/* ticker.h - a port that tells others the time of a beat, again and again.
 *
 * Who subscribes gets a quay_tick each period. The next tick is not sent to a subscriber before its handler has
 * returned from the last (or answered it, if it took that out by quay_defer); ticks it missed so are counted in the
 * next it gets. So a slow subscriber is never flooded. One that has ended is forgotten. Without subscribers nothing
 * ticks. One whose mailbox is full and has its senders wait (QUAY_OVERFLOW_WAIT) holds up the ticker and all others.
 *
 * Beats keep to the times begin + n * period, however late a tick is; beats that nobody was there to send are not made
 * up for.
 *
 * Ownership: the ticker belongs to whoever spawned it, who ends it with quay_stop.
 * Read next: ticker.c. */
#ifndef QUAY_ACTORS_TICKER_H
#define QUAY_ACTORS_TICKER_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The payload of a tick. */
typedef struct quay_tick {
    uint64_t beat;   /* of the ticker, the first is 0 */
    uint64_t missed; /* since this subscriber's last tick */
    quay_time due;   /* when it was to be */
} quay_tick;

/* quay_ticker_spawn - start a ticker.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   *out is the caller's to stop.
 * Errors: as quay_spawn; -EINVAL period is 0 or less. */
QUAY_API int quay_ticker_spawn(quay_runtime *rt, quay_port *out, int64_t period, quay_place place);

/* quay_ticker_subscribe - have a port told each beat, by messages with this tag. Whoever is subscribed already gets
 * another tag.
 * Thread: as quay_await.   Blocks: as quay_await, until the ticker has done it.
 * Owns:   nothing.
 * Errors: as quay_call; -ENOMEM. */
QUAY_API int quay_ticker_subscribe(quay_port ticker, quay_port subscriber, uint32_t tag, quay_time deadline);

/* quay_ticker_unsubscribe - no more ticks for that port. One that is on its way still comes.
 * Thread: as quay_await.   Blocks: as quay_await, until the ticker has done it.
 * Owns:   nothing.
 * Errors: as quay_call; -EALREADY it is not subscribed. */
QUAY_API int quay_ticker_unsubscribe(quay_port ticker, quay_port subscriber, quay_time deadline);

#ifdef __cplusplus
}
#endif
#endif
