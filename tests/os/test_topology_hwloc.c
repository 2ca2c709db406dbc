/* test_topology_hwloc.c - the cores that topology_hwloc.c finds, on this machine and on described ones.
 *
 * hwloc's environment variables can give it a described machine and have it taken for this one. So the tests can
 * put the hardware threads this process really has on cores of their choice. */
#define _GNU_SOURCE
#include "os/os.h"

#include <check.h>
#include <errno.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNUSED_CPU 100000 /* numbers from here on are of hardware threads this machine does not have */

static cpu_set_t allowed;

static void remember_affinity(void)
{
    ck_assert_int_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
}

static void restore_affinity(void)
{
    ck_assert_int_eq(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    ck_assert_int_eq(unsetenv("HWLOC_SYNTHETIC"), 0);
    ck_assert_int_eq(unsetenv("HWLOC_THISSYSTEM"), 0);
}

static void narrow_affinity(unsigned cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
}

/* The n-th hardware thread this process may use; one that it has not, if there are not so many. */
static unsigned allowed_cpu(unsigned n)
{
    unsigned left = n;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && left-- == 0) return cpu;
    }
    return UNUSED_CPU + n;
}

static void pretend(const char *description)
{
    ck_assert_int_eq(setenv("HWLOC_SYNTHETIC", description, 1), 0);
    ck_assert_int_eq(setenv("HWLOC_THISSYSTEM", "1", 1), 0);
}

static qy_topology *load(const char *synthetic)
{
    qy_topology *topology = NULL;
    ck_assert_int_eq(qy_topology_load(&topology, synthetic), 0);
    ck_assert_ptr_nonnull(topology);
    return topology;
}

static void assert_list(const char *synthetic, const char *expected)
{
    char text[64];
    qy_topology *topology = load(synthetic);
    ck_assert_int_eq(qy_topology_list(topology, text, sizeof text), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
    qy_topology_free(topology);
}

/* ---- this machine ---- */

START_TEST(machine_has_the_cores_of_the_affinity_mask)
{
    qy_topology *topology = load(NULL);
    const qy_core *cores;
    unsigned count = qy_topology_cores(topology, &cores);
    ck_assert_uint_ge(count, 1);
    ck_assert_uint_le(count, (unsigned)CPU_COUNT(&allowed));
    for (unsigned i = 0; i < count; i++) {
        ck_assert(CPU_ISSET(cores[i].processor, &allowed));
        ck_assert(i == 0 || cores[i - 1].core < cores[i].core);
    }
    ck_assert(!qy_topology_is_synthetic(topology));
    qy_topology_free(topology);
}
END_TEST

START_TEST(affinity_to_one_leaves_one_core)
{
    for (unsigned n = 0; n < (unsigned)CPU_COUNT(&allowed); n++) {
        narrow_affinity(allowed_cpu(n));
        qy_topology *topology = load(NULL);
        const qy_core *cores;
        ck_assert_uint_eq(qy_topology_cores(topology, &cores), 1);
        ck_assert_uint_eq(cores[0].processor, allowed_cpu(n));
        qy_topology_free(topology);
    }
}
END_TEST

static void load_from_pinned_thread(void *argument)
{
    narrow_affinity(allowed_cpu(0));
    if (qy_topology_load(argument, NULL)) *(qy_topology **)argument = NULL;
}

START_TEST(pinned_caller_sees_the_whole_process)
{
    qy_topology *of_process = load(NULL);
    qy_topology *of_thread = NULL;
    qy_os_thread thread;
    ck_assert_int_eq(qy_os_linux.thread_start(&thread, "pinned", load_from_pinned_thread, &of_thread), 0);
    qy_os_linux.thread_join(thread);
    ck_assert_ptr_nonnull(of_thread);
    const qy_core *cores;
    ck_assert_uint_eq(qy_topology_cores(of_thread, &cores), qy_topology_cores(of_process, &cores));
    qy_topology_free(of_thread);
    qy_topology_free(of_process);
}
END_TEST

/* Two packages, one allowed hardware thread on each, neighbours that are not ours between them. The operating
 * system's own numbers of the cores run the other way. */
START_TEST(cores_not_allowed_are_left_out_and_none_renamed)
{
    char description[128];
    (void)snprintf(description, sizeof description, "pack:2 core:2(indexes=9,8,7,6) pu:1(indexes=%u,%d,%u,%d)",
                   allowed_cpu(0), UNUSED_CPU + 10, allowed_cpu(1), UNUSED_CPU + 11);
    pretend(description);
    bool both = CPU_COUNT(&allowed) > 1;
    assert_list(NULL, both ? "0,2" : "0");
    qy_topology *topology = load(NULL);
    const qy_core *cores;
    ck_assert_uint_eq(qy_topology_cores(topology, &cores), both ? 2 : 1);
    ck_assert_uint_eq(cores[0].core, 0);
    ck_assert(!both || cores[1].core == 2);
    qy_topology_free(topology);
}
END_TEST

START_TEST(processor_is_the_first_allowed_thread_of_the_core)
{
    unsigned last = allowed_cpu((unsigned)CPU_COUNT(&allowed) - 1);
    unsigned other = last == allowed_cpu(0) ? UNUSED_CPU : allowed_cpu(0);
    char description[128];
    (void)snprintf(description, sizeof description, "core:1 pu:2(indexes=%u,%u)", other, last);
    pretend(description);
    narrow_affinity(last);
    qy_topology *topology = load(NULL);
    const qy_core *cores;
    ck_assert_uint_eq(qy_topology_cores(topology, &cores), 1);
    ck_assert_uint_eq(cores[0].processor, last);
    qy_topology_free(topology);
}
END_TEST

START_TEST(machine_without_an_allowed_core_is_refused)
{
    char description[64];
    qy_topology *topology = NULL;
    (void)snprintf(description, sizeof description, "core:2 pu:1(indexes=%d,%d)", UNUSED_CPU, UNUSED_CPU + 1);
    pretend(description);
    ck_assert_int_eq(qy_topology_load(&topology, NULL), -EINVAL);
    ck_assert_ptr_null(topology);
}
END_TEST

/* ---- described machines ---- */

START_TEST(described_machine_has_cores_and_nodes)
{
    qy_topology *topology = load("numa:2 core:4 pu:2");
    const qy_core *cores;
    ck_assert_uint_eq(qy_topology_cores(topology, &cores), 8);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(cores[i].core, i);
        ck_assert_uint_eq(cores[i].numa, i / 4);
        ck_assert_uint_eq(cores[i].processor, 2 * i);
        ck_assert_uint_eq(cores[i].l2_bytes, 0);
        ck_assert_uint_eq(cores[i].l3_bytes, 0);
    }
    ck_assert(qy_topology_is_synthetic(topology));
    qy_topology_free(topology);
}
END_TEST

