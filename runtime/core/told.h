/* told.h - who has sent, at a glance: where there are many workers each has a word for each source of messages, and a
 * step looks at the belts and lanes of those whose word has changed. A few workers look at all of them at once, as a
 * word is one more cache line to cross.
 *
 *     source                                     worker
 *     1  messages onto belt and lane             1  load the source's word
 *     2  fence                                   2  if it is not the one that was seen: fence; take belt and lane
 *     3  its word = the number of its flushes    3  if nothing is left: seen = the word of 1
 *
 * Invariants
 *   S1  a word is written by its source alone, after what it tells of; so nothing is read and written in one, and
 *       nobody clears;
 *   S2  a word that was seen has been loaded before belt and lane were found empty: all it told of has been taken. What
 *       was told and not taken makes the two differ. (Should the word come round to the one seen, 2^32 flushes would
 *       lie there untaken, each with a message.)
 * A worker about to sleep looks at the words instead of belts and lanes. Invariant P1 (parking.h) holds as before, a
 * word being what is stored before the producer's fence, and loaded after the worker's.
 *
 * Ownership: words are their worker's memory. Two are compared at a time. Read next: outbound.h, arrivals.c. */
#ifndef QY_TOLD_H
#define QY_TOLD_H

#include <ck_pr.h>
#include <stdint.h>

#define QY_UNTOLD_PEERS 8 /* with more workers than that there are words */

typedef union qy_told {
    uint64_t both;
    uint32_t of[2]; /* an even source, and the one after it */
} qy_told;

static inline uint32_t qy_told_pairs(uint32_t sources)
{
    return (sources + 1) / 2;
}

static inline uint32_t *qy_told_word(qy_told *told, uint32_t source)
{
    return &told[source / 2].of[source % 2];
}

/* The source: what was flushed is there. */
static inline void qy_told_tell(qy_told *told, uint32_t source, uint32_t flushes)
{
    ck_pr_fence_store(); /* S1: pairs with the fence after qy_told_load */
    ck_pr_store_32(qy_told_word(told, source), flushes);
}

/* The worker. */
static inline qy_told qy_told_load(const qy_told *told)
{
    return (qy_told){.both = ck_pr_load_64(&told->both)};
}

#endif
