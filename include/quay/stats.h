/* stats.h - counters, each written by one worker and read by anybody.
 *
 * At any quiet moment sent == handled + dead letters + queued. */
#ifndef QUAY_STATS_H
#define QUAY_STATS_H

#include <quay/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a message was not handled. */
typedef enum quay_dead_reason {
    QUAY_DEAD_NO_PORT, /* it found no port of that name */
    QUAY_DEAD_ENDED,   /* it was queued when its port ended */
    QUAY_DEAD_EXPIRED, /* the deadline of the ask had passed, or it was cancelled */
    QUAY_DEAD_REFUSED, /* the mailbox was full when it came; or an ask passed on found no memory */
    QUAY_DEAD_DROPPED, /* it was the oldest in a full mailbox when another came */
    QUAY_DEAD_REASONS
} quay_dead_reason;

typedef struct quay_stats {
    uint64_t sent;                    /* messages accepted */
    uint64_t handled;                 /* messages whose handler returned */
    uint64_t failed;                  /* of those, by a handler that returned an error */
    uint64_t dead[QUAY_DEAD_REASONS]; /* dead letters */
    uint64_t queued;                  /* waiting in mailboxes, or with a running handler */
    uint64_t late;                    /* answers to futures that were settled or gone */
    uint64_t spawned;                 /* ports, ever */
    uint64_t alive;                   /* ports, now */
    uint64_t parks;                   /* times a worker went to sleep */
} quay_stats;

typedef struct quay_port_counters {
    uint64_t handled;
    uint64_t failed;
    uint64_t queued;
    char name[QUAY_NAME_MAX + 1];
} quay_port_counters;

/* quay_dead_total - the sum of stats->dead.
 * Thread: any.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API uint64_t quay_dead_total(const quay_stats *stats);

/* quay_runtime_stats - the sums over all workers and outside threads.
 * Thread: any.   Blocks: never.
 * Owns:   *stats is the caller's.
 * Errors: -EINVAL rt is not running or stats is NULL. */
QUAY_API int quay_runtime_stats(const quay_runtime *rt, quay_stats *stats);

/* quay_worker_stats - the counters of one worker, 0 to quay_runtime_workers() - 1.
 * Thread: any.   Blocks: never.
 * Owns:   *stats is the caller's.
 * Errors: -EINVAL rt is not running, stats is NULL, or there is no such worker. */
QUAY_API int quay_worker_stats(const quay_runtime *rt, unsigned worker, quay_stats *stats);

/* quay_port_stats - the counters of one port.
 * Thread: any thread outside the runtime; a handler for ports of its own worker.
 * Blocks: a thread, until the port's worker has answered.
 * Owns:   *stats is the caller's.
 * Errors: -EPIPE no such port; -EINVAL stats is NULL; -EDEADLK a handler asks for another worker's port; -ENOMEM. */
QUAY_API int quay_port_stats(quay_port port, quay_port_counters *stats);

#ifdef __cplusplus
}
#endif
#endif
