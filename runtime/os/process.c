/* process.c - the process as a whole: what is memory of its, and its last words when it ends by a fault or an abort.
 *
 * The handler that was there before is put back before it is needed: a fault happens again when ours returns, and an
 * abort is raised again. So core dumps, sanitizers, the report of a stack overflow (stack.c) and the handlers of
 * test frameworks come out as ever. Ownership: the signals' earlier actions are kept here. Read next: stack.c. */
#define _GNU_SOURCE
#include <ck_pr.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "os/os.h"

/* ---- memory ---- */

bool qy_os_is_address(uint64_t word)
{
    unsigned char resident;
    int saved = errno;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    bool mapped = !mincore((void *)((uintptr_t)word & ~(page - 1)), 1, &resident);
    errno = saved;
    return mapped;
}

/* ---- last words ---- */

static struct fatal {
    int number;
    const char *name;
    struct sigaction before;
} fatal[] = {{.number = SIGABRT, .name = "SIGABRT"},
             {.number = SIGSEGV, .name = "SIGSEGV"},
             {.number = SIGBUS, .name = "SIGBUS"},
             {.number = SIGFPE, .name = "SIGFPE"},
             {.number = SIGILL, .name = "SIGILL"}};
#define FATAL (sizeof fatal / sizeof *fatal)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of who installs */
static void (*words)(const char *);                      /* atomic; always the same */

/* The kernel says so of a fault; what was sent, by abort or kill, does not come again by itself. */
static bool comes_again(const siginfo_t *info)
{
    return info->si_code > 0;
}

static void on_fatal(int number, siginfo_t *info, void *context)
{
    (void)context;
    for (size_t i = 0; i < FATAL; i++) {
        if (fatal[i].number != number) continue;
        ((void (*)(const char *))(uintptr_t)ck_pr_load_ptr(&words))(fatal[i].name);
        (void)sigaction(number, &fatal[i].before, NULL);
    }
    if (!comes_again(info)) (void)raise(number); /* when this returns */
}

static void install(struct fatal *signal)
{
    struct sigaction now, action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(signal->number, NULL, &now);
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_fatal) return;
    signal->before = now;
    (void)sigaction(signal->number, &action, NULL);
}

void qy_os_listen(void (*last_words)(const char *signal))
{
    QY_CHECK(last_words);
    ck_pr_store_ptr(&words, (void *)(uintptr_t)last_words);
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < FATAL; i++) install(&fatal[i]);
    (void)pthread_mutex_unlock(&lock);
}

bool qy_os_has_signal_stack(void)
{
    stack_t now;
    return !sigaltstack(NULL, &now) && !(now.ss_flags & SS_DISABLE);
}
