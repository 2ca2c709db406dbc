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

/* Is it the id of a port that was here, or of a future, timer or monitor of a runtime that is? */
static bool is_id(const qy_simulation *sim, uint64_t word)
{
    return qy_sim_port_number(&sim->ports, word) || qy_simulation_has(sim, qy_homes_runtime(qy_id_home(word)));
}

/* What may be another in the second run is 0: what of these it is nobody can tell. */
static uint64_t settled(const qy_simulation *sim, uint64_t word)
{
    return word > UINT32_MAX && (is_id(sim, word) || qy_os_is_address(word)) ? 0 : word;
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

void qy_rerun_note(const qy_simulation *sim, qy_rerun *rerun, const qy_event *event, const void *data)
{
    QY_CHECK(event->kind == QY_EVENT_HANDLED);
    uint64_t number = number_of(sim, event, data);
    if (!rerun->second) {
        keep(rerun, number);
    } else if (!rerun->first[0] && rerun->at < rerun->count && rerun->of[rerun->at++] != number) {
        qy_chart_describe(sim, event, true, rerun->first, sizeof rerun->first);
    }
}

void qy_rerun_free(qy_rerun *rerun)
{
    qy_os_release(NULL, rerun->of, 0);
    *rerun = (qy_rerun){0};
}
