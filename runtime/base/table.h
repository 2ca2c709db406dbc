/* table.h - from ids to pointers, where an id once released is never accepted again.
 *
 * An id is home (10 bits) | slot (26) | mark (1) | generation (27), and never 0. The mark is for who gives an id out to
 * set, and means nothing to a table. Each release raises the slot's generation; a slot whose generations are used up is
 * retired for good. A table starts at a generation floor; the next table of
 * the same home starts above every generation of this one (qy_table_floor), so an id stays stale for ever.
 *
 * Invariants
 *   T1  a slot is in exactly one state: unclaimed, reserved (its id is in somebody's hands), bound, or free;
 *   T2  an entry is a pointer (bound) or odd (anything else), then holding the generation the next id will have;
 *   T3  free slots are chained from `free`, latest first, as that one is warm in cache.
 * Ownership: a table belongs to one worker, who alone calls all but qy_table_claim, which hands any thread a
 * chunk of fresh slots to reserve from: the table's owner learns of it when such an id is bound. */
#ifndef QY_TABLE_H
#define QY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/memory.h"

#define QY_ID_GENERATION_BITS 27
#define QY_ID_MARK (UINT64_C(1) << QY_ID_GENERATION_BITS)
#define QY_ID_SLOT_SHIFT (QY_ID_GENERATION_BITS + 1)
#define QY_ID_SLOT_BITS 26
#define QY_ID_LAST_GENERATION ((UINT32_C(1) << QY_ID_GENERATION_BITS) - 1)
#define QY_ID_HOMES 1024
#define QY_TABLE_CHUNK 1024                                   /* slots a chunk */
#define QY_TABLE_SLOTS (UINT32_C(1) << (QY_ID_SLOT_BITS - 1)) /* the upper half is not a table's: thread_future.h */

typedef struct qy_table {
    uintptr_t **chunks;
    uint32_t capacity; /* of `chunks` */
    uint32_t home;
    uint32_t floor;   /* the first generation of fresh slots */
    uint32_t highest; /* the highest generation released so far */
    uint32_t free;    /* first free slot + 1 */
    const qy_memory *memory;
    alignas(QY_CACHE_LINE) uint32_t claimed; /* chunks claimed, by anybody */
} qy_table;

static inline uint32_t qy_id_home(uint64_t id)
{
    return (uint32_t)(id >> (QY_ID_SLOT_BITS + QY_ID_SLOT_SHIFT));
}

static inline uint32_t qy_id_slot(uint64_t id)
{
    return (uint32_t)(id >> QY_ID_SLOT_SHIFT) & ((UINT32_C(1) << QY_ID_SLOT_BITS) - 1);
}

static inline uint32_t qy_id_generation(uint64_t id)
{
    return (uint32_t)id & ((UINT32_C(1) << QY_ID_GENERATION_BITS) - 1);
}

static inline uint64_t qy_id_make(uint32_t home, uint32_t slot, uint32_t generation)
{
    return ((uint64_t)home << (QY_ID_SLOT_BITS + QY_ID_SLOT_SHIFT)) | ((uint64_t)slot << QY_ID_SLOT_SHIFT) | generation;
}

/* floor is at least 1. Nothing is allocated yet. */
void qy_table_init(qy_table *table, const qy_memory *memory, uint32_t home, uint32_t floor);
void qy_table_free(qy_table *table);

/* The floor for the next table of this home. 0: the home's ids are used up, it must not be used again. */
uint32_t qy_table_floor(const qy_table *table);

/* An unused id, or 0 when there is no memory or no slot left. */
uint64_t qy_table_reserve(qy_table *table);

/* Any thread: claim a chunk of fresh slots; their ids are id, id + QY_TABLE_STEP, … (QY_TABLE_CHUNK of them).
 * 0 when the slots are used up. */
uint64_t qy_table_claim(qy_table *table);
#define QY_TABLE_STEP (UINT64_C(1) << QY_ID_SLOT_SHIFT)

