/* test_os_linux.c - the clock, futex, threads, memory and processes of os_linux.c.
 *
 * To know that a thread really sleeps in park, the tests ask the kernel to move its sleepers from one word to
 * another: it tells how many there were. */
#define _GNU_SOURCE
#include "os/os.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLEEPERS 2

static const qy_os *const os = &qy_os_linux;

/* Sanitizers end the process when an allocation is impossible, unless told that the caller minds. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static int64_t clock_now(void)
{
    struct timespec time;
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &time), 0);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* ---- clock ---- */

START_TEST(clock_is_the_monotonic_one)
{
    int64_t before = clock_now();
    int64_t first = os->now();
    int64_t second = os->now();
    int64_t after = clock_now();
    ck_assert(before <= first && first <= second && second <= after);
}
END_TEST

/* ---- park and wake ---- */

/* Two words; sleepers park on the first and are moved to the second, which tells that they sleep. */
typedef struct bedroom {
    uint32_t first;
    uint32_t second;
    qy_os_thread sleepers[SLEEPERS];
    pthread_t tester;
    int result;
} bedroom;

static long move_sleepers(uint32_t *from, uint32_t *to)
{
    return syscall(SYS_futex, from, FUTEX_CMP_REQUEUE_PRIVATE, 0, (void *)INT_MAX, to, *from);
}

static void wait_until_asleep(bedroom *room, long count)
{
    for (long moved = 0; moved < count; (void)sched_yield()) {
        long now = move_sleepers(&room->first, &room->second);
        ck_assert_int_ge(now, 0);
        moved += now;
    }
}

static void sleep_once(void *argument)
{
    bedroom *room = argument;
    int result = os->park(&room->first, room->first, INT64_MAX);
    if (result) __atomic_store_n(&room->result, result, __ATOMIC_RELAXED);
}

static void start_sleepers(bedroom *room, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(os->thread_start(&room->sleepers[i], "sleeper", sleep_once, room), 0);
    }
    wait_until_asleep(room, (long)count);
}

START_TEST(park_returns_at_once_when_the_word_differs)
{
    uint32_t word = 1;
    ck_assert_int_eq(os->park(&word, 0, INT64_MAX), 0);
    ck_assert_int_eq(os->park(&word, UINT32_MAX, os->now() + INT64_C(3600000000000)), 0);
}
END_TEST

START_TEST(park_times_out_at_once_when_the_deadline_is_past)
{
    const int64_t past[] = {os->now() - 1, 1, 0, -1, -1000000001, INT64_MIN};
    uint32_t word = 7;
    for (size_t i = 0; i < sizeof past / sizeof *past; i++) {
        ck_assert_int_eq(os->park(&word, 7, past[i]), -ETIMEDOUT);
    }
}
END_TEST

START_TEST(park_sleeps_until_its_deadline)
{
    uint32_t word = 7;
    int64_t deadline = os->now() + 2000000;
    int result = 0;
    while (!result) result = os->park(&word, 7, deadline);
    ck_assert_int_eq(result, -ETIMEDOUT);
    ck_assert_int_ge(os->now(), deadline);
}
END_TEST

/* The word never changes: only the wake can end the sleep. */
START_TEST(park_returns_when_woken)
{
    bedroom room = {.first = 5};
    start_sleepers(&room, 1);
    os->wake(&room.second, 1);
    os->thread_join(room.sleepers[0]);
    ck_assert_int_eq(room.result, 0);
}
END_TEST

START_TEST(wake_wakes_no_more_than_count)
{
    bedroom room = {.first = 5};
    start_sleepers(&room, SLEEPERS);
    os->wake(&room.second, 1);
    ck_assert_int_eq(move_sleepers(&room.second, &room.first), SLEEPERS - 1);
    os->wake(&room.first, INT_MAX);
    for (size_t i = 0; i < SLEEPERS; i++) os->thread_join(room.sleepers[i]);
    ck_assert_int_eq(room.result, 0);
}
END_TEST

static void ignore_signal(int number)
{
    (void)number;
}

static void interrupt_tester(void *argument)
{
    bedroom *room = argument;
    wait_until_asleep(room, 1);
    (void)pthread_kill(room->tester, SIGUSR1);
}

/* The deadline is there for its own sake: with one, the kernel might restart the call by itself. */
START_TEST(park_returns_on_a_signal)
{
    struct sigaction action = {.sa_handler = ignore_signal};
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    const int64_t deadlines[] = {INT64_MAX, os->now() + INT64_C(3600000000000)};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        bedroom room = {.tester = pthread_self()};
        ck_assert_int_eq(os->thread_start(&room.sleepers[0], "interrupter", interrupt_tester, &room), 0);
        ck_assert_int_eq(os->park(&room.first, 0, deadlines[i]), 0);
        os->thread_join(room.sleepers[0]);
    }
}
END_TEST

/* ---- threads ---- */

