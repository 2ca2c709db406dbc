/* test_strategy.c - choices that a seed repeats, that are fair, and that find orders of events. */
#include "sim/strategy.h"

#include "../suite.h"

static const unsigned three[] = {0, 1, 2};

START_TEST(one_seed_makes_the_same_choices)
{
    for (int kind = QY_STRATEGY_WALK; kind <= QY_STRATEGY_PCT; kind++) {
        qy_strategy a, b;
        qy_strategy_init(&a, (qy_strategy_kind)kind, 5, 4, 100);
        qy_strategy_init(&b, (qy_strategy_kind)kind, 5, 4, 100);
        for (int i = 0; i < 200; i++) {
            ck_assert_uint_eq(qy_strategy_choose(&a, three, 3), qy_strategy_choose(&b, three, 3));
        }
    }
}
END_TEST

START_TEST(a_walk_gives_all_the_same_chance)
{
    qy_strategy walk;
    unsigned chosen[3] = {0};
    qy_strategy_init(&walk, QY_STRATEGY_WALK, 1, 0, 0);
    for (int i = 0; i < 30000; i++) chosen[qy_strategy_choose(&walk, three, 3)]++;
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_gt(chosen[i], 9000);
        ck_assert_uint_lt(chosen[i], 11000);
    }
}
END_TEST

/* With depth 1 there are no changes: one goes on as long as it can, and all six orders of three come up. */
START_TEST(pct_of_depth_one_is_an_order_of_agents)
{
    unsigned seen = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        qy_strategy pct;
        qy_strategy_init(&pct, QY_STRATEGY_PCT, seed, 1, 10);
        unsigned first = qy_strategy_choose(&pct, three, 3);
        for (int i = 0; i < 20; i++) ck_assert_uint_eq(qy_strategy_choose(&pct, three, 3), first);
        unsigned rest[2] = {(first + 1) % 3, (first + 2) % 3};
        seen |= 1u << (first * 3 + qy_strategy_choose(&pct, rest, 2));
    }
    ck_assert_int_eq(__builtin_popcount(seen), 6);
}
END_TEST

START_TEST(pct_changes_no_more_often_than_its_depth)
{
    for (unsigned depth = 2; depth <= QY_STRATEGY_DEPTH_MOST; depth++) {
        unsigned most = 0;
        for (uint64_t seed = 0; seed < 300; seed++) {
            qy_strategy pct;
            unsigned changes = 0, last = 3;
            qy_strategy_init(&pct, QY_STRATEGY_PCT, seed, depth, 50);
            for (int i = 0; i < 100; i++) {
                unsigned now = qy_strategy_choose(&pct, three, 3);
                changes += last != 3 && now != last;
                last = now;
            }
            ck_assert_uint_lt(changes, depth);
            if (changes > most) most = changes;
        }
        ck_assert_uint_ge(most, depth - 2); /* two changes may fall on one step */
    }
}
END_TEST

START_TEST(who_yields_goes_last)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        qy_strategy pct;
        qy_strategy_init(&pct, QY_STRATEGY_PCT, seed, 1, 10);
        unsigned first = qy_strategy_choose(&pct, three, 3);
        qy_strategy_yield(&pct, first);
        unsigned second = qy_strategy_choose(&pct, three, 3);
        ck_assert_uint_ne(second, first);
        qy_strategy_yield(&pct, second);
        unsigned third = qy_strategy_choose(&pct, three, 3);
        ck_assert_uint_eq(first + second + third, 3);
        qy_strategy_yield(&pct, third);
        ck_assert_uint_eq(qy_strategy_choose(&pct, three, 3), first);
    }
}
END_TEST

/* All 20 steps of agent 1 between two certain steps of agent 0: a walk needs luck at every one of them, PCT twice. */
static bool comes_between(qy_strategy_kind kind, uint64_t seed)
{
    qy_strategy s;
    unsigned steps[2] = {0};
    qy_strategy_init(&s, kind, seed, 2, 40);
    while (steps[0] < 20 && steps[1] < 20) {
        unsigned next = qy_strategy_choose(&s, three, 2);
        if (next == 1 && steps[0] != 10) return false;
        steps[next]++;
    }
    return steps[0] == 10;
}

START_TEST(pct_finds_what_a_walk_does_not)
{
    unsigned found[2] = {0};
    for (uint64_t seed = 0; seed < 2000; seed++) {
        found[QY_STRATEGY_WALK] += comes_between(QY_STRATEGY_WALK, seed);
        found[QY_STRATEGY_PCT] += comes_between(QY_STRATEGY_PCT, seed);
    }
    ck_assert_uint_eq(found[QY_STRATEGY_WALK], 0);
    ck_assert_uint_gt(found[QY_STRATEGY_PCT], 2000 / (2 * 40) / 2);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {one_seed_makes_the_same_choices,
                            a_walk_gives_all_the_same_chance,
                            pct_of_depth_one_is_an_order_of_agents,
                            pct_changes_no_more_often_than_its_depth,
                            who_yields_goes_last,
                            pct_finds_what_a_walk_does_not};
    return run_tests("strategy", tests, COUNT_OF(tests));
}
