/* test_error.c - every error code has a name, a sentence and a remedy. */
#include "support.h"

static const struct {
    int error;
    const char *name;
} known[] = {
    {EAGAIN, "EAGAIN"},     {EPIPE, "EPIPE"},   {ETIMEDOUT, "ETIMEDOUT"},   {ECANCELED, "ECANCELED"},
    {EDEADLK, "EDEADLK"},   {ENOMSG, "ENOMSG"}, {EOWNERDEAD, "EOWNERDEAD"}, {EMSGSIZE, "EMSGSIZE"},
    {EBADMSG, "EBADMSG"},   {ENOMEM, "ENOMEM"}, {EINVAL, "EINVAL"},         {EPERM, "EPERM"},
    {EALREADY, "EALREADY"},
};

START_TEST(errors_have_names)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) ck_assert_str_eq(quay_strerror(-known[i].error), known[i].name);
    ck_assert_str_eq(quay_strerror(0), "ok");
    ck_assert_str_eq(quay_strerror(-123456), "unknown");
    ck_assert_str_eq(quay_strerror(INT32_MIN), "unknown");
}
END_TEST

START_TEST(errors_are_explained)
{
    const char *general = quay_explain(-123456);
    ck_assert_ptr_nonnull(general);
    ck_assert_uint_gt(strlen(general), 0);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const char *text = quay_explain(-known[i].error);
        ck_assert_ptr_nonnull(text);
        ck_assert_str_ne(text, general);
        const char *end = strchr(text, '.'); /* what happened, and what to do */
        ck_assert_msg(end && strchr(end + 1, '.'), "%s: %s", known[i].name, text);
        for (size_t j = 0; j < i; j++) ck_assert_str_ne(text, quay_explain(-known[j].error));
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {errors_have_names, errors_are_explained};
    return run_tests("error", tests, COUNT_OF(tests));
}