typedef struct thread_facts {
    char name[64];
    sigset_t mask;
    int detached;
    uint32_t go;
    uint32_t done;
} thread_facts;

static void learn_facts(void *argument)
{
    thread_facts *facts = argument;
    (void)pthread_getname_np(pthread_self(), facts->name, sizeof facts->name);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &facts->mask);
}

static thread_facts facts_of_thread(const char *name)
{
    thread_facts facts = {.detached = -1};
    qy_os_thread thread;
    ck_assert_int_eq(os->thread_start(&thread, name, learn_facts, &facts), 0);
    os->thread_join(thread);
    return facts;
}

START_TEST(thread_has_its_name)
{
    ck_assert_str_eq(facts_of_thread("quay/0").name, "quay/0");
    ck_assert_str_eq(facts_of_thread("exactly-15-byte").name, "exactly-15-byte");
    ck_assert_str_eq(facts_of_thread("one more than fifteen").name, "one more than f");
    ck_assert_str_eq(facts_of_thread("").name, "");
}
END_TEST

static bool is_synchronous(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGTRAP ||
           number == SIGABRT;
}

/* What this system lets a thread block; an emulator keeps some signals for itself. */
static sigset_t blockable(void)
{
    sigset_t all, before, blocked;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_sigmask(SIG_SETMASK, &before, &blocked);
    return blocked;
}

START_TEST(thread_blocks_all_but_synchronous_signals)
{
    sigset_t mask = facts_of_thread("signals").mask;
    sigset_t possible = blockable();
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (sigismember(&possible, number))
            ck_assert_msg(sigismember(&mask, number) == !is_synchronous(number), "signal %d", number);
    }
}
END_TEST

static void assert_same_mask(const sigset_t *a, const sigset_t *b)
{
    for (int number = 1; number <= SIGRTMAX; number++) {
        ck_assert_int_eq(sigismember(a, number), sigismember(b, number));
    }
}

START_TEST(starter_keeps_its_own_mask)
{
    sigset_t before;
    sigset_t after;
    ck_assert_int_eq(sigemptyset(&before), 0);
    ck_assert_int_eq(sigaddset(&before, SIGUSR2), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    (void)facts_of_thread("mask");
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    assert_same_mask(&before, &after);
}
END_TEST

/* A default stack that no address space holds. */
START_TEST(start_that_fails_says_so_and_keeps_the_mask)
{
    pthread_attr_t usual;
    pthread_attr_t huge;
    sigset_t before;
    sigset_t after;
    ck_assert_int_eq(pthread_getattr_default_np(&usual), 0);
    ck_assert_int_eq(pthread_attr_init(&huge), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 60), 0);
    ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    qy_os_thread thread;
    ck_assert_int_eq(os->thread_start(&thread, "never", learn_facts, NULL), -EAGAIN);
    ck_assert_int_eq(pthread_setattr_default_np(&usual), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    assert_same_mask(&before, &after);
}
END_TEST

static void set_and_wake(uint32_t *word)
{
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
    os->wake(word, 1);
}

static void park_until_set(uint32_t *word)
{
    while (!__atomic_load_n(word, __ATOMIC_SEQ_CST)) (void)os->park(word, 0, INT64_MAX);
}

static void learn_whether_detached(void *argument)
{
    thread_facts *facts = argument;
    pthread_attr_t attributes;
    park_until_set(&facts->go);
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        (void)pthread_attr_getdetachstate(&attributes, &facts->detached);
        (void)pthread_attr_destroy(&attributes);
    }
    set_and_wake(&facts->done);
}

START_TEST(detached_thread_goes_on_alone)
{
    static thread_facts facts = {.detached = -1}; /* the thread's last wake may come after this test's end */
    qy_os_thread thread;
    ck_assert_int_eq(os->thread_start(&thread, "detached", learn_whether_detached, &facts), 0);
    os->thread_detach(thread);
    set_and_wake(&facts.go);
    park_until_set(&facts.done);
    ck_assert_int_eq(facts.detached, PTHREAD_CREATE_DETACHED);
}
END_TEST

/* ---- memory ---- */

static const size_t aligns[] = {1, 8, 16, 64, 4096, 65536};

static void assert_zeroed(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) ck_assert_uint_eq(bytes[i], 0);
}

/* Twice each, the first time soiled: the C library likes to hand the same memory out again. */
START_TEST(memory_is_zeroed_and_aligned)
{
    const size_t sizes[] = {1, 64, 1000, 70000};
    size_t align = aligns[_i];
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i / 2];
        unsigned char *memory = qy_os_allocate(NULL, size, align);
        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((uintptr_t)memory % align, 0);
        assert_zeroed(memory, size);
        memset(memory, 0xa5, size);
        qy_os_release(NULL, memory, size);
    }
}
END_TEST

START_TEST(memory_that_is_not_there_is_null)
{
    ck_assert_ptr_null(qy_os_allocate(NULL, SIZE_MAX / 4, aligns[_i]));
}
END_TEST

/* ---- processes ---- */

