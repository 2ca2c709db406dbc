/* os_linux.c - the real machine behind os.h: clock, futex, threads, memory, and the ends of processes.
 *
 * Owns nothing between calls but the handler that forked children run. Read next: topology_hwloc.c. */
#define _GNU_SOURCE
#include "os/os.h"

#include "base/check.h"

#include <ck_pr.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SEC INT64_C(1000000000)
#define THREAD_NAME_BYTES 16 /* what the kernel keeps, closing NUL included */

_Static_assert(sizeof(pthread_t) <= sizeof(uintptr_t), "a thread's handle holds a pthread_t");

/* ---- clock, park and wake ---- */

static int64_t now(void)
{
    struct timespec time;
    int error = clock_gettime(CLOCK_MONOTONIC, &time);
    QY_CHECK(error == 0);
    return time.tv_sec * NS_PER_SEC + time.tv_nsec;
}

static void yield(void)
{
    (void)sched_yield(); /* cannot fail */
}

/* WAIT_BITSET and not WAIT, because its time is absolute. PRIVATE saves the kernel a look at the memory map. */
static int park(uint32_t *word, uint32_t expect, int64_t deadline)
{
    int64_t until = deadline < 0 ? 0 : deadline; /* the kernel refuses negative times; 0 is as past as any */
    struct timespec time = {.tv_sec = until / NS_PER_SEC, .tv_nsec = until % NS_PER_SEC};
    const struct timespec *limit = deadline == INT64_MAX ? NULL : &time;
    if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expect, limit, NULL, FUTEX_BITSET_MATCH_ANY) == 0) return 0;
    if (errno == ETIMEDOUT) return -ETIMEDOUT;
    QY_CHECK(errno == EAGAIN || errno == EINTR);
    return 0;
}

static void wake(uint32_t *word, int count)
{
    /* No check of the result: a woken thread may free the word between our store to it and this call. */
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count);
}

/* ---- threads ---- */

/* What a new thread needs to know; the thread frees it before it does anything else. */
typedef struct thread_start_up {
    void (*entry)(void *);
    void *argument;
    char name[THREAD_NAME_BYTES];
} thread_start_up;

static void *thread_main(void *argument)
{
    thread_start_up start_up = *(thread_start_up *)argument;
    free(argument);
    /* By the thread itself, so that the name is there when entry runs. It is short enough not to be refused. */
    (void)pthread_setname_np(pthread_self(), start_up.name);
    start_up.entry(start_up.argument);
    return NULL;
}

/* All but those that a thread's own instructions raise: blocking these would hide crashes from their handlers. */
static void asynchronous_signals(sigset_t *set)
{
    static const int synchronous[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    (void)sigfillset(set);
    for (size_t i = 0; i < sizeof synchronous / sizeof *synchronous; i++) (void)sigdelset(set, synchronous[i]);
}

/* The mask is set before the thread exists and inherited, so that no signal finds it unprotected. */
static int create_masked(pthread_t *handle, thread_start_up *start_up)
{
    sigset_t blocked;
    sigset_t before;
    asynchronous_signals(&blocked);
    (void)pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int error = pthread_create(handle, NULL, thread_main, start_up);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static int thread_start(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument)
{
    thread_start_up *start_up = malloc(sizeof *start_up);
    if (!start_up) return -ENOMEM;
    *start_up = (thread_start_up){.entry = entry, .argument = argument};
    memcpy(start_up->name, name, strnlen(name, THREAD_NAME_BYTES - 1));
    pthread_t handle;
    int error = create_masked(&handle, start_up);
    if (error) {
        free(start_up);
        return -error;
    }
    thread->handle = (uintptr_t)handle;
    return 0;
}

static void thread_join(qy_os_thread thread)
{
    int error = pthread_join((pthread_t)thread.handle, NULL);
    QY_CHECK(error == 0);
}

static void thread_detach(qy_os_thread thread)
{
    int error = pthread_detach((pthread_t)thread.handle);
    QY_CHECK(error == 0);
}

static const char *environment(const char *name)
{
    return getenv(name);
}

const qy_os qy_os_linux = {
    .now = now,
    .park = park,
    .yield = yield,
    .wake = wake,
    .thread_start = thread_start,
    .thread_join = thread_join,
    .thread_detach = thread_detach,
    .stack_make = qy_stack_make,
    .stack_free = qy_stack_free,
    .stack_watch = qy_stack_watch,
    .stack_unwatch = qy_stack_unwatch,
    .event_new = qy_os_event_new,
    .event_raise = qy_os_event_raise,
    .event_free = qy_os_event_free,
    .environment = environment,
    .concurrent = true,
};

QY_THREAD_LOCAL const qy_os *qy_os_here = &qy_os_linux;

/* ---- memory ---- */

void *qy_os_allocate(void *context, size_t size, size_t align)
{
    (void)context;
    if (align <= alignof(max_align_t)) return calloc(1, size);
    void *memory;
    if (posix_memalign(&memory, align, size)) return NULL;
    return memset(memory, 0, size);
}

void qy_os_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

/* ---- the end of a thread ---- */

static pthread_key_t exit_key;
static int exit_key_error;
static void (*exit_hook)(void *); /* atomic; always the same */

static void make_exit_key(void)
{
    exit_key_error = pthread_key_create(&exit_key, (void (*)(void *))(uintptr_t)ck_pr_load_ptr(&exit_hook));
}

int qy_os_at_thread_exit(void (*hook)(void *), void *argument)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    ck_pr_store_ptr(&exit_hook, hook);
    (void)pthread_once(&once, make_exit_key);
    return -(exit_key_error ? exit_key_error : pthread_setspecific(exit_key, argument));
}

/* ---- processes ---- */

int qy_os_at_fork(void (*child)(void))
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static void (*registered)(void);
    (void)pthread_mutex_lock(&lock);
    QY_CHECK(!registered || registered == child);
    int error = registered ? 0 : pthread_atfork(NULL, NULL, child);
    if (!error) registered = child;
    (void)pthread_mutex_unlock(&lock);
    return -error;
}

void qy_os_abandon(const char *text)
{
    qy_os_print(text);
    _exit(EXIT_FAILURE);
}

void qy_os_print(const char *text)
{
    static const char before[] = "quay: ";
    static const char after[] = "\n";
    struct iovec parts[] = {
        {.iov_base = (void *)(uintptr_t)before, .iov_len = sizeof before - 1},
        {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)},
        {.iov_base = (void *)(uintptr_t)after, .iov_len = sizeof after - 1},
    };
    ssize_t written = writev(STDERR_FILENO, parts, sizeof parts / sizeof *parts);
    (void)written; /* a process without standard error has nobody to tell */
}
