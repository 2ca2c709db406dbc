/* router.h - a port that passes each message it gets on to one of several ports, or to all.
 *
 *   round-robin    the next in turn; one whose mailbox is known to be full is passed over
 *   least-loaded   the one with the least of what this router gave it still to do
 *   hash           always the same for the same key; when a port comes or goes, only its own keys move
 *   broadcast      a copy to each; an ask is answered with how many there were, a uint32_t
 *
 * An ask is passed on with the duty to answer, and its answer comes straight from the port it went to. The least-loaded
 * policy has to know when work is done, so there the router asks in its sender's stead and brings the answer. With that
 * policy and with broadcast the message's `from` is the router, else it stays the sender's.
 *
 * The router monitors the ports it serves: one that ends is taken out as soon as that is told, ahead of the messages
 * that wait here. What was passed on to it by then fails with -EPIPE or -EOWNERDEAD, as all fail with -EPIPE when no
 * port is left. The port that takes its place is told to the router by quay_router_add.
 *
 * Tags from QUAY_ROUTER_TAGS on are the router's own and not passed on.
 *
 * Ownership: the router belongs to whoever spawned it, who ends it with quay_stop; the ports it serves are others'.
 * Read next: router.c. */
#ifndef QUAY_ACTORS_ROUTER_H
#define QUAY_ACTORS_ROUTER_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUAY_ROUTER_TAGS 0xc0000000u

typedef enum quay_router_policy {
    QUAY_ROUTER_ROUND_ROBIN,
    QUAY_ROUTER_LEAST_LOADED,
    QUAY_ROUTER_HASH,
    QUAY_ROUTER_BROADCAST
} quay_router_policy;

/* What messages have in common that are to meet at one port. Called in the router's handler. */
typedef uint64_t quay_router_key(const quay_message *message);

/* Zeros are defaults. All is copied. */
typedef struct quay_router_options {
    quay_router_policy policy;
    quay_router_key *key;   /* of the hash policy; the whole payload */
    const quay_port *ports; /* to begin with */
    size_t count;
    const char *name;
    quay_place place;
} quay_router_options;

/* quay_router_spawn - start a router.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   *out is the caller's to stop; options may be NULL and stay the caller's.
 * Errors: as quay_spawn; -EINVAL unknown policy, or ports is NULL with a count. */
QUAY_API int quay_router_spawn(quay_runtime *rt, quay_port *out, const quay_router_options *options);

/* quay_router_add, quay_router_remove - have a port served, or no more. What was passed on to it stays with it.
 * Thread: as quay_await.   Blocks: as quay_await, until the router has done it.
 * Owns:   nothing.
 * Errors: as quay_call; -EALREADY it is served, or it is not; -ENOMEM. */
QUAY_API int quay_router_add(quay_port router, quay_port port, quay_time deadline);
QUAY_API int quay_router_remove(quay_port router, quay_port port, quay_time deadline);

/* quay_router_count - how many ports it serves.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   *count is written on 0 only.
 * Errors: as quay_call; -EBADMSG the port is no router. */
QUAY_API int quay_router_count(quay_port router, uint32_t *count, quay_time deadline);

#ifdef __cplusplus
}
#endif
#endif
