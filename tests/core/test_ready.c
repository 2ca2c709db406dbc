/* test_ready.c - first come, first served (Q1); who stands aside, for how long (Q2, Q3). */
#include "core/ready.h"

#include <string.h>

#include "../suite.h"

static qy_ready ready;
static qy_port ports[8];

static void add(const char *names)
{
    for (; *names; names++) qy_ready_add(&ready, &ports[*names - 'a']);
}

static void expect(const char *names)
{
    for (; *names; names++) ck_assert_ptr_eq(qy_ready_take(&ready), &ports[*names - 'a']);
}

static void expect_nobody(void)
{
    ck_assert_ptr_null(qy_ready_take(&ready));
}

/* Added by one port's first turn. */
static void add_company(const char *names)
{
    qy_port **end = ready.end;
    add(names);
    qy_ready_prefer(&ready, end);
}

START_TEST(first_come_is_first_served)
{
    qy_ready_init(&ready);
    expect_nobody();
    add("abc");
    expect("ab");
    add("a");
    expect("ca");
    expect_nobody();
}
END_TEST

START_TEST(company_goes_first_the_latest_before_the_others)
{
    qy_ready_init(&ready);
    add("ab");
    add_company("cd");
    expect("c");
    add_company("ef");
    add("g"); /* behind those it became ready with */
    expect("efgdab");
    expect_nobody();
    ck_assert_ptr_eq(ready.end, &ready.first);
}
END_TEST

START_TEST(nobody_stands_aside_for_nobody)
{
    qy_ready_init(&ready);
    add_company("ab"); /* there are no others */
    ck_assert_ptr_null(ready.aside);
    add_company("");
    ck_assert_ptr_null(ready.aside);
    add_company("c");
    ck_assert_ptr_nonnull(ready.aside);
    expect("c");
    qy_ready_step(&ready);
    ck_assert_ptr_null(ready.aside);
    add("d");
    expect("abd");
}
END_TEST

START_TEST(who_stood_aside_for_some_steps_comes_first)
{
    qy_ready_init(&ready);
    add("ab");
    add_company("c");
    ck_assert(!qy_ready_waits(&ready));
    for (unsigned i = 1; i < QY_ASIDE_STEPS; i++) {
        expect("c");
        add("c");
        qy_ready_step(&ready);
        ck_assert(qy_ready_waits(&ready));
    }
    expect("c");
    add("c");
    qy_ready_step(&ready);
    ck_assert(!qy_ready_waits(&ready));
    add("d");
    expect("abcd");
    expect_nobody();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        first_come_is_first_served,
        company_goes_first_the_latest_before_the_others,
        nobody_stands_aside_for_nobody,
        who_stood_aside_for_some_steps_comes_first,
    };
    return run_tests("ready", tests, COUNT_OF(tests));
}
