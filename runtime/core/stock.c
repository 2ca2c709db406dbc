/* stock.c - a growing stack of ids behind a spin lock. */
#include "core/stock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define FIRST_CAPACITY (2 * QY_TABLE_CHUNK)

int qy_stock_init(qy_stock *stock, const qy_memory *memory)
{
    ck_spinlock_init(&stock->lock);
    stock->count = 0;
    stock->taken = 0;
    stock->capacity = FIRST_CAPACITY;
    stock->memory = memory;
    stock->ids = qy_allocate(memory, FIRST_CAPACITY * sizeof *stock->ids, QY_CACHE_LINE);
    return stock->ids ? 0 : -ENOMEM;
}

void qy_stock_free(qy_stock *stock)
{
    qy_release(stock->memory, stock->ids, stock->capacity * sizeof *stock->ids);
}

/* With the lock. */
static bool make_room(qy_stock *stock)
{
    if (stock->count < stock->capacity) return true;
    size_t bytes = stock->capacity * sizeof *stock->ids;
    uint64_t *ids = qy_allocate(stock->memory, 2 * bytes, QY_CACHE_LINE);
    if (!ids) return false;
    memcpy(ids, stock->ids, bytes);
    qy_release(stock->memory, stock->ids, bytes);
    stock->ids = ids;
    stock->capacity *= 2;
    return true;
}

/* With the lock: take one id of a fresh chunk, keep the others. */
static uint64_t take_fresh(qy_stock *stock, qy_table *table)
{
    QY_CHECK(stock->count == 0 && stock->capacity >= QY_TABLE_CHUNK);
    uint64_t first = qy_table_claim(table);
    for (uint64_t i = QY_TABLE_CHUNK - 1; first && i > 0; i--) {
        stock->ids[stock->count++] = first + i * QY_TABLE_STEP;
    }
    return first;
}

uint64_t qy_stock_take(qy_stock *stock, qy_table *table)
{
    ck_spinlock_lock(&stock->lock);
    uint64_t id = stock->count ? stock->ids[--stock->count] : take_fresh(stock, table);
    if (id) ck_pr_store_64(&stock->taken, stock->taken + 1);
    ck_spinlock_unlock(&stock->lock);
    return id;
}

void qy_stock_untake(qy_stock *stock, uint64_t id)
{
    QY_CHECK(id);
    ck_spinlock_lock(&stock->lock);
    if (make_room(stock)) stock->ids[stock->count++] = id;
    ck_pr_store_64(&stock->taken, stock->taken - 1);
    ck_spinlock_unlock(&stock->lock);
}

void qy_stock_put(qy_stock *stock, qy_table *table, uint64_t id)
{
    QY_CHECK(id);
    if (!ck_spinlock_trylock(&stock->lock)) {
        qy_table_release(table, id);
        return;
    }
    uint64_t next = 0;
    if (!make_room(stock)) qy_table_release(table, id);
    else if ((next = qy_table_renew(table, id))) stock->ids[stock->count++] = next;
    ck_spinlock_unlock(&stock->lock);
}
