/* test_machine.c - the simulated system: time, memory that is counted, and what it refuses to simulate. */
#include <pthread.h>

#include "support.h"

static int reply(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_reply(self, NULL, 0);
}

START_TEST(who_waits_for_the_clock_in_a_loop_gets_there)
{
    quay_runtime *rt = simulate(1, 1, 0);
    quay_time from = quay_now();
    for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_now(), from + i + 1);
    unsigned readings = 0;
    for (quay_time until = quay_in(QUAY_SEC(1)); quay_now() < until;) readings++;
    ck_assert_uint_lt(readings, 200000);
    stop(rt);
}
END_TEST

START_TEST(a_park_whose_word_differs_returns_at_once)
{
    quay_runtime *rt = simulate(1, 1, 0);
    uint32_t word = 1;
    uint64_t choices = qy_simulation_here->choices;
    ck_assert_int_eq(rt->os->park(&word, 0, QUAY_FOREVER), 0);
    ck_assert_uint_eq(qy_simulation_here->choices, choices);
    be_plain();
    ck_assert_int_eq(rt->os->park(&word, 1, quay_in(QUAY_SEC(9))), -ETIMEDOUT);
    stop(rt);
}
END_TEST

START_TEST(spurious_wake_ups_happen)
{
    quay_runtime *rt = simulate(1, 1, 0);
    uint32_t word = 1;
    unsigned spurious = 0;
    be_plain();
    qy_simulation_here->settings.spurious = 2;
    for (int i = 0; i < 50; i++) spurious += rt->os->park(&word, 1, quay_in(QUAY_SEC(1))) == 0;
    ck_assert_uint_gt(spurious, 5);
    ck_assert_uint_lt(spurious, 45);
    stop(rt);
}
END_TEST

START_TEST(two_runtimes_share_a_simulation)
{
    quay_runtime *first = simulate(1, 2, 0);
    quay_runtime *second;
    ck_assert_int_eq(quay_runtime_start(&second, &(quay_runtime_options){.workers = 3}), 0);
    ck_assert_uint_eq(quay_runtime_workers(second), 3);
    quay_port port = spawn_at(second, reply, 2, "there", NULL);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_stop(first, QUAY_FOREVER), 0);
    ck_assert_ptr_nonnull(qy_simulation_here);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop(second);
    ck_assert_ptr_eq(qy_os_here, &qy_os_linux);
}
END_TEST

START_TEST(a_runtime_with_a_memory_limit_is_forgotten_when_it_has_ended)
{
    quay_runtime *first = simulate(1, 2, 0);
    quay_runtime *second;
    quay_runtime_options options = {.workers = 2, .memory_limit = 2 * QUAY_MEMORY_LEAST};
    ck_assert_int_eq(quay_runtime_start(&second, &options), 0);
    ck_assert_uint_eq(qy_simulation_here->runtimes_count, 2);
    ck_assert_int_eq(quay_runtime_stop(second, QUAY_FOREVER), 0);
    ck_assert_uint_eq(qy_simulation_here->runtimes_count, 1);
    ck_assert_ptr_eq(qy_simulation_here->runtimes[0], first);
    stop(first);
}
END_TEST

/* ---- what ends the process ---- */

static quay_port shared;

static void *send_from_thread(void *arg)
{
    (void)arg;
    (void)quay_send(shared, 0, NULL, 0);
    return NULL;
}

static void send_from_elsewhere(void)
{
    pthread_t thread;
    shared = spawn_at(simulate(1, 1, 0), reply, 0, "port", NULL);
    (void)pthread_create(&thread, NULL, send_from_thread, NULL);
    (void)pthread_join(thread, NULL);
}

static void *drain_from_thread(void *rt)
{
    (void)quay_runtime_drain(rt, QUAY_FOREVER);
    return NULL;
}

static void drain_from_elsewhere(void)
{
    pthread_t thread;
    quay_runtime *rt = simulate(1, 1, 0);
    shared = spawn_at(rt, reply, 0, "port", NULL);
    (void)pthread_create(&thread, NULL, drain_from_thread, rt);
    (void)pthread_join(thread, NULL);
}

/* The main thread drives, another holds a future of the simulation. */
static quay_future *held;

static void *await_held(void *context)
{
    (void)context;
    return (void *)(intptr_t)quay_await(held, NULL, 0);
}

static void *await_any_held(void *context)
{
    (void)context;
    return (void *)(intptr_t)quay_await_any(&held, 1, QUAY_FOREVER);
}

static void hold_and_wait(void *(*body)(void *))
{
    pthread_t thread;
    held = quay_ask(spawn_at(simulate(1, 1, 0), reply, 0, "port", NULL), 0, NULL, 0, QUAY_FOREVER);
    if (!pthread_create(&thread, NULL, body, NULL)) (void)pthread_join(thread, NULL);
}

static void await_elsewhere(void)
{
    hold_and_wait(await_held);
}

static void await_any_elsewhere(void)
{
    hold_and_wait(await_any_held);
}

START_TEST(a_stranger_ends_the_process)
{
    assert_dies_saying(send_from_elsewhere, "a thread that does not drive it");
    assert_dies_saying(drain_from_elsewhere, "a thread that does not drive it");
    assert_dies_saying(await_elsewhere, "a thread that does not drive it");
    assert_dies_saying(await_any_elsewhere, "a thread that does not drive it");
}
END_TEST

static void want_a_descriptor(void)
{
    quay_runtime *rt = simulate(1, 1, 0);
    (void)quay_future_fd(quay_ask(spawn_at(rt, reply, 0, "port", NULL), 0, NULL, 0, QUAY_FOREVER));
}

START_TEST(a_descriptor_ends_the_process)
{
    assert_dies_saying(want_a_descriptor, "quay_future_fd is for poll()");
}
END_TEST

static void leave_memory(void)
{
    quay_runtime *rt = simulate(1, 1, 0);
    (void)qy_allocate(&rt->memory, 100, 16);
    stop(rt);
}

static void leave_a_stack(void)
{
    qy_stack stack;
    quay_runtime *rt = simulate(1, 1, 0);
    (void)rt->os->stack_make(&stack, 4096);
    stop(rt);
}

START_TEST(what_is_left_ends_the_process)
{
    assert_dies_saying(leave_memory, "left 100 bytes");
    assert_dies_saying(leave_a_stack, "left 1 stacks");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {who_waits_for_the_clock_in_a_loop_gets_there,
                            a_park_whose_word_differs_returns_at_once,
                            spurious_wake_ups_happen,
                            two_runtimes_share_a_simulation,
                            a_runtime_with_a_memory_limit_is_forgotten_when_it_has_ended,
                            a_stranger_ends_the_process,
                            a_descriptor_ends_the_process,
                            what_is_left_ends_the_process};
    return run_tests("machine", tests, COUNT_OF(tests));
}
