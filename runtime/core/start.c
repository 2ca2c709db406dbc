/* start.c - from options to running workers, and back from a start that failed half way. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/runtime.h"

#define STUCK_AFTER QUAY_MS(100)

/* ---- settings ---- */

static int read_number(const char *text, unsigned *number)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value < 1 || value > QUAY_WORKERS_MAX) return -EINVAL;
    *number = (unsigned)value;
    return 0;
}

static int read_environment(const quay_runtime *rt, quay_runtime_options *options)
{
    const char *workers = rt->os->environment("QUAY_WORKERS");
    const char *pin = rt->os->environment("QUAY_PIN");
    if (workers && *workers) {
        options->cores = NULL;
        if (read_number(workers, &options->workers)) {
            qy_log(rt, QUAY_LOG_ERROR, "QUAY_WORKERS=%s is not a number from 1 to %d", workers, QUAY_WORKERS_MAX);
            return -EINVAL;
        }
    }
    if (!pin || !*pin) return 0;
    if (!strcmp(pin, "on")) options->pin = QUAY_PIN_ON;
    else if (!strcmp(pin, "off")) options->pin = QUAY_PIN_OFF;
    else {
        qy_log(rt, QUAY_LOG_ERROR, "QUAY_PIN=%s is neither on nor off", pin);
        return -EINVAL;
    }
    return 0;
}

static int check_options(const quay_runtime_options *options)
{
    if (options->workers > QUAY_WORKERS_MAX || (options->cores && !options->workers)) return -EINVAL;
    if (options->stack_size && options->stack_size < QUAY_STACK_LEAST) return -EINVAL;
    if (options->offload_threads > QUAY_OFFLOAD_THREADS_MAX) return -EINVAL;
    if (options->stuck_after && options->stuck_after < QUAY_STUCK_LEAST) return -EINVAL;
    if (options->memory_limit && options->memory_limit < QUAY_MEMORY_LEAST) return -EINVAL;
    if (options->pin != QUAY_PIN_DEFAULT && options->pin != QUAY_PIN_ON && options->pin != QUAY_PIN_OFF) return -EINVAL;
    return !options->allocator.allocate == !options->allocator.release ? 0 : -EINVAL;
}

/* ---- cores ---- */

static int find_core(const quay_runtime *rt, unsigned number, qy_core *core)
{
    char usable[256];
    const qy_core *cores;
    unsigned count = qy_topology_cores(rt->topology, &cores);
    for (unsigned i = 0; i < count; i++) {
        if (cores[i].core != number) continue;
        *core = cores[i];
        return 0;
    }
    (void)qy_topology_list(rt->topology, usable, sizeof usable);
    qy_log(rt, QUAY_LOG_ERROR, "core %u may not be used; this process may use cores %s", number, usable);
    return -EINVAL;
}

static int choose_cores(quay_runtime *rt, const quay_runtime_options *options)
{
    QY_CHECK(rt->workers_count > 0);
    const qy_core *cores;
    unsigned count = qy_topology_cores(rt->topology, &cores);
    for (uint32_t i = 0; i < rt->workers_count; i++) {
        rt->cores[i] = cores[i % count];
        int error = options->cores ? find_core(rt, options->cores[i], &rt->cores[i]) : 0;
        if (error) return error;
    }
    bool crowded = rt->workers_count > count;
    if (crowded) {
        qy_log(rt, QUAY_LOG_WARNING,
               "%u workers share %u cores; they are not bound, and sleep as soon as they are idle", rt->workers_count,
               count);
    }
    bool real = !qy_topology_is_synthetic(rt->topology);
    rt->spin = !crowded && real;
    rt->pin = !real || (crowded && options->pin == QUAY_PIN_DEFAULT) ? QUAY_PIN_OFF : options->pin;
    return 0;
}

/* ---- making ---- */

