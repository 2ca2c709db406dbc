/* test_pool.c - size classes, and blocks that do not overlap. */
#include "core/pool.h"

#include <string.h>

#include "fixture.h"

static qy_pool pool;

static void begin(void)
{
    machine_start(&m, 1);
    qy_pool_init(&pool, &m.rt->memory);
}

static void end(void)
{
    qy_pool_free(&pool);
    machine_stop(&m);
}

START_TEST(every_size_has_the_smallest_class_that_holds_it)
{
    for (size_t bytes = 0; bytes <= QY_CLASS_LARGEST; bytes++) {
        unsigned size_class = qy_class_for(bytes);
        ck_assert_uint_lt(size_class, QY_CLASSES);
        ck_assert_uint_ge(qy_class_bytes[size_class], bytes);
        if (size_class > 0) ck_assert_uint_lt(qy_class_bytes[size_class - 1], bytes);
    }
    ck_assert_uint_eq(qy_class_for(QY_CLASS_LARGEST + 1), QY_CLASS_NONE);
    ck_assert_uint_eq(qy_class_for(SIZE_MAX), QY_CLASS_NONE);
}
END_TEST

START_TEST(classes_are_whole_lines_and_grow)
{
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        ck_assert_uint_eq(qy_class_bytes[i] % QY_CACHE_LINE, 0);
        if (i > 0) ck_assert_uint_gt(qy_class_bytes[i], qy_class_bytes[i - 1]);
    }
    ck_assert_uint_eq(qy_class_bytes[QY_CLASSES - 1], QY_CLASS_LARGEST);
}
END_TEST

/* Several chunks of each class at once, each block filled to its last byte with its own number. */
START_TEST(blocks_are_aligned_and_do_not_overlap)
{
    enum { BLOCKS = 3000 };
    static unsigned char *blocks[BLOCKS];
    begin();
    for (unsigned i = 0; i < BLOCKS; i++) {
        unsigned size_class = i % QY_CLASSES;
        blocks[i] = qy_pool_take(&pool, size_class);
        ck_assert_ptr_nonnull(blocks[i]);
        ck_assert_uint_eq((uintptr_t)blocks[i] % QY_CACHE_LINE, 0);
        memset(blocks[i], (int)(i % 251), qy_class_bytes[size_class]);
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        size_t bytes = qy_class_bytes[i % QY_CLASSES];
        ck_assert_uint_eq(blocks[i][0], i % 251);
        ck_assert_mem_eq(blocks[i], blocks[i] + 1, bytes - 1); /* all alike */
    }
    end();
}
END_TEST

START_TEST(what_is_put_back_is_taken_again_latest_first)
{
    begin();
    void *a = qy_pool_take(&pool, 3), *b = qy_pool_take(&pool, 3);
    size_t before = m.live;
    for (int i = 0; i < 10000; i++) {
        qy_pool_put(&pool, 3, a);
        qy_pool_put(&pool, 3, b);
        ck_assert_ptr_eq(qy_pool_take(&pool, 3), b);
        ck_assert_ptr_eq(qy_pool_take(&pool, 3), a);
    }
    ck_assert_uint_eq(m.live, before);
    end();
}
END_TEST

START_TEST(without_memory_there_is_null_and_later_a_block)
{
    begin();
    m.starved = true;
    for (unsigned i = 0; i < QY_CLASSES; i++) ck_assert_ptr_null(qy_pool_take(&pool, i));
    m.starved = false;
    for (unsigned i = 0; i < QY_CLASSES; i++) ck_assert_ptr_nonnull(qy_pool_take(&pool, i));
    end();
}
END_TEST

/* ---- with a limit on memory ---- */

static qy_budget *budget;
static qy_memory memory;

static void begin_within(size_t limit)
{
    begin();
    memory = m.rt->memory;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, limit), 0);
    pool.memory = &memory;
    pool.budget = budget;
}

static void end_within(void)
{
    qy_pool_free(&pool);
    qy_budget_end(budget);
    machine_stop(&m);
}

START_TEST(a_pool_passes_the_limit_only_if_it_must)
{
    unsigned taken = 0;
    begin_within(200000);
    while (qy_pool_take(&pool, 0)) taken++;
    ck_assert_uint_gt(taken, 2000);
    ck_assert_uint_le(budget->used, 200000);
    ck_assert_ptr_nonnull(qy_pool_take_beyond(&pool, 5));
    ck_assert_uint_gt(budget->used, 200000);
    ck_assert_ptr_nonnull(qy_pool_take(&pool, 5)); /* what is there is there */
    ck_assert_ptr_null(qy_pool_take(&pool, 0));
    end_within();
}
END_TEST

START_TEST(a_trim_gives_back_whole_chunks_and_keeps_the_rest)
{
    enum { BLOCKS = 5000, KEPT = 17 };
    static void *blocks[QY_CLASSES][BLOCKS];
    begin_within(SIZE_MAX);
    size_t empty = budget->used;
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        for (unsigned j = 0; j < BLOCKS / (i + 1); j++) blocks[i][j] = qy_pool_take(&pool, i);
    }
    size_t full = budget->used;
    qy_pool_trim(&pool);
    ck_assert_uint_ge(budget->used + QY_CLASSES * 65536, full);
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        for (unsigned j = 0; j < BLOCKS / (i + 1); j++) {
            if (j != KEPT) qy_pool_put(&pool, i, blocks[i][j]);
        }
        memset(blocks[i][KEPT], 0x5A, qy_class_bytes[i]);
    }
    qy_pool_trim(&pool);
    ck_assert_uint_eq(budget->used, empty + QY_CLASSES * (size_t)65536); /* the one of each class that is in use */
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        for (unsigned j = 0; j < 1000; j++) ck_assert_ptr_ne(qy_pool_take(&pool, i), blocks[i][KEPT]);
        ck_assert_uint_eq(((unsigned char *)blocks[i][KEPT])[qy_class_bytes[i] - 1], 0x5A);
    }
    end_within();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_size_has_the_smallest_class_that_holds_it,
                            classes_are_whole_lines_and_grow,
                            blocks_are_aligned_and_do_not_overlap,
                            what_is_put_back_is_taken_again_latest_first,
                            without_memory_there_is_null_and_later_a_block,
                            a_pool_passes_the_limit_only_if_it_must,
                            a_trim_gives_back_whole_chunks_and_keeps_the_rest};
    return run_tests("pool", tests, COUNT_OF(tests));
}
