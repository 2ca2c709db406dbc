/* test_sweep.c - the real runtime when the system says no: every allocation in turn, every system call that may fail,
 * signals all the time, forks in between, fewer cores than there were.
 *
 * A life is a whole program: start, ports that call, sleep and die on two workers, stop. Whatever fails, a life says so
 * by an error, waits for nothing for ever, and gives everything back. System calls fail by functions of this program
 * that stand before the C library's; sanitizers do the same, so those tests are not for them. Read next: counting.h. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counting.h"
#include "support.h"

/* ---- a life ---- */

#define SOON quay_in(QUAY_MS(200)) /* for answers that memory may have failed for */

static int serve(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    switch (message->tag) {
    case 0:
        return quay_reply(self, message->data, message->size);
    case 1: {
        int error = quay_sleep(self, QUAY_US(50));
        return error ? error : quay_reply(self, NULL, 0);
    }
    case 2: {
        const quay_port *next = QUAY_PAYLOAD(message, quay_port);
        return next ? quay_call(*next, 0, NULL, 0, NULL, 0, SOON) : -EBADMSG;
    }
    default:
        quay_exit(self, 0);
        return 0;
    }
}

static void use(quay_runtime *rt, quay_port a, quay_port b)
{
    char out[8], large[6000] = "";
    quay_timer timer;
    quay_future *f[3] = {quay_ask(a, 0, "seven", 6, SOON), quay_ask(b, 1, NULL, 0, SOON),
                         quay_ask(a, 2, &b, sizeof b, SOON)};
    int got = quay_await(f[0], out, sizeof out);
    ck_assert(got < 0 || (got == 6 && !strcmp(out, "seven")));
    if (quay_then(f[1], a, 1) < 0) (void)quay_await_until(f[1], NULL, 0, SOON);
    (void)quay_await_all(f, 3, SOON);
    for (int i = 0; i < 3; i++) quay_drop(f[i]);
    (void)quay_send(b, 0, large, sizeof large);
    (void)quay_send_after(a, 3, NULL, 0, quay_in(QUAY_US(20)), &timer);
    int fd = quay_future_fd(f[0] = quay_ask(b, 0, NULL, 0, SOON));
    ck_assert(fd >= 0 || fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE);
    quay_drop(f[0]);
    (void)quay_kill(b, -EINTR);
    (void)quay_join(b, SOON, NULL);
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_stats(rt, &stats), 0);
}

/* Returns what the start did. */
static int live(const quay_runtime_options *options)
{
    quay_runtime *rt;
    quay_port a = QUAY_NOBODY, b = QUAY_NOBODY;
    int error = quay_runtime_start(&rt, options);
    if (error) return error;
    ck_assert_uint_le(quay_runtime_workers(rt), QUAY_WORKERS_MAX); /* 0 if even this thread has no memory */
    error = quay_spawn(rt, &a, serve, &(quay_port_options){.name = "a", .place = QUAY_SPREAD});
    if (!error) error = quay_spawn(rt, &b, serve, &(quay_port_options){.place = QUAY_SPREAD, .state_size = 9000});
    ck_assert(!error || error == -ENOMEM || error == -EAGAIN);
    use(rt, a, b);
    error = quay_runtime_stop(rt, quay_in(QUAY_SEC(20)));
    ck_assert_msg(!error, "the stop: %s", quay_strerror(error));
    return 0;
}

/* ---- memory ---- */

static void live_starved(uint64_t from, uint64_t until, uint64_t *failures)
{
    counting_allocator memory = COUNTING_ALLOCATOR;
    quay_runtime_options options = runtime_options(2);
    options.allocator = counting_seam(&memory);
    counting_fail(&memory, from, until);
    int error = live(&options);
    ck_assert(error == 0 || error == -ENOMEM);
    ck_assert_uint_eq(counting_live(&memory), 0);
    *failures = counting_failures(&memory);
}

START_TEST(each_allocation_may_fail)
{
    uint64_t failures = 1, k = 0;
    while (failures) live_starved(k + 1, k + 2, &failures), k++;
    ck_assert_uint_gt(k, 20);
    for (uint64_t from = 1; from < k; from++) live_starved(from, UINT64_MAX, &failures);
}
END_TEST

typedef struct dice {
    uint32_t state;
    atomic_long live;
} dice;

