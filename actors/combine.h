/* combine.h - futures of futures: all of several, any of several, one with its result changed.
 *
 * Each starts a small port that receives the results by quay_then and settles a promise; it ends when the last result
 * has come. The new future can be awaited, handed on by quay_then, or combined again; nobody waits meanwhile. Who only
 * wants to wait calls quay_await_all or quay_await_any instead, which start nothing.
 *
 * Ownership: the futures given stay the caller's, who may drop them at once; the new one is the caller's too. Each
 * future given has its receiver then (quay_then), so it can be combined once.
 * Read next: combine.c. */
#ifndef QUAY_ACTORS_COMBINE_H
#define QUAY_ACTORS_COMBINE_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

/* quay_all - a future that settles with 0 and no data when all of n have, or else with the first error, at once.
 * Thread: the futures' holder: a handler of rt, or a thread outside.   Blocks: never.
 * Owns:   *out, written on 0 only, is the caller's to drop.
 * Errors: -EINVAL n is 0 or more than UINT32_MAX, a NULL argument or entry; as quay_promise_new and quay_spawn; as
 *         quay_then for any of them, and those before it have their receiver then all the same.
 *         In the future also -ECANCELED the runtime ended first. */
QUAY_API int quay_all(quay_runtime *rt, quay_future *const *f, size_t n, quay_future **out);

/* quay_any - a future that settles with the index, a size_t, of the first of n to settle, be it with an error.
 * Thread: as quay_all.   Blocks: never.
 * Owns:   as quay_all.
 * Errors: as quay_all. */
QUAY_API int quay_any(quay_runtime *rt, quay_future *const *f, size_t n, quay_future **out);

/* Makes a result of another: writes at most `room` bytes to out and returns how many, or a negative errno. It runs
 * once, when the result is there, in a handler of its own, so it may wait. data is aligned to 8, out to 16. */
typedef int quay_transform(void *arg, const void *data, size_t size, void *out, size_t room);

/* quay_map - a future that settles with what transform makes of f's result. An error of f's passes as it is.
 * Thread: as quay_all.   Blocks: never.
 * Owns:   as quay_all; arg must live until the new future is settled. room: the most bytes of the new result.
 * Errors: as quay_all; in the future what transform returns, and -EMSGSIZE when that is more than room. */
QUAY_API int quay_map(quay_runtime *rt, quay_future *f, quay_transform *transform, void *arg, size_t room,
                      quay_future **out);

#ifdef __cplusplus
}
#endif
#endif
