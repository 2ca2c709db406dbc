/* test_offload.c - work that is refused leaves nothing behind, and work that waits is told of the end. No thread runs
 * any: those that are "started" here never come. */
#include "fixture.h"

#include <quay/offload.h>

static unsigned asked_for, refuse_after;

static int start_none(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument)
{
    (void)name, (void)entry, (void)argument;
    *thread = (qy_os_thread){0};
    return asked_for++ < refuse_after ? 0 : -EAGAIN;
}

static qy_os os;

static void start(unsigned threads)
{
    machine_start(&m, 1);
    os = *m.rt->os;
    os.thread_start = start_none;
    m.rt->os = &os;
    asked_for = 0;
    refuse_after = threads;
    qy_offload_init(&m.rt->offload, 2, 3);
}

static void stop(void)
{
    while (asked_for && refuse_after--) qy_runtime_release(m.rt); /* those threads never let go */
    machine_stop(&m);
}

static int never(void *arg)
{
    (void)arg;
    ck_abort_msg("there is no thread that could run this");
}

#define WORK 5
static int result[WORK];

/* Give more than fits, and note what became of each at once: 0 is taken. */
static void give_all(quay_self *self)
{
    for (int i = 0; i < WORK; i++) {
        quay_future *f = quay_offload(self, never, NULL);
        result[i] = quay_settled(f) ? quay_await(f, NULL, 0) : 0;
        if (!result[i]) ck_assert_int_eq(quay_then(f, quay_self_port(self), (uint32_t)i), 0);
        quay_drop(f);
    }
}

START_TEST(threads_are_bounded_and_so_is_the_queue)
{
    start(2);
    (void)run_in_port(0, give_all);
    for (int i = 0; i < WORK; i++) ck_assert_int_eq(result[i], i < 3 ? 0 : -EAGAIN);
    ck_assert_uint_eq(asked_for, 2);
    ck_assert_uint_eq(qy_offload_close(m.rt), 0);
    settle_down();
    stop();
}
END_TEST

START_TEST(one_thread_is_enough_to_take_work)
{
    start(1);
    (void)run_in_port(0, give_all);
    for (int i = 0; i < WORK; i++) ck_assert_int_eq(result[i], i < 3 ? 0 : -EAGAIN);
    (void)qy_offload_close(m.rt);
    settle_down();
    refuse_after = 1;
    stop();
}
END_TEST

START_TEST(without_any_thread_all_is_refused)
{
    start(0);
    (void)run_in_port(0, give_all);
    for (int i = 0; i < WORK; i++) ck_assert_int_eq(result[i], -EAGAIN);
    ck_assert_uint_eq(m.rt->offload.threads, 0);
    ck_assert_int_eq(qy_runtime_wait_quiet(m.rt, false, 0), 0);
    stop();
}
END_TEST

static unsigned spare;

static void give_without_memory(quay_self *self)
{
    starve_after(0, spare);
    quay_future *f = quay_offload(self, never, NULL);
    feed();
    result[0] = quay_settled(f) ? quay_await(f, NULL, 0) : 0;
    quay_drop(f);
}

/* For the future, the message, the pool's guest, its lane, the helper: each in turn. */
START_TEST(without_memory_it_is_refused)
{
    result[0] = -ENOMEM;
    for (spare = 0; result[0]; spare++) {
        start(2);
        (void)run_in_port(0, give_without_memory);
        ck_assert_int_eq(result[0], result[0] ? -ENOMEM : 0);
        ck_assert_int_eq(qy_runtime_wait_quiet(m.rt, false, 0), result[0] ? 0 : -ETIMEDOUT);
        (void)qy_offload_close(m.rt);
        settle_down();
        refuse_after = asked_for;
        stop();
    }
    ck_assert_uint_gt(spare, 5);
}
END_TEST

static unsigned detached;

static int start_late(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument)
{
    qy_offload_end(m.rt, true);
    return start_none(thread, name, entry, argument);
}

static void detach(qy_os_thread thread)
{
    (void)thread;
    detached++;
}

static void give_once(quay_self *self)
{
    quay_future *f = quay_offload(self, never, NULL);
    result[0] = quay_await(f, NULL, 0);
    quay_drop(f);
}

/* The end does not know of it, so it is not joined. */
START_TEST(a_thread_that_comes_after_the_end_is_let_go)
{
    start(1);
    os.thread_start = start_late;
    os.thread_detach = detach;
    detached = 0;
    (void)run_in_port(0, give_once);
    ck_assert_int_eq(result[0], -ECANCELED);
    ck_assert_uint_eq(detached, 1);
    refuse_after = 1;
    stop();
}
END_TEST

static quay_self *one_that_is_not_running;

static void give_from_nowhere(quay_self *self)
{
    quay_future *f[] = {quay_offload(NULL, never, NULL), quay_offload(one_that_is_not_running, never, NULL),
                        quay_offload(self, NULL, NULL)};
    const int expected[] = {-EPERM, -EPERM, -EINVAL};
    for (unsigned i = 0; i < COUNT_OF(f); i++) {
        ck_assert_int_eq(quay_await(f[i], NULL, 0), expected[i]);
        quay_drop(f[i]);
    }
}

START_TEST(only_the_handler_that_runs_gives_work)
{
    quay_self another = {0};
    one_that_is_not_running = &another;
    start(1);
    (void)run_in_port(0, give_from_nowhere);
    quay_future *f = quay_offload(&another, never, NULL);
    ck_assert_int_eq(quay_await(f, NULL, 0), -EPERM);
    quay_drop(f);
    ck_assert_uint_eq(asked_for, 0);
    stop();
}
END_TEST

static int note_result(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag != 100) return note_message(self, state, message);
    give_all(self);
    return 0;
}

START_TEST(what_waits_counts_as_queued_until_it_is_told_of_the_end)
{
    start(2);
    quay_port port = spawn_on(0, note_result, NULL);
    tell(port, 100);
    settle_down();
    ck_assert_int_eq(qy_runtime_wait_quiet(m.rt, false, 0), -ETIMEDOUT);
    ck_assert_uint_eq(noted.count, 0);
    (void)qy_offload_close(m.rt);
    settle_down();
    ck_assert_int_eq(qy_runtime_wait_quiet(m.rt, false, 0), 0);
    ck_assert_uint_eq(noted.count, 3);
    for (unsigned i = 0; i < 3; i++) ck_assert_int_eq(noted.status[i], -ECANCELED);
    tell(port, 100);
    settle_down();
    for (int i = 0; i < WORK; i++) ck_assert_int_eq(result[i], -ECANCELED); /* no more is taken */
    stop();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {threads_are_bounded_and_so_is_the_queue,
                            one_thread_is_enough_to_take_work,
                            without_any_thread_all_is_refused,
                            without_memory_it_is_refused,
                            what_waits_counts_as_queued_until_it_is_told_of_the_end,
                            a_thread_that_comes_after_the_end_is_let_go,
                            only_the_handler_that_runs_gives_work};
    return run_tests("offload", tests, COUNT_OF(tests));
}
