/* ports.c - births, and what stands between a message and its handler. */
#include "sim/ports.h"

#include <stdio.h>
#include <string.h>

#include "core/hold.h"
#include "sim/simulation.h"

const qy_memory qy_sim_own_memory = {.allocate = qy_os_allocate, .release = qy_os_release};

/* ---- the list ---- */

void qy_sim_ports_init(qy_sim_ports *ports)
{
    *ports = (qy_sim_ports){0};
    qy_numbers_init(&ports->numbers, &qy_sim_own_memory);
}

void qy_sim_ports_free(qy_sim_ports *ports)
{
    qy_release(&qy_sim_own_memory, ports->of, ports->room * sizeof *ports->of);
    qy_numbers_free(&ports->numbers);
}

uint32_t qy_sim_port_number(const qy_sim_ports *ports, uint64_t id)
{
    const uint64_t *number = qy_numbers_find(&ports->numbers, id);
    return number ? (uint32_t)*number : 0;
}

void qy_sim_port_name(const qy_sim_ports *ports, uint32_t number, char name[QY_SIM_NAME_BYTES])
{
    QY_CHECK(number <= ports->count);
    const char *given = number ? ports->of[number - 1].name : "outside";
    if (given[0]) qy_format(name, QY_SIM_NAME_BYTES, "%s", given);
    else qy_format(name, QY_SIM_NAME_BYTES, "port %u", number);
}

static bool make_room(qy_sim_ports *ports)
{
    if (ports->count < ports->room) return true;
    uint32_t room = ports->room ? 2 * ports->room : 64;
    qy_sim_port *grown = qy_allocate(&qy_sim_own_memory, room * sizeof *grown, QY_CACHE_LINE);
    if (!grown) return false;
    if (ports->of) memcpy(grown, ports->of, ports->count * sizeof *grown);
    qy_release(&qy_sim_own_memory, ports->of, ports->room * sizeof *ports->of);
    ports->of = grown;
    ports->room = room;
    return true;
}

static void enlist(qy_sim_ports *ports, uint32_t number)
{
    ports->of[number - 1].place = ports->alive;
    ports->of[ports->alive++].alive = number;
}

/* The last of those alive takes its place. */
void qy_sim_port_ended(qy_sim_ports *ports, uint32_t number)
{
    uint32_t place = number ? ports->of[number - 1].place : QY_SIM_ENDED;
    if (place == QY_SIM_ENDED) return;
    QY_CHECK(ports->alive > 0 && ports->of[place].alive == number);
    uint32_t last = ports->of[--ports->alive].alive;
    ports->of[place].alive = last;
    ports->of[last - 1].place = place;
    ports->of[number - 1].place = QY_SIM_ENDED;
}

/* ---- between message and handler ---- */

#define SOON 1 /* who sends is ahead when so many wait: then that is met, and lasts, as often as not */

/* What varies with the seed: while the handler runs, or until it does again. A worker may seem busy to a spawn that can
 * go anywhere; true if that is to be taken back. */
static bool vary(qy_simulation *sim, qy_worker *worker)
{
    if (qy_sim_chance(sim, sim->settings.short_step)) worker->turns_left = 1;
    if (!qy_sim_chance(sim, sim->settings.stray)) return false;
    worker->next_spread = (uint32_t)qy_rng_next(&sim->rng);
    worker->busy_at = 0;
    worker->ahead_at = worker->ahead_at == SOON ? QY_AHEAD : SOON;
    return true;
}

static int look_on(quay_self *self, void *state, const quay_message *message)
{
    qy_simulation *sim = qy_simulation_here;
    qy_worker *worker = self->worker;
    uint32_t number = qy_sim_port_number(&sim->ports, self->port->id);
    QY_CHECK(number);
    qy_roads_take(sim, self->message, number);
    qy_event event = {.time = sim->clock,
                      .kind = QY_EVENT_HANDLED,
                      .worker = worker->index,
                      .from = qy_sim_port_number(&sim->ports, message->from.id),
                      .to = number,
                      .tag = message->tag,
                      .size = message->size,
                      .status = message->status,
                      .asked = self->asked};
    qy_trace_add(sim, &event);
    if (sim->rerun) qy_rerun_note(sim, sim->rerun, &event, message->data);
    if (qy_sim_chance(sim, sim->settings.preempt)) qy_agent_point(sim);
    bool stray = vary(sim, worker);
    int result = sim->ports.of[number - 1].handler(self, state, message);
    if (stray) worker->busy_at = QY_BUSY_WORKER;
    if (!self->asked || (self->duty && result >= 0) || self->deferred) return result;
    event.time = sim->clock;
    event.kind = QY_EVENT_ANSWERED;
    event.status = self->duty ? result : 0;
    qy_trace_add(sim, &event);
    return result;
}

void qy_sim_born(qy_worker *worker, qy_port *port)
{
    qy_simulation *sim = qy_simulation_here;
    qy_sim_ports *ports = &sim->ports;
    if (!make_room(ports) || !qy_numbers_put(&ports->numbers, port->id, ports->count + 1)) {
        qy_sim_fail(sim, "there is no memory for the simulator itself");
    }
    qy_sim_port *entry = &ports->of[ports->count++];
    *entry = (qy_sim_port){.id = port->id, .handler = port->handler};
    enlist(ports, ports->count);
    if (port->cold) qy_format(entry->name, sizeof entry->name, "%s", port->cold->name);
    port->handler = look_on;
    qy_event event = {
        .time = sim->clock, .kind = QY_EVENT_BORN, .worker = worker->index, .from = 0, .to = ports->count};
    if (worker->running) event.from = qy_sim_port_number(ports, worker->running->port->id);
    qy_trace_add(sim, &event);
}
