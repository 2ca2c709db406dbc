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

/* The copy of the numbers is the simulation's: those that were read are gone. */
START_TEST(a_replay_is_replayed)
{
    static const char value[] = "9,workers=2,strategy=walk,keep=12+31+9000000000";
    char text[128];
    quay_runtime *rt = start_under(value, NULL);
    ck_assert_ptr_eq(qy_simulation_here->settings.options.keep, qy_simulation_here->keep);
    (void)quay_sim_replay(rt, text, sizeof text);
    ck_assert_str_eq(text, value);
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

START_TEST(a_number_of_workers_that_cannot_be_simulated_is_not_taken)
{
    static const char *const workers[] = {"0", "many", "100000"};
    for (size_t i = 0; i < COUNT_OF(workers); i++) {
        ck_assert_int_eq(setenv("QUAY_WORKERS", workers[i], 1), 0);
        quay_runtime *rt = start_under("9", &(quay_runtime_options){.workers = 2});
        ck_assert_uint_eq(quay_runtime_workers(rt), 2);
        stop(rt);
    }
    ck_assert_int_eq(setenv("QUAY_WORKERS", "3", 1), 0);
    quay_runtime *rt = start_under("9", NULL);
    ck_assert_uint_eq(quay_runtime_workers(rt), 3);
    stop(rt);
}
END_TEST

START_TEST(what_is_started_in_a_simulation_is_simulated)
{
    quay_runtime *rt = start_under("9,workers=3", NULL), *second, *third;
    ck_assert_int_eq(unsetenv("QUAY_SIM"), 0);
    ck_assert_int_eq(quay_runtime_start(&second, NULL), 0);
    ck_assert_int_eq(quay_runtime_start(&third, &(quay_runtime_options){.workers = 2}), 0);
    ck_assert_ptr_eq(second->os, rt->os);
    ck_assert_ptr_eq(third->os, rt->os);
    ck_assert_uint_eq(quay_runtime_workers(second), 3);
    ck_assert_uint_eq(quay_runtime_workers(third), 2);
    ck_assert_int_eq(quay_runtime_stop(third, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_start(&third, &(quay_runtime_options){.topology = "numa:2 core:1 pu:1"}), 0);
    ck_assert_uint_eq(third->cores[1].numa, 1);
    ck_assert_int_eq(quay_runtime_stop(third, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_stop(second, QUAY_FOREVER), 0);
    ck_assert_ptr_nonnull(qy_simulation_here);
    stop(rt);
    ck_assert_ptr_null(qy_simulation_here);
}
END_TEST

START_TEST(nonsense_is_named)
{
    quay_runtime *rt;
    static kept_log log;
    ck_assert_int_eq(setenv("QUAY_SIM", "luck", 1), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.log = keep_log, .log_context = &log}), -EINVAL);
    ck_assert_ptr_nonnull(strstr(log.text, "\"luck\" is not a seed (see quay/sim.h), in QUAY_SIM=luck"));
    ck_assert_int_eq(setenv("QUAY_SIM", "1,strategy=pct:1,chart", 1), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.log = keep_log, .log_context = &log}), -EINVAL);
    ck_assert_ptr_nonnull(strstr(log.text, "\"strategy=pct:1\" is not a setting"));
    char endless[200] = "";
    memset(endless, 'x', sizeof endless - 1);
    ck_assert_int_eq(setenv("QUAY_SIM", endless, 1), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.log = keep_log, .log_context = &log}), -EINVAL);
    ck_assert_ptr_nonnull(strstr(log.text, "xxxx\" is not a seed")); /* of which the beginning is shown */
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.workers = 1}), -EINVAL); /* on standard error */
    ck_assert_int_eq(quay_runtime_start(&rt, NULL), -EINVAL);
    ck_assert_ptr_null(qy_simulation_here);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {without_it_the_machine_is_real,
                            with_it_the_program_is_simulated,
                            a_replay_is_replayed,
                            the_number_of_workers_is_settled,
                            a_number_of_workers_that_cannot_be_simulated_is_not_taken,
                            what_is_started_in_a_simulation_is_simulated,
                            nonsense_is_named};
    return run_tests("door", tests, COUNT_OF(tests));
}
