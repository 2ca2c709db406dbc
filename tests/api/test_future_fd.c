/* test_future_fd.c - quay_future_fd: readable from when the future is settled, by whatever settles it; whose it is. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support.h"

/* Wait for it, up to so many milliseconds; -1 is for ever. */
static bool readable_in(int descriptor, int milliseconds)
{
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&entry, 1, milliseconds);
    return ready == 1 && entry.revents == POLLIN;
}

static bool is_open(int descriptor)
{
    return fcntl(descriptor, F_GETFD) >= 0;
}

static quay_future *make_promise(quay_runtime *rt, quay_promise *promise)
{
    quay_future *f = NULL;
    ck_assert_int_eq(quay_promise_new(rt, promise, &f), 0);
    return f;
}

/* ---- what settles it ---- */

START_TEST(it_tells_of_an_answer)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    long out = 0;
    gate_init(&g);
    quay_port in_the_way = spawn(rt, pass_gate, quay_core(1), &g);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    ck_assert_int_eq(quay_send(in_the_way, 0, NULL, 0), 0);
    gate_await_entry(&g);
    quay_future *f = quay_ask(port, 0, &(long){7}, sizeof(long), QUAY_FOREVER);
    int descriptor = quay_future_fd(f);
    ck_assert(!readable_in(descriptor, 0));
    gate_open(&g);
    ck_assert(readable_in(descriptor, -1));
    ck_assert(quay_settled(f));
    ck_assert_int_eq(finish_future(f, &out, sizeof out), sizeof out);
    ck_assert_int_eq(out, 7);
    stop_runtime(rt);
}
END_TEST

START_TEST(it_is_readable_at_once_when_settled_before)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *f = make_promise(rt, &promise);
    ck_assert_int_eq(quay_settle(promise, -EIO, NULL, 0), 0);
    ck_assert(readable_in(quay_future_fd(f), 0));
    ck_assert_int_eq(finish_future(f, NULL, 0), -EIO);
    stop_runtime(rt);
}
END_TEST

START_TEST(it_tells_of_a_cancel)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *f = make_promise(rt, &promise);
    int descriptor = quay_future_fd(f);
    ck_assert(!readable_in(descriptor, 0));
    ck_assert_int_eq(quay_cancel(f), 0);
    ck_assert(readable_in(descriptor, 0));
    quay_drop(f);
    stop_runtime(rt);
}
END_TEST

/* Nobody looks at the future until the descriptor says so. */
START_TEST(it_tells_of_a_deadline)
{
    quay_runtime *rt = start_runtime(1);
    quay_port silent = spawn(rt, never_answer, quay_core(0), NULL);
    quay_time deadline = quay_in(QUAY_MS(20));
    quay_future *f = quay_ask(silent, 0, NULL, 0, deadline);
    ck_assert(readable_in(quay_future_fd(f), -1));
    ck_assert_int_ge(quay_now(), deadline);
    ck_assert_int_eq(finish_future(f, NULL, 0), -ETIMEDOUT);
    stop_runtime(rt);
}
END_TEST

START_TEST(it_tells_of_the_runtimes_end)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *f = make_promise(rt, &promise);
    int descriptor = quay_future_fd(f);
    ck_assert(!readable_in(descriptor, 0));
    stop_runtime(rt);
    ck_assert(readable_in(descriptor, 0));
    ck_assert_int_eq(quay_future_fd(f), descriptor);
    ck_assert_int_eq(finish_future(f, NULL, 0), -ECANCELED);
}
END_TEST

/* ---- whose it is ---- */

START_TEST(it_is_the_futures_own)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promises[2];
    quay_future *f[2] = {make_promise(rt, &promises[0]), make_promise(rt, &promises[1])};
    int first = quay_future_fd(f[0]), second = quay_future_fd(f[1]);
    ck_assert_int_ne(first, second);
    ck_assert_int_eq(quay_future_fd(f[0]), first);
    ck_assert_int_eq(quay_settle(promises[0], 0, NULL, 0), 0);
    ck_assert(readable_in(first, 0));
    ck_assert(!readable_in(second, 0));
    quay_drop(f[0]);
    quay_drop(f[1]);
    ck_assert(!is_open(first) && !is_open(second));
    EXPECT_EQ(quay_settle(promises[1], 0, NULL, 0), -EALREADY);
    f[0] = make_promise(rt, &promises[0]); /* the slot again: nothing of its former life is left */
    ck_assert(!readable_in(quay_future_fd(f[0]), 0));
    quay_drop(f[0]);
    stop_runtime(rt);
}
END_TEST

START_TEST(reading_it_takes_nothing_away)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    uint64_t count;
    quay_future *f = make_promise(rt, &promise);
    int descriptor = quay_future_fd(f);
    ck_assert_int_eq(read(descriptor, &count, sizeof count), -1); /* and does not block */
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert_int_eq(read(descriptor, &count, sizeof count), sizeof count);
    ck_assert(readable_in(descriptor, 0));
    quay_drop(f);
    stop_runtime(rt);
}
END_TEST

