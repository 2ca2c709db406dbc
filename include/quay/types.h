/* types.h - the values every other header speaks of. Plain data: copy, compare and send them freely.
 *
 * Read next: message.h. */
#ifndef QUAY_TYPES_H
#define QUAY_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The few extensions of the compiler that the public headers use, in one place. */
#if defined(__GNUC__)
#define QUAY_API __attribute__((visibility("default")))
#define QUAY_MUST_USE __attribute__((warn_unused_result))
#else
#define QUAY_API
#define QUAY_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The name of an actor: home worker, slot and generation in 64 bits. It never dangles: once the port has
 * ended the name is stale for ever, and using it is an error (-EPIPE), never a touch of freed memory. */
typedef struct quay_port {
    uint64_t id;
} quay_port;

/* The one-shot write end of a future; whoever holds the value may settle it. */
typedef struct quay_promise {
    uint64_t id;
} quay_promise;

/* The name of a pending timer. */
typedef struct quay_timer {
    uint64_t id;
} quay_timer;

typedef struct quay_runtime quay_runtime; /* workers and everything that lives on them */
typedef struct quay_self quay_self;       /* the running port, valid during one handler call */
typedef struct quay_future quay_future;   /* the read end of an answer; its holder drops it */

/* Absolute nanoseconds on the monotonic clock. */
typedef int64_t quay_time;

#define QUAY_FOREVER INT64_MAX
#define QUAY_US(n) ((int64_t)(n)*INT64_C(1000))
#define QUAY_MS(n) ((int64_t)(n)*INT64_C(1000000))
#define QUAY_SEC(n) ((int64_t)(n)*INT64_C(1000000000))

#ifdef __cplusplus
#define QUAY_NOBODY (quay_port{0})
#else
#define QUAY_NOBODY ((quay_port){0})
#endif

#ifdef __cplusplus
}
#endif
#endif
