/* door.c - quay_runtime_start: the real machine; or, where QUAY_SIM says so, a simulated one. */
#include <stdlib.h>

#include "core/runtime.h"
#include "sim/simulation.h"
#include "sim/start.h"

static const qy_machine real = {.os = &qy_os_linux, .body = qy_worker_loop};

static void complain(const quay_runtime_options *given, const char *value)
{
    char text[512];
    qy_format(text, sizeof text, "QUAY_SIM=%s is not a seed, or a seed and settings (see quay/sim.h)", value);
    if (given && given->log) given->log(given->log_context, QUAY_LOG_ERROR, text);
    else qy_os_print(text);
}

/* QUAY_SIM counts before QUAY_WORKERS, and this before the program. */
static unsigned count_workers(const quay_runtime_options *given)
{
    const char *text = qy_os_linux.environment("QUAY_WORKERS");
    unsigned long workers = text ? strtoul(text, NULL, 10) : 0;
    if (workers > 0 && workers <= QUAY_SIM_WORKERS_MAX) return (unsigned)workers;
    return given ? given->workers : 0;
}

static int simulate(quay_runtime **rt, const quay_runtime_options *given, const char *value)
{
    uint64_t keep[QY_SETTINGS_KEEP_MOST];
    quay_sim_options options = {0};
    if (qy_settings_parse(value, &options, keep)) {
        complain(given, value);
        return -EINVAL;
    }
    if (!options.workers) options.workers = count_workers(given);
    return qy_sim_start(rt, &options, given ? given : &(quay_runtime_options){0});
}

int quay_runtime_start(quay_runtime **rt, const quay_runtime_options *options)
{
    const char *value = qy_os_linux.environment("QUAY_SIM");
    if (qy_simulation_here)
        return qy_sim_start(rt, &(quay_sim_options){0}, options ? options : &(quay_runtime_options){0});
    if (value && *value) return simulate(rt, options, value);
    return qy_runtime_start(rt, options, &real);
}
