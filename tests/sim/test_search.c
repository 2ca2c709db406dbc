/* test_search.c - a bug that needs an order of events is found, shrunk to the choices it needs, and replayed. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <stdlib.h>
#include <string.h>

static unsigned runs;
static uint32_t first;

static int note(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    if (!first) first = message->tag;
    return 0;
}

static int send_on(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    return quay_send(*SHARED(state, quay_port), message->tag, NULL, 0);
}

/* Three senders; wrong is that the third is the first to arrive. */
static int expect_order(quay_runtime *rt, void *context)
{
    (void)context;
    runs++;
    first = 0;
    quay_port to = spawn_at(rt, note, 0, "to", NULL);
    quay_port senders[3];
    for (unsigned i = 0; i < 3; i++) senders[i] = spawn_at(rt, send_on, i + 1, "sender", &to);
    (void)quay_runtime_drain(rt, QUAY_FOREVER);
    for (uint32_t i = 0; i < 3; i++) (void)quay_send(senders[i], i + 1, NULL, 0);
    (void)quay_runtime_drain(rt, QUAY_FOREVER);
    return first == 3 ? 42 : 0;
}

START_TEST(what_goes_wrong_is_found_shrunk_and_replayed)
{
    static kept_log log;
    quay_sim_finding finding;
    quay_sim_options options = {.seed = 1, .log = keep_log, .log_context = &log};
    ck_assert_int_eq(quay_sim_search(&options, 5000, expect_order, NULL, &finding), 1);
    ck_assert_int_eq(finding.result, 42);
    ck_assert_uint_ge(finding.seed, 1);
    ck_assert_uint_ge(finding.choices, 1);
    ck_assert_uint_lt(finding.choices, finding.drawn);
    ck_assert_ptr_nonnull(strstr(log.text, "sender"));
    quay_sim_options replay = {0};
    uint64_t keep[QY_SETTINGS_KEEP_MOST];
    quay_runtime *rt;
    const char *wrong;
    ck_assert_int_eq(qy_settings_parse(finding.replay, &replay, keep, &wrong), 0);
    ck_assert_uint_eq(replay.seed, finding.seed);
    ck_assert_uint_eq(replay.keep_count, finding.choices);
    ck_assert_int_eq(quay_sim_start(&rt, &replay), 0);
    ck_assert_int_eq(expect_order(rt, NULL), 42);
    stop(rt);
}
END_TEST

START_TEST(a_value_in_the_environment_is_run_once)
{
    kept_log log = {.lines = 0};
    quay_sim_finding finding, again;
    quay_sim_options options = {.seed = 1};
    ck_assert_int_eq(quay_sim_search(&options, 5000, expect_order, NULL, &finding), 1);
    options = (quay_sim_options){.seed = 5, .faults = QUAY_SIM_KILL, .log = keep_log, .log_context = &log};
    ck_assert_int_eq(setenv("QUAY_SIM", finding.replay, 1), 0);
    runs = 0;
    ck_assert_int_eq(quay_sim_search(&options, 5000, expect_order, NULL, &again), 1);
    ck_assert_uint_eq(runs, 1);
    ck_assert_int_eq(again.result, 42);
    ck_assert_uint_eq(again.seed, finding.seed);
    ck_assert_str_eq(again.replay, finding.replay);
    ck_assert_ptr_nonnull(strstr(log.text, "sender"));
    ck_assert_int_eq(quay_sim_search(&options, 5000, expect_order, NULL, NULL), 1);
    ck_assert_int_eq(setenv("QUAY_SIM", "1,keep=", 1), 0);
    ck_assert_int_eq(quay_sim_search(&options, 5000, expect_order, NULL, &again), 0);
    ck_assert_uint_eq(runs, 3);
    ck_assert_int_eq(setenv("QUAY_SIM", "1,keep", 1), 0);
    ck_assert_int_eq(quay_sim_search(&options, 5000, expect_order, NULL, &again), -EINVAL);
    ck_assert_ptr_nonnull(strstr(log.text, "\"keep\" is not a setting"));
    ck_assert_uint_eq(runs, 3);
}
END_TEST

