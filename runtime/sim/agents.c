/* agents.c - agents: switching between them, their sleep, their birth and end. */
#include <string.h>

#include "sim/simulation.h"

#define STACK_BYTES ((size_t)256 * 1024)

QY_THREAD_LOCAL qy_simulation *qy_simulation_here;

/* ---- switching ---- */

static void free_ended(qy_simulation *sim)
{
    qy_agent *ended = sim->ended;
    if (!ended) return;
    sim->ended = NULL;
    qy_stack_free(&ended->stack);
}

/* On the agent that was reached. */
static void arrive(qy_simulation *sim, qy_transfer transfer)
{
    qy_agent *from = transfer.data;
    from->context = transfer.from;
    qy_switch_end(&sim->running->left, &from->left);
    free_ended(sim);
}

static void go_to(qy_simulation *sim, qy_agent *to)
{
    qy_agent *from = sim->running;
    if (from == to) return;
    qy_context context = to->context;
    QY_CHECK(context);
    to->context = NULL;
    from->me = qy_me;
    from->since = ++sim->moves;
    qy_me = to->me;
    sim->running = to;
    qy_stack_adopt(&from->left);
    qy_switch_begin(&from->left, &to->left);
    arrive(sim, jump_fcontext(context, from));
}

/* ---- turns ---- */

void qy_agent_point(qy_simulation *sim)
{
    if (!sim->failing) go_to(sim, qy_sim_choose(sim));
}

/* ---- sleeping and waking ---- */

void qy_agent_rouse(qy_simulation *sim, qy_agent *agent, int result)
{
    QY_CHECK(agent->asleep);
    agent->since = ++sim->moves;
    agent->asleep = false;
    agent->result = result;
}

int qy_agent_sleep(qy_simulation *sim, const uint32_t *word, int64_t deadline)
{
    qy_agent *me = sim->running;
    me->word = word;
    me->deadline = deadline;
    me->asleep = true;
    go_to(sim, qy_sim_choose(sim));
    QY_CHECK(!me->asleep && sim->running == me);
    return me->result;
}

void qy_agent_wake(qy_simulation *sim, const uint32_t *word, int count)
{
    for (unsigned i = 0; i < sim->agents_count && count > 0; i++) {
        qy_agent *agent = sim->agents[i];
        if (!agent || !agent->asleep || agent->word != word) continue;
        qy_agent_rouse(sim, agent, 0);
        count--;
    }
}

/* ---- birth and end ---- */

static void run(qy_transfer transfer)
{
    qy_simulation *sim = qy_simulation_here;
    arrive(sim, transfer);
    qy_agent *me = sim->running;
    me->entry(me->argument);
    me->over = 1;
    qy_agent_wake(sim, &me->over, INT32_MAX);
    sim->ended = me;
    go_to(sim, qy_sim_choose(sim));
    qy_check_failed("an agent that has ended goes on", __FILE__, __LINE__);
}

static unsigned free_number(const qy_simulation *sim)
{
    unsigned number = 0;
    while (number < QY_SIM_AGENTS && sim->agents[number]) number++;
    return number;
}

static qy_agent *add_agent(qy_simulation *sim, unsigned number)
{
    qy_agent *agent = qy_os_allocate(NULL, sizeof *agent, QY_CACHE_LINE);
    if (!agent) return NULL;
    agent->number = number;
    agent->since = ++sim->moves;
    sim->agents[number] = agent;
    if (number >= sim->agents_count) sim->agents_count = number + 1;
    return agent;
}

qy_agent *qy_agent_new(qy_simulation *sim, void (*entry)(void *), void *argument)
{
    qy_stack stack;
    unsigned number = free_number(sim);
    if (number == QY_SIM_AGENTS || qy_stack_make(&stack, STACK_BYTES)) return NULL;
    qy_agent *agent = add_agent(sim, number);
    if (!agent) {
        qy_stack_free(&stack);
        return NULL;
    }
    agent->stack = agent->left = stack;
    agent->context = make_fcontext(stack.low + stack.size, stack.size, run);
    agent->entry = entry;
    agent->argument = argument;
    return agent;
}

void qy_agent_join(qy_simulation *sim, qy_agent *agent)
{
    QY_CHECK(sim->agents[agent->number] == agent);
    while (!agent->over) (void)qy_agent_sleep(sim, &agent->over, QUAY_FOREVER);
    sim->agents[agent->number] = NULL;
    qy_os_release(NULL, agent, sizeof *agent);
}

/* A crash is to say which seed it was; so is a stack that overflows, which wants another to be told on. */
static void listen_to_signals(qy_simulation *sim)
{
    if (!qy_os_has_signal_stack()) (void)qy_os_linux.stack_watch(qy_fiber_report_overflow, &sim->alternate);
    qy_os_listen(qy_sim_last_words);
}

int qy_simulation_begin(const qy_settings *settings, qy_simulation **out)
{
    QY_CHECK(!qy_simulation_here);
    const quay_sim_options *options = &settings->options;
    qy_simulation *sim = qy_os_allocate(NULL, sizeof *sim, QY_CACHE_LINE);
    if (!sim) return -ENOMEM;
    sim->settings = *settings;
    sim->keep = options->keep ? qy_os_allocate(NULL, (options->keep_count + 1) * sizeof *sim->keep, 8) : NULL;
    sim->running = add_agent(sim, 0);
    if (!sim->running || (options->keep && !sim->keep)) {
        qy_simulation_end(sim);
        return -ENOMEM;
    }
    if (options->keep_count) memcpy(sim->keep, options->keep, options->keep_count * sizeof *sim->keep);
    sim->settings.options.keep = sim->keep; /* the caller's may go */
    qy_strategy_init(&sim->strategy, settings->kind, options->seed, options->depth, settings->length);
    sim->rng.state = ~options->seed;
    qy_sim_ports_init(&sim->ports);
    qy_roads_init(&sim->roads);
    sim->clock = QUAY_SEC(1000);
    qy_trace_init(&sim->trace, sim->clock);
    listen_to_signals(sim);
    qy_simulation_here = *out = sim;
    qy_os_here = qy_machine_simulated.os;
    return 0;
}

bool qy_simulation_has(const qy_simulation *sim, const quay_runtime *rt)
{
    for (unsigned i = 0; sim && i < sim->runtimes_count; i++) {
        if (sim->runtimes[i] == rt) return true;
    }
    return false;
}

qy_worker *qy_simulation_worker(const qy_simulation *sim, uint32_t number)
{
    for (unsigned i = 0; i < sim->runtimes_count; i++) {
        const quay_runtime *rt = sim->runtimes[i];
        if (number < rt->workers_count) return rt->workers[number];
        number -= rt->workers_count;
    }
    return NULL;
}

void qy_simulation_end(qy_simulation *sim)
{
    qy_sim_ports_free(&sim->ports);
    qy_roads_free(&sim->roads);
    qy_os_release(NULL, sim->agents[0], sizeof *sim->agents[0]);
    qy_os_linux.stack_unwatch(sim->alternate);
    qy_os_release(NULL, sim->deviations, 0);
    qy_os_release(NULL, sim->keep, 0);
    qy_os_release(NULL, sim, sizeof *sim);
    qy_simulation_here = NULL;
    qy_os_here = &qy_os_linux;
}