/* One in a hundred, by a generator that several threads may disturb. */
static void *allocate_mostly(void *context, size_t size, size_t align)
{
    dice *d = context;
    uint32_t drawn = __atomic_add_fetch(&d->state, 0x9e3779b9u, __ATOMIC_RELAXED) * 0x85ebca6bu;
    if ((drawn >> 16) % 100 == 0) return NULL;
    void *memory = aligned_alloc(align, (size + align - 1) / align * align);
    if (memory) atomic_fetch_add(&d->live, (long)size);
    return memory;
}

static void release_counted(void *context, void *memory, size_t size)
{
    atomic_fetch_sub(&((dice *)context)->live, (long)size);
    free(memory);
}

START_TEST(one_in_a_hundred_allocations_fails)
{
    for (uint32_t seed = 0; seed < (uint32_t)REPEAT(200); seed++) {
        dice d = {.state = seed * 7919};
        quay_runtime_options options = runtime_options(2);
        options.allocator = (quay_allocator){allocate_mostly, release_counted, &d};
        int error = live(&options);
        ck_assert(error == 0 || error == -ENOMEM);
        ck_assert_int_eq(atomic_load(&d.live), 0);
    }
}
END_TEST

/* ---- system calls ---- */

#if !SANITIZED

enum { FUTEX, MMAP, MPROTECT, MADVISE, EVENTFD, THREAD, AFFINITY, MEMORY, CALLS };

static struct {
    atomic_long called;
    long first, last; /* of these calls fail, counted from 1 */
    int error;
} calls[CALLS];

static bool fails(int which)
{
    long number = atomic_fetch_add(&calls[which].called, 1) + 1;
    return number >= calls[which].first && number <= calls[which].last;
}

/* The C library's function of the name. */
#define REAL(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name, bugprone-macro-parentheses): the system's names are
// reserved, and a list of arguments is no expression.
long syscall(long number, ...)
{
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_futex && (a[1] & 0x7f) != 1 /* a wake cannot fail */ && fails(FUTEX)) {
        errno = calls[FUTEX].error;
        return -1;
    }
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define STAND_BEFORE(which, failed, type, name, parameters, arguments)                                                 \
    type name parameters                                                                                               \
    {                                                                                                                  \
        if (!fails(which)) return REAL(name) arguments;                                                                \
        errno = calls[which].error;                                                                                    \
        return failed;                                                                                                 \
    }

int eventfd(unsigned count, int flags);
STAND_BEFORE(MMAP, MAP_FAILED, void *, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t offset),
             (at, size, prot, flags, fd, offset))
STAND_BEFORE(MPROTECT, -1, int, mprotect, (void *at, size_t size, int prot), (at, size, prot))
STAND_BEFORE(MADVISE, -1, int, madvise, (void *at, size_t size, int advice), (at, size, advice))
STAND_BEFORE(EVENTFD, -1, int, eventfd, (unsigned count, int flags), (count, flags))
STAND_BEFORE(AFFINITY, -1, int, sched_setaffinity, (pid_t pid, size_t size, const cpu_set_t *set), (pid, size, set))
STAND_BEFORE(MEMORY, calls[MEMORY].error, int, posix_memalign, (void **memory, size_t align, size_t size),
             (memory, align, size))
STAND_BEFORE(THREAD, calls[THREAD].error, int, pthread_create,
             (pthread_t * thread, const pthread_attr_t *attributes, void *(*entry)(void *), void *argument),
             (thread, attributes, entry, argument))
// NOLINTEND(readability-inconsistent-declaration-parameter-name, bugprone-macro-parentheses)

/* Returns what the start did. */
static int live_refused(int which, int error, long first, long last, const quay_runtime_options *options)
{
    atomic_store(&calls[which].called, 0);
    calls[which].first = first;
    calls[which].last = last;
    calls[which].error = error;
    int started = live(options);
    calls[which].last = 0;
    return started;
}

