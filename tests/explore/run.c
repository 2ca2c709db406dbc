/* run.c - schedules by the thousand, and what a failure says.
 *
 *     explore                          every scenario, a few seeds each
 *     explore [SCENARIO]... -n COUNT   so many seeds, from 1 or from -f FIRST
 *     explore SCENARIO -s SEED         one schedule, a line a step; QUAY_EXPLORE=SCENARIO:SEED does the same.
 *                                      The number at its end says where: addr2line -ife PROGRAM NUMBER
 *     explore SCENARIO -m COUNT        for mutants: well if a schedule fails before COUNT are through
 *     explore -l                       the scenarios' names
 *
 * Exit status: 0 all is well, 1 a schedule failed (or, with -m, none did), 2 misuse. Read next: atomic.c. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/thread_slots.h"
#include "memory.h"
#include "os.h"
#include "schedule.h"

#define FEW 1000
#define TWICE 100       /* of so many schedules one is run twice, and the traces compared */
#define SLOTS 8         /* of threads' futures, at most, has a schedule */
#define HUNG_SECONDS 20 /* without an end of a schedule: a loop without a step */

static struct {
    const explore_scenario *scenario;
    uint64_t seed;
    const char *program;
    bool mutant;
} running;

/* ---- failures ---- */

/* Not in a handler of a signal that could have come anywhere: all that come here are this thread's own doing. */
static QY_NORETURN void report(const char *what)
{
    char options[128];
    explore_describe(options, sizeof options);
    (void)printf("%s %s: seed %llu: %s\n  (%s)\n", running.mutant ? "caught:" : "FAILED:", running.scenario->name,
                 (unsigned long long)running.seed, what, options);
    if (!running.mutant) {
        (void)printf("  to replay: %s %s -s %llu, or QUAY_EXPLORE=%s:%llu %s\n", running.program,
                     running.scenario->name, (unsigned long long)running.seed, running.scenario->name,
                     (unsigned long long)running.seed, running.program);
    }
    (void)fflush(stdout);
    _exit(running.mutant ? 0 : 1);
}

void explore_fail(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report(text);
}

static void on_signal(int number)
{
    report(number == SIGALRM ? "it hangs, without a step" : strsignal(number));
}

static void catch_signals(void)
{
    static char stack[64 * 1024];
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM};
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    (void)sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) (void)sigaction(numbers[i], &action, NULL);
}

/* ---- schedules ---- */

/* Slots of threads' futures are the process's and outlive a schedule. Those that one used, and gave back in some order,
 * are put in order, so that the next one finds them as every other does. */
static void sort_slots(void)
{
    qy_thread_future *slots[SLOTS];
    for (unsigned i = 0; i < SLOTS; i++) {
        qy_thread_future *taken = qy_thread_slot_take();
        unsigned at = i;
        for (; at > 0 && slots[at - 1] > taken; at--) slots[at] = slots[at - 1];
        slots[at] = taken;
    }
    for (unsigned i = SLOTS; i-- > 0;) qy_thread_slot_free(slots[i]);
}

static explore_result run_once(bool trace)
{
    sort_slots();
    explore_result result = explore_schedule(running.scenario, running.seed, trace);
    explore_os_check();
    return result;
}

static uint64_t run_seed(const explore_scenario *scenario, uint64_t seed)
{
    running.scenario = scenario;
    running.seed = seed;
    explore_result result = run_once(false);
    if (seed % TWICE == 0 && run_once(false).hash != result.hash) explore_fail("run twice, it went two ways");
    return result.steps;
}

/* Of a core. */
static double seconds(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run_seeds(const explore_scenario *scenario, uint64_t first, uint64_t count)
{
    double from = seconds();
    uint64_t steps = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (seed % 1024 == 1) (void)alarm(HUNG_SECONDS);
        steps += run_seed(scenario, seed);
    }
    (void)alarm(0);
    double took = seconds() - from;
    (void)printf("%-16s %8llu schedules of %4llu steps in %6.2f s: %6.0f thousand a second, %5.1f million steps\n",
                 scenario->name, (unsigned long long)count, (unsigned long long)(steps / count), took,
                 (double)count / took / 1e3, (double)steps / took / 1e6);
    (void)fflush(stdout);
}

/* ---- the command line ---- */

static const explore_scenario *find(const char *name, size_t length)
{
    for (const explore_scenario *const *s = explore_scenarios; *s; s++) {
        if (strlen((*s)->name) == length && !memcmp((*s)->name, name, length)) return *s;
    }
    (void)fprintf(stderr, "no scenario %.*s\n", (int)length, name);
    exit(2);
}

static int replay(const explore_scenario *scenario, uint64_t seed)
{
    running.scenario = scenario;
    running.seed = seed;
    explore_result result = run_once(true);
    (void)printf("%s: seed %llu is well; %llu steps, trace %016llx\n", scenario->name, (unsigned long long)seed,
                 (unsigned long long)result.steps, (unsigned long long)result.hash);
    return 0;
}

static int list(void)
{
    for (const explore_scenario *const *s = explore_scenarios; *s; s++) (void)puts((*s)->name);
    return 0;
}

int main(int count, char **arguments)
{
    uint64_t seeds = FEW, first = 1;
    bool one = false;
    running.program = arguments[0];
    catch_signals();
    explore_begin();
    const char *given = getenv("QUAY_EXPLORE");
    const char *colon = given ? strchr(given, ':') : NULL;
    if (colon) return replay(find(given, (size_t)(colon - given)), strtoull(colon + 1, NULL, 10));
    for (int option; (option = getopt(count, arguments, "ln:f:s:m:")) != -1;) {
        if (option == 'l') return list();
        if (option == '?') return 2;
        if (option == 'm') running.mutant = true;
        if (option == 's') one = true;
        *(option == 'n' || option == 'm' ? &seeds : &first) = strtoull(optarg, NULL, 10);
    }
    if (one && optind + 1 != count) return 2;
    if (one) return replay(find(arguments[optind], strlen(arguments[optind])), first);
    for (int i = optind; i < count; i++) run_seeds(find(arguments[i], strlen(arguments[i])), first, seeds);
    for (const explore_scenario *const *s = explore_scenarios; optind == count && *s; s++) run_seeds(*s, first, seeds);
    return running.mutant;
}
