/* test_fork.c - after fork() the child has no runtime: every call there returns an error, and the parent goes on.
 *
 * A child here must not assert (the report pipe is the parent's); it ends with the line that went wrong. */
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define CHILD_EXPECT(x)                                                                                                \
    do {                                                                                                               \
        if (!(x)) _exit(__LINE__ % 255 + 1);                                                                           \
    } while (0)

typedef struct family {
    quay_runtime *rt;
    quay_port port;
    quay_promise promise;
    quay_future *outstanding;
} family;

static void sends_fail(const family *f)
{
    void *buffer = quay_buffer_new(64);
    CHILD_EXPECT(quay_send(f->port, 0, NULL, 0) < 0);
    if (buffer) {
        CHILD_EXPECT(quay_give(f->port, 0, &buffer, 64) < 0);
        CHILD_EXPECT(buffer != NULL);
        quay_buffer_free(buffer);
    }
    CHILD_EXPECT(quay_call(f->port, 0, NULL, 0, NULL, 0, QUAY_FOREVER) < 0);
    CHILD_EXPECT(quay_stop(f->port) < 0);
    CHILD_EXPECT(quay_kill(f->port, 0) < 0);
    CHILD_EXPECT(quay_join(f->port, QUAY_FOREVER, NULL) < 0);
}

static void runtime_calls_fail(const family *f)
{
    quay_port port;
    quay_promise promise;
    quay_future *future;
    quay_stats stats;
    quay_port_counters counters;
    CHILD_EXPECT(quay_spawn(f->rt, &port, ignore, NULL) == -EPERM);
    CHILD_EXPECT(quay_promise_new(f->rt, &promise, &future) == -EPERM);
    CHILD_EXPECT(quay_runtime_drain(f->rt, QUAY_FOREVER) == -EPERM);
    CHILD_EXPECT(quay_runtime_stop(f->rt, QUAY_FOREVER) == -EPERM);
    CHILD_EXPECT(quay_runtime_stats(f->rt, &stats) < 0);
    CHILD_EXPECT(quay_port_stats(f->port, &counters) < 0);
    CHILD_EXPECT(quay_runtime_describe(f->rt, NULL, 0) < 0);
    CHILD_EXPECT(quay_runtime_workers(f->rt) == 0);
}

static void expect_child_succeeds(pid_t child)
{
    int status = 0;
    EXPECT(child > 0);
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

static family family_start(void)
{
    family f = {.rt = start_runtime(2)};
    f.port = spawn(f.rt, echo, quay_core(1), NULL);
    ck_assert_int_eq(quay_promise_new(f.rt, &f.promise, &f.outstanding), 0);
    ck_assert_int_eq(quay_call(f.port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    return f;
}

/* All is as it was before the fork. */
static void family_end(family *f)
{
    long out = 0;
    ck_assert_int_eq(quay_call(f->port, 0, &(long){9}, sizeof out, &out, sizeof out, QUAY_FOREVER), sizeof out);
    ck_assert_int_eq(out, 9);
    ck_assert_int_eq(quay_settle(f->promise, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(f->outstanding, NULL, 0), 0);
    stop_runtime(f->rt);
}

START_TEST(a_child_can_do_nothing)
{
    family f = family_start();
    pid_t child = fork();
    if (child == 0) {
        sends_fail(&f);
        runtime_calls_fail(&f);
        CHILD_EXPECT(quay_settle(f.promise, 0, NULL, 0) < 0);
        CHILD_EXPECT(quay_await(f.outstanding, NULL, 0) < 0);
        quay_drop(f.outstanding);
        _exit(0);
    }
    expect_child_succeeds(child);
    family_end(&f);
}
END_TEST

static void fork_in_handler(quay_self *self, void *argument)
{
    const family *f = argument;
    (void)self;
    pid_t child = fork();
    if (child == 0) {
        sends_fail(f);
        runtime_calls_fail(f);
        CHILD_EXPECT(quay_settle(f->promise, 0, NULL, 0) < 0);
        _exit(0);
    }
    expect_child_succeeds(child);
}

START_TEST(a_child_of_a_handler_can_do_nothing)
{
    family f = family_start();
    run_in_handler(f.rt, quay_core(0), fork_in_handler, &f);
    family_end(&f);
}
END_TEST

static void keep_calling(unsigned index, void *shared)
{
    (void)index;
    const family *f = shared;
    for (int i = 0; i < REPEAT(2000); i++) EXPECT_EQ(quay_call(f->port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
}

START_TEST(forks_under_load_hurt_nobody)
{
    family f = family_start();
    crew calling;
    crew_start(&calling, 2, keep_calling, &f);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            sends_fail(&f);
            _exit(0);
        }
        expect_child_succeeds(child);
    }
    crew_join(&calling);
    family_end(&f);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_child_can_do_nothing,
        a_child_of_a_handler_can_do_nothing,
        forks_under_load_hurt_nobody,
    };
    return run_tests("fork", tests, COUNT_OF(tests));
}
