/* watchdog.h - a thread that notices handlers which do not come back.
 *
 * Every so often it compares what each worker is at with what it was at before: the port whose turn it is, and the sum
 * of counters one of which rises whenever a handler, init or fini ends or goes to wait. If neither has changed for
 * longer than stuck_after, the handler is stuck, and the log says so: then, and each time twice as long has passed. A
 * handler that waits for a future is not at work, so it is not stuck.
 *
 * Invariants
 *   H1  a worker pays nothing for being watched: what is compared is there anyway;
 *   H2  while all workers sleep the watchdog does, without a limit (doze, qy_runtime_awake);
 *   H3  no false alarm: time in which the machine stood still, or the worker was ready to run and had no core, does
 *       not count;
 *   H4  what is said of a handler was seen by its own thread, interrupted in it (probe.c). The two threads agree by
 *       `step`, a number for each question with a step in the lower bits: only who changed the step writes.
 *
 * Ownership: the watchdog is its runtime's; `sighting` belongs to whom its step says. Read next: watchdog.c. */
#ifndef QY_WATCHDOG_H
#define QY_WATCHDOG_H

#include "core/runtime.h"

#define QY_NAMED_BEHIND 4 /* ports that wait behind a stuck one, by name */

/* What a worker was at. */
typedef struct qy_sight {
    const qy_port *turn; /* compared, not followed; NULL: nothing */
    uint64_t progress;
    quay_time since;
    int64_t busy; /* processor time of its thread then; -1: unknown */
    int64_t next; /* length of time at which the log says it again */
} qy_sight;

/* What a stuck worker saw when it was interrupted. */
typedef struct qy_sighting {
    char name[QUAY_NAME_MAX + 1];
    uint64_t id;
    const char *doing;
    uint32_t tag;
    bool has_tag;
    bool arrivals; /* something lies on its lanes */
    uint32_t waiting;
    uint32_t behind;
    uint32_t named;
    char names[QY_NAMED_BEHIND][QUAY_NAME_MAX + 1];
    uint32_t frames_count;
    void *frames[QY_OS_FRAMES];
} qy_sighting;

enum { QY_PROBE_IDLE, QY_PROBE_ASKED, QY_PROBE_LOOKING, QY_PROBE_SEEN, QY_PROBE_STEPS };

typedef struct qy_watchdog {
    quay_runtime *runtime;
    qy_os_thread thread;
    int64_t after;
    int64_t tick;
    uint32_t ending; /* atomic */
    uint32_t step;   /* atomic: QY_PROBE_STEPS times the number of questions, and the step of the latest */
    qy_worker *asked;
    const qy_sight *suspect;
    qy_sighting sighting;
    qy_sight sights[]; /* by worker */
} qy_watchdog;

/* What rises whenever something of a worker's ports ends or goes to wait. */
uint64_t qy_worker_progress(const qy_worker *worker);

/* Look at one worker: is it stuck, and is it time to say so? */
bool qy_sight_look(qy_sight *sight, const qy_worker *worker, quay_time now, int64_t after);

/* A look was late by so much. If that is more than a tick the machine stood still, and the time counts for nobody. */
void qy_watchdog_forgive(qy_watchdog *dog, int64_t late);

/* Every worker sleeps. */
bool qy_watchdog_all_asleep(const quay_runtime *rt);

#endif
