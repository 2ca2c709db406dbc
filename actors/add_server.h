/* add_server.h - a port that adds two numbers: the smallest server worth reusing, and the pattern of a bigger one.
 *
 * A server is a port, the tags it understands, a plain struct per tag, and functions that hide all three from its
 * callers. Threads use quay_add_server_call, or ask and await to have many calls under way. Handlers ask, hand the
 * future to quay_then, and read the message it brings with quay_add_server_result.
 *
 * Ownership: the port belongs to whoever spawned it, who ends it with quay_stop.
 * Read next: add_server.c, then samples/02_add_server.c for all of it at work. */
#ifndef QUAY_ACTORS_ADD_SERVER_H
#define QUAY_ACTORS_ADD_SERVER_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the server understands, for callers that ask it directly. Any other tag fails with -EBADMSG. */
enum {
    QUAY_ADD_SERVER_ADD,  /* quay_add_server_operands; answered by an int64_t */
    QUAY_ADD_SERVER_COUNT /* no payload; answered by a uint64_t */
};

typedef struct quay_add_server_operands {
    int64_t a, b;
} quay_add_server_operands;

/* quay_add_server_spawn - start an add-server at a place.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   *out is the caller's to stop.
 * Errors: as quay_spawn. */
QUAY_API int quay_add_server_spawn(quay_runtime *rt, quay_port *out, quay_place place);

/* quay_add_server_ask - ask for a + b.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   the caller drops the future.
 * Errors: in the future: as quay_ask, and -ERANGE when the sum does not fit. */
QUAY_API QUAY_MUST_USE quay_future *quay_add_server_ask(quay_port server, int64_t a, int64_t b, quay_time deadline);

/* quay_add_server_await - wait for the sum that was asked for.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   *sum is written on 0 only; the future remains to be dropped.
 * Errors: as quay_await; -EBADMSG the answer is no sum. */
QUAY_API int quay_add_server_await(quay_future *f, int64_t *sum);

/* quay_add_server_result - read the sum from the message that quay_then brought.
 * Thread: the handler of that message.   Blocks: never.
 * Owns:   *sum is written on 0 only.
 * Errors: the message's status; -EBADMSG it holds no sum. */
QUAY_API int quay_add_server_result(const quay_message *message, int64_t *sum);

/* quay_add_server_call - ask, await and drop in one.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   *sum is written on 0 only.
 * Errors: as quay_add_server_ask and quay_add_server_await. */
QUAY_API int quay_add_server_call(quay_port server, int64_t a, int64_t b, int64_t *sum, quay_time deadline);

/* quay_add_server_count - how many sums the server has given.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   *count is written on 0 only.
 * Errors: as quay_call; -EBADMSG the port is no add-server. */
QUAY_API int quay_add_server_count(quay_port server, uint64_t *count, quay_time deadline);

#ifdef __cplusplus
}
#endif
#endif
