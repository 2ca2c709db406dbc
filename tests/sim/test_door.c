/* test_door.c - QUAY_SIM makes quay_runtime_start simulate, and nothing else does. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "support.h"

static quay_runtime *start_under(const char *value, const quay_runtime_options *options)
{
    quay_runtime *rt;
    ck_assert_int_eq(setenv("QUAY_SIM", value, 1), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, options), 0);
    return rt;
}

START_TEST(without_it_the_machine_is_real)
{
    quay_runtime *rt = start_under("", &(quay_runtime_options){.workers = 1});
    ck_assert_ptr_eq(rt->os, &qy_os_linux);
    ck_assert_uint_eq(quay_sim_hash(rt), 0);
    stop(rt);
    ck_assert_int_eq(unsetenv("QUAY_SIM"), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.workers = 1}), 0);
    ck_assert_ptr_eq(rt->os, &qy_os_linux);
    stop(rt);
}
END_TEST

START_TEST(with_it_the_program_is_simulated)
{
    char text[128];
    quay_runtime *rt = start_under("9,workers=3,strategy=pct:4", NULL);
    ck_assert_uint_eq(quay_runtime_workers(rt), 3);
    (void)quay_sim_replay(rt, text, sizeof text);
    ck_assert_str_eq(text, "9,workers=3,strategy=pct:4");
    stop(rt);
}
END_TEST

START_TEST(the_number_of_workers_is_settled)
{
    unsigned cores[2] = {5, 2};
    quay_runtime *rt = start_under("9", &(quay_runtime_options){.workers = 2, .cores = cores});
    ck_assert_uint_eq(quay_runtime_workers(rt), 2);
    ck_assert_uint_eq(rt->cores[0].core, 5);
    stop(rt);
    rt = start_under("9,workers=6", &(quay_runtime_options){.workers = 2, .cores = cores});
    ck_assert_uint_eq(quay_runtime_workers(rt), 6);
    stop(rt);
    rt = start_under("9", &(quay_runtime_options){.topology = "numa:2 core:3 pu:1"});
    ck_assert_uint_eq(quay_runtime_workers(rt), 6);
    stop(rt);
    ck_assert_int_eq(setenv("QUAY_WORKERS", "5", 1), 0);
    rt = start_under("9", &(quay_runtime_options){.workers = 2});
    ck_assert_uint_eq(quay_runtime_workers(rt), 5);
    stop(rt);
}
END_TEST

START_TEST(nonsense_is_named)
{
    quay_runtime *rt;
    static kept_log log;
    ck_assert_int_eq(setenv("QUAY_SIM", "luck", 1), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.log = keep_log, .log_context = &log}), -EINVAL);
    ck_assert_ptr_nonnull(strstr(log.text, "QUAY_SIM=luck is not a seed"));
    ck_assert_ptr_null(qy_simulation_here);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {without_it_the_machine_is_real, with_it_the_program_is_simulated,
                            the_number_of_workers_is_settled, nonsense_is_named};
    return run_tests("door", tests, COUNT_OF(tests));
}
