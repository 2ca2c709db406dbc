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

void *qy_pool_refill(qy_pool *pool, unsigned size_class)
{
    QY_CHECK(size_class < QY_CLASSES);
    qy_chunk *chunk = qy_allocate(pool->memory, CHUNK_BYTES, QY_CACHE_LINE);
    if (!chunk) return NULL;
    chunk->next = pool->chunks;
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
