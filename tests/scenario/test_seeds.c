/* test_seeds.c - every story under many seeds, without faults and with all of them.
 *
 * QUAY_TEST_SEEDS is how many seeds each story is run under, QUAY_TEST_FIRST_SEED the first of them. A seed that fails
 * is told, with what repeats it: QUAY_TEST_STORY=n runs that story alone, QUAY_SIM=... once, under that value.
 * QUAY_TEST_HASHES=1 prints what some seeds come to, for hashes.sh. Read next: stories.h. */
#include "stories.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void search(unsigned number, unsigned faults)
{
    const char *file;
    told t = {.story = find_story(number, &file), .hard = faults};
    quay_sim_options options = {
        .seed = number_from("QUAY_TEST_FIRST_SEED", 1), .faults = faults, .limit = UINT64_C(1000000)};
    quay_sim_finding finding;
    int result = quay_sim_search(&options, number_from("QUAY_TEST_SEEDS", 100), tell_story, &t, &finding);
    ck_assert_msg(
        result <= 0, "%s: %s:%d is wrong under seed %" PRIu64 " (%u choices of %u): QUAY_TEST_STORY=%u QUAY_SIM=%s",
        t.story->name, file, finding.result, finding.seed, finding.choices, finding.drawn, number, finding.replay);
    ck_assert_msg(!result, "%s: %s", t.story->name, quay_strerror(result));
}

START_TEST(holds_under_any_schedule)
{
    search((unsigned)_i, 0);
}
END_TEST

START_TEST(holds_under_any_schedule_when_things_go_wrong)
{
    search((unsigned)_i, QUAY_SIM_ALL_FAULTS);
}
END_TEST

/* A line for each story: what 50 seeds come to, with and without faults. Two builds that print the same do the same. */
static uint64_t hash_story(unsigned number)
{
    uint64_t sum = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        quay_runtime *rt;
        told t = {.story = find_story(number, NULL), .hard = seed % 2};
        quay_sim_options options = {.seed = seed, .faults = t.hard ? QUAY_SIM_ALL_FAULTS : 0, .log = say_nothing};
        if (quay_sim_start(&rt, &options)) return 0;
        (void)tell_story(rt, &t);
        sum = sum * 31 + quay_sim_hash(rt);
        if (quay_runtime_stop(rt, QUAY_FOREVER)) return 0;
    }
    return sum;
}

static int print_hashes(void)
{
    const story *s;
    for (unsigned i = 0; (s = find_story(i, NULL)); i++) printf("%016" PRIx64 " %s\n", hash_story(i), s->name);
    return 0;
}

int main(void)
{
    if (getenv("QUAY_TEST_HASHES")) return print_hashes();
    Suite *suite = suite_create("seeds");
    TCase *tcase = tcase_create("seeds");
    unsigned first = (unsigned)number_from("QUAY_TEST_STORY", 0);
    unsigned last = getenv("QUAY_TEST_STORY") ? first + 1 : 0;
    while (!getenv("QUAY_TEST_STORY") && find_story(last, NULL)) last++;
    const char *replay = getenv("QUAY_SIM");
    if (!replay || !strstr(replay, "faults=")) {
        tcase_add_loop_test(tcase, holds_under_any_schedule, (int)first, (int)last);
    }
    if (!replay || strstr(replay, "faults=")) {
        tcase_add_loop_test(tcase, holds_under_any_schedule_when_things_go_wrong, (int)first, (int)last);
    }
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
