/* runtime.h - workers as one machine, and the process's list of them.
 *
 * Homes: ids name a home, a number in one table for the whole process. A runtime of N workers has N + 1 homes in a
 * row, one for each worker and one for the futures of outside threads. A home that is not listed belongs to nobody
 * and every id of it is stale.
 *
 * Ownership: the runtime is its starter's until quay_runtime_stop. Read next: start.c. */
#ifndef QY_RUNTIME_H
#define QY_RUNTIME_H

#include <ck_spinlock.h>
#include <quay/quay.h>

#include "core/dead_letter.h"
#include "core/group.h"
#include "core/guest.h"
#include "core/name.h"
#include "core/offload.h"
#include "core/worker.h"
#include "os/os.h"

#define QY_GUEST_GROUP 1024
#define QY_GUEST_GROUPS 63 /* guests' numbers follow the workers' in 16 bits */

struct qy_watchdog;

typedef enum qy_phase { QY_RUNNING, QY_STOPPING, QY_KILLING, QY_ENDED } qy_phase;
typedef enum qy_go { QY_GO_NOT_YET, QY_GO_RUN, QY_GO_HOME } qy_go;

/* What a runtime runs on, and who looks on while it does: nobody, or the simulator. */
typedef struct qy_machine {
    const qy_os *os;
    void (*body)(qy_worker *);            /* of a worker: its loop */
    void (*born)(qy_worker *, qy_port *); /* NULL, or told of each port before anybody else knows its id */
    bool threads; /* besides the workers': for blocking ports, offloaded functions and a watchdog. Without them such a
                   * port lives on an ordinary worker, such a function runs at once, and nobody watches */
} qy_machine;

/* What a worker's thread is started with. */
typedef struct qy_boot {
    quay_runtime *runtime;
    uint32_t index;
    qy_os_thread thread;
} qy_boot;

struct quay_runtime {
    /* Nobody, after start. */
    const qy_os *os; /* the machine's */
    const qy_machine *machine;
    qy_memory memory;
    qy_budget *budget; /* behind it, or NULL: no limit */
    quay_log *log;
    void *log_context;
    qy_topology *topology;
    uint64_t serial; /* no two runtimes of a process have the same */
    uint32_t workers_count;
    uint32_t first_home;
    bool spin; /* workers look for work before they sleep */
    size_t stack_size;
    quay_pin pin;        /* ON: bind or fail; DEFAULT: bind if possible; OFF */
    qy_core *cores;      /* one a worker */
    qy_boot *boots;      /* likewise */
    qy_worker **workers; /* each written by its thread before `ready` */

    /* Anybody. */
    alignas(QY_CACHE_LINE) uint32_t phase;
    uint32_t ready;   /* workers that are initialised, or failed to */
    int32_t failure;  /* why the last of them failed, or 0 */
    uint32_t go;      /* a qy_go */
    uint32_t holders; /* threads: the last one frees the runtime */
    uint32_t spread;
    uint32_t visitors;                                /* threads in quay_runtime_drain */
    alignas(QY_CACHE_LINE) uint32_t observed;         /* somebody waits for quiet */
    struct qy_watchdog *watchdog;                     /* or NULL; nobody changes it after start */
    uint32_t watch_dozes;                             /* 1: it sleeps until a worker is awake */
    uint32_t quiet;                                   /* event count: a worker went to sleep while observed */
    alignas(QY_CACHE_LINE) ck_spinlock_t guests_lock; /* for adding; readers see a growing array */
    uint32_t guests_count;
    qy_subscriptions subscriptions; /* to dead letters */
    qy_guest **guests[QY_GUEST_GROUPS];
    alignas(QY_CACHE_LINE)
        ck_spinlock_t hosts_lock; /* for adding, taking and giving back; readers see a growing list */
    qy_worker **hosts;            /* by home; NULL until there is one */
    qy_worker *newest_host;       /* chained by older */
    qy_worker *idle_hosts;
    uint32_t hosts_count;
    bool hosts_closed; /* no more */
    qy_offload offload;
    qy_names names;
    qy_groups groups;
};

/* ---- homes.c: the process's list ---- */

/* Reserve count homes in a row. 0 and *first, or -EAGAIN. */
int qy_homes_take(uint32_t count, uint32_t *first);

/* The generation floor of a home. */
uint32_t qy_homes_floor(uint32_t number);

/* List or unlist a runtime under its homes. */
void qy_homes_list(quay_runtime *rt, bool listed);

/* The same for one home of its own. */
void qy_homes_list_one(quay_runtime *rt, uint32_t number, bool listed);

