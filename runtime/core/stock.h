/* stock.h - ids of a worker's ports, reserved ahead, so that a spawn from elsewhere has its id at once.
 *
 * The home worker puts the slots of ended foreign ports in; whoever spawns from elsewhere takes one, and when
 * there is none claims a chunk of fresh slots (qy_table_claim). A spawner spins for the lock, which is held for a few
 * instructions; the home only tries it, and keeps for itself what it could not put.
 *
 * Ownership: ids in the stock are reserved (table.h T1) and nobody's; the memory is the home worker's.
 * Read next: spawn.c. */
#ifndef QY_STOCK_H
#define QY_STOCK_H

#include <ck_spinlock.h>
#include <stdalign.h>
#include <stdint.h>

#include "base/check.h"
#include "base/table.h"

typedef struct qy_stock {
    alignas(QY_CACHE_LINE) ck_spinlock_t lock;
    uint32_t count;
    uint32_t capacity;
    uint64_t taken; /* ids, ever, less those untaken; read by the home worker */
    uint64_t *ids;
    const qy_memory *memory;
} qy_stock;

/* 0 or -ENOMEM. */
int qy_stock_init(qy_stock *stock, const qy_memory *memory);
void qy_stock_free(qy_stock *stock);

/* Any thread: an id for a port of the table's home, 0 when its slots are used up. */
uint64_t qy_stock_take(qy_stock *stock, qy_table *table);

/* Any thread: an id that was taken and not used. */
void qy_stock_untake(qy_stock *stock, uint64_t id);

static inline uint64_t qy_stock_taken(const qy_stock *stock)
{
    return ck_pr_load_64(&stock->taken);
}

/* The home worker: the slot of an ended foreign port. */
void qy_stock_put(qy_stock *stock, qy_table *table, uint64_t id);

#endif
