/* loop.c - a simulated worker's loop: step or sleep, as qy_worker_loop, with a point before each step where another may
 * get the turn and things may go wrong. */
#include "sim/simulation.h"

static void tell_ended(qy_simulation *sim, qy_agent *agent)
{
    const qy_worker *worker = agent->worker;
    for (; agent->told != worker->remembered_next; agent->told++) {
        const qy_remembered *ended = &worker->remembered[agent->told % QY_REMEMBERED];
        uint32_t number = qy_sim_port_number(&sim->ports, ended->id);
        qy_sim_port_ended(&sim->ports, number);
        qy_trace_add(sim, &(qy_event){.time = sim->clock,
                                      .kind = QY_EVENT_ENDED,
                                      .worker = worker->index,
                                      .to = number,
                                      .status = ended->reason});
    }
}

/* A handler may leave this stack during the step, and another loop goes on with the next one: what belongs to the step
 * is the agent's (fiber.h B3). */
static bool step(qy_simulation *sim, qy_agent *agent)
{
    qy_roads_arm(sim, agent->worker);
    qy_agent_point(sim);
    qy_faults_before(sim, agent);
    bool busy = qy_worker_step(agent->worker);
    qy_faults_after(agent);
    tell_ended(sim, agent);
    return busy;
}

/* On a fiber, and on any other that takes over. */
void qy_sim_loop(qy_worker *worker)
{
    qy_simulation *sim = qy_simulation_get();
    for (;;) {
        qy_agent *agent = sim->running;
        agent->worker = worker;
        while (!worker->exiting) {
            if (!step(sim, agent)) qy_worker_sleep(worker);
        }
        (void)qy_faults_release(agent);
        qy_outbound_flush_blocks(worker);
        qy_oracle_at_end(sim, worker->station.runtime);
        qy_fiber_leave(worker);
    }
}
