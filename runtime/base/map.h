/* map.h - from a number to a number: open addressing with linear probing. Nothing is ever taken out.
 *
 * The order of its entries is nobody's business: it is only asked for keys. Ownership: the map owns its memory.
 * Read next: map.c. */
#ifndef QY_MAP_H
#define QY_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"

typedef struct qy_map_entry {
    uint64_t key; /* 0: free */
    uint64_t value;
} qy_map_entry;

typedef struct qy_map {
    qy_map_entry *entries;
    uint64_t room; /* a power of two, or 0 */
    uint64_t count;
    const qy_memory *memory;
} qy_map;

void qy_map_init(qy_map *map, const qy_memory *memory);
void qy_map_free(qy_map *map);

/* Set a key's value; the key is not 0. False when there is no memory. */
bool qy_map_put(qy_map *map, uint64_t key, uint64_t value);

/* A key's value, to be read or changed until the next put; NULL when it has none. */
uint64_t *qy_map_find(const qy_map *map, uint64_t key);

#endif
