/* report.c - what the simulator says, and the end of a run that has failed: who waits for whom, what happened last, and
 * how to repeat it. What must hold is in oracle.c.
 *
 * Ownership: nothing outlives a line. Read next: oracle.c, trace.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/suspend.h"
#include "core/thread_slots.h"
#include "sim/simulation.h"

/* ---- lines ---- */

#define REPLAY_BYTES 1024 /* of a QUAY_SIM value: as in quay_sim_finding */

void qy_sim_say(const qy_simulation *sim, quay_log_level level, const char *format, ...)
{
    char text[REPLAY_BYTES + 256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (sim->runtimes_count && !sim->failing) qy_log(sim->runtimes[0], level, "%s", text);
    else qy_os_print(text); /* the last words are for everybody */
}

void qy_sim_say_to(const quay_sim_options *options, quay_log_level level, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (options->log) options->log(options->log_context, level, text);
    else qy_os_print(text);
}

void qy_sim_name_of(const qy_simulation *sim, uint64_t id, char name[QY_SIM_NAME_BYTES])
{
    qy_sim_port_name(&sim->ports, qy_sim_port_number(&sim->ports, id), name);
}

/* ---- who waits ---- */

static void tell_future(const qy_simulation *sim, const char *waiting, const quay_future *future)
{
    char callee[QY_SIM_NAME_BYTES];
    const qy_port_future *f = (const qy_port_future *)future;
    if (future->kind != QY_FUTURE_OF_PORT || f->settled) return;
    qy_sim_name_of(sim, f->callee, callee);
    if (f->callee) qy_sim_say(sim, QUAY_LOG_ERROR, "  %s waits for an answer of %s", waiting, callee);
    else qy_sim_say(sim, QUAY_LOG_ERROR, "  %s waits for a promise to be settled", waiting);
}

static void tell_waits_of(const qy_simulation *sim, qy_worker *worker)
{
    for (qy_link *link = worker->suspended.next; link != &worker->suspended; link = link->next) {
        char name[QY_SIM_NAME_BYTES];
        const qy_suspension *s = QY_CONTAINER_OF(link, qy_suspension, link);
        qy_sim_name_of(sim, s->self->port->id, name);
        for (size_t i = 0; i < s->count; i++) tell_future(sim, name, s->futures[i]);
        if (!s->futures) qy_sim_say(sim, QUAY_LOG_ERROR, "  %s sleeps", name);
        if (s->self->port->depth) {
            qy_sim_say(sim, QUAY_LOG_ERROR, "  %s has %u messages queued meanwhile", name, s->self->port->depth);
        }
    }
}

static void tell_waits(const qy_simulation *sim)
{
    qy_worker *worker;
    for (uint32_t i = 0; (worker = qy_simulation_worker(sim, i)); i++) tell_waits_of(sim, worker);
}

/* The future whose word the thread sleeps on, or NULL. */
static const qy_thread_future *find_future(const uint32_t *word)
{
    qy_thread_future *f;
    for (uint32_t i = 0; (f = qy_thread_slot(i)); i++) {
        if (qy_word_half(f) == word) return f;
    }
    return NULL;
}

static const quay_runtime *find_quiet(const qy_simulation *sim, const uint32_t *word)
{
    for (unsigned i = 0; i < sim->runtimes_count; i++) {
        if (&sim->runtimes[i]->quiet == word) return sim->runtimes[i];
    }
    return NULL;
}

/* What the program itself waits for, which is the thread that drives. */
static void tell_driver(const qy_simulation *sim)
{
    char callee[QY_SIM_NAME_BYTES];
    const qy_agent *driver = sim->agents[0];
    if (!driver->asleep || !driver->word) return;
    const qy_thread_future *f = find_future(driver->word);
    const quay_runtime *rt = find_quiet(sim, driver->word);
    const char *what = "one of several futures to be settled";
    if (rt)
        what =
            ck_pr_load_32(&rt->phase) == QY_RUNNING ? "all messages to be handled (drain)" : "all ports to end (stop)";
    if (f) what = "a promise to be settled, or a port to end (join)";
    if (f && f->callee) {
        qy_sim_name_of(sim, f->callee, callee);
        qy_sim_say(sim, QUAY_LOG_ERROR, "  the program waits for an answer of %s", callee);
    } else {
        qy_sim_say(sim, QUAY_LOG_ERROR, "  the program waits for %s", what);
    }
}

/* ---- the end ---- */

static void tell_replay(const qy_simulation *sim)
{
    char replay[REPLAY_BYTES];
    qy_settings settings = sim->settings;
    const char *without = "";
    if (qy_settings_print(&settings, replay, sizeof replay) >= (int)sizeof replay) {
        settings.options.keep = NULL;
        (void)qy_settings_print(&settings, replay, sizeof replay);
        without = " (without its keep, which is too long to print: that is another run)";
    }
    qy_sim_say(sim, QUAY_LOG_ERROR, "to repeat it, run the program with QUAY_SIM=%s%s", replay, without);
}

static void end_run(qy_simulation *sim) QY_NORETURN;
static void end_run(qy_simulation *sim)
{
    tell_driver(sim);
    tell_waits(sim);
    qy_sim_say(sim, QUAY_LOG_ERROR, "what happened last:");
    qy_trace_tell(sim);
    tell_replay(sim);
    abort();
}

void qy_sim_fail(qy_simulation *sim, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sim->failing = true;
    qy_sim_say(sim, QUAY_LOG_ERROR, "after %llu choices of the simulator: %s", (unsigned long long)sim->choices, text);
    end_run(sim);
}

void qy_sim_last_words(const char *signal)
{
    qy_simulation *sim = qy_simulation_here;
    const quay_self *self = qy_me ? qy_me->running : NULL;
    char name[QY_SIM_NAME_BYTES] = "no port";
    if (!sim || sim->failing) return;
    sim->failing = true;
    if (self) qy_sim_name_of(sim, self->port->id, name);
    qy_sim_say(sim, QUAY_LOG_ERROR, "after %llu choices of the simulator, in %s, the program is ended by %s",
               (unsigned long long)sim->choices, name, signal);
    tell_replay(sim);
}
