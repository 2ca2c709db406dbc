/* test_probe.c - another thread's processor time, its sleep, and where it is. */
#include <ck_pr.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "../suite.h"
#include "base/check.h"
#include "os/os.h"

static sem_t allowed, leave, looked;
static qy_os_target target;
static void *frames[QY_OS_FRAMES];
static unsigned frames_count;
static pthread_t looked_in;

static void look(const void *place)
{
    looked_in = pthread_self();
    frames_count = qy_os_backtrace(place, frames, QY_OS_FRAMES);
    (void)sem_post(&looked);
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore)) {
    }
}

static void *sleeper(void *argument)
{
    qy_os_probe_allow(&target);
    (void)sem_post(&allowed);
    wait_for(&leave);
    return argument;
}

static pthread_t start_sleeper(void)
{
    pthread_t thread;
    ck_assert_int_eq(qy_os_probe_init(look), 0);
    ck_assert_int_eq(sem_init(&allowed, 0, 0) | sem_init(&leave, 0, 0) | sem_init(&looked, 0, 0), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleeper, NULL), 0);
    wait_for(&allowed);
    return thread;
}

static void end_sleeper(pthread_t thread)
{
    (void)sem_post(&leave);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

START_TEST(a_thread_that_waits_in_the_system_sleeps_and_one_that_runs_does_not)
{
    qy_os_target self;
    pthread_t thread = start_sleeper();
    while (!qy_os_sleeps(&target)) (void)sched_yield();
    qy_os_probe_allow(&self);
    ck_assert(!qy_os_sleeps(&self));
    end_sleeper(thread);
}
END_TEST

START_TEST(processor_time_rises_with_work)
{
    qy_os_target self;
    qy_os_probe_allow(&self);
    int64_t before = qy_os_busy_time(&self);
    ck_assert_int_ge(before, 0);
    while (qy_os_busy_time(&self) < before + 1000000) ck_pr_stall();
}
END_TEST

static void remember_name(void *context, unsigned index, const char *name)
{
    ck_assert_uint_lt(index, frames_count);
    ck_assert_uint_gt(strlen(name), 0);
    *(unsigned *)context += 1;
}

START_TEST(a_probed_thread_looks_where_it_is_and_goes_on)
{
    pthread_t thread = start_sleeper();
    unsigned named = 0;
    ck_assert(qy_os_probe(&target));
    wait_for(&looked);
    ck_assert(pthread_equal(looked_in, thread));
    ck_assert_uint_gt(frames_count, 1);
    qy_os_name_frames(frames, frames_count, remember_name, &named);
    ck_assert_uint_eq(named, frames_count);
    end_sleeper(thread);
}
END_TEST

START_TEST(a_thread_that_has_ended_is_not_probed_and_does_not_run)
{
    end_sleeper(start_sleeper());
    ck_assert(!qy_os_probe(&target));
    ck_assert(qy_os_sleeps(&target));
}
END_TEST

/* Where no frame is the one that was interrupted all are kept. */
START_TEST(a_place_that_is_not_on_the_stack_hides_nothing)
{
    void *few[2];
    static const ucontext_t nowhere;
    ck_assert_uint_gt(qy_os_backtrace(&nowhere, frames, QY_OS_FRAMES), 2);
    ck_assert_uint_eq(qy_os_backtrace(&nowhere, few, 2), 2);
    ck_assert_ptr_eq(few[0], frames[0]);
}
END_TEST

static void handle(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
}

static void handle_all(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) (void)sigaction(number, &action, NULL);
}

START_TEST(whose_handler_takes_the_signal_is_not_disturbed)
{
    pthread_t thread = start_sleeper();
    handle_all();
    ck_assert(!qy_os_probe(&target));
    end_sleeper(thread);
}
END_TEST

START_TEST(a_signal_that_is_handled_is_not_free)
{
    handle_all();
    ck_assert_int_eq(qy_os_probe_init(look), -EAGAIN);
}
END_TEST

/* In a process of its own: the signal is lost to it for good. */
START_TEST(who_takes_the_signal_is_not_disturbed)
{
    pthread_t thread = start_sleeper();
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) (void)signal(number, SIG_IGN);
    ck_assert(!qy_os_probe(&target));
    end_sleeper(thread);
}
END_TEST

START_TEST(without_a_free_signal_there_are_no_probes)
{
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) (void)signal(number, SIG_IGN);
    qy_os_target self;
    ck_assert_int_eq(qy_os_probe_init(look), -EAGAIN);
    qy_os_probe_allow(&self);
    ck_assert(!qy_os_probe(&self));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_thread_that_waits_in_the_system_sleeps_and_one_that_runs_does_not,
                            processor_time_rises_with_work,
                            a_probed_thread_looks_where_it_is_and_goes_on,
                            who_takes_the_signal_is_not_disturbed,
                            without_a_free_signal_there_are_no_probes,
                            a_thread_that_has_ended_is_not_probed_and_does_not_run,
                            a_place_that_is_not_on_the_stack_hides_nothing,
                            whose_handler_takes_the_signal_is_not_disturbed,
                            a_signal_that_is_handled_is_not_free};
    return run_tests("probe", tests, COUNT_OF(tests));
}
