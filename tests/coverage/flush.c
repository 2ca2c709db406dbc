/* flush.c - a test process that ends early still leaves its counters: linked to the tests of a coverage build.
 *
 * gcov writes its counters when main returns or exit is called. Children of tests end by _exit, by an abort or by a
 * fault as well, and what they executed counts too. Owns nothing. Read next: scripts/coverage.sh. */
#define _GNU_SOURCE
#include <gcov.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Takes the place of the C library's, for calls from the test and the runtime. */
void _exit(int status)
{
    __gcov_dump();
    for (;;) (void)syscall(SYS_exit_group, status);
}

/* The default action was put back when the handler was entered. */
static void dump(int number)
{
    __gcov_dump();
    (void)raise(number);
}

__attribute__((constructor)) static void watch(void)
{
    static const int fatal[] = {SIGABRT, SIGSEGV};
    struct sigaction action = {.sa_handler = dump, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK)};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) (void)sigaction(fatal[i], &action, NULL);
}
