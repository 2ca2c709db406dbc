/* test_stock.c - ids reserved ahead: all different, given again only under the next generation, never lost. */
#include "core/stock.h"

#include <stdlib.h>

#include "fixture.h"

static qy_worker *worker;
static qy_stock *stock;
static qy_table *table;

static void begin(void)
{
    machine_start(&m, 1);
    worker = m.rt->workers[0];
    stock = &worker->stock;
    table = &worker->ports;
}

static uint64_t take(void)
{
    return qy_stock_take(stock, table);
}

/* As a worker does with a port of that id. */
static void live_and_end(uint64_t id)
{
    ck_assert_int_eq(qy_table_provide(table, id), 0);
    qy_stock_put(stock, table, id);
}

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(all_ids_are_different_and_of_this_home)
{
    enum { IDS = 5000 };
    static uint64_t ids[IDS];
    begin();
    for (size_t i = 0; i < IDS; i++) {
        ids[i] = i % 3 ? take() : qy_table_reserve(table); /* with the home's own */
        ck_assert_uint_ne(ids[i], 0);
        ck_assert_uint_eq(qy_id_home(ids[i]), worker->home);
    }
    qsort(ids, IDS, sizeof *ids, compare_ids);
    for (size_t i = 1; i < IDS; i++) ck_assert_uint_ne(ids[i], ids[i - 1]);
    machine_stop(&m);
}
END_TEST

START_TEST(what_ended_comes_again_as_its_next_generation)
{
    begin();
    uint64_t id = take();
    for (int i = 0; i < 100; i++) {
        live_and_end(id);
        uint64_t next = take();
        ck_assert_uint_eq(next, id + 1);
        id = next;
    }
    machine_stop(&m);
}
END_TEST

START_TEST(what_was_not_used_comes_again_as_it_is)
{
    begin();
    uint64_t id = take();
    qy_stock_untake(stock, id);
    ck_assert_uint_eq(take(), id);
    machine_stop(&m);
}
END_TEST

START_TEST(a_stock_grows_as_ports_end)
{
    enum { IDS = 10000 };
    static uint64_t ids[IDS];
    begin();
    for (size_t i = 0; i < IDS; i++) ids[i] = take();
    uint32_t claimed = table->claimed;
    for (size_t i = 0; i < IDS; i++) live_and_end(ids[i]);
    for (size_t i = 0; i < IDS; i++) ck_assert_uint_ne(take(), 0);
    ck_assert_uint_eq(table->claimed, claimed);
    machine_stop(&m);
}
END_TEST

START_TEST(what_a_busy_or_starved_stock_does_not_take_the_home_keeps)
{
    begin();
    uint64_t id = take();
    ck_assert_int_eq(qy_table_provide(table, id), 0);
    ck_spinlock_lock(&stock->lock);
    qy_stock_put(stock, table, id);
    ck_spinlock_unlock(&stock->lock);
    ck_assert_uint_eq(qy_table_reserve(table), id + 1);
    id = take();
    ck_assert_int_eq(qy_table_provide(table, id), 0);
    while (stock->count < stock->capacity) qy_stock_untake(stock, id + 1); /* full: never taken in this test */
    m.starved = true;
    qy_stock_put(stock, table, id);
    ck_assert_uint_eq(qy_table_reserve(table), id + 1);
    machine_stop(&m);
}
END_TEST

START_TEST(a_stock_is_empty_when_the_slots_are_used_up)
{
    begin();
    while (qy_table_claim(table)) {
    }
    ck_assert_uint_eq(take(), 0);
    quay_port port;
    ck_assert_int_lt(quay_spawn(m.rt, &port, note_message, NULL), 0);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {all_ids_are_different_and_of_this_home,
                            what_ended_comes_again_as_its_next_generation,
                            what_was_not_used_comes_again_as_it_is,
                            a_stock_grows_as_ports_end,
                            what_a_busy_or_starved_stock_does_not_take_the_home_keeps,
                            a_stock_is_empty_when_the_slots_are_used_up};
    return run_tests("stock", tests, COUNT_OF(tests));
}