START_TEST(described_caches_are_found)
{
    qy_topology *topology = load("numa:1 l3:2(size=33554432) l2:2(size=1048576) core:2 pu:1");
    const qy_core *cores;
    ck_assert_uint_eq(qy_topology_cores(topology, &cores), 8);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(cores[i].l2_bytes, 1048576);
        ck_assert_uint_eq(cores[i].l3_bytes, 33554432);
    }
    qy_topology_free(topology);
}
END_TEST

/* One node for the whole machine, and one closer by for each half of it. */
START_TEST(nearest_of_several_nodes_is_the_local_one)
{
    qy_topology *topology = load("[numa] pack:2 [numa] core:2 pu:1");
    const qy_core *cores;
    ck_assert_uint_eq(qy_topology_cores(topology, &cores), 4);
    ck_assert_uint_eq(cores[0].numa, cores[1].numa);
    ck_assert_uint_eq(cores[2].numa, cores[3].numa);
    ck_assert_uint_ne(cores[0].numa, cores[2].numa);
    qy_topology_free(topology);
}
END_TEST

START_TEST(hardware_threads_stand_in_for_unknown_cores)
{
    assert_list("numa:1 pu:3", "0-2");
}
END_TEST

START_TEST(environment_can_describe_the_machine)
{
    pretend("numa:1 core:3 pu:1");
    ck_assert_int_eq(unsetenv("HWLOC_THISSYSTEM"), 0);
    qy_topology *topology = load(NULL);
    ck_assert(qy_topology_is_synthetic(topology));
    qy_topology_free(topology);
    assert_list(NULL, "0-2");
}
END_TEST

START_TEST(environment_cannot_make_a_description_real)
{
    ck_assert_int_eq(setenv("HWLOC_THISSYSTEM", "1", 1), 0);
    qy_topology *topology = load("numa:1 core:3 pu:1");
    ck_assert(qy_topology_is_synthetic(topology));
    qy_topology_free(topology);
}
END_TEST

static const char *const broken[] = {"", "nonsense", "core:4", "numa:0 pu:1", "numa:2 core:", "core:-1 pu:1", "pu:2 x"};

START_TEST(broken_description_is_refused)
{
    qy_topology *topology = NULL;
    ck_assert_int_eq(qy_topology_load(&topology, broken[_i]), -EINVAL);
    ck_assert_ptr_null(topology);
}
END_TEST

START_TEST(free_of_nothing_is_fine)
{
    qy_topology_free(NULL);
}
END_TEST

/* ---- the list as text ---- */

