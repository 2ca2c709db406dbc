/* oracle.c - what must hold when nothing is under way.
 *
 *   conservation   sent == handled + dead + queued, the latter counted port by port
 *   no lost ask    who waits for an answer waits for somebody who has the duty to give it
 *   nothing stuck  while an agent waits, something can still happen
 *
 * The order of messages is watched by roads.c, memory and stacks by machine.c; that a future settles no second time is
 * checked where it is settled (core/future.c, core/thread_future.c). Read next: report.c. */
#include "core/receive.h"
#include "core/suspend.h"
#include "core/thread_slots.h"
#include "sim/simulation.h"

/* ---- each port, each future ---- */

static void each_port(const qy_simulation *sim, void (*visit)(void *, void *), void *context)
{
    qy_worker *worker;
    for (uint32_t i = 0; (worker = qy_simulation_worker(sim, i)); i++) qy_table_each(&worker->ports, visit, context);
}

static void each_future(const qy_simulation *sim, void (*visit)(void *, void *), void *context)
{
    qy_worker *worker;
    for (uint32_t i = 0; (worker = qy_simulation_worker(sim, i)); i++) qy_table_each(&worker->futures, visit, context);
}

static quay_self *waiting_self(const qy_port *port)
{
    return port->flags & QY_PORT_SUSPENDED ? port->fiber->suspension->self : NULL;
}

/* ---- conservation ---- */

/* In the mailbox, and in the hands of a handler that waits. */
static void count_queued(void *context, void *pointer)
{
    const qy_port *port = pointer;
    const quay_self *self = waiting_self(port);
    *(uint64_t *)context += port->depth + (self && self->message);
}

static void check_conservation(qy_simulation *sim)
{
    quay_stats sum = {0};
    uint64_t queued = 0;
    for (unsigned i = 0; i < sim->runtimes_count; i++) {
        quay_stats stats;
        if (quay_runtime_stats(sim->runtimes[i], &stats)) return; /* it has been unlisted: checked at its end */
        sum.sent += stats.sent;
        sum.handled += stats.handled;
        for (int reason = 0; reason < QUAY_DEAD_REASONS; reason++) sum.dead[reason] += stats.dead[reason];
    }
    each_port(sim, count_queued, &queued);
    uint64_t dead = quay_dead_total(&sum);
    if (sum.sent == sum.handled + dead + queued) return;
    qy_sim_fail(sim, "%llu messages were sent, but %llu handled, %llu dead letters and %llu queued",
                (unsigned long long)sum.sent, (unsigned long long)sum.handled, (unsigned long long)dead,
                (unsigned long long)queued);
}

/* ---- lost asks: an answer that a worker owes is none; with one it is not at rest ---- */

typedef struct lookup {
    qy_simulation *sim;
    uint64_t ask;
    bool found;
} lookup;

/* Of a handler that waits; a duty it deferred is its relay's, settled or not, until it returns. */
static bool owes(const quay_self *self, uint64_t ask)
{
    if (!self) return false;
    const qy_port_future *relay = qy_port_future_find(self->worker, self->deferred);
    return self->duty == ask || (relay && relay->to == ask);
}

static void look_in_port(void *context, void *pointer)
{
    lookup *l = context;
    l->found |= owes(waiting_self(pointer), l->ask) || qy_port_find_ask(pointer, l->ask);
}

static void look_in_future(void *context, void *pointer)
{
    lookup *l = context;
    const qy_port_future *f = pointer;
    l->found |= f->sink == QY_SINK_RELAY && !f->settled && f->to == l->ask;
}

static bool somebody_owes(qy_simulation *sim, uint64_t ask)
{
    lookup l = {.sim = sim, .ask = ask};
    each_port(sim, look_in_port, &l);
    each_future(sim, look_in_future, &l);
    return l.found;
}

static void check_ask(qy_simulation *sim, uint64_t ask, uint64_t callee)
{
    char name[QY_SIM_NAME_BYTES];
    if (!qy_sim_port_number(&sim->ports, callee) || somebody_owes(sim, ask)) return;
    qy_sim_name_of(sim, callee, name);
    qy_sim_fail(sim, "an answer of %s is waited for, and nobody has the duty to give it", name);
}

static void check_future(void *context, void *pointer)
{
    const qy_port_future *f = pointer;
    if (!f->settled && f->callee) check_ask(context, f->id, f->callee);
}

static bool owed_here(const qy_simulation *sim, uint64_t id)
{
    for (unsigned i = 0; i < sim->runtimes_count; i++) {
        if (qy_id_home(id) == sim->runtimes[i]->first_home + sim->runtimes[i]->workers_count) return true;
    }
    return false;
}

static void check_threads_futures(qy_simulation *sim)
{
    const qy_thread_future *f;
    for (uint32_t i = 0; (f = qy_thread_slot(i)); i++) {
        if (qy_word_done(f) || !(qy_word_load(f) & QY_WORD_REFERENCES) || !f->callee) continue;
        if (owed_here(sim, f->id)) check_ask(sim, f->id, f->callee);
    }
}

/* ---- when ---- */

void qy_oracle_stuck(qy_simulation *sim)
{
    qy_sim_fail(sim, "nothing can happen any more, and the program waits for something. Nobody will settle it, unless "
                     "another thread was to; a simulation has no other");
}

void qy_oracle_at_rest(qy_simulation *sim)
{
    check_conservation(sim);
    each_future(sim, check_future, sim);
    check_threads_futures(sim);
}

/* Every worker of it says so when it leaves, which is when nothing is under way any more. */
void qy_oracle_at_end(qy_simulation *sim, quay_runtime *rt)
{
    uint64_t begun = 0, done = 0, alive = 0;
    for (uint32_t i = 0; i < rt->workers_count + rt->guests_count; i++) {
        const qy_station *station =
            i < rt->workers_count ? &rt->workers[i]->station : &qy_runtime_guest(rt, i)->station;
        const qy_counts *count = &station->count;
        begun += qy_count_sent(count);
        done += count->handled;
        alive += count->spawned - count->ended;
        for (int reason = 0; reason < QUAY_DEAD_REASONS; reason++) done += count->dead[reason];
    }
    if (alive) return; /* the stop gave up on a handler: it said so, and returned -ETIMEDOUT */
    if (begun == done) return;
    qy_sim_fail(sim, "the runtime has ended, %llu messages were sent, but %llu handled or counted as dead",
                (unsigned long long)begun, (unsigned long long)done);
}
