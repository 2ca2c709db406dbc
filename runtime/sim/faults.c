/* faults.c - what goes wrong on purpose: lanes that seem empty, memory that is short, ports that are killed, time that
 * passes at the wrong moment.
 *
 * A lane is a chain from its stub; cutting it there makes it empty for its consumer, and its producer, who only knows
 * the other end, does not notice. An order to the worker puts everything back first: who gave it may know of messages
 * that were pushed before. Owns nothing: what is withheld is its agent's. Read next: oracle.c. */
#include "sim/simulation.h"

#define LANE_BACK_ONE_IN 4
#define FAMINE_ONE_IN 16
#define KILL_ONE_IN 64
#define DEADLINE_ONE_IN 16
#define CLOCK_ONE_IN 64
#define CLOCK_MOST QUAY_SEC(10)
#define DEADLINE_MOST QUAY_SEC(3600) /* what is further off is not waited for */

/* ---- lanes ---- */

/* A belt that is not looked at has a position that no line will ever have. Only while its lane is empty: what comes by
 * the lane is later. */
#define HIDDEN (UINT64_C(1) << 62)

static bool show(qy_belt *belt)
{
    if (!belt) return false;
    bool hidden = belt->take & HIDDEN;
    belt->take &= ~HIDDEN;
    return hidden && qy_belt_first(belt);
}

/* A lane that is not looked at has lost its first parcel, for a while. */
static bool put_back(qy_agent *agent, uint32_t source)
{
    qy_parcel **kept = &agent->withheld.lanes[source];
    bool shown = show(agent->worker->belts[source]);
    if (!*kept) return shown;
    qy_parcel *head = agent->worker->lanes[source].fifo.head;
    QY_CHECK(!head->next);
    head->next = *kept;
    *kept = NULL;
    return true;
}

static void cut(qy_agent *agent, uint32_t source)
{
    qy_parcel *head = agent->worker->lanes[source].fifo.head;
    agent->withheld.lanes[source] = head->next;
    head->next = NULL;
}

static void delay_belt(qy_simulation *sim, qy_belt *belt, qy_lane *lane)
{
    if (belt->take & HIDDEN) {
        if (!qy_lane_empty(lane) || qy_sim_chance(sim, LANE_BACK_ONE_IN)) (void)show(belt);
    } else if (qy_belt_first(belt) && qy_lane_empty(lane) && qy_sim_chance(sim, sim->settings.lane_delay)) {
        belt->take |= HIDDEN;
    }
}

static void delay_lanes(qy_simulation *sim, qy_agent *agent)
{
    const qy_worker *worker = agent->worker;
    for (uint32_t source = 0; source < worker->peers; source++) {
        if (worker->belts[source]) delay_belt(sim, worker->belts[source], &worker->lanes[source]);
        if (agent->withheld.lanes[source]) {
            if (qy_sim_chance(sim, LANE_BACK_ONE_IN)) (void)put_back(agent, source);
        } else if (!qy_lane_empty(&worker->lanes[source]) && qy_sim_chance(sim, sim->settings.lane_delay)) {
            cut(agent, source);
        }
    }
}

bool qy_faults_release(qy_agent *agent)
{
    bool found = false;
    qy_faults_after(agent);
    for (uint32_t source = 0; source < agent->worker->peers; source++) found |= put_back(agent, source);
    return found;
}

/* ---- memory ---- */

static void begin_famine(qy_agent *agent)
{
    qy_pool *pool = &agent->worker->station.pool;
    agent->withheld.famine = true;
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        agent->withheld.blocks[i] = pool->free[i];
        pool->free[i] = NULL;
    }
}

static void append(qy_block **list, qy_block *blocks)
{
    while (*list) list = &(*list)->next;
    *list = blocks;
}

void qy_faults_after(qy_agent *agent)
{
    if (!agent->withheld.famine) return;
    agent->withheld.famine = false;
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        append(&agent->worker->station.pool.free[i], agent->withheld.blocks[i]);
        agent->withheld.blocks[i] = NULL;
    }
}

/* ---- ports and time ---- */

static void kill_some_port(qy_simulation *sim)
{
    const qy_sim_ports *ports = &sim->ports;
    if (!ports->alive) return;
    uint32_t number = ports->of[qy_rng_below(&sim->rng, ports->alive)].alive;
    (void)quay_kill((quay_port){ports->of[number - 1].id}, -ECANCELED);
}

static int64_t next_timer(const qy_simulation *sim)
{
    int64_t next = qy_agent_next_deadline(sim);
    for (unsigned i = 0; i < sim->agents_count; i++) {
        const qy_agent *agent = sim->agents[i];
        const qy_heap_node *first = agent && agent->worker ? qy_heap_first(&agent->worker->timers) : NULL;
        if (first && first->key < next) next = first->key;
    }
    return next;
}

static void let_deadline_pass(qy_simulation *sim)
{
    int64_t next = next_timer(sim);
    if (next > sim->clock && next - sim->clock < DEADLINE_MOST) sim->clock = next;
}

static void go_wrong(qy_simulation *sim, qy_agent *agent)
{
    unsigned faults = sim->settings.options.faults;
    if ((faults & QUAY_SIM_KILL) && qy_sim_chance(sim, KILL_ONE_IN)) kill_some_port(sim);
    if ((faults & QUAY_SIM_DEADLINE) && qy_sim_chance(sim, DEADLINE_ONE_IN)) let_deadline_pass(sim);
    if ((faults & QUAY_SIM_CLOCK) && qy_sim_chance(sim, CLOCK_ONE_IN))
        sim->clock += (int64_t)qy_rng_below(&sim->rng, (uint64_t)CLOCK_MOST);
    if ((faults & QUAY_SIM_MEMORY) && qy_sim_chance(sim, FAMINE_ONE_IN)) begin_famine(agent);
}

/* A famine may last from a step that a handler has left. */
void qy_faults_before(qy_simulation *sim, qy_agent *agent)
{
    QY_CHECK(agent == sim->running && agent->worker == qy_me);
    qy_faults_after(agent);
    if (agent->worker->parking.orders) (void)qy_faults_release(agent);
    else delay_lanes(sim, agent);
    if (sim->armed) go_wrong(sim, agent);
}
