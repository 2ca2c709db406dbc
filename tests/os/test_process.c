/* test_process.c - what is an address, and the last words of a process that then ends as it would have. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "os/os.h"

START_TEST(addresses_are_told_from_numbers)
{
    static int in_data;
    int on_stack;
    void *on_heap = qy_os_allocate(NULL, 100, 16);
    ck_assert(qy_os_is_address((uintptr_t)&in_data));
    ck_assert(qy_os_is_address((uintptr_t)&on_stack));
    ck_assert(qy_os_is_address((uintptr_t)on_heap));
    ck_assert(!qy_os_is_address(0));
    ck_assert(!qy_os_is_address(UINT64_MAX));
    ck_assert(!qy_os_is_address(UINT64_C(1700000000000000000))); /* a time of day */
    qy_os_release(NULL, on_heap, 100);
}
END_TEST

/* ---- last words ---- */

static void say(const char *signal)
{
    char text[64];
    (void)snprintf(text, sizeof text, "last words at %s", signal);
    qy_os_print(text);
}

static void divide(void)
{
    (void)raise(SIGFPE);
}

static void step_into_nothing(void)
{
    *(volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
}

static void read_behind_the_end(void)
{
    FILE *empty = tmpfile();
    if (empty) *(volatile int *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(empty), 0) = 1;
}

static void give_up(void)
{
    abort();
}

/* What was there before: says so and goes on, with the address that was touched; then the process ends otherwise. */
static void earlier(int number, siginfo_t *info, void *context)
{
    (void)context;
    qy_os_print(number == SIGSEGV && info->si_code > 0 && info->si_addr ? "the earlier handler, with an address"
                                                                        : "the earlier handler");
    _exit(7);
}

static void have_one_before(int number)
{
    struct sigaction action = {.sa_sigaction = earlier, .sa_flags = SA_SIGINFO};
    (void)sigaction(number, &action, NULL);
}

/* Of a child that does it; what it said goes to `said`. */
static int status_after(int number, bool handled, void (*deed)(void), char *said, size_t size)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        (void)dup2(ends[1], STDERR_FILENO);
        (void)signal(number, SIG_DFL);
        if (handled) have_one_before(number);
        for (int i = 0; i < 2; i++) qy_os_listen(say);
        deed();
        _exit(0);
    }
    ck_assert_int_eq(close(ends[1]), 0);
    ssize_t length = 0;
    for (ssize_t got; (got = read(ends[0], said + length, size - 1 - (size_t)length)) > 0;) length += got;
    said[length] = 0;
    ck_assert_int_eq(close(ends[0]), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static const struct {
    int number;
    void (*deed)(void);
    const char *words;
} ends[] = {{SIGABRT, give_up, "quay: last words at SIGABRT\n"},
            {SIGSEGV, step_into_nothing, "quay: last words at SIGSEGV\n"},
            {SIGBUS, read_behind_the_end, "quay: last words at SIGBUS\n"},
            {SIGFPE, divide, "quay: last words at SIGFPE\n"}};

START_TEST(each_end_has_last_words_once_and_is_the_same_end)
{
    char said[1024];
    int status = status_after(ends[_i].number, false, ends[_i].deed, said, sizeof said);
    ck_assert_ptr_nonnull(strstr(said, ends[_i].words));
    ck_assert_ptr_null(strstr(strstr(said, ends[_i].words) + strlen(ends[_i].words), "last words"));
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), ends[_i].number);
}
END_TEST

START_TEST(who_handled_it_before_still_does)
{
    char said[1024], *behind;
    int status = status_after(ends[_i].number, true, ends[_i].deed, said, sizeof said);
    ck_assert_ptr_nonnull(strstr(said, ends[_i].words));
    behind = strstr(said, "the earlier handler");
    ck_assert_ptr_nonnull(behind);
    ck_assert(behind > strstr(said, ends[_i].words));
    if (ends[_i].number == SIGSEGV) ck_assert_ptr_nonnull(strstr(behind, "with an address"));
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

static void do_nothing(void)
{
}

START_TEST(a_good_end_has_none)
{
    char said[1024];
    int status = status_after(SIGABRT, false, do_nothing, said, sizeof said);
    ck_assert_str_eq(said, "");
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(a_stack_for_signals_is_seen)
{
    static char memory[64 * 1024];
    const stack_t none = {.ss_flags = SS_DISABLE}, some = {.ss_sp = memory, .ss_size = sizeof memory};
    ck_assert_int_eq(sigaltstack(&none, NULL), 0);
    ck_assert(!qy_os_has_signal_stack());
    ck_assert_int_eq(sigaltstack(&some, NULL), 0);
    ck_assert(qy_os_has_signal_stack());
    ck_assert_int_eq(sigaltstack(&none, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *tcase = tcase_create("process");
    tcase_add_test(tcase, addresses_are_told_from_numbers);
    tcase_add_loop_test(tcase, each_end_has_last_words_once_and_is_the_same_end, 0, (int)COUNT_OF(ends));
    tcase_add_loop_test(tcase, who_handled_it_before_still_does, 0, (int)COUNT_OF(ends));
    tcase_add_test(tcase, a_good_end_has_none);
    tcase_add_test(tcase, a_stack_for_signals_is_seen);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
