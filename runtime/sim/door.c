/* door.c - quay_runtime_start: the real machine; or, where QUAY_SIM says so, a simulated one. */
#include <stdlib.h>
#include <string.h>

#include "core/runtime.h"
#include "sim/simulation.h"
#include "sim/start.h"

#define WRONG_MOST 64 /* so much of what is wrong is shown */

static const qy_machine real = {.os = &qy_os_linux, .body = qy_worker_loop, .threads = true};

static void complain(const quay_sim_options *options, const char *value, const char *wrong)
{
    const char *what = wrong == value ? "a seed" : "a setting with a value that it can have";
    size_t length = strcspn(wrong, ",");
    if (length > WRONG_MOST) length = WRONG_MOST;
    qy_sim_say_to(options, QUAY_LOG_ERROR, "\"%.*s\" is not %s (see quay/sim.h), in QUAY_SIM=%s", (int)length, wrong,
                  what, value);
}

int qy_sim_from_environment(quay_sim_options *options, uint64_t *keep)
{
    const char *wrong, *value = qy_os_linux.environment("QUAY_SIM");
    if (!value || !*value) return 0;
    if (!qy_settings_parse(value, options, keep, &wrong)) return 1;
    complain(options, value, wrong);
    return -EINVAL;
}

/* QUAY_SIM counts before QUAY_WORKERS, and this before the program. */
static unsigned count_workers(const quay_runtime_options *given)
{
    const char *text = qy_os_linux.environment("QUAY_WORKERS");
    unsigned long workers = text ? strtoul(text, NULL, 10) : 0;
    if (workers > 0 && workers <= QUAY_SIM_WORKERS_MAX) return (unsigned)workers;
    return given->workers;
}

int quay_runtime_start(quay_runtime **rt, const quay_runtime_options *options)
{
    uint64_t keep[QY_SETTINGS_KEEP_MOST];
    const quay_runtime_options given = options ? *options : (quay_runtime_options){0};
    quay_sim_options sim = {.log = given.log, .log_context = given.log_context};
    if (qy_simulation_here) return qy_sim_start(rt, &(quay_sim_options){0}, &given);
    int simulated = qy_sim_from_environment(&sim, keep);
    if (simulated < 0) return simulated;
    if (!simulated) return qy_runtime_start(rt, options, &real);
    if (!sim.workers) sim.workers = count_workers(&given);
    return qy_sim_start(rt, &sim, &given);
}
