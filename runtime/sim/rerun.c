/* rerun.c - a number for each message, and the first that is another. */
#include "sim/rerun.h"

#include <string.h>

#include "sim/simulation.h"

#define FIRST_ROOM 64

/* ---- a number for a message ---- */

static void mix(uint64_t *number, uint64_t word)
{
    qy_rng mixer = {*number ^ word};
    *number = qy_rng_next(&mixer);
}

/* A port is the number of its birth; futures, timers and monitors are all the same, and so are addresses. */
static uint64_t settled(const qy_simulation *sim, uint64_t word)
{
    if (word <= UINT32_MAX) return word;
    uint32_t port = qy_sim_port_number(&sim->ports, word);
    if (port) return port;
    if (qy_simulation_has(sim, qy_homes_runtime(qy_id_home(word))) || qy_os_is_address(word)) return 0;
    return word;
}

static void mix_contents(const qy_simulation *sim, uint64_t *number, const char *bytes, size_t size)
{
    for (uint64_t word = 0; size; word = 0) {
        size_t length = size < sizeof word ? size : sizeof word;
        memcpy(&word, bytes, length);
        mix(number, settled(sim, word));
        bytes += length;
        size -= length;
    }
}

static uint64_t number_of(const qy_simulation *sim, const qy_event *event, const void *data)
{
    uint64_t number = (uint64_t)event->time;
    mix(&number, (uint64_t)event->from << 32 | event->to);
    mix(&number, (uint64_t)event->tag << 32 | event->size);
    mix(&number, (uint64_t)event->asked << 32 | (uint32_t)event->status);
    mix_contents(sim, &number, data, event->size);
    return number;
}

/* ---- the two runs ---- */

static bool make_room(qy_rerun *rerun)
{
    if (rerun->count < rerun->room) return true;
    uint64_t room = rerun->room ? 2 * rerun->room : FIRST_ROOM;
    uint64_t *grown = qy_os_allocate(NULL, room * sizeof *grown, QY_CACHE_LINE);
    if (!grown) return false;
    if (rerun->count) memcpy(grown, rerun->of, rerun->count * sizeof *grown);
    qy_os_release(NULL, rerun->of, 0);
    rerun->of = grown;
    rerun->room = room;
    return true;
}

static void keep(qy_rerun *rerun, uint64_t number)
{
    rerun->full |= !make_room(rerun);
    if (!rerun->full) rerun->of[rerun->count++] = number;
}

static void describe(const qy_simulation *sim, qy_rerun *rerun, const qy_event *event)
{
    char text[QY_RERUN_BYTES / 2];
    char from[QY_SIM_NAME_BYTES];
    qy_chart_describe(sim, event, text, sizeof text);
    qy_sim_port_name(&sim->ports, event->from, from);
    qy_format(rerun->first, sizeof rerun->first, "%s, from %s", text, from);
}

void qy_rerun_note(const qy_simulation *sim, qy_rerun *rerun, const qy_event *event, const void *data)
{
    QY_CHECK(event->kind == QY_EVENT_HANDLED);
    uint64_t number = number_of(sim, event, data);
    if (!rerun->second) {
        keep(rerun, number);
    } else if (!rerun->first[0] && rerun->at < rerun->count && rerun->of[rerun->at++] != number) {
        describe(sim, rerun, event);
    }
}

void qy_rerun_free(qy_rerun *rerun)
{
    qy_os_release(NULL, rerun->of, 0);
    *rerun = (qy_rerun){0};
}
