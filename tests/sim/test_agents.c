/* test_agents.c - agents that take turns, sleep, wake each other, and end. */
#include "support.h"

#include <string.h>

static void run_two(uint64_t seed, uint64_t *hash)
{
    qy_simulation *sim = begin(seed);
    said = 0;
    qy_agent *a = qy_agent_new(sim, say_three_times, "a");
    qy_agent *b = qy_agent_new(sim, say_three_times, "b");
    ck_assert(a && b);
    qy_agent_join(sim, a);
    qy_agent_join(sim, b);
    order[said] = 0;
    *hash = sim->trace.hash;
    qy_simulation_end(sim);
}

START_TEST(turns_are_drawn_from_the_seed)
{
    unsigned different = 0;
    char first[64] = "";
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint64_t hash[2];
        char before[64];
        run_two(seed, &hash[0]);
        strcpy(before, order);
        ck_assert_uint_eq(said, 6);
        run_two(seed, &hash[1]);
        ck_assert_str_eq(order, before);
        ck_assert_uint_eq(hash[0], hash[1]);
        different += strcmp(first, order) != 0;
        strcpy(first, order);
    }
    ck_assert_uint_gt(different, 5);
}
END_TEST

static uint32_t word;
static int results[3];

static void wait_for_word(void *index)
{
    results[*(int *)index] = qy_agent_sleep(qy_simulation_here, &word, QUAY_FOREVER) + 1;
}

START_TEST(a_wake_wakes_no_more_than_count)
{
    qy_simulation *sim = begin(1);
    static int index[3] = {0, 1, 2};
    qy_agent *agents[3];
    memset(results, 0, sizeof results);
    for (int i = 0; i < 3; i++) ck_assert_ptr_nonnull(agents[i] = qy_agent_new(sim, wait_for_word, &index[i]));
    ck_assert_int_eq(qy_agent_sleep(sim, NULL, QUAY_FOREVER), 0);
    qy_agent_wake(sim, &said, 3);
    qy_agent_wake(sim, &word, 2);
    ck_assert_int_eq(qy_agent_sleep(sim, NULL, QUAY_FOREVER), 0);
    ck_assert_int_eq(results[0] + results[1] + results[2], 2);
    qy_agent_wake(sim, &word, 5);
    for (int i = 0; i < 3; i++) qy_agent_join(sim, agents[i]);
    ck_assert_int_eq(results[0] + results[1] + results[2], 3);
    qy_simulation_end(sim);
}
END_TEST

START_TEST(there_are_only_so_many_agents)
{
    qy_simulation *sim = begin(3);
    qy_agent *agents[QY_SIM_AGENTS];
    unsigned count = 0;
    while ((agents[count] = qy_agent_new(sim, say_three_times, "x"))) {
        said = 0;
        count++;
    }
    ck_assert_uint_eq(count, QUAY_SIM_WORKERS_MAX);
    for (unsigned i = 0; i < count; i++) {
        said = 0;
        qy_agent_join(sim, agents[i]);
    }
    qy_simulation_end(sim);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {turns_are_drawn_from_the_seed, a_wake_wakes_no_more_than_count,
                            there_are_only_so_many_agents};
    return run_tests("agents", tests, COUNT_OF(tests));
}
