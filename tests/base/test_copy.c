/* test_copy.c - every size up to some lines, at every alignment, and not a byte more. */
#include "base/copy.h"

#include "../suite.h"

#define LONGEST 80

static void try_size(size_t size, size_t shift)
{
    unsigned char from[LONGEST + 16], to[LONGEST + 16];
    for (size_t i = 0; i < sizeof from; i++) from[i] = (unsigned char)(i + 1);
    memset(to, 0, sizeof to);
    qy_copy(to + shift, from + 1, size);
    ck_assert_mem_eq(to + shift, from + 1, size);
    for (size_t i = 0; i < shift; i++) ck_assert_uint_eq(to[i], 0);
    for (size_t i = shift + size; i < sizeof to; i++) ck_assert_uint_eq(to[i], 0);
}

START_TEST(every_size_is_copied_whole)
{
    for (size_t size = 0; size <= LONGEST; size++) {
        for (size_t shift = 0; shift < 8; shift++) try_size(size, shift);
    }
}
END_TEST

START_TEST(nothing_may_be_copied_from_nowhere)
{
    unsigned char to = 7;
    qy_copy(&to, &to, 0);
    ck_assert_uint_eq(to, 7);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_size_is_copied_whole, nothing_may_be_copied_from_nowhere};
    return run_tests("copy", tests, COUNT_OF(tests));
}