START_TEST(list_is_short)
{
    assert_list("numa:2 core:4 pu:2", "0-7");
    assert_list("core:1 pu:2", "0");
}
END_TEST

START_TEST(list_is_cut_to_size)
{
    qy_topology *topology = load("numa:2 core:4 pu:2");
    char text[] = "######";
    ck_assert_int_eq(qy_topology_list(topology, NULL, 0), 3);
    ck_assert_int_eq(qy_topology_list(topology, text, 3), 3);
    ck_assert_mem_eq(text, "0-\0###", sizeof text);
    ck_assert_int_eq(qy_topology_list(topology, text, 1), 3);
    ck_assert_mem_eq(text, "\0-\0###", sizeof text);
    ck_assert_int_eq(qy_topology_list(topology, text, 4), 3);
    ck_assert_mem_eq(text, "0-7\0##", sizeof text);
    qy_topology_free(topology);
}
END_TEST

/* ---- binding ---- */

START_TEST(bind_binds_to_the_processor)
{
    qy_topology *topology = load(NULL);
    const qy_core *cores;
    unsigned count = qy_topology_cores(topology, &cores);
    for (unsigned i = 0; i < count; i++) {
        cpu_set_t now;
        ck_assert_int_eq(qy_topology_bind(topology, &cores[i]), 0);
        ck_assert_int_eq(sched_getaffinity(0, sizeof now, &now), 0);
        ck_assert_int_eq(CPU_COUNT(&now), 1);
        ck_assert(CPU_ISSET(cores[i].processor, &now));
        ck_assert_int_eq(sched_getcpu(), (int)cores[i].processor);
    }
    qy_topology_free(topology);
}
END_TEST

/* Some containers forbid memory policies; there, binding works all the same. */
START_TEST(bind_prefers_local_memory_where_it_may)
{
    qy_topology *topology = load(NULL);
    const qy_core *cores;
    int policy = -1;
    bool may = syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0) == 0;
    (void)qy_topology_cores(topology, &cores);
    ck_assert_int_eq(qy_topology_bind(topology, &cores[0]), 0);
    if (may && syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0) == 0) {
        ck_assert_msg(policy == MPOL_PREFERRED || policy == MPOL_PREFERRED_MANY, "policy %d", policy);
    }
    qy_topology_free(topology);
}
END_TEST

START_TEST(bind_to_a_processor_that_is_not_there_fails)
{
    qy_topology *topology = load(NULL);
    const qy_core *cores;
    (void)qy_topology_cores(topology, &cores);
    qy_core absent = cores[0];
    absent.processor = UNUSED_CPU;
    ck_assert_int_lt(qy_topology_bind(topology, &absent), 0);
    cpu_set_t now;
    ck_assert_int_eq(sched_getaffinity(0, sizeof now, &now), 0);
    ck_assert(CPU_EQUAL(&now, &allowed));
    qy_topology_free(topology);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, remember_affinity, restore_affinity);
    suite_add_tcase(suite, tests);
    return tests;
}

static Suite *topology_suite(void)
{
    Suite *suite = suite_create("topology_hwloc");
    TCase *machine = add_case(suite, "this machine");
    tcase_add_test(machine, machine_has_the_cores_of_the_affinity_mask);
    tcase_add_test(machine, affinity_to_one_leaves_one_core);
    tcase_add_test(machine, pinned_caller_sees_the_whole_process);
    tcase_add_test(machine, cores_not_allowed_are_left_out_and_none_renamed);
    tcase_add_test(machine, processor_is_the_first_allowed_thread_of_the_core);
    tcase_add_test(machine, machine_without_an_allowed_core_is_refused);
    TCase *described = add_case(suite, "described machines");
    tcase_add_test(described, described_machine_has_cores_and_nodes);
    tcase_add_test(described, described_caches_are_found);
    tcase_add_test(described, nearest_of_several_nodes_is_the_local_one);
    tcase_add_test(described, hardware_threads_stand_in_for_unknown_cores);
    tcase_add_test(described, environment_can_describe_the_machine);
    tcase_add_test(described, environment_cannot_make_a_description_real);
    tcase_add_loop_test(described, broken_description_is_refused, 0, (int)(sizeof broken / sizeof *broken));
    tcase_add_test(described, free_of_nothing_is_fine);
    TCase *list = add_case(suite, "the list as text");
    tcase_add_test(list, list_is_short);
    tcase_add_test(list, list_is_cut_to_size);
    TCase *bind = add_case(suite, "binding");
    tcase_add_test(bind, bind_binds_to_the_processor);
    tcase_add_test(bind, bind_prefers_local_memory_where_it_may);
    tcase_add_test(bind, bind_to_a_processor_that_is_not_there_fails);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(topology_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
