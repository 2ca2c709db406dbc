/* aggregator.h - ask several ports as one: scatter, gather what comes in time, answer with all of it.
 *
 * An ask of the aggregator, whatever its tag and payload, is put to each of its ports. It is answered when all of them
 * have answered, or `enough` of them without an error, or after `patience`: with one part for each port, in their
 * order, which is its answer, its error, or -ETIMEDOUT if it was late. So one that fails or hangs costs its own part
 * only. Many asks may be under way at once. What is not waited for any more is cancelled. A plain message is put to the
 * ports as well; their answers are dropped.
 *
 *     char answer[QUAY_AGGREGATOR_SIZE(3, sizeof(long))];
 *     int size = quay_call(aggregator, PRICE, &item, sizeof item, answer, sizeof answer, QUAY_FOREVER);
 *     for (uint32_t i = 0; i < 3; i++) {
 *         quay_aggregator_part part = quay_aggregator_at(answer, (size_t)size, i);
 *         if (!part.status) use(part.data, part.size);
 *     }
 *
 * Ownership: the aggregator belongs to whoever spawned it, who ends it with quay_stop; asks that are under way then are
 * still answered. The ports are others'. Read next: aggregator.c. */
#ifndef QUAY_ACTORS_AGGREGATOR_H
#define QUAY_ACTORS_AGGREGATOR_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct quay_aggregator_options {
    const quay_port *ports; /* copied */
    uint32_t count;         /* at least 1 */
    uint32_t room;          /* the most bytes of one answer; what is larger is -EMSGSIZE. 0: answers without data */
    int64_t patience;       /* ns an ask may take; above 0, and less than its askers have */
    uint32_t enough;        /* answers that settle it, the rest is -ECANCELED; 0 is all of them */
    const char *name;
    quay_place place;
} quay_aggregator_options;

/* What one port answered. */
typedef struct quay_aggregator_part {
    int status; /* 0 or the error */
    uint32_t size;
    const void *data; /* in the answer, aligned as it is, to 8 at the most */
} quay_aggregator_part;

/* How the answer begins; the parts follow. */
typedef struct quay_aggregator_answer {
    uint32_t count;
    uint32_t good; /* parts without an error */
    uint32_t room;
    uint32_t reserved;
} quay_aggregator_answer;

/* Bytes of an answer of so many parts with so many bytes of data each. */
#define QUAY_AGGREGATOR_PART_SIZE(room) (8 + ((size_t)(room) + 7) / 8 * 8)
#define QUAY_AGGREGATOR_SIZE(count, room)                                                                              \
    (sizeof(quay_aggregator_answer) + (size_t)(count)*QUAY_AGGREGATOR_PART_SIZE(room))

/* quay_aggregator_spawn - start an aggregator.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   *out is the caller's to stop; options stay the caller's.
 * Errors: as quay_spawn; -EINVAL no ports, enough is more than there are, or patience is not above 0; -EMSGSIZE the
 *         answer would be larger than a message may be. */
QUAY_API int quay_aggregator_spawn(quay_runtime *rt, quay_port *out, const quay_aggregator_options *options);

/* quay_aggregator_at - the part of one port in an answer, awaited or brought by quay_then.
 * Thread: any.   Blocks: never.
 * Owns:   its data points into the answer.
 * Errors: in the part: -EBADMSG it is no answer of an aggregator, or has no such part. */
QUAY_API quay_aggregator_part quay_aggregator_at(const void *answer, size_t size, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
