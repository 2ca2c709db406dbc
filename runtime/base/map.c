/* map.c - chains of nodes, and doubling. */
#include "base/map.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"

#define FIRST_BITS 4
#define MOST_BITS 30

static size_t bytes_of(uint32_t bits)
{
    return sizeof(qy_map_node *) << bits;
}

/* Fibonacci hashing: the product's upper bits depend on all of the key. */
static uint32_t bucket_of(uint64_t key, uint32_t bits)
{
    return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits));
}

void qy_map_init(qy_map *map, const qy_memory *memory)
{
    *map = (qy_map){.memory = memory};
}

void qy_map_free(qy_map *map)
{
    if (map->buckets) qy_release(map->memory, map->buckets, bytes_of(map->bits));
    qy_map_init(map, map->memory);
}

static void put(qy_map_node **buckets, uint32_t bits, qy_map_node *node)
{
    qy_map_node **bucket = &buckets[bucket_of(node->key, bits)];
    node->next = *bucket;
    *bucket = node;
}

static void move_all(qy_map *map, qy_map_node **buckets, uint32_t bits)
{
    for (uint32_t i = 0; map->buckets && i < UINT32_C(1) << map->bits; i++) {
        for (qy_map_node *node = map->buckets[i], *next; node; node = next) {
            next = node->next;
            put(buckets, bits, node);
        }
    }
}

static void grow(qy_map *map)
{
    uint32_t bits = map->buckets ? map->bits + 1 : FIRST_BITS;
    if (bits > MOST_BITS) return;
    qy_map_node **buckets = qy_allocate(map->memory, bytes_of(bits), QY_CACHE_LINE);
    if (!buckets) return;
    memset(buckets, 0, bytes_of(bits));
    move_all(map, buckets, bits);
    if (map->buckets) qy_release(map->memory, map->buckets, bytes_of(map->bits));
    map->buckets = buckets;
    map->bits = bits;
}

int qy_map_add(qy_map *map, qy_map_node *node, uint64_t key)
{
    if (!map->buckets || map->count >= UINT32_C(1) << map->bits) grow(map);
    if (!map->buckets) return -ENOMEM;
    node->key = key;
    put(map->buckets, map->bits, node);
    map->count++;
    return 0;
}

void qy_map_remove(qy_map *map, qy_map_node *node)
{
    QY_CHECK(map->count > 0);
    qy_map_node **link = &map->buckets[bucket_of(node->key, map->bits)];
    while (*link != node) {
        QY_CHECK(*link);
        link = &(*link)->next;
    }
    *link = node->next;
    map->count--;
}

static qy_map_node *find(qy_map_node *node, uint64_t key)
{
    while (node && node->key != key) node = node->next;
    return node;
}

qy_map_node *qy_map_first(const qy_map *map, uint64_t key)
{
    return map->buckets ? find(map->buckets[bucket_of(key, map->bits)], key) : NULL;
}

qy_map_node *qy_map_next(const qy_map_node *node)
{
    return find(node->next, node->key);
}

qy_map_node *qy_map_any(const qy_map *map)
{
    for (uint32_t i = 0; map->count && i < UINT32_C(1) << map->bits; i++) {
        if (map->buckets[i]) return map->buckets[i];
    }
    return NULL;
}
