/* machine.c - the simulator's qy_os: time, sleep, threads, stacks, memory.
 *
 * Spurious wake-ups are drawn here, as the contract of park allows them; stacks and memory fail here. */
#include <stdlib.h>

#include "sim/simulation.h"

#define READING_NS 1      /* what reading the clock takes … */
#define MANY_READINGS 256 /* … and who reads it so often without a turn of anybody waits for it in a loop: */
#define WAITING_NS 10000  /* it takes longer then, or a second would take 10^9 readings */
#define FAILING_ONE_IN 64

static void stop(const char *text) QY_NORETURN;
static void stop(const char *text)
{
    qy_os_print(text);
    abort();
}

static void stranger(void)
{
    stop("a simulated runtime was called by a thread that does not drive it. A simulation is one thread: have it send "
         "and await for all, or do without QUAY_SIM");
}

qy_simulation *qy_simulation_get(void)
{
    if (!qy_simulation_here) stranger();
    return qy_simulation_here;
}

/* ---- time, sleeping and waking ---- */

static int64_t now(void)
{
    qy_simulation *sim = qy_simulation_get();
    return sim->clock += ++sim->readings < MANY_READINGS ? READING_NS : WAITING_NS;
}

static int park(uint32_t *word, uint32_t expect, int64_t deadline)
{
    qy_simulation *sim = qy_simulation_get();
    if (*word != expect) return 0;
    if (qy_sim_chance(sim, sim->settings.spurious)) {
        qy_agent_point(sim);
        return 0;
    }
    return qy_agent_sleep(sim, word, deadline);
}

static void yield(void)
{
    qy_agent_point(qy_simulation_get());
}

/* A thread of two runtimes is inside one of them when it wakes somebody; while others have the turn, that place may not
 * be left to a thread of the other. */
static void wake(uint32_t *word, int count)
{
    qy_simulation *sim = qy_simulation_get();
    bool road = qy_roads_woken(sim, word);
    qy_agent_wake(sim, word, count);
    if (road && sim->runtimes_count == 1) qy_agent_point(sim);
}

/* ---- threads ---- */

static int thread_start(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument)
{
    (void)name;
    qy_agent *agent = qy_agent_new(qy_simulation_get(), entry, argument);
    if (!agent) return -EAGAIN;
    thread->handle = agent->number;
    return 0;
}

static void thread_join(qy_os_thread thread)
{
    qy_simulation *sim = qy_simulation_get();
    qy_agent_join(sim, sim->agents[thread.handle]);
}

/* ---- stacks ---- */

static int stack_make(qy_stack *stack, size_t size)
{
    qy_simulation *sim = qy_simulation_get();
    if (sim->armed && sim->running->withheld.famine) return -ENOMEM;
    int error = qy_stack_make(stack, size);
    if (!error) sim->stacks++;
    return error;
}

static void stack_free(qy_stack *stack)
{
    qy_simulation_get()->stacks--;
    qy_stack_free(stack);
}

static int stack_watch(void (*overflow)(const void *address), void **alternate)
{
    (void)overflow;
    *alternate = NULL; /* the driver's is for all of them: agents.c */
    return 0;
}

static void stack_unwatch(void *alternate)
{
    QY_CHECK(!alternate);
}

/* ---- what is not simulated ---- */

static int event_new(void)
{
    stop("quay_future_fd is for poll(), which waits in real time for what happens only while the simulation is "
         "driven. Use quay_await, or do without QUAY_SIM");
}

static void event_raise(int event)
{
    QY_CHECK(event < 0);
}

static const char *environment(const char *name)
{
    (void)name;
    return NULL; /* options come with the seed, so that a replay needs nothing else */
}

static const qy_os os = {
    .now = now,
    .park = park,
    .yield = yield,
    .wake = wake,
    .thread_start = thread_start,
    .thread_join = thread_join,
    .thread_detach = thread_join, /* it has been told to exit, and does as soon as it has the turn */
    .stack_make = stack_make,
    .stack_free = stack_free,
    .stack_watch = stack_watch,
    .stack_unwatch = stack_unwatch,
    .event_new = event_new,
    .event_raise = event_raise,
    .event_free = event_raise,
    .environment = environment,
    .stranger = stranger,
};

const qy_machine qy_machine_simulated = {.os = &os, .body = qy_sim_loop, .born = qy_sim_born};

/* ---- memory ---- */

/* Behind the qy_memory of a runtime: what it has not given back. What comes first goes last: the runtime itself or,
 * where memory is limited, its budget. */
typedef struct store {
    quay_allocator inner;
    size_t live;
    const void *first;
} store;

static void *allocate(void *context, size_t size, size_t align)
{
    store *from = context;
    qy_simulation *sim = qy_simulation_get();
    bool fails = sim->running->withheld.famine;
    fails |= (sim->settings.options.faults & QUAY_SIM_MEMORY) && qy_sim_chance(sim, FAILING_ONE_IN);
    if (fails && sim->armed) return NULL;
    void *memory = from->inner.allocate(from->inner.context, size, align);
    if (!memory) return NULL;
    if (!from->first) from->first = memory;
    from->live += size;
    return memory;
}

static void forget_runtime(qy_simulation *sim, const void *memory)
{
    for (unsigned i = 0; i < sim->runtimes_count; i++) {
        if (sim->runtimes[i] == memory) sim->runtimes[i] = sim->runtimes[--sim->runtimes_count];
    }
}

static void release(void *context, void *memory, size_t size)
{
    store *to = context;
    qy_simulation *sim = qy_simulation_get();
    QY_CHECK(to->live >= size);
    to->live -= size;
    bool last = memory == to->first;
    forget_runtime(sim, memory);
    if (last && to->live) qy_sim_fail(sim, "the runtime has ended and left %zu bytes", to->live);
    to->inner.release(to->inner.context, memory, size);
    if (!last) return;
    qy_os_release(NULL, to, sizeof *to);
    sim->stores--;
    if (sim->runtimes_count || sim->starting) return;
    if (sim->stacks) qy_sim_fail(sim, "the last runtime has ended and left %u stacks", sim->stacks);
    qy_simulation_end(sim);
}

int qy_sim_allocator(const quay_allocator *inner, quay_allocator *out)
{
    store *made = qy_os_allocate(NULL, sizeof *made, QY_CACHE_LINE);
    if (!made) return -ENOMEM;
    made->inner = inner->allocate ? *inner : (quay_allocator){qy_os_allocate, qy_os_release, NULL};
    *out = (quay_allocator){allocate, release, made};
    qy_simulation_get()->stores++;
    return 0;
}

void qy_sim_allocator_free(const quay_allocator *unused)
{
    qy_os_release(NULL, unused->context, sizeof(store));
    qy_simulation_get()->stores--;
}