static int make_arrays(quay_runtime *rt)
{
    uint32_t n = rt->workers_count;
    rt->workers = qy_allocate(&rt->memory, n * sizeof(qy_worker *), QY_CACHE_LINE);
    rt->cores = qy_allocate(&rt->memory, n * sizeof *rt->cores, QY_CACHE_LINE);
    rt->boots = qy_allocate(&rt->memory, n * sizeof *rt->boots, QY_CACHE_LINE);
    if (!rt->workers || !rt->cores || !rt->boots) return -ENOMEM;
    memset(rt->workers, 0, n * sizeof(qy_worker *));
    return 0;
}

/* ---- workers ---- */

static int bind(const quay_runtime *rt, uint32_t index)
{
    if (rt->pin == QUAY_PIN_OFF) return 0;
    int error = qy_topology_bind(rt->topology, &rt->cores[index]);
    if (!error || rt->pin == QUAY_PIN_ON) return error;
    qy_log(rt, QUAY_LOG_WARNING, "worker %u is not bound to core %u: %s", index, rt->cores[index].core,
           quay_strerror(error));
    return 0;
}

/* On its own thread and core, so that its memory is near. */
static int make_worker(quay_runtime *rt, uint32_t index)
{
    int error = bind(rt, index);
    if (error) return error;
    qy_worker *worker = qy_allocate(&rt->memory, sizeof *worker, QY_CACHE_LINE);
    if (!worker) return -ENOMEM;
    error = qy_worker_init(worker, rt, index);
    if (error) qy_release(&rt->memory, worker, sizeof *worker);
    else rt->workers[index] = worker;
    if (!error && rt->watchdog) qy_os_probe_allow(&worker->target);
    return error;
}

static void report_ready(quay_runtime *rt, int error)
{
    QY_CHECK(error <= 0);
    if (error) ck_pr_store_int(&rt->failure, error);
    ck_pr_fence_release();
    ck_pr_inc_32(&rt->ready);
    rt->os->wake(&rt->ready, 1);
}

static qy_go await_go(quay_runtime *rt)
{
    while (ck_pr_load_32(&rt->go) == QY_GO_NOT_YET) (void)rt->os->park(&rt->go, QY_GO_NOT_YET, QUAY_FOREVER);
    ck_pr_fence_acquire();
    return (qy_go)ck_pr_load_32(&rt->go);
}

static void run(qy_worker *worker)
{
    QY_CHECK(worker && !qy_me);
    qy_me = worker;
    qy_worker_run(worker);
    qy_me = NULL;
}

static void worker_main(void *argument)
{
    qy_boot *boot = argument;
    quay_runtime *rt = boot->runtime;
    uint32_t index = boot->index;
    void *alternate;
    int error = rt->os->stack_watch(qy_fiber_report_overflow, &alternate);
    report_ready(rt, error ? error : make_worker(rt, index));
    if (await_go(rt) == QY_GO_RUN) run(rt->workers[index]);
    rt->os->stack_unwatch(alternate);
    qy_runtime_release(rt);
}

static void let_go(quay_runtime *rt, qy_go go)
{
    QY_CHECK(go != QY_GO_NOT_YET);
    ck_pr_fence_release();
    ck_pr_store_32(&rt->go, go);
    rt->os->wake(&rt->go, INT_MAX);
}

static int start_threads(quay_runtime *rt, uint32_t *started)
{
    for (*started = 0; *started < rt->workers_count; ++*started) {
        char name[16];
        qy_boot *boot = &rt->boots[*started];
        *boot = (qy_boot){.runtime = rt, .index = *started};
        qy_format(name, sizeof name, "quay-%u", *started);
        ck_pr_inc_32(&rt->holders);
        int error = rt->os->thread_start(&boot->thread, name, worker_main, boot);
        if (!error) continue;
        ck_pr_dec_32(&rt->holders);
        return error;
    }
    return 0;
}

