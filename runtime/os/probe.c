/* probe.c - looking into another thread: what it has used of a processor, whether it sleeps, and where it is.
 *
 * To see where a thread is, a signal has it run `look`, which may take a backtrace. The signal is a real-time one that
 * nobody handles when the first runtime starts; should somebody install a handler for it later, probes are refused from
 * then on. Threads have it blocked unless they allowed it.
 *
 * Nothing here allocates or locks in the signal handler: backtrace() loads what it needs when it is first called, which
 * is done ahead (prime), and then finds frames without a lock (glibc 2.35 and later).
 * Ownership: the signal is the process's, for good. Read next: watch/watchdog.c. */
#define _GNU_SOURCE
#include <ck_pr.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/check.h"
#include "os/os.h"
#include "os/valgrind.h"

static struct {
    pthread_once_t once;
    int signal;                      /* 0: none was free */
    void (*look)(const void *place); /* atomic; always the same */
} probe = {.once = PTHREAD_ONCE_INIT};

/* ---- the signal ---- */

static void on_probe(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    int saved = errno;
    void (*look)(const void *) = (void (*)(const void *))(uintptr_t)ck_pr_load_ptr(&probe.look);
    look(context);
    errno = saved;
}

static bool is_ours(int number)
{
    struct sigaction action;
    return number && !sigaction(number, NULL, &action) && (action.sa_flags & SA_SIGINFO) &&
           action.sa_sigaction == on_probe;
}

static bool is_free(int number)
{
    struct sigaction action;
    return !sigaction(number, NULL, &action) && !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL;
}

/* An emulator keeps some for itself: these are not blocked, nor sent. */
static bool can_be_blocked(int number)
{
    sigset_t one, before, meanwhile;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, number);
    (void)pthread_sigmask(SIG_BLOCK, &one, &before);
    (void)pthread_sigmask(SIG_SETMASK, &before, &meanwhile);
    return sigismember(&meanwhile, number) == 1;
}

static void prime(void)
{
    void *frame;
    (void)backtrace(&frame, 1);
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_probe, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    (void)sigfillset(&action.sa_mask);
    int number = SIGRTMAX;
    while (number >= SIGRTMIN && !(is_free(number) && can_be_blocked(number))) number--;
    if (number < SIGRTMIN || RUNNING_ON_VALGRIND) return; /* Callgrind crashes at a signal on a stack it did not make */
    prime();
    if (!sigaction(number, &action, NULL)) probe.signal = number;
}

int qy_os_probe_init(void (*look)(const void *place))
{
    QY_CHECK(look);
    ck_pr_store_ptr(&probe.look, (void *)(uintptr_t)look);
    (void)pthread_once(&probe.once, install);
    return probe.signal ? 0 : -EAGAIN;
}

void qy_os_probe_allow(qy_os_target *self)
{
    *self = (qy_os_target){.handle = (uintptr_t)pthread_self(), .number = (int)syscall(SYS_gettid)};
    if (!probe.signal) return;
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, probe.signal);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool qy_os_probe(const qy_os_target *target)
{
    return is_ours(probe.signal) && syscall(SYS_tgkill, getpid(), target->number, probe.signal) == 0;
}

/* ---- what is known of a thread without asking it ---- */

int64_t qy_os_busy_time(const qy_os_target *target)
{
    clockid_t clock;
    struct timespec time;
    if (pthread_getcpuclockid((pthread_t)target->handle, &clock) || clock_gettime(clock, &time)) return -1;
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The state is the letter behind the name, which is in brackets and may hold any character. */
bool qy_os_sleeps(const qy_os_target *target)
{
    char text[128];
    (void)snprintf(text, sizeof text, "/proc/self/task/%d/stat", target->number);
    int file = open(text, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0) (void)close(file);
    text[length > 0 ? length : 0] = 0;
    const char *name_end = strrchr(text, ')');
    return !name_end || strncmp(name_end, ") R", 3) != 0;
}

/* ---- where a thread is ---- */

static const void *interrupted_at(const void *place)
{
    const ucontext_t *context = place;
#if defined(__x86_64__)
    return (const void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (const void *)context->uc_mcontext.pc;
#else
    (void)context;
    return NULL;
#endif
}

/* The innermost frames are the signal handler's; what was interrupted begins at its own program counter. */
unsigned qy_os_backtrace(const void *place, void **frames, unsigned most)
{
    void *all[QY_OS_FRAMES + 8];
    unsigned count = (unsigned)backtrace(all, sizeof all / sizeof *all);
    unsigned first = 0;
    while (first < count && all[first] != interrupted_at(place)) first++;
    if (first == count) first = 0;
    unsigned kept = count - first < most ? count - first : most;
    memcpy(frames, all + first, kept * sizeof *frames);
    return kept;
}

void qy_os_name_frames(void *const *frames, unsigned count, qy_os_each_frame *each, void *context)
{
    char **names = backtrace_symbols(frames, (int)count);
    for (unsigned i = 0; i < count; i++) each(context, i, names ? names[i] : "(no memory for names)");
    free(names);
}
