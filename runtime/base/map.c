/* map.c - probing and growing. */
#include "base/map.h"

#include <string.h>

#include "base/check.h"

#define ROOM_AT_FIRST 64

void qy_map_init(qy_map *map, const qy_memory *memory)
{
    *map = (qy_map){.memory = memory};
}

void qy_map_free(qy_map *map)
{
    qy_release(map->memory, map->entries, map->room * sizeof *map->entries);
    *map = (qy_map){.memory = map->memory};
}

/* The entry of a key, or the free one where it would be. */
static qy_map_entry *look(const qy_map *map, uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t at = (hash ^ hash >> 32) & (map->room - 1);
    while (map->entries[at].key && map->entries[at].key != key) at = (at + 1) & (map->room - 1);
    return &map->entries[at];
}

static bool grow(qy_map *map)
{
    qy_map larger = {.room = map->room ? 2 * map->room : ROOM_AT_FIRST, .count = map->count, .memory = map->memory};
    larger.entries = qy_allocate(map->memory, larger.room * sizeof *larger.entries, QY_CACHE_LINE);
    if (!larger.entries) return false;
    memset(larger.entries, 0, larger.room * sizeof *larger.entries);
    for (uint64_t i = 0; i < map->room; i++) {
        if (map->entries[i].key) *look(&larger, map->entries[i].key) = map->entries[i];
    }
    qy_map_free(map);
    *map = larger;
    return true;
}

/* At least a quarter stays free, so that every look ends, and soon. */
bool qy_map_put(qy_map *map, uint64_t key, uint64_t value)
{
    QY_CHECK(key);
    if (4 * (map->count + 1) > 3 * map->room && !grow(map)) return false;
    qy_map_entry *entry = look(map, key);
    map->count += !entry->key;
    *entry = (qy_map_entry){.key = key, .value = value};
    return true;
}

uint64_t *qy_map_find(const qy_map *map, uint64_t key)
{
    if (!map->room) return NULL;
    qy_map_entry *entry = look(map, key);
    return key && entry->key == key ? &entry->value : NULL;
}
