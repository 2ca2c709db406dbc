/* watchdog.c - looking, asking, telling. */
#include "watch/watchdog.h"

#include <string.h>

#include "core/arrivals.h"
#include "core/life.h"
#include "core/peek.h"

#define TICKS 2               /* in stuck_after */
#define PATIENCE QUAY_MS(100) /* for a stuck thread to take its signal */
#define STEP(word) ((word) % QY_PROBE_STEPS)

/* ---- looking ---- */

uint64_t qy_worker_progress(const qy_worker *worker)
{
    const qy_counts *count = &worker->station.count;
    return ck_pr_load_64(&count->handled) + ck_pr_load_64(&count->retired) + ck_pr_load_64(&count->ended) +
           ck_pr_load_64(&worker->waits);
}

/* Had the handler a core to run on for most of the time, or does it sleep in the system? */
static bool had_its_time(const qy_sight *sight, const qy_worker *worker)
{
    int64_t busy = qy_os_busy_time(&worker->target);
    if (busy < 0 || sight->busy < 0 || qy_os_sleeps(&worker->target)) return true;
    return busy - sight->busy >= sight->next;
}

bool qy_sight_look(qy_sight *sight, const qy_worker *worker, quay_time now, int64_t after)
{
    const qy_port *turn = ck_pr_load_ptr(&worker->turn);
    uint64_t progress = qy_worker_progress(worker);
    if (!turn || turn != sight->turn || progress != sight->progress) {
        *sight = (qy_sight){.turn = turn, .progress = progress, .since = now, .next = after};
        if (turn) sight->busy = qy_os_busy_time(&worker->target);
        return false;
    }
    int64_t lasted = now - sight->since;
    if (lasted < sight->next || !had_its_time(sight, worker)) return false;
    while (sight->next <= lasted) sight->next *= 2;
    return true;
}

bool qy_watchdog_all_asleep(const quay_runtime *rt)
{
    for (uint32_t i = 0; i < rt->workers_count; i++) {
        if (!ck_pr_load_32(&rt->workers[i]->parking.asleep)) return false;
    }
    return true;
}

/* ---- the stuck thread's part, in a signal handler ---- */

/* While a handler runs the chain only grows, and always ends (qy_ready_add). */
static void see_chain(qy_sighting *s, const qy_port *port)
{
    for (; port; port = port->next) {
        if (s->named < QY_NAMED_BEHIND) strcpy(s->names[s->named++], qy_port_name(port));
        s->behind++;
    }
}

static void see_ready(qy_sighting *s, qy_worker *me)
{
    s->behind = s->named = 0;
    see_chain(s, me->ready.first);
    see_chain(s, me->ready.aside);
    s->arrivals = qy_worker_has_arrivals(me);
}

static const char *activity(const quay_self *self)
{
    return self->message ? "handling a message" : self->ending ? "in its fini" : "in its init";
}

static void see(qy_sighting *s, qy_worker *me, const quay_self *self, const void *place)
{
    strcpy(s->name, qy_port_name(self->port));
    s->id = self->port->id;
    s->doing = activity(self);
    s->has_tag = self->message;
    s->tag = self->message ? self->message->tag : 0;
    s->waiting = self->port->depth;
    see_ready(s, me);
    s->frames_count = qy_os_backtrace(place, s->frames, QY_OS_FRAMES);
}

/* Is this thread still at what the question is about? */
static bool is_same(const qy_watchdog *dog, const qy_worker *me)
{
    return me->running && me->turn == dog->suspect->turn && qy_worker_progress(me) == dog->suspect->progress;
}

static void look(const void *place)
{
    qy_worker *me = qy_me;
    qy_watchdog *dog = me ? me->station.runtime->watchdog : NULL;
    uint32_t step = dog ? ck_pr_load_32(&dog->step) : QY_PROBE_IDLE;
    ck_pr_fence_acquire();
    if (STEP(step) != QY_PROBE_ASKED || dog->asked != me) return;
    if (!ck_pr_cas_32(&dog->step, step, step + QY_PROBE_LOOKING - QY_PROBE_ASKED)) return;
    bool same = is_same(dog, me);
    if (same) see(&dog->sighting, me, me->running, place);
    ck_pr_fence_release();
    ck_pr_store_32(&dog->step, step + (same ? QY_PROBE_SEEN : QY_PROBE_IDLE) - QY_PROBE_ASKED);
    dog->runtime->os->wake(&dog->step, 1);
}

