/* test_memory.c - every story with every one of its allocations missing in turn, and with one in a hundred at random.
 *
 * A story is simulated, so its allocations come in the same order each time: the k-th fails, for each k there is. Then
 * the story holds what holds in any case, nothing waits for ever, and all memory is given back.
 * QUAY_TEST_SEEDS is under how many seeds each story is told, QUAY_TEST_FIRST_SEED the first of them; what fails says
 * which story, seed and allocation it was. Read next: stories.h, test_sweep.c for the real machine. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

#include "counting.h"
#include "stories.h"

#define SEEDS 5

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* What is known if the story goes wrong. */
typedef struct trial {
    const story *story;
    const char *file;
    uint64_t seed;
    const char *what;
    uint64_t which;
} trial;

static void assert_well(const trial *t, bool well, const char *outcome, int64_t result)
{
    ck_assert_msg(well, "%s (%s), seed %" PRIu64 ", %s %" PRIu64 ": %s %" PRId64, t->story->name, t->file, t->seed,
                  t->what, t->which, outcome, result);
}

/* 0, or -ENOMEM: it could not even be started. */
static int tell(const trial *t, quay_allocator memory)
{
    quay_runtime *rt;
    told context = {.story = t->story, .hard = true};
    quay_sim_options options = {.seed = t->seed, .allocator = memory, .log = say_nothing, .limit = UINT64_C(1000000)};
    int error = quay_sim_start(&rt, &options);
    if (error) return error;
    int line = tell_story(rt, &context);
    error = quay_runtime_stop(rt, QUAY_FOREVER);
    assert_well(t, !line, "it is wrong in line", line);
    assert_well(t, !error, "the stop returned", error);
    return 0;
}

static trial begin(unsigned number, const char *what)
{
    trial t = {.seed = number_from("QUAY_TEST_FIRST_SEED", 1), .what = what};
    t.story = find_story(number, &t.file);
    return t;
}

/* ---- each in turn ---- */

/* False when there are not so many. */
static bool tell_without(trial *t, uint64_t k)
{
    counting_allocator memory = COUNTING_ALLOCATOR;
    counting_fail(&memory, k, k + 1);
    t->which = k;
    int error = tell(t, counting_seam(&memory));
    bool missing = counting_failures(&memory) > 0;
    assert_well(t, error == 0 || (missing && error == -ENOMEM), "the start returned", error);
    assert_well(t, counting_live(&memory) == 0, "bytes were left:", (int64_t)counting_live(&memory));
    return missing;
}

START_TEST(each_allocation_of_a_story_may_fail)
{
    trial t = begin((unsigned)_i, "without allocation");
    for (uint64_t seeds = number_from("QUAY_TEST_SEEDS", SEEDS); seeds; seeds--, t.seed++) {
        uint64_t k = 1;
        while (tell_without(&t, k)) k++;
        assert_well(&t, k > 20, "there were no more allocations than", (int64_t)k);
    }
}
END_TEST

/* ---- one in a hundred ---- */

#define THROWS 20 /* for each seed */

typedef struct dice {
    counting_allocator counting;
    quay_allocator inner;
    uint64_t state;
} dice;

static void *allocate_mostly(void *context, size_t size, size_t align)
{
    dice *d = context;
    d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (d->state >> 33) % 100 ? d->inner.allocate(d->inner.context, size, align) : NULL;
}

static void release_all(void *context, void *memory, size_t size)
{
    const dice *d = context;
    d->inner.release(d->inner.context, memory, size);
}

START_TEST(one_in_a_hundred_allocations_of_a_story_fails)
{
    trial t = begin((unsigned)_i, "throw");
    for (uint64_t seeds = number_from("QUAY_TEST_SEEDS", SEEDS); seeds; seeds--, t.seed++) {
        for (t.which = 0; t.which < THROWS; t.which++) {
            dice d = {.counting = COUNTING_ALLOCATOR, .state = t.seed * THROWS + t.which};
            d.inner = counting_seam(&d.counting);
            int error = tell(&t, (quay_allocator){allocate_mostly, release_all, &d});
            assert_well(&t, error == 0 || error == -ENOMEM, "the start returned", error);
            assert_well(&t, counting_live(&d.counting) == 0, "bytes were left:", (int64_t)counting_live(&d.counting));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    int count = 0;
    while (find_story((unsigned)count, NULL)) count++;
    tcase_add_loop_test(tcase, each_allocation_of_a_story_may_fail, 0, count);
    tcase_add_loop_test(tcase, one_in_a_hundred_allocations_of_a_story_fails, 0, count);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
