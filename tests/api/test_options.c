/* test_options.c - starting with options and with the environment's, sensible and not.
 *
 * What binding did is read from inside a handler, by asking the system. Read next: test_placement.c. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>

#include "support.h"

static captured_log the_log = CAPTURED_LOG;

static unsigned all_lines(void)
{
    return log_lines(&the_log, QUAY_LOG_ERROR) + log_lines(&the_log, QUAY_LOG_WARNING) +
           log_lines(&the_log, QUAY_LOG_INFO);
}

/* A machine of our own making, so that results do not depend on this one. */
static quay_runtime_options synthetic(const char *topology, unsigned workers)
{
    return (quay_runtime_options){
        .workers = workers, .topology = topology, .log = capture_log, .log_context = &the_log};
}

static void expect_start(const quay_runtime_options *options, int expected)
{
    quay_runtime *rt = NULL;
    int error = quay_runtime_start(&rt, options);
    if (error == 0) stop_runtime(rt);
    ck_assert_int_eq(error, expected);
}

static void expect_workers(const quay_runtime_options *options, unsigned expected)
{
    quay_runtime *rt = start_runtime_with(options);
    unsigned workers = quay_runtime_workers(rt);
    stop_runtime(rt);
    ck_assert_uint_eq(workers, expected);
}

/* ---- workers ---- */

START_TEST(as_many_workers_as_asked_for)
{
    for (unsigned workers = 1; workers <= 4; workers *= 2) {
        quay_runtime_options options = {
            .workers = workers, .pin = QUAY_PIN_OFF, .log = capture_log, .log_context = &the_log};
        expect_workers(&options, workers);
    }
}
END_TEST

START_TEST(too_many_workers_are_refused)
{
    quay_runtime_options options = synthetic("core:2 pu:1", QUAY_WORKERS_MAX + 1);
    quay_runtime *rt = NULL;
    int error = quay_runtime_start(&rt, &options);
    ck_assert_msg(error == -EINVAL || error == -EAGAIN, "start: %d", error);
    options.workers = ~0U;
    error = quay_runtime_start(&rt, &options);
    ck_assert_msg(error == -EINVAL || error == -EAGAIN, "start: %d", error);
}
END_TEST

/* QUAY_WORKERS_MAX counts one more than each runtime's workers. */
START_TEST(numbers_come_back_when_a_runtime_stops)
{
    for (int round = 0; round < QUAY_WORKERS_MAX / 4; round++) {
        quay_runtime_options options = synthetic("core:16 pu:1", 16);
        expect_workers(&options, 16);
    }
}
END_TEST

START_TEST(a_worker_a_core_is_the_default)
{
    quay_runtime_options options = synthetic("numa:2 core:3 pu:2", 0);
    expect_workers(&options, 6);
    ck_assert_uint_eq(all_lines(), 0);
}
END_TEST

START_TEST(more_workers_than_cores_is_said_once)
{
    quay_runtime_options options = synthetic("core:2 pu:1", 4);
    quay_runtime *rt = start_runtime_with(&options);
    ck_assert_uint_eq(quay_runtime_workers(rt), 4);
    for (int i = 0; i < 8; i++) spawn(rt, ignore, QUAY_SPREAD, NULL);
    stop_runtime(rt);
    ck_assert_uint_eq(all_lines(), 1);
    ck_assert_uint_eq(log_lines(&the_log, QUAY_LOG_ERROR), 0);
    ck_assert(log_mentions(&the_log, "4 workers"));
}
END_TEST

/* ---- nonsense ---- */

START_TEST(nonsense_options_are_refused)
{
    quay_runtime_options options = synthetic("core:2 pu:1", 1);
    options.pin = (quay_pin)42;
    expect_start(&options, -EINVAL);
    options = synthetic("core:2 pu:1", 1);
    options.allocator.allocate = NULL;
    options.allocator.release = (void (*)(void *, void *, size_t))abort;
    expect_start(&options, -EINVAL);
    options = synthetic("core:2 pu:1", QUAY_WORKERS_MAX + 1);
    expect_start(&options, -EINVAL);
    options = synthetic("core:2 pu:1", 0);
    options.cores = (const unsigned[]){1};
    expect_start(&options, -EINVAL);
    options = synthetic("an octopus", 1);
    expect_start(&options, -EINVAL);
    options = synthetic("core:-3", 0);
    expect_start(&options, -EINVAL);
}
END_TEST

START_TEST(an_unknown_core_is_refused_and_the_known_ones_named)
{
    const unsigned cores[] = {1, 9};
    quay_runtime_options options = synthetic("core:4 pu:1", 2);
    options.cores = cores;
    expect_start(&options, -EINVAL);
    ck_assert(log_mentions(&the_log, "9"));
    ck_assert(log_mentions(&the_log, "0-3"));
}
END_TEST

START_TEST(a_core_this_machine_lacks_is_refused)
{
    const unsigned cores[] = {4000000};
    quay_runtime_options options = {.workers = 1, .cores = cores, .log = capture_log, .log_context = &the_log};
    expect_start(&options, -EINVAL);
    ck_assert(log_mentions(&the_log, "4000000"));
}
END_TEST

