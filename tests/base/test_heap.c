/* test_heap.c - the heap against a plain array, under random operations. */
#include "base/heap.h"

#include <stdlib.h>

#include "../suite.h"
#include "base/check.h"
#include "base/rng.h"

#define NODES 512

typedef struct item {
    qy_heap_node node;
    bool in;
} item;

static bool before(const qy_heap_node *a, const qy_heap_node *b)
{
    return a->key < b->key || (a->key == b->key && a->order < b->order);
}

static size_t walk(const qy_heap_node *node)
{
    size_t count = 1;
    const qy_heap_node *previous = node;
    for (const qy_heap_node *child = node->child; child; child = child->next) {
        ck_assert(before(node, child));
        ck_assert_ptr_eq(child->previous, previous);
        count += walk(child);
        previous = child;
    }
    return count;
}

/* The tree is in order, its links agree, it has as many nodes as the model, and the first is the model's. */
static void assert_heap(const qy_heap *heap, const item *items)
{
    const qy_heap_node *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < NODES; i++) {
        if (!items[i].in) continue;
        count++;
        if (!first || before(&items[i].node, first)) first = &items[i].node;
    }
    ck_assert_ptr_eq(qy_heap_first(heap), first);
    ck_assert_int_eq(qy_heap_empty(heap), !first);
    ck_assert_uint_eq(first ? walk(first) : 0, count);
}

static void run_randomly(qy_heap *heap, item *items, qy_rng *rng)
{
    for (int operation = 0; operation < 4000; operation++) {
        item *x = &items[qy_rng_below(rng, NODES)];
        if (x->in) qy_heap_remove(heap, &x->node);
        else qy_heap_insert(heap, &x->node, (int64_t)qy_rng_below(rng, 50) - 25); /* many equal keys */
        x->in = !x->in;
        if (operation % 64 == 0) assert_heap(heap, items);
    }
}

static void take_all(qy_heap *heap, item *items)
{
    for (unsigned taken = 0; !qy_heap_empty(heap); taken++) {
        if (taken % 16 == 0) assert_heap(heap, items);
        item *x = QY_CONTAINER_OF(qy_heap_first(heap), item, node);
        qy_heap_remove(heap, &x->node);
        x->in = false;
    }
    assert_heap(heap, items);
}

START_TEST(random_operations_agree_with_a_model)
{
    static item items[NODES];
    qy_heap heap = {0};
    for (uint64_t seed = 0; seed < 4; seed++) {
        qy_rng rng = {.state = seed};
        run_randomly(&heap, items, &rng);
        take_all(&heap, items);
    }
}
END_TEST

static int compare_keys(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(taking_the_first_sorts)
{
    static qy_heap_node nodes[NODES];
    static int64_t keys[NODES];
    qy_heap heap = {0};
    qy_rng rng = {.state = 5};
    for (size_t i = 0; i < NODES; i++) {
        keys[i] = (int64_t)qy_rng_next(&rng);
        qy_heap_insert(&heap, &nodes[i], keys[i]);
    }
    qsort(keys, NODES, sizeof *keys, compare_keys);
    for (size_t i = 0; i < NODES; i++) {
        ck_assert_int_eq(qy_heap_first(&heap)->key, keys[i]);
        qy_heap_remove(&heap, qy_heap_first(&heap));
    }
    ck_assert(qy_heap_empty(&heap));
}
END_TEST

START_TEST(equal_keys_come_in_the_order_inserted)
{
    qy_heap_node nodes[100];
    qy_heap heap = {0};
    for (size_t i = 0; i < COUNT_OF(nodes); i++) qy_heap_insert(&heap, &nodes[i], 7);
    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        ck_assert_ptr_eq(qy_heap_first(&heap), &nodes[i]);
        qy_heap_remove(&heap, &nodes[i]);
    }
}
END_TEST

START_TEST(the_ends_of_time_are_keys)
{
    qy_heap_node last, first, middle;
    qy_heap heap = {0};
    qy_heap_insert(&heap, &last, INT64_MAX);
    qy_heap_insert(&heap, &first, INT64_MIN);
    qy_heap_insert(&heap, &middle, 0);
    qy_heap_node *expected[] = {&first, &middle, &last};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        ck_assert_ptr_eq(qy_heap_first(&heap), expected[i]);
        qy_heap_remove(&heap, expected[i]);
    }
}
END_TEST

/* A million siblings under one root: removal must not recurse along them. */
START_TEST(a_wide_heap_is_taken_apart_without_a_deep_stack)
{
    size_t count = 1000000;
    qy_heap_node *nodes = malloc(count * sizeof *nodes);
    ck_assert_ptr_nonnull(nodes);
    qy_heap heap = {0};
    for (size_t i = 0; i < count; i++) qy_heap_insert(&heap, &nodes[i], (int64_t)i);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert_ptr_eq(qy_heap_first(&heap), &nodes[i]);
        qy_heap_remove(&heap, &nodes[i]);
    }
    free(nodes);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {random_operations_agree_with_a_model, taking_the_first_sorts,
                            equal_keys_come_in_the_order_inserted, the_ends_of_time_are_keys,
                            a_wide_heap_is_taken_apart_without_a_deep_stack};
    return run_tests("heap", tests, COUNT_OF(tests));
}
