/* test_stack.c - the stacks of handlers that wait: how deep they are, what happens below their end, how many there may
 * be, and that those not needed any more are given back.
 *
 * An overflow ends the process, so it happens in a child, whose standard error is read. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* ---- depth ---- */

static int recurse(quay_port to, int depth)
{
    volatile char frame[256];
    frame[0] = (char)depth;
    if (depth == 0) return quay_call(to, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    int result = recurse(to, depth - 1);
    EXPECT_EQ(frame[0], (char)depth);
    return result;
}

static void wait_deep_down(quay_self *self, void *argument)
{
    (void)self;
    for (int i = 0; i < 10; i++) EXPECT_EQ(recurse(*(quay_port *)argument, SANITIZED ? 50 : 300), 0);
}

#define LARGE_FRAME (28 * 1024)

static int wait_in_a_large_frame(quay_port to)
{
    char frame[LARGE_FRAME], back[16];
    memset(frame, 7, sizeof frame);
    int result = quay_call(to, 0, frame, sizeof back, back, sizeof back, QUAY_FOREVER);
    for (size_t i = 0; i < sizeof frame; i++) EXPECT_EQ(frame[i], 7);
    EXPECT_EQ(back[15], 7);
    return result;
}

static void wait_largely(quay_self *self, void *argument)
{
    (void)self;
    EXPECT_EQ(wait_in_a_large_frame(*(quay_port *)argument), 16);
}

START_TEST(a_handler_may_wait_deep_down_and_in_a_large_frame)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        quay_port to = spawn(rt, echo, quay_core(core), NULL);
        run_in_handler(rt, quay_core(0), wait_deep_down, &to);
        run_in_handler(rt, quay_core(0), wait_largely, &to);
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(the_size_of_stacks_is_an_option)
{
    static const size_t bad[] = {1, 4096, QUAY_STACK_LEAST - 1};
    quay_runtime_options options = runtime_options(1);
    quay_runtime *rt;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        options.stack_size = bad[i];
        ck_assert_int_eq(quay_runtime_start(&rt, &options), -EINVAL);
    }
    static const size_t good[] = {QUAY_STACK_LEAST, QUAY_STACK_LEAST + 1, (size_t)8 << 20};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        options.stack_size = good[i];
        rt = start_runtime_with(&options);
        quay_port to = spawn(rt, echo, quay_core(0), NULL);
        if (!SANITIZED || i == 2) run_in_handler(rt, quay_core(0), wait_largely, &to); /* their frames are larger */
        stop_runtime(rt);
    }
}
END_TEST

/* ---- overflow ---- */

static int fall(int depth)
{
    volatile char frame[1024];
    frame[0] = (char)depth;
    return depth < 0 ? 0 : fall(depth + 1) + frame[0];
}

/* As a first handler does, on the stack its loop began with; or after a wait. */
static int overflow(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag > 4711) (void)quay_sleep(self, 1);
    (void)fall(1);
    return 0;
}

enum { NOT_BEGUN = 101, NOT_ENDED };

static void be_the_child(uint32_t tag)
{
    quay_runtime_options options = runtime_options(1);
    options.stack_size = 2 * QUAY_STACK_LEAST;
    quay_port_options named = {.name = "the-deep-one"};
    quay_runtime *rt;
    quay_port port;
    if (quay_runtime_start(&rt, &options) || quay_spawn(rt, &port, overflow, &named)) _exit(NOT_BEGUN);
    (void)quay_call(port, tag, NULL, 0, NULL, 0, QUAY_FOREVER);
    _exit(NOT_ENDED);
}

/* What a child that overflows says, and how it ends. */
static int run_child(uint32_t tag, char *text, size_t size)
{
    int ends[2], status = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        be_the_child(tag);
    }
    (void)close(ends[1]);
    size_t length = 0;
    for (ssize_t got; length < size - 1 && (got = read(ends[0], text + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    text[length] = 0;
    (void)close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

START_TEST(an_overflow_names_the_port_and_ends_the_process)
{
    static char text[1 << 16];
    for (uint32_t tag = 4711; tag <= 4712; tag++) {
        char number[16];
        int status = run_child(tag, text, sizeof text);
        (void)snprintf(number, sizeof number, "%u", tag);
        ck_assert_msg(strstr(text, "the-deep-one") && strstr(text, number), "stderr is: %s", text);
        if (SANITIZED)
            ck_assert(WIFSIGNALED(status) || (WEXITSTATUS(status) != NOT_BEGUN &&
                                              WEXITSTATUS(status) != NOT_ENDED)); /* their own report follows */
        else ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    }
}
END_TEST

/* ---- many ---- */

#define MANY (SANITIZED ? 1000L : 10000L)

typedef struct crowd {
    quay_promise *promises;
    atomic_long waiting, over;
} crowd;

static int stand_in_the_crowd(quay_self *self, void *state, const quay_message *message)
{
    crowd *c = SHARED(state, crowd);
    quay_future *f;
    quay_promise promise;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    c->promises[message->tag] = promise;
    atomic_fetch_add(&c->waiting, 1);
    EXPECT_EQ(quay_await(f, NULL, 0), 0);
    quay_drop(f);
    atomic_fetch_add(&c->over, 1);
    quay_exit(self, 0);
    return 0;
}

/* Kilobytes of this process in memory. */
static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*s %ld", &pages), 1);
    (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void gather(quay_runtime *rt, crowd *c)
{
    c->waiting = c->over = 0;
    for (long i = 0; i < MANY; i++)
        ck_assert_int_eq(quay_send(spawn(rt, stand_in_the_crowd, QUAY_SPREAD, c), (uint32_t)i, NULL, 0), 0);
    while (atomic_load(&c->waiting) < MANY)
        ;
}

static void scatter(quay_runtime *rt, crowd *c)
{
    for (long i = 0; i < MANY; i++) ck_assert_int_eq(quay_settle(c->promises[i], 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(c->over, MANY);
}

START_TEST(many_wait_at_once_and_their_stacks_are_given_back)
{
    quay_runtime *rt = start_runtime(2);
    crowd c = {.promises = calloc((size_t)MANY, sizeof(quay_promise))};
    long before = resident();
    gather(rt, &c);
    long with = resident();
    scatter(rt, &c);
    long after = resident();
    if (!SANITIZED) {
        ck_assert_int_le(with - before, MANY * 12);
        ck_assert_int_ge(with - before, MANY * 4); /* so the next line says something */
        ck_assert_int_le(after - before, (with - before) / 2);
    }
    gather(rt, &c); /* and again */
    scatter(rt, &c);
    stop_runtime(rt);
    free(c.promises);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_handler_may_wait_deep_down_and_in_a_large_frame,
        the_size_of_stacks_is_an_option,
        an_overflow_names_the_port_and_ends_the_process,
        many_wait_at_once_and_their_stacks_are_given_back,
    };
    return run_tests("stack", tests, COUNT_OF(tests));
}
