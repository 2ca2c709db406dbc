/* test_report.c - texts that are cut and not overrun, and counters that add up. */
#include <string.h>

#include "fixture.h"

START_TEST(a_text_is_cut_to_its_room)
{
    char text[8];
    memset(text, 'z', sizeof text);
    qy_format(text, 5, "%s", "abcdefgh");
    ck_assert_str_eq(text, "abcd");
    ck_assert_int_eq(text[5], 'z');
}
END_TEST

START_TEST(a_log_line_of_any_length_is_logged)
{
    char name[2000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    machine_start(&m, 1);
    qy_log(m.rt, QUAY_LOG_WARNING, "number %d", 5);
    ck_assert_str_eq(m.log, "1 number 5\n");
    qy_log(m.rt, QUAY_LOG_ERROR, "%s", name);
    ck_assert_uint_gt(strlen(m.log), 400);
    ck_assert_uint_lt(strlen(m.log), 1000);
    machine_stop(&m);
}
END_TEST

START_TEST(a_runtimes_counters_are_the_sum_of_its_workers_and_guests)
{
    quay_stats sum, one;
    uint64_t handled = 0, spawned = 0;
    machine_start(&m, 3);
    for (unsigned i = 0; i < 3; i++) {
        quay_port noter = spawn_on(i, note_message, NULL);
        for (unsigned j = 0; j <= i; j++) tell(noter, 0);
    }
    settle_down();
    ck_assert_int_eq(quay_runtime_stats(m.rt, &sum), 0);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(quay_worker_stats(m.rt, i, &one), 0);
        ck_assert_uint_eq(one.handled, i + 1);
        ck_assert_uint_eq(one.sent, 0);
        handled += one.handled;
        spawned += one.spawned;
    }
    ck_assert_uint_eq(sum.handled, handled);
    ck_assert_uint_eq(sum.spawned, spawned);
    ck_assert_uint_eq(sum.sent, 6);
    ck_assert_uint_eq(sum.alive, 3);
    ck_assert_int_eq(quay_worker_stats(m.rt, 3, &one), -EINVAL);
    ck_assert_int_eq(quay_worker_stats(m.rt, 0, NULL), -EINVAL);
    ck_assert_int_eq(quay_runtime_stats(NULL, &sum), -EINVAL);
    ck_assert_uint_eq(quay_runtime_workers(m.rt), 3);
    ck_assert_uint_eq(quay_runtime_workers(NULL), 0);
    qy_guest_wait_outside(m.rt);
    machine_stop(&m);
}
END_TEST

START_TEST(dead_letters_add_up)
{
    quay_stats dead = {0};
    for (int i = 0; i < QUAY_DEAD_REASONS; i++) dead.dead[i] = UINT64_C(1) << (8 * i);
    ck_assert_uint_eq(quay_dead_total(&dead), UINT64_C(0x0101010101));
    ck_assert_uint_eq(quay_dead_total(NULL), 0);
}
END_TEST

START_TEST(a_description_names_every_worker_and_fits_any_room)
{
    char whole[2000], part[2000];
    machine_start_on(&m, "numa:2 core:2 pu:1");
    spawn_on(3, note_message, NULL);
    int length = quay_runtime_describe(m.rt, whole, sizeof whole);
    ck_assert_int_eq(length, (int)strlen(whole));
    ck_assert_ptr_nonnull(strstr(whole, "4 workers, cores 0-3 of a synthetic topology"));
    ck_assert_ptr_nonnull(strstr(whole, "worker 3: core 3 (not bound), NUMA node 1"));
    ck_assert_ptr_nonnull(strstr(whole, "1 ports"));
    ck_assert_int_eq(quay_runtime_describe(m.rt, NULL, 0), length);
    for (size_t size = 1; size <= (size_t)length + 1; size++) {
        memset(part, 'z', sizeof part);
        ck_assert_int_eq(quay_runtime_describe(m.rt, part, size), length);
        ck_assert_uint_eq(strlen(part), size - 1);
        ck_assert_mem_eq(part, whole, size - 1);
        ck_assert_int_eq(part[size], 'z');
    }
    ck_assert_int_eq(quay_runtime_describe(NULL, whole, sizeof whole), -EINVAL);
    machine_stop(&m);
}
END_TEST

START_TEST(a_description_tells_what_the_machine_has)
{
    char text[2000];
    quay_runtime *rt;
    machine_start_on(&m, "l3:1(size=8388608) l2:1(size=524288) core:1 pu:1");
    ck_assert_int_gt(quay_runtime_describe(m.rt, text, sizeof text), 0);
    ck_assert_msg(strstr(text, ", L2 512 KiB, L3 8192 KiB; 0 ports"), "it is: %s", text);
    machine_stop(&m);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.workers = 1, .pin = QUAY_PIN_OFF}), 0);
    ck_assert_int_gt(quay_runtime_describe(rt, text, sizeof text), 0);
    ck_assert_ptr_null(strstr(text, "synthetic"));
    ck_assert_ptr_nonnull(strstr(text, "(not bound)"));
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.workers = 1}), 0);
    ck_assert_int_gt(quay_runtime_describe(rt, text, sizeof text), 0);
    ck_assert_ptr_nonnull(strstr(text, "(bound)"));
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_text_is_cut_to_its_room,
                            a_log_line_of_any_length_is_logged,
                            a_runtimes_counters_are_the_sum_of_its_workers_and_guests,
                            dead_letters_add_up,
                            a_description_names_every_worker_and_fits_any_room,
                            a_description_tells_what_the_machine_has};
    return run_tests("report", tests, COUNT_OF(tests));
}
