/* pool.c - cutting chunks. The slow half of pool.h. */
#include "core/pool.h"

#define CHUNK_BYTES ((size_t)64 * 1024)

const uint16_t qy_class_bytes[QY_CLASSES] = {64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096};

/* From lines, rounded up, to the smallest class that holds them. */
#define X2(class) class, class
#define X4(class) X2(class), X2(class)
#define X8(class) X4(class), X4(class)
const uint8_t qy_class_table[QY_CLASS_LARGEST / QY_CACHE_LINE + 1] = {
    0, 0, 1, 2, 3, X2(4), X2(5), X4(6), X4(7), X8(8), X8(9), X8(10), X8(10), X8(11), X8(11),
};

void qy_pool_init(qy_pool *pool, const qy_memory *memory)
{
    *pool = (qy_pool){.memory = memory};
}

void qy_pool_free(qy_pool *pool)
{
    while (pool->chunks) {
        qy_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        QY_UNPOISON(chunk, CHUNK_BYTES);
        qy_release(pool->memory, chunk, CHUNK_BYTES);
    }
}

bool qy_pool_allows(const qy_pool *pool, size_t bytes)
{
    return pool->beyond || qy_budget_allows(pool->budget, bytes);
}

void *qy_pool_refill(qy_pool *pool, unsigned size_class)
{
    QY_CHECK(size_class < QY_CLASSES);
    if (!qy_pool_allows(pool, CHUNK_BYTES)) return NULL;
    qy_chunk *chunk = qy_allocate(pool->memory, CHUNK_BYTES, pool->budget ? CHUNK_BYTES : QY_CACHE_LINE);
    if (!chunk) return NULL;
    *chunk = (qy_chunk){.next = pool->chunks, .size_class = size_class};
    pool->chunks = chunk;
    size_t bytes = qy_class_bytes[size_class];
    char *first = (char *)chunk + QY_CACHE_LINE;
    char *block = first + (CHUNK_BYTES - QY_CACHE_LINE) / bytes * bytes;
    while ((block -= bytes) > first) qy_pool_put(pool, size_class, block); /* so that they come out in order */
    return first;
}

void *qy_pool_take_larger(qy_pool *pool, unsigned *size_class)
{
    while (++*size_class < QY_CLASSES) {
        if (qy_pool_has(pool, *size_class)) return qy_pool_take(pool, *size_class);
    }
    return NULL;
}

void *qy_pool_take_beyond(qy_pool *pool, unsigned size_class)
{
    pool->beyond = true;
    void *block = qy_pool_take(pool, size_class);
    pool->beyond = false;
    return block;
}

/* ---- giving chunks back ---- */

/* With a limit, chunks are aligned to their size. */
static qy_chunk *chunk_of(const qy_block *block)
{
    return (qy_chunk *)((uintptr_t)block & ~(uintptr_t)(CHUNK_BYTES - 1));
}

static bool is_free(const qy_chunk *chunk)
{
    return chunk->free == (CHUNK_BYTES - QY_CACHE_LINE) / qy_class_bytes[chunk->size_class];
}

static void count_free(qy_pool *pool)
{
    for (qy_chunk *chunk = pool->chunks; chunk; chunk = chunk->next) chunk->free = 0;
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        for (const qy_block *block = pool->free[i]; block; block = block->next) chunk_of(block)->free++;
    }
}

static void forget_blocks_of_free_chunks(qy_pool *pool)
{
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        for (qy_block **link = &pool->free[i]; *link;) {
            if (is_free(chunk_of(*link))) *link = (*link)->next;
            else link = &(*link)->next;
        }
    }
}

void qy_pool_trim(qy_pool *pool)
{
    QY_CHECK(pool->budget);
    count_free(pool);
    forget_blocks_of_free_chunks(pool);
    for (qy_chunk **link = &pool->chunks; *link;) {
        qy_chunk *chunk = *link;
        if (!is_free(chunk)) {
            link = &chunk->next;
            continue;
        }
        *link = chunk->next;
        QY_UNPOISON(chunk, CHUNK_BYTES);
        qy_release(pool->memory, chunk, CHUNK_BYTES);
    }
}
