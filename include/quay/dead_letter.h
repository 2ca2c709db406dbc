/* dead_letter.h - being told of messages that could not be handled.
 *
 * Every dead letter is counted (stats.h). A port that subscribes is also sent a quay_dead_letter for each, until there
 * are too many: each worker, and each thread, tells of QUAY_DEAD_BURST of them in QUAY_DEAD_PERIOD, and says in the
 * next one how many it passed over. What becomes of these messages themselves is counted, but nobody is told of it. */
#ifndef QUAY_DEAD_LETTER_H
#define QUAY_DEAD_LETTER_H

#include <quay/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUAY_DEAD_BURST 32
#define QUAY_DEAD_PERIOD QUAY_MS(10)

/* The payload of what a subscriber is sent; from is nobody. */
typedef struct quay_dead_letter {
    quay_port from; /* as in the message */
    quay_port to;
    uint32_t tag;
    uint32_t reason;  /* a quay_dead_reason */
    uint64_t skipped; /* dead letters before this one that nobody was told of */
} quay_dead_letter;

/* quay_dead_subscribe - have a port told of the runtime's dead letters, by messages with this tag.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   nothing. The subscription ends with the port.
 * Errors: -EALREADY it is subscribed; -EPIPE no such port in rt, when that can be known here; -EINVAL rt is not
 *         running; -EPERM not this process's runtime; -ENOMEM. */
QUAY_API int quay_dead_subscribe(quay_runtime *rt, quay_port port, uint32_t tag);

/* quay_dead_unsubscribe - tell it no more; what is on its way still arrives.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: -EALREADY it is not subscribed; -EINVAL rt is not running; -EPERM not this process's runtime. */
QUAY_API int quay_dead_unsubscribe(quay_runtime *rt, quay_port port);

#ifdef __cplusplus
}
#endif
#endif
