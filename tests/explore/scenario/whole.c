/* whole.c - see whole.h. */
#include "whole.h"

#include "core/runtime.h"

quay_runtime *whole;

static void (*whole_body)(void);
static bool whole_threads;

static void check_accounts(void)
{
    quay_stats sum;
    EXPLORE_CHECK(!quay_runtime_stats(whole, &sum));
    EXPLORE_CHECK(sum.queued == 0);
    EXPLORE_CHECK(sum.sent == sum.handled + quay_dead_total(&sum));
}

static void log_nothing(void *context, quay_log_level level, const char *text)
{
    (void)context, (void)level, (void)text;
}

static void run_whole(void *argument)
{
    (void)argument;
    static const qy_machine machine = {.os = &qy_os_linux, .body = qy_worker_loop};
    static const qy_machine with_threads = {.os = &qy_os_linux, .body = qy_worker_loop, .threads = true};
    quay_runtime_options options = {.workers = 2,
                                    .stack_size = (size_t)64 * 1024,
                                    .log = log_nothing,
                                    .stuck_after = QUAY_FOREVER, /* no watchdog */
                                    .offload_threads = 2,
                                    .allocator = {explore_memory.allocate, explore_memory.release, NULL}};
    EXPLORE_CHECK(!qy_runtime_start(&whole, &options, whole_threads ? &with_threads : &machine));
    whole_body();
    if (!whole) return;
    EXPLORE_CHECK(!quay_runtime_drain(whole, QUAY_FOREVER));
    check_accounts();
    EXPLORE_CHECK(!quay_runtime_stop(whole, QUAY_FOREVER));
}

void whole_start_with(void (*body)(void), bool threads)
{
    whole_body = body;
    whole_threads = threads;
    (void)explore_thread("main", run_whole, NULL);
}

void whole_start(void (*body)(void))
{
    whole_start_with(body, false);
}

whole_guests whole_begin(unsigned count, void (*body)(void *number))
{
    static const char *const names[WHOLE_GUESTS] = {"guest 0", "guest 1", "guest 2"};
    whole_guests guests = {.count = count};
    for (uintptr_t i = 0; i < count; i++) guests.threads[i] = explore_thread(names[i], body, (void *)i);
    return guests;
}

void whole_wait(const whole_guests *guests)
{
    for (unsigned i = 0; i < guests->count; i++) explore_join(guests->threads[i]);
}

void whole_run(unsigned count, void (*body)(void *number))
{
    whole_guests guests = whole_begin(count, body);
    whole_wait(&guests);
}

quay_port whole_port(unsigned worker, quay_handler *handler, const quay_port_options *given)
{
    quay_port port;
    quay_port_options options = {0};
    if (given) options = *given;
    options.place = quay_core(worker);
    EXPLORE_CHECK(!quay_spawn(whole, &port, handler, &options));
    return port;
}