static int be_well(quay_runtime *rt, void *context)
{
    (void)rt, (void)context;
    runs++;
    return 0;
}

START_TEST(every_hundredth_seed_is_run_twice)
{
    runs = 0;
    ck_assert_int_eq(quay_sim_search(NULL, 201, be_well, NULL, NULL), 0);
    ck_assert_uint_eq(runs, 204);
}
END_TEST

static int depend_on_something_else(quay_runtime *rt, void *context)
{
    (void)context;
    quay_port to = spawn_at(rt, note, 0, "to", NULL);
    (void)quay_send(to, ++runs, NULL, 0);
    (void)quay_sim_run(rt);
    return 0;
}

static int be_wrong(quay_runtime *rt, void *context)
{
    (void)expect_order(rt, context);
    return -EIO;
}

START_TEST(what_is_always_wrong_needs_no_choice)
{
    quay_sim_finding finding;
    quay_sim_options options = {.seed = 5};
    runs = 0;
    ck_assert_int_eq(quay_sim_search(&options, 3, be_wrong, NULL, &finding), 1);
    ck_assert_uint_eq(finding.seed, 5);
    ck_assert_int_eq(finding.result, -EIO);
    ck_assert_uint_eq(finding.choices, 0);
    unsigned needed = runs;
    ck_assert_int_eq(quay_sim_search(&options, 3, be_wrong, NULL, NULL), 1); /* just to know that there is something */
    ck_assert_uint_eq(runs, 2 * needed);
}
END_TEST

START_TEST(a_run_that_does_not_repeat_is_told)
{
    ck_assert_int_eq(quay_sim_search(NULL, 1, depend_on_something_else, NULL, NULL), -EPROTO);
    ck_assert_str_eq(quay_strerror(-EPROTO), "EPROTO");
}
END_TEST

static int go_wrong_once(quay_runtime *rt, void *context)
{
    (void)rt, (void)context;
    return ++runs == 50 ? 7 : 0;
}

START_TEST(what_does_not_go_wrong_again_is_told)
{
    quay_sim_finding finding;
    runs = 0;
    ck_assert_int_eq(quay_sim_search(NULL, 100, go_wrong_once, NULL, &finding), -EPROTO);
}
END_TEST

/* The trace is the same, and the story says something else. */
static int change_its_mind(quay_runtime *rt, void *context)
{
    (void)rt, (void)context;
    return (int)++runs;
}

START_TEST(a_result_that_does_not_repeat_is_told)
{
    runs = 0;
    ck_assert_int_eq(quay_sim_search(NULL, 1, change_its_mind, NULL, NULL), -EPROTO);
    ck_assert_uint_eq(runs, 2);
}
END_TEST

/* ---- runs that need many of their decisions ---- */

#define HOPS 160

static unsigned needed;
static quay_port players[2];

static int hit(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    return message->tag ? quay_send(players[message->tag % 2], message->tag - 1, NULL, 0) : 0;
}

/* Wrong unless too little of the seed is left. */
static int need_many(quay_runtime *rt, void *context)
{
    (void)context;
    runs++;
    for (unsigned i = 0; i < 2; i++) players[i] = spawn_at(rt, hit, i, "player", NULL);
    (void)quay_send(players[0], HOPS, NULL, 0);
    (void)quay_sim_run(rt);
    return qy_simulation_here->deviations_count >= needed;
}

static void find(quay_sim_finding *finding)
{
    quay_sim_options options = {.seed = 1, .workers = 2, .strategy = QUAY_SIM_WALK};
    runs = 0;
    ck_assert_int_eq(quay_sim_search(&options, 1, need_many, NULL, finding), 1);
    ck_assert_uint_gt(finding->drawn, needed);
}