/* Each of the calls in turn, and then all from one on. */
static void refuse_each(int which, int error, int expected)
{
    quay_runtime_options options = runtime_options(2);
    long most = 0;
    int started = 0;
    for (long k = 1; k <= 40; k++) {
        started = live_refused(which, error, k, k, &options);
        ck_assert_msg(!started || started == expected, "the start: %s", quay_strerror(started));
        most = atomic_load(&calls[which].called) > most ? atomic_load(&calls[which].called) : most;
    }
    ck_assert(most > 0 || which == MADVISE); /* a kernel without guards by advice (before 6.13) is asked once */
    started = live_refused(which, error, 1, which == FUTEX ? 1000 : LONG_MAX, &options);
    ck_assert_msg(!started || started == expected, "the start: %s", quay_strerror(started));
}

START_TEST(a_futex_may_be_interrupted_and_changed)
{
    refuse_each(FUTEX, EINTR, 0);
    refuse_each(FUTEX, EAGAIN, 0);
}
END_TEST

START_TEST(stacks_and_guards_may_not_be_had)
{
    refuse_each(MMAP, ENOMEM, -ENOMEM);
    refuse_each(MADVISE, EINVAL, 0);
    calls[MADVISE] = (__typeof__(*calls)){.first = 1, .last = LONG_MAX, .error = EINVAL};
    refuse_each(MPROTECT, ENOMEM, -EAGAIN);
    calls[MADVISE].last = 0;
}
END_TEST

static void live_without(long k)
{
    counting_allocator memory = COUNTING_ALLOCATOR;
    quay_runtime_options options = runtime_options(2);
    options.allocator = counting_seam(&memory);
    int error = live_refused(MEMORY, ENOMEM, k, k, &options);
    ck_assert_msg(!error || error == -ENOMEM, "the start: %s", quay_strerror(error));
    ck_assert_uint_eq(counting_live(&memory), 0);
}

/* What belongs to no runtime, but to a thread or to all futures of threads, is had once: each time by a new process. */
START_TEST(memory_of_the_process_may_not_be_had)
{
    for (long k = 1; k <= 10; k++) {
        int status;
        pid_t child = fork();
        if (!child) {
            live_without(k);
            _exit(0);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}
END_TEST

/* ---- the simulator's own ---- */

/* More ports, and more decisions, than there is room for at first. */
static void crowd(quay_runtime *rt)
{
    quay_port port;
    for (uint32_t i = 0; i < 70; i++) {
        if (!quay_spawn(rt, &port, serve, &(quay_port_options){.place = QUAY_SPREAD})) {
            (void)quay_send(port, i % 2, NULL, 0);
        }
    }
    (void)quay_sim_run(rt);
}

/* 0; 1: the start has another error than those of memory and of threads; 2: there were not so many allocations. */
static int simulate_without(long k, const uint64_t *keep)
{
    quay_runtime *rt;
    quay_sim_options options = {.seed = 1, .workers = 2, .keep = keep, .keep_count = keep ? 2 : 0};
    calls[MEMORY] = (__typeof__(*calls)){.first = k, .last = k, .error = ENOMEM};
    int error = quay_sim_start(&rt, &options);
    if (error) return error != -ENOMEM && error != -EAGAIN;
    crowd(rt);
    if (quay_runtime_stop(rt, QUAY_FOREVER)) return 1;
    return atomic_load(&calls[MEMORY].called) < k ? 2 : 0;
}

/* How a process of its own ends, and what it says. */
static int status_of_simulation(long k, const uint64_t *keep, char *said, size_t size)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        (void)dup2(ends[1], STDERR_FILENO);
        _exit(simulate_without(k, keep));
    }
    ck_assert_int_eq(close(ends[1]), 0);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], said + length, size - 1 - length)) > 0;) length += (size_t)got;
    said[length] = 0;
    ck_assert_int_eq(close(ends[0]), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static long sweep_simulation(const uint64_t *keep)
{
    char said[16384];
    for (long k = 1;; k++) {
        int status = status_of_simulation(k, keep, said, sizeof said);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 2) return k;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "allocation %ld: status %d", k, status);
        ck_assert_msg(strstr(said, "there is no memory for the simulator itself") != NULL, "it said: %s", said);
    }
}

/* It starts, or says that it has no memory; what it cannot go on without later ends the run with a sentence. */
START_TEST(memory_of_the_simulator_may_not_be_had)
{
    ck_assert_int_gt(sweep_simulation(NULL), 40);
    ck_assert_int_gt(sweep_simulation((const uint64_t[]){3, 5}), 40);
}
END_TEST

/* ---- large results ---- */

