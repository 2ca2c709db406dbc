/* gate.c - taking places and giving them up. */
#include "core/gate.h"

#include <ck_pr.h>
#include <errno.h>
#include <string.h>

#include "core/worker.h"

#define CHUNKS (QY_TABLE_SLOTS / QY_TABLE_CHUNK)
#define CHUNK_BYTES (QY_TABLE_CHUNK * sizeof(qy_cell))
#define GATE_CLASS qy_class_for(sizeof(qy_gate))

/* ---- the array ---- */

void qy_gates_init(qy_gates *gates, const qy_memory *memory)
{
    *gates = (qy_gates){.memory = memory};
    qy_list_init(&gates->wanted);
}

void qy_gates_free(qy_gates *gates)
{
    void **chunks = gates->chunks;
    for (uint32_t i = 0; chunks && i < CHUNKS; i++) qy_release(gates->memory, chunks[i], CHUNK_BYTES);
    qy_release(gates->memory, chunks, CHUNKS * sizeof *chunks);
    gates->chunks = NULL;
}

/* Zeroed memory at *place; of several threads that make it, the first counts. */
static void *provide(const qy_memory *memory, void **place, size_t bytes)
{
    void *made = ck_pr_load_ptr(place);
    if (made) return made;
    void *mine = qy_allocate(memory, bytes, QY_CACHE_LINE);
    if (!mine) return NULL;
    memset(mine, 0, bytes);
    ck_pr_fence_store(); /* who sees the pointer sees zeros */
    if (ck_pr_cas_ptr_value(place, NULL, mine, &made)) return mine;
    qy_release(memory, mine, bytes);
    return made;
}

qy_cell *qy_gates_find(const qy_gates *gates, uint64_t id)
{
    void **chunks = ck_pr_load_ptr(&gates->chunks);
    uint32_t slot = qy_id_slot(id);
    if (QY_UNLIKELY(!chunks || slot >= QY_TABLE_SLOTS)) return NULL;
    qy_cell *chunk = ck_pr_load_ptr(&chunks[slot / QY_TABLE_CHUNK]);
    return QY_LIKELY(chunk) ? &chunk[slot % QY_TABLE_CHUNK] : NULL;
}

int qy_gates_open(qy_gates *gates, uint64_t id, uint32_t limit, quay_overflow overflow)
{
    QY_CHECK(limit && (id & QY_ID_MARK));
    uint32_t slot = qy_id_slot(id);
    void **chunks = provide(gates->memory, &gates->chunks, CHUNKS * sizeof *chunks);
    qy_cell *chunk = chunks ? provide(gates->memory, &chunks[slot / QY_TABLE_CHUNK], CHUNK_BYTES) : NULL;
    if (!chunk) return -ENOMEM;
    qy_cell *cell = &chunk[slot % QY_TABLE_CHUNK];
    ck_pr_store_32(&cell->base, 0);
    ck_pr_store_32(&cell->limit, limit < QY_GATE_MOST ? limit : QY_GATE_MOST);
    ck_pr_store_32(&cell->overflow, overflow);
    ck_pr_store_32(&cell->wanted, 0);
    ck_pr_fence_store(); /* who sees the generation sees the rest */
    ck_pr_store_64(&cell->word, (uint64_t)qy_id_generation(id) << 32);
    return 0;
}

void qy_gates_close(qy_gates *gates, uint64_t id)
{
    qy_cell *cell = qy_gates_find(gates, id);
    if (cell && ck_pr_load_64(&cell->word) >> 32 == qy_id_generation(id)) ck_pr_store_64(&cell->word, 0);
}

/* ---- places ---- */

/* How many are free, given one of the two. Looks at the other, so it may be out of date, and negative. */
static int32_t left(const qy_cell *cell, uint64_t word)
{
    uint32_t occupancy = (uint32_t)word - ck_pr_load_32(&cell->base);
    return (int32_t)ck_pr_load_32(&cell->limit) - (int32_t)occupancy;
}

