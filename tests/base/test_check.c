/* test_check.c - a broken check ends the process and says which. */
#include "base/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"

/* Run the check of zero in a child; returns how the child ended and what it wrote to standard error. */
static int checked_in_child(int holds, char *said, size_t size)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        QY_CHECK(holds);
        _exit(0);
    }
    (void)close(ends[1]);
    size_t length = 0;
    for (ssize_t got; length + 1 < size && (got = read(ends[0], said + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    said[length] = '\0';
    (void)close(ends[0]);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

START_TEST(a_check_that_holds_does_nothing)
{
    char said[512];
    int status = checked_in_child(1, said, sizeof said);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_broken_check_aborts_and_is_named)
{
    char said[512];
    int status = checked_in_child(0, said, sizeof said);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    ck_assert_ptr_nonnull(strstr(said, "holds"));
    ck_assert_ptr_nonnull(strstr(said, "test_check.c:"));
}
END_TEST

START_TEST(a_debug_check_is_on_in_debug_builds_only)
{
    int evaluated = 0;
    QY_DEBUG_CHECK(++evaluated);
#ifdef QY_DEBUG
    ck_assert_int_eq(evaluated, 1);
#else
    ck_assert_int_eq(evaluated, 0);
#endif
}
END_TEST

START_TEST(a_container_is_found_from_its_member)
{
    struct outer {
        char before[3];
        long member;
    } outer;
    ck_assert_ptr_eq(QY_CONTAINER_OF(&outer.member, struct outer, member), &outer);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_check_that_holds_does_nothing, a_broken_check_aborts_and_is_named,
                            a_debug_check_is_on_in_debug_builds_only, a_container_is_found_from_its_member};
    return run_tests("check", tests, COUNT_OF(tests));
}