/* Run `body` in a child whose standard error is a socket that keeps records apart: one a system call.
 * Returns the length of the first record, and its text; *status is the child's. */
static size_t first_words_of_child(void (*body)(void), char *text, size_t size, int *status)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (dup2(pair[1], STDERR_FILENO) == STDERR_FILENO) body();
        _exit(EXIT_SUCCESS);
    }
    ck_assert_int_eq(close(pair[1]), 0);
    ssize_t length = recv(pair[0], text, size - 1, 0);
    ck_assert_int_ge(length, 0);
    text[length] = '\0';
    ck_assert_int_eq(close(pair[0]), 0);
    ck_assert_int_eq(waitpid(child, status, 0), child);
    return (size_t)length;
}

static void print_something(void)
{
    qy_os_print("a line of text");
}

START_TEST(print_is_one_system_call)
{
    char text[256];
    int status;
    (void)first_words_of_child(print_something, text, sizeof text, &status);
    ck_assert_str_eq(text, "quay: a line of text\n");
    ck_assert_int_eq(status, 0);
}
END_TEST

static void exit_quietly(void)
{
    _exit(EXIT_SUCCESS);
}

static void abandon(void)
{
    if (atexit(exit_quietly) == 0) qy_os_abandon("no way back");
}

START_TEST(abandon_prints_and_runs_no_exit_handlers)
{
    char text[256];
    int status;
    (void)first_words_of_child(abandon, text, sizeof text, &status);
    ck_assert_str_eq(text, "quay: no way back\n");
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}
END_TEST

static int forks_seen;

static void count_fork(void)
{
    forks_seen++;
}

static int forks_seen_in_child(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) _exit(forks_seen);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(at_fork_runs_once_in_each_child)
{
    ck_assert_int_eq(qy_os_at_fork(count_fork), 0);
    ck_assert_int_eq(qy_os_at_fork(count_fork), 0);
    ck_assert_int_eq(forks_seen_in_child(), 1);
    ck_assert_int_eq(forks_seen_in_child(), 1);
    ck_assert_int_eq(forks_seen, 0);
}
END_TEST

START_TEST(environment_is_the_process_s)
{
    ck_assert_int_eq(setenv("QUAY_TEST_OS", "there", 1), 0);
    ck_assert_str_eq(os->environment("QUAY_TEST_OS"), "there");
    ck_assert_int_eq(unsetenv("QUAY_TEST_OS"), 0);
    ck_assert_ptr_null(os->environment("QUAY_TEST_OS"));
}
END_TEST

static void look_where(void *seen)
{
    *(const qy_os **)seen = qy_os_here;
}

START_TEST(each_thread_is_on_the_real_system_until_it_says_otherwise)
{
    qy_os other = qy_os_linux;
    qy_os_thread thread;
    const qy_os *seen = NULL;
    ck_assert_ptr_eq(qy_os_here, os);
    qy_os_here = &other;
    ck_assert_int_eq(os->thread_start(&thread, "elsewhere", look_where, &seen), 0);
    os->thread_join(thread);
    ck_assert_ptr_eq(seen, os);
    qy_os_here = os;
}
END_TEST

static Suite *os_suite(void)
{
    Suite *suite = suite_create("os_linux");
    TCase *time = tcase_create("clock, park and wake");
    tcase_add_test(time, clock_is_the_monotonic_one);
    tcase_add_test(time, park_returns_at_once_when_the_word_differs);
    tcase_add_test(time, park_times_out_at_once_when_the_deadline_is_past);
    tcase_add_test(time, park_sleeps_until_its_deadline);
    tcase_add_test(time, park_returns_when_woken);
    tcase_add_test(time, wake_wakes_no_more_than_count);
    tcase_add_test(time, park_returns_on_a_signal);
    suite_add_tcase(suite, time);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, thread_has_its_name);
    tcase_add_test(threads, thread_blocks_all_but_synchronous_signals);
    tcase_add_test(threads, starter_keeps_its_own_mask);
    tcase_add_test(threads, start_that_fails_says_so_and_keeps_the_mask);
    tcase_add_test(threads, detached_thread_goes_on_alone);
    suite_add_tcase(suite, threads);
    TCase *memory = tcase_create("memory and processes");
    tcase_add_loop_test(memory, memory_is_zeroed_and_aligned, 0, (int)(sizeof aligns / sizeof *aligns));
    tcase_add_loop_test(memory, memory_that_is_not_there_is_null, 0, (int)(sizeof aligns / sizeof *aligns));
    tcase_add_test(memory, print_is_one_system_call);
    tcase_add_test(memory, abandon_prints_and_runs_no_exit_handlers);
    tcase_add_test(memory, at_fork_runs_once_in_each_child);
    tcase_add_test(memory, environment_is_the_process_s);
    tcase_add_test(memory, each_thread_is_on_the_real_system_until_it_says_otherwise);
    suite_add_tcase(suite, memory);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(os_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
