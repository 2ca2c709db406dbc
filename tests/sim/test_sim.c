/* test_sim.c - starting, running and asking. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int count(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    ++*SHARED(state, unsigned);
    return self ? 0 : -EINVAL;
}

START_TEST(misuse_is_refused)
{
    quay_runtime *rt;
    ck_assert_int_eq(quay_sim_start(NULL, NULL), -EINVAL);
    ck_assert_int_eq(quay_sim_start(&rt, &(quay_sim_options){.workers = 64}), -EINVAL);
    ck_assert_int_eq(quay_sim_start(&rt, &(quay_sim_options){.stack_size = 1}), -EINVAL);
    ck_assert_int_eq(quay_sim_start(&rt, &(quay_sim_options){.allocator = {.allocate = qy_os_allocate}}), -EINVAL);
    ck_assert_ptr_null(qy_simulation_here);
    ck_assert_int_eq(quay_sim_run(NULL), -EINVAL);
    ck_assert_int_eq(quay_sim_run_until(NULL, 0), -EINVAL);
    ck_assert_uint_eq(quay_sim_hash(NULL), 0);
    ck_assert_int_eq(quay_sim_replay(NULL, NULL, 0), -EINVAL);
    ck_assert_int_eq(quay_runtime_start(&rt, &(quay_runtime_options){.workers = 1}), 0);
    ck_assert_int_eq(quay_sim_run(rt), -EINVAL);
    ck_assert(!quay_simulated(rt) && !quay_simulated(NULL));
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(defaults)
{
    char text[128];
    quay_runtime *rt;
    ck_assert_int_eq(quay_sim_start(&rt, NULL), 0);
    ck_assert(quay_simulated(rt));
    ck_assert_uint_eq(quay_runtime_workers(rt), 4);
    ck_assert_int_gt(quay_sim_replay(rt, text, sizeof text), 0);
    ck_assert_int_eq(strncmp(text, "0,workers=4,strategy=", 21), 0);
    stop(rt);
}
END_TEST

/* As on the real machine; what was started before tells that there was a fork. */
START_TEST(a_forked_child_starts_none)
{
    int status;
    quay_runtime *rt;
    stop(simulate(1, 1, 0));
    pid_t child = fork();
    if (child == 0) _exit(quay_sim_start(&rt, NULL) != -EPERM);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(too_many_workers_leave_nothing_behind)
{
    quay_runtime *first = simulate(1, 60, 0);
    quay_runtime *second;
    ck_assert_int_eq(quay_runtime_start(&second, &(quay_runtime_options){.workers = 4}), -EAGAIN);
    ck_assert_int_eq(quay_runtime_start(&second, &(quay_runtime_options){.workers = 3}), 0);
    ck_assert_int_eq(quay_runtime_stop(second, QUAY_FOREVER), 0);
    stop(first);
}
END_TEST

static size_t left;

static void *allocate_some(void *context, size_t size, size_t align)
{
    (void)context;
    return left-- ? qy_os_allocate(NULL, size, align) : NULL;
}

START_TEST(a_start_without_memory_leaves_nothing_behind)
{
    quay_runtime *rt;
    size_t needed = 0;
    int error;
    do {
        left = needed++;
        error = quay_sim_start(&rt, &(quay_sim_options){.allocator = {allocate_some, qy_os_release, NULL}});
        ck_assert(error == 0 || error == -ENOMEM);
        ck_assert_ptr_eq(qy_simulation_here, error ? NULL : qy_simulation_here);
    } while (error);
    ck_assert_uint_gt(needed, 10);
    left = SIZE_MAX;
    stop(rt);
}
END_TEST

START_TEST(a_simulation_holds_so_many_runtimes)
{
    quay_runtime *rt[QY_SIM_RUNTIMES + 1];
    for (unsigned i = 0; i < QY_SIM_RUNTIMES; i++) {
        ck_assert_int_eq(quay_sim_start(&rt[i], &(quay_sim_options){.workers = 1}), 0);
    }
    ck_assert_int_eq(quay_sim_start(&rt[QY_SIM_RUNTIMES], &(quay_sim_options){.workers = 1}), -EAGAIN);
    for (unsigned i = 0; i < QY_SIM_RUNTIMES; i++) ck_assert_int_eq(quay_runtime_stop(rt[i], QUAY_FOREVER), 0);
    ck_assert_ptr_null(qy_simulation_here);
}
END_TEST

START_TEST(running_until_a_time)
{
    unsigned beats = 0;
    quay_timer timer;
    quay_runtime *rt = simulate(3, 2, 0);
    quay_port port = spawn_at(rt, count, 1, "beats", &beats);
    quay_time start = quay_now();
    ck_assert_int_eq(quay_send_every(port, 0, NULL, 0, start + QUAY_SEC(60), QUAY_SEC(60), &timer), 0);
    ck_assert_int_eq(quay_sim_run_until(rt, start + QUAY_SEC(59)), 0);
    ck_assert_uint_eq(beats, 0);
    ck_assert_int_eq(quay_sim_run_until(rt, start + QUAY_SEC(3630)), 0);
    ck_assert_uint_eq(beats, 60);
    ck_assert_int_ge(quay_now(), start + QUAY_SEC(3630));
    ck_assert_int_eq(quay_timer_cancel(timer), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_uint_eq(beats, 60);
    stop(rt);
}
END_TEST

static int run_inside(quay_self *self, void *state, const quay_message *message)
{
    quay_runtime *other;
    (void)state, (void)message;
    ck_assert_int_eq(quay_sim_run(quay_self_runtime(self)), -EDEADLK);
    ck_assert_int_eq(quay_sim_start(&other, NULL), -EDEADLK);
    return 0;
}

START_TEST(a_handler_does_not_drive)
{
    quay_runtime *rt = simulate(1, 1, 0);
    ck_assert_int_eq(quay_send(spawn_at(rt, run_inside, 0, "inside", NULL), 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    stop(rt);
}
END_TEST

/* The same on every machine, by every compiler, at every address: a change of the machine changes it, so it is no more
 * than two runs of this build that are compared here; tests/scenario/hashes.sh compares builds. */
START_TEST(one_seed_has_one_hash)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint64_t hashes[2];
        for (int run = 0; run < 2; run++) {
            unsigned handled = 0;
            quay_runtime *rt = simulate(seed, 3, QUAY_SIM_KILL | QUAY_SIM_DEADLINE | QUAY_SIM_CLOCK);
            quay_port ports[6];
            for (unsigned i = 0; i < 6; i++) ports[i] = spawn_at(rt, count, i % 3, "port", &handled);
            for (unsigned i = 0; i < 60; i++) (void)quay_send(ports[i % 6], i, &i, sizeof i);
            ck_assert_int_eq(quay_sim_run(rt), 0);
            hashes[run] = quay_sim_hash(rt);
            stop(rt);
        }
        ck_assert_uint_eq(hashes[0], hashes[1]);
    }
}
END_TEST

static int double_it(void *arg)
{
    return *(int *)arg *= 2;
}

static int share(quay_self *self, void *state, void *arg)
{
    *(void **)state = arg;
    return self ? 0 : -EINVAL;
}

static int offload(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    int answer = 0;
    quay_future *f = quay_offload(self, double_it, SHARED(state, int));
    ck_assert(!quay_settled(f)); /* as anywhere: settled at once would mean refused */
    ck_assert_int_eq(quay_await(f, &answer, sizeof answer), sizeof answer);
    quay_drop(f);
    return quay_reply(self, &answer, sizeof answer);
}

START_TEST(blocking_ports_and_offloaded_functions_need_no_threads)
{
    quay_runtime *rt = simulate(3, 2, 0);
    int number = 21, answer = 0;
    quay_port port;
    quay_port_options options = {.blocking = true, .arg = &number, .state_size = sizeof(int *), .init = share};
    ck_assert_int_eq(quay_spawn(rt, &port, offload, &options), 0);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, &answer, sizeof answer, QUAY_FOREVER), sizeof answer);
    ck_assert_int_eq(answer, 42);
    ck_assert_ptr_null(rt->newest_host);
    ck_assert_ptr_null(rt->watchdog);
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {misuse_is_refused,
                            defaults,
                            a_forked_child_starts_none,
                            too_many_workers_leave_nothing_behind,
                            a_start_without_memory_leaves_nothing_behind,
                            a_simulation_holds_so_many_runtimes,
                            running_until_a_time,
                            a_handler_does_not_drive,
                            one_seed_has_one_hash,
                            blocking_ports_and_offloaded_functions_need_no_threads};
    return run_tests("sim", tests, COUNT_OF(tests));
}
