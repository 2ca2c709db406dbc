/* test_budget.c - what is counted, what is allowed, and who goes last. */
#include "base/budget.h"

#include <errno.h>
#include <stdlib.h>

#include "../suite.h"
#include "counted.h"

#define LIMIT ((size_t)10000)

START_TEST(it_counts_what_it_gives_out)
{
    qy_budget *budget;
    qy_memory memory = counted;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, LIMIT), 0);
    ck_assert_uint_eq(budget->used, live);
    void *some = qy_allocate(&memory, 1000, 64), *more = qy_allocate(&memory, 2000, 64);
    ck_assert_uint_eq(budget->used, live);
    qy_release(&memory, some, 1000);
    qy_release(&memory, NULL, 1000);
    ck_assert_uint_eq(budget->used, live);
    qy_release(&memory, more, 2000);
    qy_budget_end(budget);
    ck_assert_uint_eq(live, 0);
}
END_TEST

START_TEST(it_allows_what_is_within_the_limit_and_refuses_nothing)
{
    qy_budget *budget;
    qy_memory memory = counted;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, LIMIT), 0);
    size_t left = LIMIT - sizeof *budget;
    ck_assert(qy_budget_allows(budget, left));
    ck_assert(!qy_budget_allows(budget, left + 1));
    ck_assert(!qy_budget_allows(budget, SIZE_MAX));
    void *all = qy_allocate(&memory, left, 64);
    ck_assert(qy_budget_allows(budget, 0));
    ck_assert(!qy_budget_allows(budget, 1));
    void *beyond = qy_allocate(&memory, 64, 64);
    ck_assert_ptr_nonnull(beyond);
    ck_assert(!qy_budget_allows(budget, 0));
    qy_release(&memory, all, left);
    qy_release(&memory, beyond, 64);
    ck_assert(qy_budget_allows(budget, left));
    qy_budget_end(budget);
    ck_assert_uint_eq(live, 0);
}
END_TEST

START_TEST(it_lives_as_long_as_what_it_gave_out)
{
    qy_budget *budget;
    qy_memory memory = counted;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, LIMIT), 0);
    void *kept = qy_allocate(&memory, 100, 64);
    qy_budget_end(budget);
    ck_assert_uint_gt(live, 0);
    qy_release(&memory, kept, 100);
    ck_assert_uint_eq(live, 0);
}
END_TEST

START_TEST(without_memory_nothing_is_counted)
{
    qy_budget *budget;
    qy_memory memory = counted;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, LIMIT), 0);
    allowed = 0;
    ck_assert_ptr_null(qy_allocate(&memory, 100, 64));
    ck_assert_uint_eq(budget->used, live);
    allowed = UINT32_MAX;
    qy_budget_end(budget);
    ck_assert_uint_eq(live, 0);
}
END_TEST

START_TEST(it_begins_with_memory_and_a_limit_only)
{
    qy_budget *budget;
    qy_memory memory = counted;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, 0), 0);
    ck_assert_ptr_null(budget);
    allowed = 0;
    ck_assert_int_eq(qy_budget_begin(&budget, &memory, LIMIT), -ENOMEM);
    allowed = UINT32_MAX;
    ck_assert(memory.allocate == counted.allocate); /* as it was */
    qy_budget_end(NULL);
    ck_assert_uint_eq(live, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        it_counts_what_it_gives_out,
        it_allows_what_is_within_the_limit_and_refuses_nothing,
        it_lives_as_long_as_what_it_gave_out,
        without_memory_nothing_is_counted,
        it_begins_with_memory_and_a_limit_only,
    };
    return run_tests("budget", tests, COUNT_OF(tests));
}
