/* suite.h - main for a test of the inside: libcheck runs its tests. Owns nothing. Read next: any test. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Run the tests and return main's result. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
