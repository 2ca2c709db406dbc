/* test_start.c - a start that fails at any point gives everything back: memory, homes, threads. */
#include "fixture.h"

/* ---- memory that ends after so many allocations, for several threads ---- */

static uint32_t calls, refused_from;
static uint64_t bytes;

static void *allocate_until(void *context, size_t size, size_t align)
{
    if (ck_pr_faa_32(&calls, 1) >= refused_from) return NULL;
    ck_pr_add_64(&bytes, size);
    return qy_os_allocate(context, size, align);
}

static void count_release(void *context, void *memory, size_t size)
{
    ck_pr_sub_64(&bytes, size);
    qy_os_release(context, memory, size);
}

static quay_runtime_options of_two_workers(void)
{
    return (quay_runtime_options){
        .workers = 2, .topology = "core:2 pu:1", .allocator = {.allocate = allocate_until, .release = count_release}};
}

static uint32_t first_free_home(void)
{
    uint32_t first;
    ck_assert_int_eq(qy_homes_take(1, &first), 0);
    qy_homes_give(first, 1, NULL);
    return first;
}

static void start_without_memory(const quay_runtime_options *options)
{
    quay_runtime *rt = NULL;
    uint32_t home = first_free_home();
    int error = -ENOMEM;
    for (refused_from = 0; error; refused_from++) {
        calls = 0;
        error = quay_runtime_start(&rt, options);
        if (!error) break;
        ck_assert_int_eq(error, -ENOMEM);
        ck_assert_ptr_null(rt);
        ck_assert_uint_eq(bytes, 0);
        ck_assert_uint_eq(first_free_home(), home);
    }
    ck_assert_uint_gt(refused_from, 5);
    refused_from = UINT32_MAX;
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_uint_eq(bytes, 0);
    ck_assert_uint_eq(first_free_home(), home);
}

START_TEST(a_start_without_memory_at_any_point_leaves_nothing)
{
    quay_runtime_options options = of_two_workers();
    start_without_memory(&options);
    options.memory_limit = (size_t)64 << 20;
    start_without_memory(&options);
    options.memory_limit = 0;
    options.workers = QY_UNTOLD_PEERS + 1;
    start_without_memory(&options);
}
END_TEST

START_TEST(a_start_beyond_its_memory_limit_says_so)
{
    quay_runtime *rt;
    quay_runtime_options options = of_two_workers();
    refused_from = UINT32_MAX;
    options.memory_limit = QUAY_MEMORY_LEAST;
    options.workers = 50;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), -ENOMEM);
    ck_assert_uint_eq(bytes, 0);
}
END_TEST

START_TEST(a_start_without_homes_says_so)
{
    quay_runtime_options options = of_two_workers();
    quay_runtime *rt = NULL;
    uint32_t all;
    refused_from = UINT32_MAX;
    ck_assert_int_eq(qy_homes_take(QUAY_WORKERS_MAX, &all), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &options), -EAGAIN);
    ck_assert_uint_eq(bytes, 0);
    qy_homes_give(all, QUAY_WORKERS_MAX, NULL);
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(each_worker_has_its_home_core_and_station)
{
    quay_runtime_options options = of_two_workers();
    quay_runtime *rt;
    unsigned cores[] = {1, 0};
    options.cores = cores;
    refused_from = UINT32_MAX;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(rt->workers[i]->index, i);
        ck_assert_uint_eq(rt->workers[i]->home, rt->first_home + i);
        ck_assert_uint_eq(rt->workers[i]->station.number, i);
        ck_assert_uint_eq(rt->workers[i]->core->core, cores[i]);
        ck_assert_uint_eq((uintptr_t)rt->workers[i] % QY_CACHE_LINE, 0);
    }
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(a_crowded_or_synthetic_machine_neither_binds_nor_spins)
{
    quay_runtime_options options = of_two_workers();
    quay_runtime *rt;
    refused_from = UINT32_MAX;
    options.workers = 5;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    ck_assert_int_eq(rt->pin, QUAY_PIN_OFF);
    ck_assert(!rt->spin);
    for (uint32_t i = 0; i < 5; i++) ck_assert_uint_eq(rt->cores[i].core, i % 2);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(no_two_runtimes_have_the_same_serial)
{
    quay_runtime_options options = of_two_workers();
    uint64_t before = 0;
    refused_from = UINT32_MAX;
    for (int i = 0; i < 5; i++) {
        quay_runtime *rt;
        ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
        ck_assert_uint_gt(rt->serial, before);
        before = rt->serial;
        ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_start_without_memory_at_any_point_leaves_nothing,
                            a_start_without_homes_says_so,
                            a_start_beyond_its_memory_limit_says_so,
                            each_worker_has_its_home_core_and_station,
                            a_crowded_or_synthetic_machine_neither_binds_nor_spins,
                            no_two_runtimes_have_the_same_serial};
    return run_tests("start", tests, COUNT_OF(tests));
}