/* ---- asking and telling ---- */

/* Wait for the answer; take the question back if the thread does not take signals. */
static uint32_t await_answer(qy_watchdog *dog, uint32_t step)
{
    const qy_os *os = dog->runtime->os;
    quay_time until = os->now() + PATIENCE;
    for (;;) {
        uint32_t now = ck_pr_load_32(&dog->step);
        if (STEP(now) == QY_PROBE_SEEN || STEP(now) == QY_PROBE_IDLE) break;
        bool late = os->park(&dog->step, now, STEP(now) == QY_PROBE_ASKED ? until : QUAY_FOREVER) == -ETIMEDOUT;
        if (late && ck_pr_cas_32(&dog->step, step, step - QY_PROBE_ASKED + QY_PROBE_STEPS)) return QY_PROBE_ASKED;
    }
    ck_pr_fence_acquire();
    uint32_t answer = STEP(ck_pr_load_32(&dog->step));
    ck_pr_store_32(&dog->step, step - QY_PROBE_ASKED + QY_PROBE_STEPS);
    return answer;
}

/* What became of the question: SEEN; IDLE, the handler has come back; ASKED, there was no answer. */
static uint32_t ask(qy_watchdog *dog, qy_worker *worker, const qy_sight *suspect)
{
    uint32_t step = ck_pr_load_32(&dog->step) + QY_PROBE_ASKED;
    QY_CHECK(STEP(step) == QY_PROBE_ASKED);
    dog->asked = worker;
    dog->suspect = suspect;
    ck_pr_fence_release();
    ck_pr_store_32(&dog->step, step);
    if (qy_os_probe(&worker->target)) return await_answer(dog, step);
    ck_pr_store_32(&dog->step, step - QY_PROBE_ASKED);
    return QY_PROBE_ASKED;
}

static void tell_frame(void *context, unsigned index, const char *name)
{
    const qy_watchdog *dog = context;
    qy_log(dog->runtime, QUAY_LOG_WARNING, "port %s: #%u %s", dog->sighting.name, index, name);
}

static void tell(qy_watchdog *dog, unsigned worker, long long ms)
{
    const qy_sighting *s = &dog->sighting;
    char tag[32] = "";
    char behind[QY_NAMED_BEHIND * (QUAY_NAME_MAX + 2) + 8] = "";
    if (s->has_tag) qy_format(tag, sizeof tag, " with tag %u", s->tag);
    for (uint32_t i = 0; i < s->named; i++) {
        size_t length = strlen(behind);
        qy_format(behind + length, sizeof behind - length, "%s%s", i ? ", " : ": ", s->names[i]);
    }
    qy_log(
        dog->runtime, QUAY_LOG_WARNING,
        "port %s (id %llu, worker %u) is stuck: it has been %s%s for %lld ms; behind it wait %u messages of its own%s "
        "and %u ports%s%s",
        s->name, (unsigned long long)s->id, worker, s->doing, tag, ms, s->waiting,
        s->arrivals ? ", what other threads sent," : "", s->behind, behind, s->behind > s->named ? ", ..." : "");
    qy_os_name_frames(s->frames, s->frames_count, tell_frame, dog);
}

/* The thread takes no signal that would show more. */
static void tell_unseen(const qy_watchdog *dog, uint32_t index, long long ms)
{
    char name[QUAY_NAME_MAX + 1];
    const qy_worker *worker = dog->runtime->workers[index];
    strcpy(name, "unknown"); /* with a limit, pools give memory back: nobody looks at a port of others (peek.h) */
    if ((!dog->runtime->budget && !qy_worker_peek(worker, name)) ||
        qy_worker_progress(worker) != dog->sights[index].progress)
        return;
    qy_log(dog->runtime, QUAY_LOG_WARNING,
           "port %s (worker %u) is stuck: its handler has run for %lld ms; its thread takes no signal that would show "
           "where",
           name, index, ms);
}

