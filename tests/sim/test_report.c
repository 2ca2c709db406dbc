/* test_report.c - who waits for whom is said when nothing can happen, and how to repeat the run. */
#define _GNU_SOURCE
#include "support.h"

#include <stdlib.h>
#include <sys/mman.h>

static void await_in_vain(void)
{
    quay_runtime *rt = simulate(77, 2, 0);
    quay_port keeper = spawn_at(rt, keep_duty, 0, "keeper", NULL);
    quay_port waiter = spawn_at(rt, wait_for, 1, "waiter", &keeper);
    (void)quay_send(waiter, 0, NULL, 0);
    (void)quay_send(waiter, 0, NULL, 0);
    (void)quay_runtime_drain(rt, QUAY_FOREVER);
}

static void call_in_vain(void)
{
    quay_runtime *rt = simulate(77, 2, 0);
    (void)quay_call(spawn_at(rt, keep_duty, 0, "keeper", NULL), 0, NULL, 0, NULL, 0, QUAY_FOREVER);
}

static void await_any_in_vain(void)
{
    quay_runtime *rt = simulate(77, 2, 0);
    quay_future *f = quay_ask(spawn_at(rt, keep_duty, 0, "keeper", NULL), 0, NULL, 0, QUAY_FOREVER);
    (void)quay_await_any(&f, 1, QUAY_FOREVER);
}

static void join_in_vain(void)
{
    quay_runtime *rt = simulate(77, 2, 0);
    (void)quay_join(spawn_at(rt, keep_duty, 0, "keeper", NULL), QUAY_FOREVER, NULL);
}

START_TEST(a_wait_for_ever_is_found_and_explained)
{
    assert_dies_saying(call_in_vain, "the program waits for an answer of keeper");
    assert_dies_saying(await_any_in_vain, "the program waits for one of several futures");
    assert_dies_saying(join_in_vain, "the program waits for a promise to be settled, or a port to end (join)");
    assert_dies_saying(await_in_vain, "the program waits for all messages to be handled (drain)");
    assert_dies_saying(await_in_vain, "nothing can happen any more");
    assert_dies_saying(await_in_vain, "waiter waits for an answer of keeper");
    assert_dies_saying(await_in_vain, "waiter has 1 messages queued meanwhile");
    assert_dies_saying(await_in_vain, "QUAY_SIM=77,workers=2,strategy=");
}
END_TEST

static int ask_again(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_send(quay_self_port(self), 0, NULL, 0);
}

static void never_rest_by_a_long_keep(void)
{
    quay_runtime *rt;
    uint64_t keep[QY_SETTINGS_KEEP_MOST];
    for (unsigned i = 0; i < COUNT_OF(keep); i++) keep[i] = UINT64_MAX - i;
    (void)quay_sim_start(&rt, &(quay_sim_options){.limit = 1000, .keep = keep, .keep_count = COUNT_OF(keep)});
    (void)quay_send(spawn_at(rt, ask_again, 0, "restless", NULL), 0, NULL, 0);
    (void)quay_sim_run(rt);
}

START_TEST(a_replay_is_whole_or_says_that_it_is_not)
{
    assert_dies_saying(never_rest_by_a_long_keep, "limit=1000 (without its keep, which is too long to print");
}
END_TEST

/* ---- crashes ---- */

static int give_up(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    if (message->tag == 1) abort();
    return 0;
}

static int touch_nothing(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return *(volatile int *)mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int recurse(uint32_t depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return depth ? recurse(depth - 1) + frame[0] : 0;
}

static int overflow(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    return recurse(message->tag * UINT32_MAX);
}

static void crash_in(quay_handler *handler)
{
    quay_runtime *rt = simulate(77, 2, 0);
    (void)quay_send(spawn_at(rt, handler, 1, "crasher", NULL), 1, NULL, 0);
    (void)quay_sim_run(rt);
}

static void abort_in_handler(void)
{
    crash_in(give_up);
}

static void fault_in_handler(void)
{
    crash_in(touch_nothing);
}

static void overflow_in_handler(void)
{
    crash_in(overflow);
}

static void check_in_vain(void)
{
    quay_runtime *rt = simulate(77, 1, 0);
    (void)spawn_at(rt, give_up, 0, "crasher", NULL);
    (void)quay_sim_run(rt);
    QY_CHECK(rt->workers_count == 2);
}

START_TEST(a_crash_says_how_to_repeat_it)
{
    assert_dies_saying(abort_in_handler, "in crasher, the program is ended by SIGABRT");
    assert_dies_saying(abort_in_handler, "to repeat it, run the program with QUAY_SIM=77,workers=2,");
    assert_crashes_saying(fault_in_handler, "in crasher, the program is ended by SIGSEGV");
    assert_crashes_saying(fault_in_handler, "to repeat it, run the program with QUAY_SIM=77,workers=2,");
    assert_crashes_saying(overflow_in_handler, "to repeat it, run the program with QUAY_SIM=77,workers=2,");
    assert_dies_saying(check_in_vain, "internal check failed: rt->workers_count == 2");
    assert_dies_saying(check_in_vain, "in no port, the program is ended by SIGABRT");
}
END_TEST

static void abort_after_it(void)
{
    stop(simulate(77, 1, 0));
    qy_os_print("it is over");
    abort();
}

/* The process ends as ever, with no word of a simulation. */
START_TEST(a_crash_after_it_is_none_of_its)
{
    assert_dies_saying(abort_after_it, "quay: it is over\n");
    ck_assert_ptr_null(qy_simulation_here);
    qy_sim_last_words("SIGABRT");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_wait_for_ever_is_found_and_explained, a_crash_says_how_to_repeat_it,
                            a_crash_after_it_is_none_of_its, a_replay_is_whole_or_says_that_it_is_not};
    return run_tests("report", tests, COUNT_OF(tests));
}
