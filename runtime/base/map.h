/* map.h - a hash table that is made of its members: nodes live in them, found by a 64-bit key. Keys may be equal.
 *
 * It doubles when it is full; without memory for that it only gets slower. Only the first node may find no memory.
 * Ownership: the map owns its buckets, nothing else. */
#ifndef QY_MAP_H
#define QY_MAP_H

#include <stdint.h>

#include "base/memory.h"

typedef struct qy_map_node {
    struct qy_map_node *next;
    uint64_t key;
} qy_map_node;

typedef struct qy_map {
    qy_map_node **buckets;
    uint32_t bits; /* there are 1 << bits of them, if any */
    uint32_t count;
    const qy_memory *memory;
} qy_map;

/* Nothing is allocated yet. */
void qy_map_init(qy_map *map, const qy_memory *memory);

/* Give up the buckets; members that are left are not touched. */
void qy_map_free(qy_map *map);

/* 0 or -ENOMEM. */
int qy_map_add(qy_map *map, qy_map_node *node, uint64_t key);

/* The node must be in the map. */
void qy_map_remove(qy_map *map, qy_map_node *node);

/* One of that key, or NULL; then the next of the same key, or NULL. */
qy_map_node *qy_map_first(const qy_map *map, uint64_t key);
qy_map_node *qy_map_next(const qy_map_node *node);

/* Whichever, or NULL: to empty the map. */
qy_map_node *qy_map_any(const qy_map *map);

/* Two words as one key. */
static inline uint64_t qy_map_pair(uint64_t a, uint64_t b)
{
    return (a * UINT64_C(0x9e3779b97f4a7c15)) ^ b;
}

#endif