/* One place more (+1) or less (-1) is taken. False when the cell is not the id's any more. */
static bool change(qy_cell *cell, uint32_t generation, uint64_t *word, uint32_t by)
{
    uint64_t next = (*word & ~(uint64_t)UINT32_MAX) | (uint32_t)(*word + by);
    return *word >> 32 == generation && ck_pr_cas_64_value(&cell->word, *word, next, word);
}

static bool change_in_the_end(qy_cell *cell, uint32_t generation, uint32_t by)
{
    uint64_t word = ck_pr_load_64(&cell->word);
    while (word >> 32 == generation) {
        if (change(cell, generation, &word, by)) return true;
    }
    return false;
}

bool qy_cell_return(qy_cell *cell, uint64_t id)
{
    if (!change_in_the_end(cell, qy_id_generation(id), UINT32_MAX)) return false;
    ck_pr_fence_memory(); /* pairs with the fence of wait_at in room.c: one of us sees the other */
    return ck_pr_load_32(&cell->wanted);
}

int qy_cell_claim(qy_cell *cell, uint64_t id)
{
    uint32_t generation = qy_id_generation(id);
    uint64_t word = ck_pr_load_64(&cell->word);
    bool near;
    do {
        if (word >> 32 != generation) return -EPIPE;
        ck_pr_fence_load(); /* the limit is this generation's */
        int32_t places = left(cell, word);
        if (places <= 0) return -EAGAIN;
        near = places < QY_GATE_NEAR;
    } while (!change(cell, generation, &word, 1));
    if (QY_LIKELY(!near)) return 0;
    ck_pr_fence_memory(); /* step 2; pairs with that of qy_gate_enter */
    if (QY_LIKELY(left(cell, ck_pr_load_64(&cell->word)) >= 0)) return 0;
    return change_in_the_end(cell, generation, UINT32_MAX) ? -EAGAIN : -EPIPE;
}

/* ---- the home ---- */

int qy_gate_make(qy_worker *worker, qy_port *port)
{
    QY_CHECK(port->cold && !port->cold->gate);
    qy_gate *gate = qy_pool_take(&worker->station.pool, GATE_CLASS);
    if (!gate) return -ENOMEM;
    QY_CHECK(port->id & QY_ID_MARK);
    *gate = (qy_gate){.cell = qy_gates_find(&worker->gates, port->id), .port = port};
    QY_CHECK(gate->cell);
    gate->waiting_end = &gate->waiting;
    qy_list_init(&gate->link);
    port->cold->gate = gate;
    port->flags |= QY_PORT_BOUNDED;
    return 0;
}

void qy_gate_free(qy_worker *worker, qy_port *port)
{
    QY_CHECK(!port->cold->gate->waiting);
    qy_pool_put(&worker->station.pool, GATE_CLASS, port->cold->gate);
    port->cold->gate = NULL;
}

void qy_gate_publish(const qy_gate *gate)
{
    ck_pr_store_32(&gate->cell->base, gate->arrived - gate->port->depth);
}

bool qy_gate_enter(qy_port *port)
{
    qy_gate *gate = port->cold->gate;
    qy_cell *cell = gate->cell;
    if (left(cell, ck_pr_load_64(&cell->word)) <= 0) return false;
    gate->arrived--; /* as if it were on its way */
    qy_gate_publish(gate);
    if (QY_LIKELY(left(cell, ck_pr_load_64(&cell->word)) >= QY_GATE_NEAR)) return true;
    ck_pr_fence_memory(); /* step 2; pairs with that of qy_cell_claim */
    if (QY_LIKELY(left(cell, ck_pr_load_64(&cell->word)) >= 0)) return true;
    gate->arrived++;
    qy_gate_publish(gate);
    return false;
}

void qy_gate_arrive(const qy_port *port)
{
    port->cold->gate->arrived++;
}

void qy_gate_take(const qy_gate *gate)
{
    bool open = change_in_the_end(gate->cell, qy_id_generation(gate->port->id), 1);
    QY_CHECK(open);
}