/* What was found is then run whole. */
static void assert_replays_whole(const quay_sim_finding *finding)
{
    quay_sim_options replay = {0};
    uint64_t keep[QY_SETTINGS_KEEP_MOST];
    quay_runtime *rt;
    const char *wrong;
    ck_assert_ptr_null(strstr(finding->replay, "keep"));
    ck_assert_int_eq(qy_settings_parse(finding->replay, &replay, keep, &wrong), 0);
    ck_assert_int_eq(quay_sim_start(&rt, &replay), 0);
    ck_assert_int_eq(need_many(rt, NULL), 1);
    ck_assert_uint_eq(qy_simulation_here->deviations_count, finding->drawn);
    stop(rt);
}

START_TEST(more_decisions_than_a_value_holds_are_replayed_whole)
{
    quay_sim_finding finding;
    needed = QY_SETTINGS_KEEP_MOST + 1;
    find(&finding);
    ck_assert_uint_eq(finding.choices, needed);
    assert_replays_whole(&finding);
    needed = QY_SETTINGS_KEEP_MOST; /* so many can be kept, and have no room in the text */
    find(&finding);
    ck_assert_uint_eq(finding.choices, needed);
    assert_replays_whole(&finding);
}
END_TEST

/* ---- without memory ---- */

static unsigned left;
static size_t live;

static void *allocate_some(void *context, size_t size, size_t align)
{
    if (!left) return NULL;
    left--;
    live += size;
    return qy_os_allocate(context, size, align);
}

static void release_some(void *context, void *memory, size_t size)
{
    live -= size;
    qy_os_release(context, memory, size);
}

static int be_wrong_at_once(quay_runtime *rt, void *context)
{
    (void)rt, (void)context;
    return 7;
}

/* In the first run, the one that checks it, those that shrink, the one that tells: it is none of the story's doing. */
START_TEST(a_search_that_finds_no_memory_says_so)
{
    int result = -ENOMEM;
    quay_sim_finding finding;
    quay_sim_options options = {.seed = 5, .workers = 1, .allocator = {allocate_some, release_some, NULL}};
    unsigned enough = 0;
    for (; result != 1; enough++) {
        left = enough;
        result = quay_sim_search(&options, 1, be_wrong_at_once, NULL, &finding);
        ck_assert_int_eq(result, result == 1 ? 1 : -ENOMEM);
        ck_assert_uint_eq(live, 0);
    }
    ck_assert_int_eq(finding.result, 7);
    ck_assert_uint_eq(finding.choices, 0);
    ck_assert_int_eq(setenv("QUAY_SIM", finding.replay, 1), 0);
    left = 0;
    ck_assert_int_eq(quay_sim_search(&options, 1, be_wrong_at_once, NULL, &finding), -ENOMEM);
    left = enough;
    ck_assert_int_eq(quay_sim_search(&options, 1, be_wrong_at_once, NULL, &finding), 1);
}
END_TEST

START_TEST(misuse_is_refused)
{
    ck_assert_int_eq(quay_sim_search(NULL, 1, NULL, NULL, NULL), -EINVAL);
    ck_assert_int_eq(quay_sim_search(&(quay_sim_options){.workers = 99}, 1, be_well, NULL, NULL), -EINVAL);
    quay_runtime *rt = simulate(1, 1, 0);
    ck_assert_int_eq(quay_sim_search(NULL, 1, be_well, NULL, NULL), -EINVAL);
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        what_goes_wrong_is_found_shrunk_and_replayed, every_hundredth_seed_is_run_twice,
        what_is_always_wrong_needs_no_choice,         a_value_in_the_environment_is_run_once,
        what_does_not_go_wrong_again_is_told,         a_run_that_does_not_repeat_is_told,
        a_result_that_does_not_repeat_is_told,        more_decisions_than_a_value_holds_are_replayed_whole,
        a_search_that_finds_no_memory_says_so,        misuse_is_refused};
    return run_tests("search", tests, COUNT_OF(tests));
}
