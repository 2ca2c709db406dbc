/* test_rng.c - splitmix64 against its published numbers; bounded numbers without bias. */
#include "base/rng.h"

#include "../suite.h"

START_TEST(the_sequence_is_splitmix64)
{
    static const uint64_t of_1234567[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                          UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                          UINT64_C(16408922859458223821)};
    qy_rng rng = {.state = 1234567};
    for (size_t i = 0; i < COUNT_OF(of_1234567); i++) ck_assert_uint_eq(qy_rng_next(&rng), of_1234567[i]);
}
END_TEST

START_TEST(one_seed_gives_one_sequence)
{
    qy_rng a = {.state = 42}, b = {.state = 42}, c = {.state = 43};
    unsigned differ = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t next = qy_rng_next(&a);
        ck_assert_uint_eq(next, qy_rng_next(&b));
        differ += next != qy_rng_next(&c);
    }
    ck_assert_uint_eq(differ, 100);
}
END_TEST

START_TEST(below_stays_below_and_reaches_all)
{
    qy_rng rng = {.state = 7};
    for (uint64_t bound = 1; bound <= 64; bound++) {
        uint64_t seen = 0;
        for (int i = 0; i < 2000; i++) {
            uint64_t value = qy_rng_below(&rng, bound);
            ck_assert_uint_lt(value, bound);
            seen |= UINT64_C(1) << value;
        }
        ck_assert_uint_eq(seen, bound == 64 ? UINT64_MAX : (UINT64_C(1) << bound) - 1);
    }
}
END_TEST

START_TEST(the_whole_range_is_a_bound)
{
    qy_rng rng = {.state = 1};
    uint64_t all = 0;
    for (int i = 0; i < 64; i++) all |= qy_rng_below(&rng, UINT64_MAX);
    ck_assert_uint_eq(all, UINT64_MAX);
}
END_TEST

/* Chi square over 16 buckets, 15 degrees of freedom: above 44.3 once in ten thousand seeds. The seed is fixed. */
static double chi_square(uint64_t bound, uint64_t per_bucket)
{
    enum { BUCKETS = 16, EACH = 10000 };
    qy_rng rng = {.state = 99};
    double count[BUCKETS] = {0}, sum = 0;
    for (int i = 0; i < BUCKETS * EACH; i++) count[qy_rng_below(&rng, bound) / per_bucket]++;
    for (int i = 0; i < BUCKETS; i++) sum += (count[i] - EACH) * (count[i] - EACH) / EACH;
    return sum;
}

START_TEST(small_bounds_are_uniform)
{
    ck_assert(chi_square(16, 1) < 44.3);
    ck_assert(chi_square(48, 3) < 44.3);
}
END_TEST

/* With a plain remainder, the lower half of this bound would come twice as often as the upper. */
START_TEST(a_bound_near_the_range_is_uniform)
{
    uint64_t bound = UINT64_C(3) << 62;
    ck_assert(chi_square(bound, bound / 16) < 44.3);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {the_sequence_is_splitmix64, one_seed_gives_one_sequence, below_stays_below_and_reaches_all,
                            the_whole_range_is_a_bound, small_bounds_are_uniform,    a_bound_near_the_range_is_uniform};
    return run_tests("rng", tests, COUNT_OF(tests));
}