START_TEST(asks_that_failed_at_once_share_one)
{
    quay_future *gone = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    quay_future *late = quay_ask(QUAY_NOBODY, 0, NULL, 0, 0);
    int descriptor = quay_future_fd(gone);
    ck_assert(readable_in(descriptor, 0));
    ck_assert_int_eq(quay_future_fd(late), descriptor);
    quay_drop(gone);
    quay_drop(late);
    ck_assert(readable_in(descriptor, 0));
}
END_TEST

/* ---- refused ---- */

static void ask_for_descriptors(quay_self *self, void *argument)
{
    quay_promise promise;
    quay_future *own;
    quay_future *failed = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &own), 0);
    EXPECT_EQ(quay_future_fd(own), -EPERM);
    EXPECT_EQ(quay_future_fd(failed), -EPERM);
    EXPECT_EQ(quay_future_fd(argument), -EPERM);
    EXPECT_EQ(quay_future_fd(NULL), -EINVAL);
    quay_drop(own);
    quay_drop(failed);
}

static quay_future *of_a_port;

static int answer_later(quay_self *self, void *state, const quay_message *message)
{
    gate *g = SHARED(state, gate);
    quay_promise promise;
    (void)message;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &of_a_port), 0);
    gate_pass(g);
    quay_drop(of_a_port);
    return quay_reply(self, NULL, 0);
}

START_TEST(handlers_and_their_futures_have_none)
{
    quay_runtime *rt = start_runtime(2);
    quay_promise promise;
    gate g;
    quay_future *f = make_promise(rt, &promise);
    run_in_handler(rt, quay_core(0), ask_for_descriptors, f);
    quay_drop(f);
    gate_init(&g);
    f = quay_ask(spawn(rt, answer_later, quay_core(1), &g), 0, NULL, 0, QUAY_FOREVER);
    gate_await_entry(&g);
    ck_assert_int_eq(quay_future_fd(of_a_port), -EPERM);
    gate_open(&g);
    ck_assert_int_eq(finish_future(f, NULL, 0), 0);
    ck_assert_int_eq(quay_future_fd(NULL), -EINVAL);
    stop_runtime(rt);
}
END_TEST

START_TEST(without_a_descriptor_the_future_is_as_good_as_before)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    struct rlimit before, none;
    quay_future *f = make_promise(rt, &promise);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ck_assert_int_eq(quay_future_fd(f), -EMFILE);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    int descriptor = quay_future_fd(f);
    ck_assert(!readable_in(descriptor, 0));
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert(readable_in(descriptor, 0));
    quay_drop(f);
    stop_runtime(rt);
}
END_TEST

/* ---- races ---- */

enum { ASKERS = 2 };

/* One thread settles, the others ask for the descriptor and wait on it; then all meet. */
typedef struct race {
    quay_future *future;
    quay_promise promise;
    pthread_barrier_t start, finish;
    int descriptors[ASKERS];
} race;

static int rounds(void)
{
    return REPEAT(20000);
}

static void run_race(unsigned index, void *shared)
{
    race *r = shared;
    for (int i = 0; i < rounds(); i++) {
        (void)pthread_barrier_wait(&r->start);
        if (index == ASKERS) {
            EXPECT_EQ(quay_settle(r->promise, 0, NULL, 0), 0);
        } else {
            r->descriptors[index] = quay_future_fd(r->future);
            EXPECT(readable_in(r->descriptors[index], -1));
            EXPECT(quay_settled(r->future));
        }
        (void)pthread_barrier_wait(&r->finish);
    }
}

START_TEST(nobody_misses_the_settling)
{
    quay_runtime *rt = start_runtime(1);
    race r = {0};
    crew c;
    ck_assert_int_eq(pthread_barrier_init(&r.start, NULL, ASKERS + 2), 0);
    ck_assert_int_eq(pthread_barrier_init(&r.finish, NULL, ASKERS + 2), 0);
    crew_start(&c, ASKERS + 1, run_race, &r);
    for (int i = 0; i < rounds(); i++) {
        r.future = make_promise(rt, &r.promise);
        (void)pthread_barrier_wait(&r.start);
        (void)pthread_barrier_wait(&r.finish);
        ck_assert_int_eq(r.descriptors[0], r.descriptors[1]);
        quay_drop(r.future);
        ck_assert(!is_open(r.descriptors[0]));
    }
    crew_join(&c);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {it_tells_of_an_answer,
                            it_is_readable_at_once_when_settled_before,
                            it_tells_of_a_cancel,
                            it_tells_of_a_deadline,
                            it_tells_of_the_runtimes_end,
                            it_is_the_futures_own,
                            reading_it_takes_nothing_away,
                            asks_that_failed_at_once_share_one,
                            handlers_and_their_futures_have_none,
                            without_a_descriptor_the_future_is_as_good_as_before,
                            nobody_misses_the_settling};
    return run_tests("future_fd", tests, COUNT_OF(tests));
}
