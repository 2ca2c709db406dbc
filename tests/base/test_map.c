/* test_map.c - what was put is found, whatever else is there. */
#include "base/map.h"

#include <stdlib.h>

#include "../suite.h"

static bool starved;

static void *allocate(void *context, size_t size, size_t align)
{
    (void)context, (void)align;
    return starved ? NULL : malloc(size);
}

static void release(void *context, void *memory, size_t size)
{
    (void)context, (void)size;
    free(memory);
}

static const qy_memory memory = {.allocate = allocate, .release = release};

START_TEST(an_empty_map_has_nothing)
{
    qy_map map;
    qy_map_init(&map, &memory);
    ck_assert_ptr_null(qy_map_find(&map, 1));
    qy_map_free(&map);
}
END_TEST

START_TEST(values_are_found_and_replaced)
{
    qy_map map;
    qy_map_init(&map, &memory);
    for (uint64_t key = 1; key <= 10000; key++) ck_assert(qy_map_put(&map, key << 20, key));
    for (uint64_t key = 1; key <= 10000; key += 2) ck_assert(qy_map_put(&map, key << 20, 0));
    ck_assert_uint_eq(map.count, 10000);
    for (uint64_t key = 1; key <= 10000; key++) {
        ck_assert_uint_eq(*qy_map_find(&map, key << 20), key % 2 ? 0 : key);
        ck_assert_ptr_null(qy_map_find(&map, (key << 20) + 1));
    }
    ck_assert_ptr_null(qy_map_find(&map, 0));
    qy_map_free(&map);
    ck_assert_ptr_null(qy_map_find(&map, UINT64_C(1) << 20));
}
END_TEST

START_TEST(without_memory_it_keeps_what_it_has)
{
    qy_map map;
    uint64_t key = 0;
    qy_map_init(&map, &memory);
    ck_assert(qy_map_put(&map, ++key, 7));
    starved = true;
    while (qy_map_put(&map, ++key, 7)) ck_assert_uint_lt(key, 1000);
    starved = false;
    ck_assert_ptr_null(qy_map_find(&map, key));
    ck_assert(qy_map_put(&map, key, 7));
    while (key) ck_assert_uint_eq(*qy_map_find(&map, key--), 7);
    qy_map_free(&map);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_empty_map_has_nothing, values_are_found_and_replaced,
                            without_memory_it_keeps_what_it_has};
    return run_tests("map", tests, COUNT_OF(tests));
}
