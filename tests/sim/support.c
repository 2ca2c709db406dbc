/* support.c - see support.h. */
#define _GNU_SOURCE
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

quay_runtime *simulate(uint64_t seed, unsigned workers, unsigned faults)
{
    quay_runtime *rt;
    ck_assert_int_eq(quay_sim_start(&rt, &(quay_sim_options){.seed = seed, .workers = workers, .faults = faults}), 0);
    return rt;
}

void stop(quay_runtime *rt)
{
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_ptr_null(qy_simulation_here);
}

void be_plain(void)
{
    qy_settings *settings = &qy_simulation_here->settings;
    settings->batch = 1;
    settings->preempt = settings->short_step = settings->lane_delay = settings->spurious = settings->stray = 0;
}

qy_simulation *begin(uint64_t seed)
{
    qy_settings settings;
    qy_simulation *sim;
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.seed = seed}, &settings), 0);
    ck_assert_int_eq(qy_simulation_begin(&settings, &sim), 0);
    return sim;
}

char order[256];
unsigned said;

void say_three_times(void *letter)
{
    for (int i = 0; i < 3; i++) {
        order[said++] = *(const char *)letter;
        qy_agent_point(qy_simulation_here);
    }
}

int keep_duty(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    quay_promise promise = quay_defer(self);
    if (state && *(void **)state) *SHARED(state, quay_promise) = promise;
    return 0;
}

int wait_for(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    (void)quay_call(*SHARED(state, quay_port), 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return 0;
}

static int take_shared(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(void **)state = arg;
    return 0;
}

quay_port spawn_at(quay_runtime *rt, quay_handler *handler, unsigned worker, const char *name, void *shared)
{
    quay_port port;
    quay_port_options options = {
        .name = name, .place = quay_core(worker), .state_size = sizeof shared, .init = take_shared, .arg = shared};
    ck_assert_int_eq(quay_spawn(rt, &port, handler, &options), 0);
    return port;
}

static size_t read_all(int from, char *text, size_t size)
{
    size_t length = 0;
    for (ssize_t got; (got = read(from, text + length, size - 1 - length)) > 0;) length += (size_t)got;
    text[length] = 0;
    return length;
}

static int status_after(void (*body)(void), char *output, size_t size)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        (void)dup2(ends[1], STDERR_FILENO);
        body();
        _exit(EXIT_SUCCESS);
    }
    ck_assert_int_eq(close(ends[1]), 0);
    (void)read_all(ends[0], output, size);
    ck_assert_int_eq(close(ends[0]), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

void assert_dies_saying(void (*body)(void), const char *text)
{
    char output[16384];
    int status = status_after(body, output, sizeof output);
    ck_assert_msg(strstr(output, text) != NULL, "it output: %s", output);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "it did not abort");
}

void assert_crashes_saying(void (*body)(void), const char *text)
{
    char output[16384];
    int status = status_after(body, output, sizeof output);
    ck_assert_msg(strstr(output, text) != NULL, "it output: %s", output);
    bool ended = WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) != EXIT_SUCCESS;
    ck_assert_msg(ended, "it went on");
}

void keep_log(void *context, quay_log_level level, const char *text)
{
    kept_log *log = context;
    size_t length = strlen(log->text);
    (void)snprintf(log->text + length, sizeof log->text - length, "%d %s\n", (int)level, text);
    log->lines++;
}
