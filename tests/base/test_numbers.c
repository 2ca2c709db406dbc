/* test_numbers.c - what was put is found, whatever else is there. */
#include "base/numbers.h"

#include <stdlib.h>

#include "../suite.h"
#include "counted.h"

START_TEST(without_any_none_is_found)
{
    qy_numbers numbers;
    qy_numbers_init(&numbers, &counted);
    ck_assert_ptr_null(qy_numbers_find(&numbers, 1));
    qy_numbers_free(&numbers);
}
END_TEST

START_TEST(values_are_found_and_replaced)
{
    qy_numbers numbers;
    qy_numbers_init(&numbers, &counted);
    for (uint64_t key = 1; key <= 10000; key++) ck_assert(qy_numbers_put(&numbers, key << 20, key));
    for (uint64_t key = 1; key <= 10000; key += 2) ck_assert(qy_numbers_put(&numbers, key << 20, 0));
    ck_assert_uint_eq(numbers.count, 10000);
    for (uint64_t key = 1; key <= 10000; key++) {
        ck_assert_uint_eq(*qy_numbers_find(&numbers, key << 20), key % 2 ? 0 : key);
        ck_assert_ptr_null(qy_numbers_find(&numbers, (key << 20) + 1));
    }
    ck_assert_ptr_null(qy_numbers_find(&numbers, 0));
    qy_numbers_free(&numbers);
    ck_assert_ptr_null(qy_numbers_find(&numbers, UINT64_C(1) << 20));
}
END_TEST

START_TEST(without_memory_it_keeps_what_it_has)
{
    qy_numbers numbers;
    uint64_t key = 0;
    qy_numbers_init(&numbers, &counted);
    ck_assert(qy_numbers_put(&numbers, ++key, 7));
    allowed = 0;
    while (qy_numbers_put(&numbers, ++key, 7)) ck_assert_uint_lt(key, 1000);
    allowed = UINT32_MAX;
    ck_assert_ptr_null(qy_numbers_find(&numbers, key));
    ck_assert(qy_numbers_put(&numbers, key, 7));
    while (key) ck_assert_uint_eq(*qy_numbers_find(&numbers, key--), 7);
    qy_numbers_free(&numbers);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {without_any_none_is_found, values_are_found_and_replaced,
                            without_memory_it_keeps_what_it_has};
    return run_tests("numbers", tests, COUNT_OF(tests));
}