/* Give homes back; ids of theirs stay stale, as the next tables start at `floors[i]` (0: never use it again). */
void qy_homes_give(uint32_t first, uint32_t count, const uint32_t *floors);

/* The runtime of a home, or NULL; what it points at is safe only inside (guest.h G1). */
quay_runtime *qy_homes_runtime(uint32_t number);

/* A home of a listed runtime, or QY_ID_HOMES if it is not listed. */
uint32_t qy_homes_find(const quay_runtime *rt);

/* True in a process that was forked from one with a runtime. */
bool qy_homes_forked(void);
/* Have forks watched. 0 or -ENOMEM. */
int qy_homes_watch_forks(void);

/* Inside, from anywhere: a worker always is inside its own runtime. As qy_runtime_enter. */
static inline int qy_runtime_visit(const quay_runtime *rt)
{
    return QY_LIKELY(qy_me && qy_me->station.runtime == rt) ? 0 : qy_runtime_enter(rt);
}

static inline void qy_runtime_visit_end(const quay_runtime *rt)
{
    if (!qy_me || qy_me->station.runtime != rt) qy_guest_leave();
}

static inline qy_guest *qy_runtime_guest(const quay_runtime *rt, uint32_t number)
{
    uint32_t index = number - rt->workers_count;
    return rt->guests[index / QY_GUEST_GROUP][index % QY_GUEST_GROUP];
}

/* The worker of a home, if it is one of this runtime's; or NULL. */
static inline qy_worker *qy_runtime_worker(const quay_runtime *rt, uint32_t home)
{
    uint32_t index = home - rt->first_home;
    if (QY_LIKELY(index < rt->workers_count)) return rt->workers[index];
    qy_worker **hosts = ck_pr_load_ptr(&rt->hosts);
    return hosts ? ck_pr_load_ptr(&hosts[home]) : NULL;
}

/* False when it is known here that rt has no such port. */
static inline bool qy_runtime_may_have(const quay_runtime *rt, uint64_t id)
{
    return qy_runtime_worker(rt, qy_id_home(id)) && !qy_known_gone(id);
}

/* All workers in turn, hosts last: give NULL for the first, get NULL after the last. */
static inline qy_worker *qy_runtime_next_worker(const quay_runtime *rt, const qy_worker *previous)
{
    if (previous && previous->blocking) return previous->older;
    uint32_t next = previous ? previous->index + 1 : 0;
    return next < rt->workers_count ? rt->workers[next] : ck_pr_load_ptr(&rt->newest_host);
}

/* snprintf for texts that may be cut. */
void qy_format(char *text, size_t size, const char *format, ...) QY_PRINTF(3, 4);

/* Log a line, printf-like. */
void qy_log(const quay_runtime *rt, quay_log_level level, const char *format, ...) QY_PRINTF(3, 4);

/* ---- quiet.c ---- */

/* A worker is about to sleep and has announced it: tell who waits for quiet. */
void qy_runtime_maybe_quiet(quay_runtime *rt);

/* Wait until nothing is on its way, queued or running, and, if so wanted, no port is left. 0, -ETIMEDOUT, or -ECANCELED
 * when the runtime has ended meanwhile. */
int qy_runtime_wait_quiet(quay_runtime *rt, bool no_ports, quay_time deadline);

/* ---- watch/watchdog.c ---- */

/* Handlers that run longer than so many nanoseconds, QUAY_FOREVER: none. Before the workers' threads are started. 0 or
 * -ENOMEM. */
int qy_watchdog_make(quay_runtime *rt, int64_t stuck_after);
/* Its thread, once there are workers; nothing if there is no watchdog. 0, -ENOMEM or -EAGAIN. */
int qy_watchdog_start(quay_runtime *rt);
void qy_watchdog_end(quay_runtime *rt);
void qy_watchdog_free(quay_runtime *rt);

/* A worker that had announced its sleep goes on: it has cleared `asleep`. */
static inline void qy_runtime_awake(quay_runtime *rt)
{
    ck_pr_fence_memory(); /* pairs with the fence in doze (watchdog.c) */
    if (QY_UNLIKELY(ck_pr_load_32(&rt->watch_dozes)) && ck_pr_fas_32(&rt->watch_dozes, 0))
        rt->os->wake(&rt->watch_dozes, 1);
}

/* ---- release.c ---- */

/* quay_runtime_start, which is in sim/, on a machine. */
int qy_runtime_start(quay_runtime **out, const quay_runtime_options *given, const qy_machine *machine);

/* A holder less; the last one frees everything. */
void qy_runtime_release(quay_runtime *rt);

#endif
