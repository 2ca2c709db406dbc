/* trace.c - hashing, keeping and telling events. */
#include "sim/trace.h"

#include "sim/simulation.h"

void qy_trace_init(qy_trace *trace, int64_t start)
{
    *trace = (qy_trace){.hash = UINT64_C(0xcbf29ce484222325), .start = start};
}

void qy_trace_mix(qy_trace *trace, uint64_t word)
{
    qy_rng mixer = {trace->hash ^ word};
    trace->hash = qy_rng_next(&mixer);
}

static void mix_event(qy_trace *trace, const qy_event *event)
{
    qy_trace_mix(trace, (uint64_t)event->time);
    qy_trace_mix(trace, (uint64_t)event->kind << 32 | event->worker);
    qy_trace_mix(trace, (uint64_t)event->from << 32 | event->to);
    qy_trace_mix(trace, (uint64_t)event->tag << 32 | event->size);
    qy_trace_mix(trace, (uint64_t)event->asked << 32 | (uint32_t)event->status);
}

/* A new column wants a new heading. */
static void draw(qy_simulation *sim, const qy_event *event)
{
    char line[QY_CHART_BYTES];
    if (sim->trace.columns != sim->ports.count) {
        sim->trace.columns = sim->ports.count;
        qy_chart_heading(sim, line);
        qy_sim_say(sim, QUAY_LOG_INFO, "%s", line);
    }
    qy_chart_line(sim, event, line);
    qy_sim_say(sim, QUAY_LOG_INFO, "%s", line);
}

void qy_trace_add(qy_simulation *sim, const qy_event *event)
{
    qy_trace *trace = &sim->trace;
    mix_event(trace, event);
    trace->latest[trace->count++ % QY_TRACE_KEPT] = *event;
    if (sim->settings.options.chart) draw(sim, event);
}

void qy_trace_tell(qy_simulation *sim)
{
    const qy_trace *trace = &sim->trace;
    uint64_t first = trace->count > QY_TRACE_KEPT ? trace->count - QY_TRACE_KEPT : 0;
    sim->trace.columns = UINT32_MAX;
    for (uint64_t i = first; i < trace->count; i++) draw(sim, &trace->latest[i % QY_TRACE_KEPT]);
}