static void report(qy_watchdog *dog, uint32_t index, quay_time now)
{
    const qy_sight *suspect = &dog->sights[index];
    long long ms = (now - suspect->since) / QUAY_MS(1);
    uint32_t answer = ask(dog, dog->runtime->workers[index], suspect);
    if (answer == QY_PROBE_SEEN) tell(dog, index, ms);
    if (answer == QY_PROBE_ASKED) tell_unseen(dog, index, ms);
}

/* ---- the thread ---- */

void qy_watchdog_forgive(qy_watchdog *dog, int64_t late)
{
    for (uint32_t i = 0; late > dog->tick && i < dog->runtime->workers_count; i++) dog->sights[i].since += late;
}

static void look_at_all(qy_watchdog *dog, quay_time now)
{
    for (uint32_t i = 0; i < dog->runtime->workers_count; i++) {
        if (qy_sight_look(&dog->sights[i], dog->runtime->workers[i], now, dog->after)) report(dog, i, now);
    }
}

/* Sleep until a worker is awake: it has cleared `asleep` then, fenced, and looks at watch_dozes; here it is the other
 * way round, so one sees the other (as in parking.h). */
static void doze(qy_watchdog *dog)
{
    quay_runtime *rt = dog->runtime;
    ck_pr_store_32(&rt->watch_dozes, 1);
    ck_pr_fence_memory(); /* pairs with the fence in qy_runtime_awake, and the one in qy_watchdog_end */
    if (qy_watchdog_all_asleep(rt) && !ck_pr_load_32(&dog->ending))
        (void)rt->os->park(&rt->watch_dozes, 1, QUAY_FOREVER);
    ck_pr_store_32(&rt->watch_dozes, 0);
}

static void watch(void *argument)
{
    qy_watchdog *dog = argument;
    const qy_os *os = dog->runtime->os;
    while (!ck_pr_load_32(&dog->ending)) {
        if (qy_watchdog_all_asleep(dog->runtime)) doze(dog);
        quay_time due = os->now() + dog->tick;
        (void)os->park(&dog->ending, 0, due);
        quay_time now = os->now();
        qy_watchdog_forgive(dog, now - due);
        if (!ck_pr_load_32(&dog->ending)) look_at_all(dog, now);
    }
}

int qy_watchdog_make(quay_runtime *rt, int64_t stuck_after)
{
    QY_CHECK(stuck_after > 0 && !rt->watchdog);
    if (stuck_after == QUAY_FOREVER) return 0;
    size_t size = sizeof(qy_watchdog) + rt->workers_count * sizeof(qy_sight);
    qy_watchdog *dog = qy_allocate(&rt->memory, size, QY_CACHE_LINE);
    if (!dog) return -ENOMEM;
    memset(dog, 0, size);
    dog->runtime = rt;
    dog->after = stuck_after;
    dog->tick = stuck_after / TICKS;
    if (qy_os_probe_init(look))
        qy_log(rt, QUAY_LOG_INFO,
               "no real-time signal can be had: of stuck handlers the log will not say where they are");
    rt->watchdog = dog;
    return 0;
}

void qy_watchdog_free(quay_runtime *rt)
{
    if (!rt->watchdog) return;
    qy_release(&rt->memory, rt->watchdog, sizeof(qy_watchdog) + rt->workers_count * sizeof(qy_sight));
}

int qy_watchdog_start(quay_runtime *rt)
{
    qy_watchdog *dog = rt->watchdog;
    return dog ? rt->os->thread_start(&dog->thread, "quay-watch", watch, dog) : 0;
}

void qy_watchdog_end(quay_runtime *rt)
{
    qy_watchdog *dog = rt->watchdog;
    if (!dog) return;
    ck_pr_store_32(&dog->ending, 1);
    ck_pr_fence_memory(); /* pairs with the fence in doze */
    ck_pr_store_32(&rt->watch_dozes, 0);
    rt->os->wake(&rt->watch_dozes, 1);
    rt->os->wake(&dog->ending, 1);
    rt->os->thread_join(dog->thread);
}