START_TEST(workers_take_the_cores_named)
{
    const unsigned cores[] = {3, 1};
    quay_runtime_options options = synthetic("core:4 pu:1", 2);
    options.cores = cores;
    quay_runtime *rt = start_runtime_with(&options);
    quay_port port;
    const int expected[] = {-EINVAL, 0, -EINVAL, 0};
    for (unsigned core = 0; core < 4; core++) {
        quay_port_options on = {.place = quay_core(core)};
        ck_assert_int_eq(quay_spawn(rt, &port, ignore, &on), expected[core]);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- binding ---- */

static void read_binding(quay_self *self, void *argument)
{
    cpu_set_t *set = argument;
    (void)self;
    EXPECT_EQ(sched_getaffinity(0, sizeof *set, set), 0);
}

static int bound_processors(const quay_runtime_options *options)
{
    cpu_set_t set;
    quay_runtime *rt = start_runtime_with(options);
    run_in_handler(rt, QUAY_ANYWHERE, read_binding, &set);
    stop_runtime(rt);
    return CPU_COUNT(&set);
}

static int own_processors(void)
{
    cpu_set_t set;
    ck_assert_int_eq(sched_getaffinity(0, sizeof set, &set), 0);
    return CPU_COUNT(&set);
}

START_TEST(workers_are_bound_unless_told_not_to)
{
    int before = own_processors();
    quay_runtime_options options = {.workers = 1, .log = capture_log, .log_context = &the_log};
    ck_assert_int_eq(bound_processors(&options), 1);
    options.pin = QUAY_PIN_ON;
    ck_assert_int_eq(bound_processors(&options), 1);
    options.pin = QUAY_PIN_OFF;
    ck_assert_int_eq(bound_processors(&options), before);
    ck_assert_int_eq(own_processors(), before);
}
END_TEST

START_TEST(a_synthetic_machine_never_binds)
{
    quay_runtime_options options = synthetic("core:4 pu:1", 1);
    ck_assert_int_eq(bound_processors(&options), own_processors());
}
END_TEST

/* ---- environment ---- */

START_TEST(the_environment_overrides)
{
    quay_runtime_options options = {.workers = 1, .pin = QUAY_PIN_ON, .log = capture_log, .log_context = &the_log};
    setenv("QUAY_PIN", "off", 1);
    ck_assert_int_eq(bound_processors(&options), own_processors());
    setenv("QUAY_WORKERS", "3", 1);
    expect_workers(&options, 3);
    setenv("QUAY_PIN", "on", 1);
    setenv("QUAY_WORKERS", "1", 1);
    options.pin = QUAY_PIN_OFF;
    options.workers = 2;
    ck_assert_int_eq(bound_processors(&options), 1);
    expect_workers(&options, 1);
}
END_TEST

START_TEST(a_nonsense_environment_is_refused)
{
    static const char *const workers[] = {"many", "-1", "2x", "99999999999999999999", "1.5", "0", "+1"};
    static const char *const pins[] = {"maybe", "1e9", "offf"};
    quay_runtime_options options = synthetic("core:2 pu:1", 1);
    for (size_t i = 0; i < COUNT_OF(workers); i++) {
        setenv("QUAY_WORKERS", workers[i], 1);
        expect_start(&options, -EINVAL);
    }
    unsetenv("QUAY_WORKERS");
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        setenv("QUAY_PIN", pins[i], 1);
        expect_start(&options, -EINVAL);
    }
    setenv("QUAY_PIN", "", 1); /* as good as none */
    setenv("QUAY_WORKERS", "", 1);
    expect_start(&options, 0);
    unsetenv("QUAY_WORKERS");
    unsetenv("QUAY_PIN");
    expect_start(&options, 0);
}
END_TEST

/* ---- describe ---- */

static bool says(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

START_TEST(a_runtime_describes_itself)
{
    char text[4096], beginning[20];
    quay_runtime_options options = synthetic("numa:2 core:2 pu:1", 0);
    quay_runtime *rt = start_runtime_with(&options);
    for (int i = 0; i < 4321; i++) spawn(rt, ignore, quay_core(3), NULL);
    drained_stats(rt);
    int length = quay_runtime_describe(rt, text, sizeof text);
    ck_assert_int_gt(length, 0);
    ck_assert_uint_eq((size_t)length, strlen(text));
    ck_assert(says(text, "worker"));
    ck_assert(says(text, "core"));
    ck_assert(says(text, "numa"));
    ck_assert(says(text, "4321"));
    ck_assert_int_eq(quay_runtime_describe(rt, beginning, sizeof beginning), length);
    ck_assert_uint_eq(strlen(beginning), sizeof beginning - 1);
    ck_assert(strncmp(text, beginning, sizeof beginning - 1) == 0);
    ck_assert_int_eq(quay_runtime_describe(rt, NULL, 0), length);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        as_many_workers_as_asked_for,
        too_many_workers_are_refused,
        numbers_come_back_when_a_runtime_stops,
        a_worker_a_core_is_the_default,
        more_workers_than_cores_is_said_once,
        nonsense_options_are_refused,
        an_unknown_core_is_refused_and_the_known_ones_named,
        a_core_this_machine_lacks_is_refused,
        workers_take_the_cores_named,
        workers_are_bound_unless_told_not_to,
        a_synthetic_machine_never_binds,
        the_environment_overrides,
        a_nonsense_environment_is_refused,
        a_runtime_describes_itself,
    };
    return run_tests("options", tests, COUNT_OF(tests));
}
