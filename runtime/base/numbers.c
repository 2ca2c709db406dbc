/* numbers.c - probing and growing. */
#include "base/numbers.h"

#include <string.h>

#include "base/check.h"

#define ROOM_AT_FIRST 64

void qy_numbers_init(qy_numbers *numbers, const qy_memory *memory)
{
    *numbers = (qy_numbers){.memory = memory};
}

void qy_numbers_free(qy_numbers *numbers)
{
    qy_release(numbers->memory, numbers->entries, numbers->room * sizeof *numbers->entries);
    *numbers = (qy_numbers){.memory = numbers->memory};
}

/* The entry of a key, or the free one where it would be. */
static qy_numbers_entry *look(const qy_numbers *numbers, uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t at = (hash ^ hash >> 32) & (numbers->room - 1);
    while (numbers->entries[at].key && numbers->entries[at].key != key) at = (at + 1) & (numbers->room - 1);
    return &numbers->entries[at];
}

static bool grow(qy_numbers *numbers)
{
    qy_numbers larger = {
        .room = numbers->room ? 2 * numbers->room : ROOM_AT_FIRST, .count = numbers->count, .memory = numbers->memory};
    larger.entries = qy_allocate(numbers->memory, larger.room * sizeof *larger.entries, QY_CACHE_LINE);
    if (!larger.entries) return false;
    memset(larger.entries, 0, larger.room * sizeof *larger.entries);
    for (uint64_t i = 0; i < numbers->room; i++) {
        if (numbers->entries[i].key) *look(&larger, numbers->entries[i].key) = numbers->entries[i];
    }
    qy_numbers_free(numbers);
    *numbers = larger;
    return true;
}

/* At least a quarter stays free, so that every look ends, and soon. */
bool qy_numbers_put(qy_numbers *numbers, uint64_t key, uint64_t value)
{
    QY_CHECK(key);
    if (4 * (numbers->count + 1) > 3 * numbers->room && !grow(numbers)) return false;
    qy_numbers_entry *entry = look(numbers, key);
    numbers->count += !entry->key;
    *entry = (qy_numbers_entry){.key = key, .value = value};
    return true;
}

uint64_t *qy_numbers_find(const qy_numbers *numbers, uint64_t key)
{
    if (!numbers->room) return NULL;
    qy_numbers_entry *entry = look(numbers, key);
    return key && entry->key == key ? &entry->value : NULL;
}
