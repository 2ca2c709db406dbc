/* test_map.c - the map against a plain array, under random operations, and without memory. */
#include "base/map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../suite.h"
#include "base/check.h"
#include "base/rng.h"
#include "counted.h"

#define NODES 2000
#define KEYS 700 /* fewer than nodes: some are equal */

typedef struct item {
    qy_map_node node;
    bool in;
} item;

/* How many of a key the map finds, all of them in it. */
static unsigned count_key(const qy_map *map, uint64_t key)
{
    unsigned count = 0;
    for (qy_map_node *node = qy_map_first(map, key); node; node = qy_map_next(node), count++) {
        ck_assert(QY_CONTAINER_OF(node, item, node)->in);
        ck_assert_uint_eq(node->key, key);
    }
    return count;
}

static void assert_same(const qy_map *map, const item *items)
{
    static unsigned expected[KEYS];
    unsigned total = 0;
    for (unsigned key = 0; key < KEYS; key++) expected[key] = 0;
    for (unsigned i = 0; i < NODES; i++) {
        if (items[i].in) expected[items[i].node.key]++;
    }
    for (unsigned key = 0; key < KEYS; key++) {
        ck_assert_uint_eq(count_key(map, key), expected[key]);
        total += expected[key];
    }
    ck_assert_uint_eq(map->count, total);
}

static void toggle(qy_map *map, item *it, uint64_t key)
{
    if (it->in) qy_map_remove(map, &it->node);
    else ck_assert_int_eq(qy_map_add(map, &it->node, key), 0);
    it->in = !it->in;
}

START_TEST(finds_what_was_added_and_not_removed)
{
    static item items[NODES];
    qy_map map;
    qy_rng rng = {7};
    qy_map_init(&map, &counted);
    ck_assert_ptr_null(qy_map_first(&map, 1));
    for (unsigned i = 0; i < 20000; i++) {
        toggle(&map, &items[qy_rng_next(&rng) % NODES], qy_rng_next(&rng) % KEYS);
        if (i % 1000 == 0) assert_same(&map, items);
    }
    assert_same(&map, items);
    qy_map_free(&map);
    ck_assert_uint_eq(live, 0);
}
END_TEST

START_TEST(without_memory_only_the_first_is_refused)
{
    static item items[100];
    qy_map map;
    qy_map_init(&map, &counted);
    allowed = 0;
    ck_assert_int_eq(qy_map_add(&map, &items[0].node, 0), -ENOMEM);
    allowed = UINT32_MAX;
    toggle(&map, &items[0], 0);
    allowed = 0;
    for (unsigned i = 1; i < 100; i++) toggle(&map, &items[i], i);
    for (unsigned i = 0; i < 100; i++) ck_assert_uint_eq(count_key(&map, i), 1);
    allowed = UINT32_MAX;
    qy_map_free(&map);
    ck_assert_uint_eq(live, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {finds_what_was_added_and_not_removed, without_memory_only_the_first_is_refused};
    return run_tests("map", tests, COUNT_OF(tests));
}
