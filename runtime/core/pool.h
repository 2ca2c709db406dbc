/* pool.h - memory by size class. Each worker has one pool, and each outside thread one for each runtime it talks to.
 *
 * A pool cuts chunks from the system into blocks of one class. A block belongs to the pool that cut it: whoever ends up
 * with it sends it home (outbound.h, guest.h). A chunk is given back at the pool's end, or when memory is limited and
 * short, and all of its blocks are free.
 *
 * With a limit (quay_runtime_options.memory_limit) a pool takes no chunk beyond it, but for control.
 *
 * Ownership: a pool is touched by its owner alone.
 * Read next: message.h. */
#ifndef QY_POOL_H
#define QY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/check.h"
#include "base/memory.h"

#define QY_CLASSES 12
#define QY_CLASS_LARGEST 4096 /* bytes */
#define QY_CLASS_NONE QY_CLASSES

typedef struct qy_block {
    struct qy_block *next;
} qy_block;

typedef struct qy_chunk {
    struct qy_chunk *next;
    uint32_t size_class;
    uint32_t free; /* blocks, while they are being counted */
} qy_chunk;

typedef struct qy_pool {
    qy_block *free[QY_CLASSES];
    const qy_memory *memory;
    qy_chunk *chunks;
    const qy_budget *budget; /* or NULL: no limit */
    bool beyond;             /* it may pass the limit */
} qy_pool;

extern const uint16_t qy_class_bytes[QY_CLASSES];
extern const uint8_t qy_class_table[QY_CLASS_LARGEST / QY_CACHE_LINE + 1];

/* The class for so many bytes; QY_CLASS_NONE beyond the largest. */
static inline unsigned qy_class_for(size_t bytes)
{
    if (QY_UNLIKELY(bytes > QY_CLASS_LARGEST)) return QY_CLASS_NONE;
    return qy_class_table[(bytes + QY_CACHE_LINE - 1) / QY_CACHE_LINE];
}

void qy_pool_init(qy_pool *pool, const qy_memory *memory);
void qy_pool_free(qy_pool *pool);

/* Cut a new chunk, return one block of it; NULL when there is no memory. */
QY_COLD void *qy_pool_refill(qy_pool *pool, unsigned size_class);

/* A block, even if that passes the limit: for what must go on. */
QY_COLD void *qy_pool_take_beyond(qy_pool *pool, unsigned size_class);

/* Is there so much within the limit? */
bool qy_pool_allows(const qy_pool *pool, size_t bytes);

/* Give back the chunks of which every block is free. Only of a pool that has had a budget from its beginning. */
QY_COLD void qy_pool_trim(qy_pool *pool);

#if defined(__SANITIZE_ADDRESS__)
#define QY_POOL_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QY_POOL_POISON 1
#endif
#endif

#ifdef QY_POOL_POISON
#include <sanitizer/asan_interface.h>
#define QY_POISON(block, bytes) ASAN_POISON_MEMORY_REGION(block, bytes)
#define QY_UNPOISON(block, bytes) ASAN_UNPOISON_MEMORY_REGION(block, bytes)
#else
#define QY_POISON(block, bytes) ((void)0)
#define QY_UNPOISON(block, bytes) ((void)0)
#endif

/* Put a block of this pool back. */
static inline void qy_pool_put(qy_pool *pool, unsigned size_class, void *memory)
{
    qy_block *block = memory;
    block->next = pool->free[size_class];
    pool->free[size_class] = block;
    QY_POISON(block + 1, qy_class_bytes[size_class] - sizeof *block);
}

/* Can a block of a class be had without refilling? */
static inline bool qy_pool_has(const qy_pool *pool, unsigned size_class)
{
    return pool->free[size_class];
}

/* A block of a class, not cleared; NULL when there is no memory. */
static inline void *qy_pool_take(qy_pool *pool, unsigned size_class)
{
    qy_block *block = pool->free[size_class];
    if (QY_UNLIKELY(!block)) return qy_pool_refill(pool, size_class);
    pool->free[size_class] = block->next;
    QY_PREFETCH(block->next);
    QY_UNPOISON(block, qy_class_bytes[size_class]);
    return block;
}

/* There was no memory for a block of the class: a free one of a larger class, which *size_class then is, or NULL. */
QY_COLD void *qy_pool_take_larger(qy_pool *pool, unsigned *size_class);

#endif
