/* table.c - growing by chunks, and the chain of free slots. */
#include "base/table.h"

#include <ck_pr.h>
#include <errno.h>
#include <string.h>

#define CHUNKS (QY_TABLE_SLOTS / QY_TABLE_CHUNK)
#define CHUNK_BYTES (QY_TABLE_CHUNK * sizeof(uintptr_t))

_Static_assert(sizeof(uintptr_t) == 8, "ids and table entries need 64-bit pointers");

void qy_table_init(qy_table *table, const qy_memory *memory, uint32_t home, uint32_t floor)
{
    QY_CHECK(floor >= 1 && home < QY_ID_HOMES);
    *table = (qy_table){.memory = memory, .home = home, .floor = floor, .highest = floor};
}

void qy_table_free(qy_table *table)
{
    for (uint32_t i = 0; i < table->capacity; i++) qy_release(table->memory, table->chunks[i], CHUNK_BYTES);
    qy_release(table->memory, table->chunks, table->capacity * sizeof *table->chunks);
    table->chunks = NULL;
    table->capacity = 0;
}

uint32_t qy_table_floor(const qy_table *table)
{
    return table->highest < QY_ID_LAST_GENERATION / 2 ? table->highest + 2 : 0; /* the one above it may be given out */
}

static int grow_directory(qy_table *table, uint32_t chunk)
{
    uint32_t capacity = table->capacity ? table->capacity : 16;
    while (capacity <= chunk) capacity *= 2;
    uintptr_t **chunks = qy_allocate(table->memory, capacity * sizeof *chunks, QY_CACHE_LINE);
    if (!chunks) return -ENOMEM;
    if (table->capacity) memcpy(chunks, table->chunks, table->capacity * sizeof *chunks);
    memset(chunks + table->capacity, 0, (capacity - table->capacity) * sizeof *chunks);
    qy_release(table->memory, table->chunks, table->capacity * sizeof *chunks);
    table->chunks = chunks;
    table->capacity = capacity;
    return 0;
}

/* Have memory for a chunk; its slots are reserved, at the floor. */
static int provide_chunk(qy_table *table, uint32_t chunk)
{
    if (chunk >= table->capacity && grow_directory(table, chunk)) return -ENOMEM;
    if (table->chunks[chunk]) return 0;
    uintptr_t *entries = qy_allocate(table->memory, CHUNK_BYTES, QY_CACHE_LINE);
    if (!entries) return -ENOMEM;
    for (uint32_t i = 0; i < QY_TABLE_CHUNK; i++) entries[i] = qy_entry_unbound(table->floor, 0);
    table->chunks[chunk] = entries;
    return 0;
}

uint64_t qy_table_claim(qy_table *table)
{
    uint32_t chunk = ck_pr_faa_32(&table->claimed, 1);
    if (chunk < CHUNKS) return qy_id_make(table->home, chunk * QY_TABLE_CHUNK, table->floor);
    ck_pr_dec_32(&table->claimed);
    return 0;
}

static void push_free(qy_table *table, uint32_t slot, uint32_t generation)
{
    table->chunks[slot / QY_TABLE_CHUNK][slot % QY_TABLE_CHUNK] = qy_entry_unbound(generation, table->free);
    table->free = slot + 1;
}

bool qy_table_refill(qy_table *table)
{
    uint64_t first = qy_table_claim(table);
    if (!first) return false;
    uint32_t slot = qy_id_slot(first);
    if (provide_chunk(table, slot / QY_TABLE_CHUNK)) return false; /* the chunk's numbers are lost: 1/32768 of all */
    for (uint32_t i = QY_TABLE_CHUNK; i-- > 0;) push_free(table, slot + i, table->floor);
    return true;
}

uint64_t qy_table_reserve(qy_table *table)
{
    if (QY_UNLIKELY(!table->free) && !qy_table_refill(table)) return 0;
    uint32_t slot = table->free - 1;
    uintptr_t entry = table->chunks[slot / QY_TABLE_CHUNK][slot % QY_TABLE_CHUNK];
    QY_CHECK(entry & 1);
    table->free = qy_entry_next(entry);
    return qy_id_make(table->home, slot, qy_entry_generation(entry));
}

int qy_table_provide(qy_table *table, uint64_t id)
{
    return provide_chunk(table, qy_id_slot(id) / QY_TABLE_CHUNK);
}

void qy_table_bind(qy_table *table, uint64_t id, void *pointer)
{
    QY_CHECK(pointer && !((uintptr_t)pointer & 1));
    QY_CHECK(qy_id_home(id) == table->home);
    uintptr_t *entry = qy_table_entry(table, id);
    QY_CHECK(entry && (*entry & 1) && qy_entry_generation(*entry) == qy_id_generation(id));
    *entry = (uintptr_t)pointer;
}

uint64_t qy_table_renew(qy_table *table, uint64_t id)
{
    uintptr_t *entry = qy_table_entry(table, id);
    QY_CHECK(entry);
    uint32_t generation = qy_id_generation(id);
    if (generation > table->highest) table->highest = generation;
    *entry = qy_entry_unbound(generation == QY_ID_LAST_GENERATION ? 0 : generation + 1, 0);
    return generation == QY_ID_LAST_GENERATION ? 0 : qy_id_make(table->home, qy_id_slot(id), generation + 1);
}

void qy_table_release(qy_table *table, uint64_t id)
{
    uint64_t next = qy_table_renew(table, id);
    if (next) push_free(table, qy_id_slot(next), qy_id_generation(next));
}

bool qy_table_unborn(const qy_table *table, uint64_t id)
{
    const uintptr_t *entry = qy_table_entry(table, id);
    if (entry) return (*entry & 1) && qy_entry_generation(*entry) == qy_id_generation(id);
    return qy_id_slot(id) / QY_TABLE_CHUNK < ck_pr_load_32(&table->claimed) && qy_id_generation(id) == table->floor;
}

void qy_table_each(qy_table *table, void (*visit)(void *context, void *pointer), void *context)
{
    for (uint32_t chunk = 0; chunk < table->capacity; chunk++) {
        for (uint32_t i = 0; table->chunks[chunk] && i < QY_TABLE_CHUNK; i++) {
            uintptr_t entry = table->chunks[chunk][i];
            if (!(entry & 1)) visit(context, (void *)entry);
        }
    }
}
