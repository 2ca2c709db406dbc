/* sim.c - starting simulated runtimes, letting them run, and asking what happened. */
#include <quay/sim.h>

#include "core/runtime.h"
#include "sim/simulation.h"
#include "sim/start.h"

/* ---- start ---- */

/* As many cores as workers, or those the options name; nothing of the real machine shows. */
static void choose_topology(quay_runtime_options *options, unsigned workers, char *text, size_t size)
{
    if (options->topology) return;
    unsigned most = 0;
    if (workers != options->workers) options->cores = NULL;
    for (unsigned i = 0; options->cores && i < workers; i++) most = options->cores[i] > most ? options->cores[i] : most;
    options->workers = workers;
    qy_format(text, size, "core:%u pu:1", options->cores ? most + 1 : workers);
    options->topology = text;
}

/* Its workers say that they are asleep before they first are, so that the first messages are seen, too. */
static void take_in(qy_simulation *sim, quay_runtime *rt)
{
    sim->runtimes[sim->runtimes_count++] = rt;
    qy_roads_begin(sim, rt);
    for (uint32_t i = 0; i < rt->workers_count; i++) qy_roads_arm(sim, rt->workers[i]);
    if (sim->runtimes_count == 1) sim->settings.options.workers = rt->workers_count;
    if (qy_sim_chance(sim, sim->settings.stray)) rt->spread = (uint32_t)qy_rng_next(&sim->rng);
    sim->armed = true;
}

static int start_in(qy_simulation *sim, quay_runtime **out, const quay_runtime_options *given)
{
    char text[64];
    quay_runtime_options options = *given;
    unsigned stores = sim->stores;
    if (sim->runtimes_count == QY_SIM_RUNTIMES) return -EAGAIN;
    int error = qy_sim_allocator(&given->allocator, &options.allocator);
    if (error) return error;
    bool first = !sim->runtimes_count;
    unsigned workers = first || !given->workers ? sim->settings.options.workers : given->workers;
    if (!options.topology || first) choose_topology(&options, workers, text, sizeof text);
    sim->starting = true;
    sim->armed = false;
    error = qy_runtime_start(out, &options, &qy_machine_simulated);
    sim->starting = false;
    sim->armed = sim->runtimes_count;
    if (!error) take_in(sim, *out);
    else if (sim->stores > stores) qy_sim_allocator_free(&options.allocator);
    return error;
}

static bool sensible(const quay_runtime_options *given)
{
    return !given->allocator.allocate == !given->allocator.release;
}

int qy_sim_start(quay_runtime **out, const quay_sim_options *options, const quay_runtime_options *given)
{
    qy_settings settings;
    if (!out || !sensible(given)) return -EINVAL;
    if (qy_me) return -EDEADLK;
    if (qy_homes_forked()) return -EPERM;
    int error = qy_settings_draw(options, &settings);
    qy_simulation *sim = qy_simulation_here;
    if (!error && !sim) error = qy_simulation_begin(&settings, &sim);
    if (error) return error;
    error = start_in(sim, out, given);
    if (error && !sim->runtimes_count) qy_simulation_end(sim);
    return error;
}

int quay_sim_start(quay_runtime **rt, const quay_sim_options *given)
{
    const quay_sim_options options = given ? *given : (quay_sim_options){0};
    quay_runtime_options runtime = {.workers = options.workers,
                                    .log = options.log,
                                    .log_context = options.log_context,
                                    .allocator = options.allocator,
                                    .stack_size = options.stack_size};
    return qy_sim_start(rt, &options, &runtime);
}

/* ---- running ---- */

/* The simulation of a runtime, or NULL. */
static qy_simulation *simulation_of(const quay_runtime *rt)
{
    qy_simulation *sim = qy_simulation_here;
    return rt && qy_simulation_has(sim, rt) ? sim : NULL;
}

int quay_sim_run_until(quay_runtime *rt, quay_time until)
{
    qy_simulation *sim = simulation_of(rt);
    if (!sim) return -EINVAL;
    if (qy_me) return -EDEADLK;
    if (!qy_agent_sleep(sim, NULL, until)) qy_oracle_at_rest(sim);
    return 0;
}

int quay_sim_run(quay_runtime *rt)
{
    return quay_sim_run_until(rt, QUAY_FOREVER);
}

/* ---- what happened ---- */

bool quay_simulated(const quay_runtime *rt)
{
    return rt && rt->machine == &qy_machine_simulated;
}

uint64_t quay_sim_hash(const quay_runtime *rt)
{
    const qy_simulation *sim = simulation_of(rt);
    return sim ? sim->trace.hash : 0;
}

int quay_sim_replay(const quay_runtime *rt, char *text, size_t size)
{
    const qy_simulation *sim = simulation_of(rt);
    return sim ? qy_settings_print(&sim->settings, text, size) : -EINVAL;
}
