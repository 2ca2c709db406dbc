/* choices.c - what the seed decides: who goes on, and all that is left to chance; and the clock, which jumps when
 * nobody can go on. */
#include <string.h>

#include "sim/simulation.h"

#define CHOICE_NS 1000    /* what a choice takes, so that time passes while there is work */
#define DELAY_CHOICES 256 /* what is delayed is seen within so many, however busy the others are */
#define TURNS_MOST 256    /* in a row while others could go on: it may be one of them that it waits for, in a loop */

/* ---- deviations ---- */

/* A search wants to know; what there is no memory for cannot be left out, and that is all. */
static void note_deviation(qy_simulation *sim)
{
    if (sim->deviations_count == sim->deviations_room) {
        unsigned room = sim->deviations_room ? 2 * sim->deviations_room : 64;
        uint64_t *grown = qy_os_allocate(NULL, room * sizeof *grown, QY_CACHE_LINE);
        if (!grown) return;
        if (sim->deviations) memcpy(grown, sim->deviations, sim->deviations_count * sizeof *grown);
        qy_os_release(NULL, sim->deviations, 0);
        sim->deviations = grown;
        sim->deviations_room = room;
    }
    sim->deviations[sim->deviations_count++] = sim->decisions;
}

static bool is_kept(const qy_simulation *sim)
{
    for (unsigned i = 0; i < sim->settings.options.keep_count; i++) {
        if (sim->keep[i] == sim->decisions) return true;
    }
    return !sim->keep;
}

/* The decision at hand was drawn so that the run leaves its plain course: does it? Draws are made whether they are
 * heard or not, so that those that are kept stay what they were. */
static bool deviate(qy_simulation *sim)
{
    bool kept = is_kept(sim);
    if (kept) note_deviation(sim);
    return kept;
}

bool qy_sim_chance(qy_simulation *sim, unsigned one_in)
{
    if (!one_in) return false;
    sim->decisions++;
    return !qy_rng_below(&sim->rng, one_in) && deviate(sim);
}

/* ---- who can go on ---- */

static unsigned find_runnable(const qy_simulation *sim, unsigned *numbers)
{
    unsigned count = 0;
    for (unsigned i = 0; i < sim->agents_count; i++) {
        const qy_agent *agent = sim->agents[i];
        if (agent && !agent->asleep && !agent->over) numbers[count++] = i;
    }
    return count;
}

int64_t qy_agent_next_deadline(const qy_simulation *sim)
{
    int64_t first = QUAY_FOREVER;
    for (unsigned i = 0; i < sim->agents_count; i++) {
        const qy_agent *agent = sim->agents[i];
        if (agent && agent->asleep && agent->deadline < first) first = agent->deadline;
    }
    return first;
}

static void wake_due(qy_simulation *sim)
{
    for (unsigned i = 0; i < sim->agents_count; i++) {
        qy_agent *agent = sim->agents[i];
        if (agent && agent->asleep && agent->deadline <= sim->clock) qy_agent_rouse(sim, agent, -ETIMEDOUT);
    }
}

/* What is withheld from sleeping workers is given back: it would have been seen by now. */
static bool release_all(qy_simulation *sim)
{
    bool found = false;
    for (unsigned i = 0; i < sim->agents_count; i++) {
        qy_agent *agent = sim->agents[i];
        if (!agent || !agent->asleep || !agent->worker || !qy_faults_release(agent)) continue;
        qy_agent_rouse(sim, agent, 0);
        found = true;
    }
    return found;
}

/* Nobody can go on: what is delayed comes, then the clock jumps, then the simulation is at rest. */
static void let_time_pass(qy_simulation *sim)
{
    if (release_all(sim)) return;
    int64_t next = qy_agent_next_deadline(sim);
    if (next < QUAY_FOREVER) {
        if (next > sim->clock) sim->clock = next;
        wake_due(sim);
        return;
    }
    qy_agent *driver = sim->agents[0];
    if (!driver->asleep || driver->word) qy_oracle_stuck(sim);
    qy_agent_rouse(sim, driver, 0);
}

/* Who ran, if it can go on and has not long enough; or who has waited longest for a turn. */
static unsigned stay(const qy_simulation *sim, const unsigned *numbers, unsigned count)
{
    const qy_agent *first = NULL;
    for (unsigned i = 0; i < count; i++) {
        const qy_agent *agent = sim->agents[numbers[i]];
        if (agent == sim->running && sim->turns < TURNS_MOST) return agent->number;
        if (agent != sim->running && (!first || agent->since < first->since)) first = agent;
    }
    return first ? first->number : numbers[0];
}

qy_agent *qy_sim_choose(qy_simulation *sim)
{
    unsigned numbers[QY_SIM_AGENTS], count;
    while (!(count = find_runnable(sim, numbers))) let_time_pass(sim);
    if (++sim->choices % DELAY_CHOICES == 0 && release_all(sim)) count = find_runnable(sim, numbers);
    sim->decisions++;
    sim->readings = 0;
    sim->clock += CHOICE_NS;
    wake_due(sim);
    if (sim->turns == TURNS_MOST) qy_strategy_yield(&sim->strategy, sim->running->number);
    unsigned staying = stay(sim, numbers, count);
    unsigned chosen = qy_strategy_choose(&sim->strategy, numbers, count);
    if (chosen != staying && !deviate(sim)) chosen = staying;
    sim->turns = count > 1 && chosen == sim->running->number ? sim->turns + 1 : 0;
    qy_trace_mix(&sim->trace, chosen);
    if (sim->choices == sim->settings.options.limit) qy_sim_fail(sim, "the run did not come to rest");
    return sim->agents[chosen];
}
