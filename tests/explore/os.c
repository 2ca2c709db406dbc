/* os.c - the runtime's os.h on top of the schedule: linked in place of the files of runtime/os.
 *
 * Owns the events and the stacks of fibers, which are given back by the end of each schedule. Read next: scenario/. */
#include "instrument.h"

#include "os/os.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "memory.h"
#include "os.h"

#define CORES 8
#define STACKS 32
#define STACK_BYTES ((size_t)128 * 1024)

void qy_check_failed(const char *what, const char *file, int line)
{
    explore_fail("%s:%d: %s", file, line, what);
}

/* ---- clock, parking, threads ---- */

static int thread_start(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument)
{
    thread->handle = explore_thread(name, entry, argument);
    return 0;
}

static void thread_join(qy_os_thread thread)
{
    explore_join((unsigned)thread.handle);
}

static void thread_detach(qy_os_thread thread)
{
    (void)thread;
}

int qy_os_at_thread_exit(void (*hook)(void *), void *argument)
{
    explore_at_exit(hook, argument);
    return 0;
}

/* ---- memory; what is taken outside of a schedule outlives it ---- */

void *qy_os_allocate(void *context, size_t size, size_t align)
{
    (void)context;
    if (explore_current != EXPLORE_NOBODY) return memset(explore_memory.allocate(NULL, size, align), 0, size);
    void *memory = aligned_alloc(QY_CACHE_LINE, (size + QY_CACHE_LINE - 1) / QY_CACHE_LINE * QY_CACHE_LINE);
    QY_CHECK(memory && align <= QY_CACHE_LINE);
    return memset(memory, 0, size);
}

void qy_os_release(void *context, void *memory, size_t size)
{
    (void)context;
    QY_CHECK(explore_current != EXPLORE_NOBODY);
    explore_memory.release(NULL, memory, size);
}

/* ---- the process ---- */

int qy_os_at_fork(void (*child)(void))
{
    (void)child;
    return 0;
}

static const char *environment(const char *name)
{
    (void)name;
    return NULL;
}

void qy_os_abandon(const char *text)
{
    explore_fail("%s", text);
}

void qy_os_print(const char *text)
{
    (void)fprintf(stderr, "quay: %s\n", text);
}

/* ---- events ---- */

static struct {
    bool live;
    bool raised;
} events[EXPLORE_EVENTS];

static int event_new(void)
{
    for (int i = 0; i < EXPLORE_EVENTS; i++) {
        if (events[i].live) continue;
        events[i].live = true;
        events[i].raised = false;
        return i;
    }
    return -EMFILE;
}

static void event_raise(int event)
{
    EXPLORE_CHECK(events[event].live);
    events[event].raised = true;
}

static void event_free(int event)
{
    EXPLORE_CHECK(events[event].live);
    events[event].live = false;
}

bool explore_event_raised(int event)
{
    EXPLORE_CHECK(events[event].live);
    return events[event].raised;
}

void explore_os_check(void)
{
    for (int i = 0; i < EXPLORE_EVENTS; i++) EXPLORE_CHECK(!events[i].live);
}

/* ---- a machine ---- */

int qy_topology_load(qy_topology **out, const char *synthetic)
{
    (void)synthetic;
    *out = NULL;
    return 0;
}

void qy_topology_free(qy_topology *topology)
{
    (void)topology;
}

unsigned qy_topology_cores(const qy_topology *topology, const qy_core **cores)
{
    static qy_core all[CORES];
    (void)topology;
    for (unsigned i = 0; i < CORES; i++) all[i].core = all[i].processor = i;
    *cores = all;
    return CORES;
}

/* Said of a machine that is not there: so workers are not bound, and sleep as soon as they have nothing to do. */
bool qy_topology_is_synthetic(const qy_topology *topology)
{
    (void)topology;
    return true;
}

int qy_topology_bind(const qy_topology *topology, const qy_core *core)
{
    (void)topology, (void)core;
    return 0;
}

int qy_topology_list(const qy_topology *topology, char *text, size_t size)
{
    (void)topology;
    return snprintf(text, size, "0-%d", CORES - 1);
}

/* ---- the stacks of workers' fibers ---- */

static alignas(QY_CACHE_LINE) char stacks[STACKS][STACK_BYTES];
static uint32_t stacks_taken;

static int stack_make(qy_stack *stack, size_t size)
{
    if (!~stacks_taken || size > STACK_BYTES) return -ENOMEM;
    unsigned free = (unsigned)__builtin_ctz(~stacks_taken);
    stacks_taken |= 1U << free;
    *stack = (qy_stack){.low = stacks[free], .size = size / QY_CACHE_LINE * QY_CACHE_LINE};
    return 0;
}

static void stack_free(qy_stack *stack)
{
    size_t number = (size_t)(stack->low - stacks[0]) / STACK_BYTES;
    EXPLORE_CHECK(stacks_taken >> number & 1);
    stacks_taken &= ~(1U << number);
}

void qy_stack_adopt(qy_stack *stack)
{
    *stack = (qy_stack){0};
}

static int stack_watch(void (*overflow)(const void *), void **alternate)
{
    (void)overflow;
    *alternate = NULL;
    return 0;
}

static void stack_unwatch(void *alternate)
{
    (void)alternate;
}

static void yield(void)
{
}

/* ---- all of it ---- */

const qy_os qy_os_linux = {
    .now = explore_now,
    .park = explore_park,
    .yield = yield,
    .wake = explore_wake,
    .thread_start = thread_start,
    .thread_join = thread_join,
    .thread_detach = thread_detach,
    .stack_make = stack_make,
    .stack_free = stack_free,
    .stack_watch = stack_watch,
    .stack_unwatch = stack_unwatch,
    .event_new = event_new,
    .event_raise = event_raise,
    .event_free = event_free,
    .environment = environment,
    .concurrent = true,
};

QY_THREAD_LOCAL const qy_os *qy_os_here = &qy_os_linux;

/* Runtime code is compiled as for thread sanitizer, which wants to know of its fibers. */
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

void __tsan_switch_to_fiber(void *fiber, unsigned flags)
{
    (void)fiber, (void)flags;
}