/* calloc's memory is the system's if it is large. */
START_TEST(a_large_answer_to_a_thread_may_not_be_had)
{
    static const char large[4 << 20];
    struct rlimit limit, none = {0};
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &f), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    none.rlim_max = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
    void *volatile more = malloc(sizeof large); /* an emulator does not keep to the limit */
    int error = quay_settle(promise, 0, large, sizeof large);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ck_assert_int_eq(error, more ? 0 : -ENOMEM);
    free(more);
    if (!error) {
        quay_drop(f);
        stop_runtime(rt);
        return;
    }
    ck_assert(!quay_settled(f));
    ck_assert_int_eq(quay_settle(promise, -EIO, NULL, 0), 0);
    ck_assert_int_eq(finish_future(f, NULL, 0), -EIO);
    stop_runtime(rt);
}
END_TEST

START_TEST(threads_may_not_be_had)
{
    refuse_each(THREAD, EAGAIN, -EAGAIN);
}
END_TEST

START_TEST(descriptors_may_not_be_had)
{
    refuse_each(EVENTFD, EMFILE, 0);
    refuse_each(EVENTFD, ENOMEM, 0);
}
END_TEST

/* Cores that were there when they were counted are gone when a worker wants to be bound to one. */
START_TEST(a_core_may_go_before_it_is_bound_to)
{
    quay_runtime_options options = {.workers = 1, .log = capture_log, .log_context = &runtime_log};
    ck_assert_int_eq(live_refused(AFFINITY, EINVAL, 1, LONG_MAX, &options), 0);
    ck_assert(log_mentions(&runtime_log, "is not bound to core"));
    options.pin = QUAY_PIN_ON;
    ck_assert_int_eq(live_refused(AFFINITY, EINVAL, 1, LONG_MAX, &options), -EINVAL);
}
END_TEST

#endif

/* ---- the machine around ---- */

static void do_nothing(int number)
{
    (void)number;
}

static void storm(bool on)
{
    struct itimerval often = {.it_interval.tv_usec = on ? 100 : 0, .it_value.tv_usec = on ? 100 : 0};
    struct sigaction action = {.sa_handler = on ? do_nothing : SIG_IGN};
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

START_TEST(signals_all_the_time)
{
    quay_runtime_options options = runtime_options(2);
    storm(true);
    for (int i = 0; i < REPEAT(100); i++) ck_assert_int_eq(live(&options), 0);
    storm(false);
}
END_TEST

START_TEST(forks_in_between)
{
    quay_runtime_options options = runtime_options(2);
    for (int i = 0; i < REPEAT(40); i++) {
        int status;
        quay_runtime *rt;
        ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
        quay_port port = spawn(rt, echo, quay_core(1), NULL);
        quay_future *before = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
        pid_t child = fork();
        if (!child) _exit(quay_send(port, 0, NULL, 0) >= 0 || quay_runtime_start(&rt, NULL) != -EPERM);
        ck_assert_int_eq(finish_future(before, NULL, 0), 0);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    }
}
END_TEST

/* Fewer and fewer cores may be used, down to each one alone; a start sees what there is. */
START_TEST(a_shrinking_cpuset)
{
    cpu_set_t all;
    ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all)) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
        quay_runtime *rt;
        ck_assert_int_eq(quay_runtime_start(&rt, NULL), 0);
        ck_assert_uint_eq(quay_runtime_workers(rt), 1);
        ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
        quay_runtime_options two = {.workers = 2, .log = capture_log, .log_context = &runtime_log};
        ck_assert_int_eq(live(&two), 0);
    }
    ck_assert_int_eq(sched_setaffinity(0, sizeof all, &all), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        each_allocation_may_fail,
        one_in_a_hundred_allocations_fails,
#if !SANITIZED
        a_futex_may_be_interrupted_and_changed,
        stacks_and_guards_may_not_be_had,
        memory_of_the_process_may_not_be_had,
        memory_of_the_simulator_may_not_be_had,
        a_large_answer_to_a_thread_may_not_be_had,
        threads_may_not_be_had,
        descriptors_may_not_be_had,
        a_core_may_go_before_it_is_bound_to,
#endif
        signals_all_the_time,
        forks_in_between,
        a_shrinking_cpuset
    };
    return run_tests("sweep", tests, COUNT_OF(tests));
}
