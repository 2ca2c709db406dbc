/* stock.c - stock.h: two spawners take ids and may give one back, while the home ends ports and puts theirs in. No id
 * is in two hands. */
#include "core/stock.h"

#include <string.h>

#include "explore.h"

#define SPAWNERS 2
#define TAKES 2
#define PORTS 3

typedef struct place {
    qy_table table;
    qy_stock stock;
    uint64_t ended[PORTS]; /* ids of ports that end in the schedule */
    uint64_t ids[SPAWNERS][TAKES];
} place;

static place *here;

static void spawn(void *argument)
{
    uint64_t *ids = argument;
    for (unsigned i = 0; i < TAKES; i++) {
        ids[i] = qy_stock_take(&here->stock, &here->table);
        EXPLORE_CHECK(ids[i]);
    }
    if (explore_random(2)) return;
    qy_stock_untake(&here->stock, ids[TAKES - 1]);
    ids[TAKES - 1] = 0;
}

static void end_ports(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < PORTS; i++) qy_stock_put(&here->stock, &here->table, here->ended[i]);
}

static void start(void)
{
    here = explore_new(sizeof *here);
    qy_table_init(&here->table, &explore_memory, 1, 1);
    EXPLORE_CHECK(!qy_stock_init(&here->stock, &explore_memory));
    for (unsigned i = 0; i < PORTS; i++) {
        here->ended[i] = qy_table_reserve(&here->table);
        qy_table_bind(&here->table, here->ended[i], here);
    }
    (void)explore_thread("spawner 0", spawn, here->ids[0]);
    (void)explore_thread("spawner 1", spawn, here->ids[1]);
    (void)explore_thread("home", end_ports, NULL);
}

/* Whoever has a slot is the only one. */
static void check_slots(void)
{
    uint64_t *ids = here->ids[0];
    for (unsigned i = 0; i < SPAWNERS * TAKES; i++) {
        if (!ids[i]) continue;
        for (unsigned j = 0; j < i; j++) EXPLORE_CHECK(!ids[j] || qy_id_slot(ids[i]) != qy_id_slot(ids[j]));
        for (uint32_t j = 0; j < here->stock.count; j++) {
            EXPLORE_CHECK(qy_id_slot(ids[i]) != qy_id_slot(here->stock.ids[j]));
        }
    }
}

static void check(void)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < SPAWNERS * TAKES; i++) taken += here->ids[0][i] != 0;
    EXPLORE_CHECK(qy_stock_taken(&here->stock) == taken);
    check_slots();
    qy_stock_free(&here->stock);
    qy_table_free(&here->table);
    explore_delete(here, sizeof *here);
}

const explore_scenario explore_stock = {.name = "stock", .steps = 60, .start = start, .check = check};