/* Have memory for the slot of a claimed id. 0 or -ENOMEM. */
int qy_table_provide(qy_table *table, uint64_t id);

/* Give a reserved id its pointer (even, not NULL). A claimed id has been provided for. */
void qy_table_bind(qy_table *table, uint64_t id, void *pointer);

/* End a bound or reserved id. The slot becomes free here … */
void qy_table_release(qy_table *table, uint64_t id);
/* … or is reserved again, under the next id, unmarked, which is returned; 0 when the slot is retired. */
uint64_t qy_table_renew(qy_table *table, uint64_t id);

/* … or stays bound to the same pointer, under the next id, which is returned; 0 when the slot is retired. For things
 * that are kept for use again: until then their owner has to tell that they are not in use. */
static inline uint64_t qy_table_reuse(qy_table *table, uint64_t id);

/* Was the id given out, and not bound yet? Its SPAWN is then still on its way. */
bool qy_table_unborn(const qy_table *table, uint64_t id);

/* Call visit for every bound pointer, which may be released meanwhile. */
void qy_table_each(qy_table *table, void (*visit)(void *context, void *pointer), void *context);

/* The slot's entry, or NULL if the table has no such slot. */
static inline uintptr_t *qy_table_entry(const qy_table *table, uint64_t id)
{
    uint32_t slot = qy_id_slot(id);
    uint32_t chunk = slot / QY_TABLE_CHUNK;
    if (QY_UNLIKELY(chunk >= table->capacity) || QY_UNLIKELY(!table->chunks[chunk])) return NULL;
    return &table->chunks[chunk][slot % QY_TABLE_CHUNK];
}

/* In an odd entry: generation (28 bits) | next free slot + 1 (27) | 1. */
#define QY_ENTRY_NEXT_BITS 27

static inline uintptr_t qy_entry_unbound(uint32_t generation, uint32_t next)
{
    return ((uintptr_t)generation << (QY_ENTRY_NEXT_BITS + 1)) | ((uintptr_t)next << 1) | 1;
}

static inline uint32_t qy_entry_generation(uintptr_t entry)
{
    return (uint32_t)(entry >> (QY_ENTRY_NEXT_BITS + 1));
}

static inline uint32_t qy_entry_next(uintptr_t entry)
{
    return (uint32_t)(entry >> 1) & ((UINT32_C(1) << QY_ENTRY_NEXT_BITS) - 1);
}

/* Make free slots. False when there is no memory or no slot left. */
bool qy_table_refill(qy_table *table);

/* Reserve and bind in one: an id for a pointer, 0 when there is no memory or no slot left. */
static inline uint64_t qy_table_add(qy_table *table, void *pointer)
{
    if (QY_UNLIKELY(!table->free) && !qy_table_refill(table)) return 0;
    uint32_t slot = table->free - 1;
    uintptr_t *entry = &table->chunks[slot / QY_TABLE_CHUNK][slot % QY_TABLE_CHUNK];
    uintptr_t was = *entry;
    QY_CHECK(was & 1);
    table->free = qy_entry_next(was);
    *entry = (uintptr_t)pointer;
    return qy_id_make(table->home, slot, qy_entry_generation(was));
}

static inline uint64_t qy_table_reuse(qy_table *table, uint64_t id)
{
    uint32_t generation = qy_id_generation(id);
    if (QY_UNLIKELY(generation == QY_ID_LAST_GENERATION)) return qy_table_renew(table, id);
    if (generation > table->highest) table->highest = generation;
    return id + 1;
}

/* What the slot of an id is bound to, or NULL. The caller compares the id kept in the thing itself: the table
 * stores no generation beside a pointer. */
static inline void *qy_table_find(const qy_table *table, uint64_t id)
{
    uintptr_t *entry = qy_table_entry(table, id);
    return QY_LIKELY(entry && !(*entry & 1)) ? (void *)*entry : NULL;
}

#endif