static int start_workers(quay_runtime *rt)
{
    uint32_t started;
    int error = start_threads(rt, &started);
    for (uint32_t ready; (ready = ck_pr_load_32(&rt->ready)) < started;) {
        (void)rt->os->park(&rt->ready, ready, QUAY_FOREVER);
    }
    ck_pr_fence_acquire();
    if (!error) error = rt->failure;
    if (!error && !qy_budget_allows(rt->budget, 0)) error = -ENOMEM;
    if (!error) error = qy_watchdog_start(rt);
    if (!error) qy_homes_list(rt, true);
    let_go(rt, error ? QY_GO_HOME : QY_GO_RUN);
    for (uint32_t i = 0; error && i < started; i++) rt->os->thread_join(rt->boots[i].thread);
    return error;
}

/* ---- start ---- */

static int make_watchdog(quay_runtime *rt, const quay_runtime_options *options)
{
    if (!rt->machine->threads) return 0;
    return qy_watchdog_make(rt, options->stuck_after ? options->stuck_after : STUCK_AFTER);
}

static int prepare(quay_runtime *rt, quay_runtime_options *options)
{
    int error = qy_homes_watch_forks();
    if (!error) error = read_environment(rt, options);
    if (!error) error = qy_topology_load(&rt->topology, options->topology);
    if (error == -EINVAL && options->topology) {
        qy_log(rt, QUAY_LOG_ERROR, "no topology is described by \"%s\"", options->topology);
    }
    if (error) return error;
    const qy_core *cores;
    rt->workers_count = options->workers ? options->workers : qy_topology_cores(rt->topology, &cores);
    error = make_arrays(rt);
    if (!error) error = choose_cores(rt, options);
    if (!error) error = make_watchdog(rt, options);
    return error ? error : qy_homes_take(rt->workers_count + 1, &rt->first_home);
}

static quay_runtime *make_runtime(const quay_runtime_options *options, const qy_machine *machine)
{
    static const qy_memory from_libc = {.allocate = qy_os_allocate, .release = qy_os_release};
    static uint64_t serial;
    const quay_allocator *given = &options->allocator;
    qy_memory memory = {.allocate = given->allocate, .release = given->release, .context = given->context};
    if (!memory.allocate) memory = from_libc;
    qy_budget *budget;
    if (qy_budget_begin(&budget, &memory, options->memory_limit)) return NULL;
    quay_runtime *rt = qy_allocate(&memory, sizeof *rt, QY_CACHE_LINE);
    if (!rt) qy_budget_end(budget);
    if (!rt) return NULL;
    memset(rt, 0, sizeof *rt);
    rt->os = machine->os;
    rt->machine = machine;
    rt->budget = budget;
    rt->memory = memory;
    rt->log = options->log;
    rt->log_context = options->log_context;
    rt->stack_size = options->stack_size ? options->stack_size : QY_STACK_DEFAULT;
    rt->serial = ck_pr_faa_64(&serial, 1) + 1;
    rt->holders = 1;
    qy_offload_init(&rt->offload, options->offload_threads, options->offload_queue);
    ck_spinlock_init(&rt->guests_lock);
    ck_spinlock_init(&rt->hosts_lock);
    qy_names_init(&rt->names, &rt->memory);
    qy_groups_init(&rt->groups, &rt->memory);
    return rt;
}

int qy_runtime_start(quay_runtime **out, const quay_runtime_options *given, const qy_machine *machine)
{
    quay_runtime_options options = given ? *given : (quay_runtime_options){0};
    if (!out || check_options(&options)) return -EINVAL;
    if (qy_me) return -EDEADLK;
    if (qy_homes_forked()) return -EPERM;
    quay_runtime *rt = make_runtime(&options, machine);
    if (!rt) return -ENOMEM;
    int error = prepare(rt, &options);
    if (!error) error = start_workers(rt);
    if (error) qy_runtime_release(rt);
    else *out = rt;
    return error;
}
