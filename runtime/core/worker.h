/* worker.h - one thread bound to one core, and everything it owns.
 *
 * qy_worker_step() is the machine: take what has arrived, fire timers, run ready ports, send what they sent. The
 * thread is a loop of step or park (qy_worker_loop). Nothing a port does goes round the step.
 *
 * Invariants
 *   W1  all fields but the last group are touched by the worker's own thread only;
 *   W2  each part of a step is bounded, so every part gets its turn;
 *   W3  a message that arrives before the SPAWN of its port waits for it in `early`: an id may reach a third worker,
 *       and a message from there this one, by a shorter road than the SPAWN took. It waits only while some SPAWN is on
 *       its way, or waits for memory (more ids taken from the stock than births), so a made-up id does not wait for
 *       ever;
 *   W4  qy_me is the worker whose thread this is, NULL in all other threads.
 * Read next: dispatch.c. */
#ifndef QY_WORKER_H
#define QY_WORKER_H

#include <quay/quay.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/table.h"
#include "core/belt.h"
#include "core/bond.h"
#include "core/fiber.h"
#include "core/gate.h"
#include "core/ingress.h"
#include "core/lane.h"
#include "core/outbound.h"
#include "core/parking.h"
#include "core/port.h"
#include "core/ready.h"
#include "core/station.h"
#include "core/stock.h"
#include "core/told.h"
#include "os/os.h"

#define QY_TURN_MESSAGES 32      /* one port handles before the next has its turn */
#define QY_TURN_NS 500           /* after so long a port that has got behind leaves the next its turn */
#define QY_STEP_TURNS 16         /* ports have before arrivals and timers are looked at again */
#define QY_STEP_MESSAGES 128     /* are taken from one source before the next is looked at */
#define QY_BUSY_MESSAGES 16      /* … by a worker that is busy, or … */
#define QY_BUSY_NS 250           /* … one for each so long a time: arrivals.c */
#define QY_TAKE_ALL_ROUNDS 65536 /* of taking what was sent before a stop, should others not cease to send */
#define QY_BUSY_WORKER 64        /* messages wait in its mailboxes: new ports that may live anywhere go elsewhere */
#define QY_REMEMBERED 256        /* ended ports whose reason quay_join still finds */

typedef struct qy_worker qy_worker;

/* The running port, for one handler call. */
struct quay_self {
    qy_worker *worker;
    qy_port *port;
    qy_message *message; /* NULL in init and fini */
    uint64_t duty;       /* the future this call is to answer; 0: none, or no more */
    uint64_t deferred;   /* the future that took the duty, and takes the message when the handler returns */
    quay_time deadline;  /* of the ask, or as quay_set_deadline said; QUAY_FOREVER for none */
    bool asked;
    bool cancelled; /* whoever asked does not want the answer any more */
    bool ending;    /* fini: must not wait */
};

typedef struct qy_remembered {
    uint64_t id;
    int32_t reason;
    quay_exit_cause cause;
} qy_remembered;

struct qy_worker {
    /* This worker, and its readers of counters. */
    qy_station station;

    /* Nobody, after start. */
    alignas(QY_CACHE_LINE) const qy_os *os;
    uint32_t index;         /* in its runtime */
    uint32_t home;          /* in ids */
    uint32_t peers;         /* workers of the runtime, with belts and lanes between them; a host has none */
    qy_lane *lanes;         /* by source */
    qy_belt **belts;        /* by source; NULL: not laid yet (belt.h) */
    qy_outbound *outbound;  /* by destination */
    qy_told *told;          /* by source, or NULL (told.h) */
    qy_told *seen;          /* this worker's; likewise */
    const qy_core *core;    /* NULL: not bound */
    size_t stack_size;      /* of its fibers */
    bool blocking;          /* a host (host.h) */
    qy_os_thread os_thread; /* a host's */
    qy_worker *older;       /* host */
    qy_os_target target;    /* its thread, for the watchdog */

    /* This worker. What each turn stores to, on one line, and stored to in one go: a processor retires a store a cycle,
     * or two where they go to the same line, and a hop is a matter of some forty stores. */
    alignas(QY_CACHE_LINE) quay_self *running; /* or NULL */
    qy_port *turn;                             /* whose turn it is; read by quay_runtime_stop and the watchdog */
    unsigned turns_left;                       /* in this step; here and not in the loop's frame: fiber.h B3 */
    qy_ready ready;
    qy_fiber *resumable; /* fibers whose wait is over, oldest first */
    qy_fiber **resumable_end;
    uint32_t dirty;  /* first destination with something new + 1 */
    uint32_t homing; /* first destination with blocks + 1 */
    uint32_t next_spread;
    uint32_t busy_at; /* QY_BUSY_WORKER; the simulator has it vary */
    uint32_t steps;
    qy_ingress_link *active; /* lanes of guests that have something */
    qy_message *owed;        /* asks whose answer found no memory, chained by next */
    qy_message *early;       /* messages that overtook the SPAWN of their port, oldest first, chained by next */
    qy_message **early_end;
    qy_message *postponed; /* control messages that found no memory (early.h), likewise */
    qy_message **postponed_end;
    qy_bonds bonds;
    uint64_t births; /* SPAWNs done with */
    qy_heap timers;
    qy_link alarms;
    qy_table timer_ids;    /* of those that can be cancelled by id */
    uint64_t timer_births; /* as births, for timers armed from elsewhere */
    uint64_t stamp;        /* of the latest ask sent or handled (ring.h) */
    qy_table ports;
    qy_table futures;
    struct qy_port_future *free_futures; /* chained by next */
    qy_patience patience;
    qy_remembered *remembered;
    uint32_t remembered_next;
    uint64_t waits;         /* how often a handler went to wait; read by the watchdog */
    uint32_t takes;         /* messages of each source in this step, at the most */
    bool left;              /* some source had more … */
    quay_time left_at;      /* … then */
    uint32_t ahead_at;      /* QY_AHEAD; the simulator has it vary */
    uint64_t crowded;       /* a port for which others are held */
    uint32_t holding;       /* first destination for which ports are held + 1 */
    uint32_t behind;        /* turns that left mail behind */
    struct qy_guest *guest; /* by which it reaches hosts, and a host everybody; NULL until then */
    qy_link suspended;      /* qy_suspension, oldest first */
    void *tick_block;       /* for the timer that looks for rings, while there is none */
    bool ring_tick;         /* … and now there is */
    bool probing;           /* a probe is being followed */
    qy_message *probes;     /* … and these are next */
    bool ending;            /* a port is being ended */
    bool draining;          /* new ports end when they have nothing to do */
    bool killed;            /* all its ports, by the stop */
    bool exiting;

    /* This worker, in fiber.c. */
    qy_fiber *fiber;  /* that runs */
    qy_fiber *thread; /* the thread's own stack */
    qy_fiber *spare;
    uint32_t spare_count;
    void (*body)(qy_worker *);

    /* Others too. */
    qy_ingress ingress;
    qy_parking parking;
    qy_stock stock;
    qy_stock timer_stock;
    qy_worker *next_idle; /* host; with the runtime's hosts_lock */
    qy_gates gates;       /* of its bounded ports */
};

extern QY_THREAD_LOCAL qy_worker *qy_me;

/* Is it what runs now, on this thread? Nothing of it is read: it may be out of date. */
static inline bool qy_runs(const quay_self *self)
{
    return self && qy_me && qy_me->running == self;
}

/* 0, -ENOMEM or -EAGAIN. The thread that will run the worker calls it, so that memory is local; a host's, any. */
int qy_worker_init(qy_worker *worker, quay_runtime *rt, uint32_t index);
int qy_worker_init_host(qy_worker *worker, quay_runtime *rt, uint32_t index, uint32_t home);
void qy_worker_free(qy_worker *worker);

/* One round; false when there was nothing to do. */
bool qy_worker_step(qy_worker *worker);

/* Nothing to do: sleep until there is, or a timer is due; spuriously, too. */
void qy_worker_sleep(qy_worker *worker);

/* Step or sleep until told to exit, on fibers: the runtime's body (runtime.h), which is qy_worker_loop if nobody says
 * otherwise. */
void qy_worker_run(qy_worker *worker);
void qy_worker_loop(qy_worker *worker);

/* ---- ready queue ---- */

static inline void qy_worker_make_ready(qy_worker *worker, qy_port *port)
{
    QY_DEBUG_CHECK(!(port->flags & (QY_PORT_READY | QY_PORT_BUSY)));
    port->flags |= QY_PORT_READY;
    qy_ready_add(&worker->ready, port);
}

/* ---- ports of this worker ---- */

/* The port of an id whose home is this worker, or NULL if it has ended. */
static inline qy_port *qy_worker_port(const qy_worker *worker, uint64_t id)
{
    const uintptr_t *entry = qy_table_entry(&worker->ports, id);
    if (QY_UNLIKELY(!entry) || QY_UNLIKELY(*entry & 1)) return NULL;
    qy_port *port = (qy_port *)*entry;
    return QY_LIKELY(port->id == id) ? port : NULL;
}

/* May the SPAWN of that id still be on its way? */
static inline bool qy_worker_expects(const qy_worker *worker, uint64_t id)
{
    return qy_stock_taken(&worker->stock) != worker->births && qy_table_unborn(&worker->ports, id);
}

/* True when there is no such port, false when it lives or may not be born yet. */
static inline bool qy_worker_knows_gone(const qy_worker *worker, uint64_t id)
{
    return !qy_worker_port(worker, id) && !qy_worker_expects(worker, id);
}

/* What the running thread knows of any port at once. */
static inline bool qy_known_gone(uint64_t id)
{
    return qy_me && qy_id_home(id) == qy_me->home && qy_worker_knows_gone(qy_me, id);
}

/* There is something in its mailbox. */
static inline void qy_port_wake(qy_worker *worker, qy_port *port)
{
    if (!(port->flags & (QY_PORT_READY | QY_PORT_BUSY))) qy_worker_make_ready(worker, port);
}

/* Into the mailbox: the port owns the message. A STOP goes there too, for its place in the order; it is not counted. */
static inline void qy_port_enqueue(qy_worker *worker, qy_port *port, qy_message *message)
{
    qy_mailbox_push(&port->mailbox, &message->mail);
    qy_port_wake(worker, port);
}

/* Many wait in the mailbox of that port, and there is one more: who sent it shall wait a moment (hold.h). */
QY_COLD void qy_hold_mark_here(qy_worker *worker, const qy_port *crowded);

/* One in so many is enough to notice who sends many. */
static inline void qy_hold_crowd(qy_worker *worker, const qy_port *crowded)
{
    if ((crowded->depth - worker->ahead_at) % QY_TURN_MESSAGES == 1) qy_hold_mark_here(worker, crowded);
}

/* A user message, which is counted as delivered. */
static inline void qy_port_deliver(qy_worker *worker, qy_port *port, qy_message *message)
{
    qy_mailbox_push(&port->mailbox, &message->mail);
    port->depth++;
    if (!(port->flags & (QY_PORT_READY | QY_PORT_BUSY))) qy_worker_make_ready(worker, port);
    else if (QY_UNLIKELY(port->depth > worker->ahead_at)) qy_hold_crowd(worker, port);
}

/* ---- to other workers ---- */

/* O1: something is on its way to a worker; unless it is only blocks, wake it when this step ends. */
static inline void qy_outbound_list(qy_worker *worker, uint32_t destination, bool urgent)
{
    qy_outbound *out = &worker->outbound[destination];
    out->urgent |= urgent;
    if (out->listed) return;
    out->listed = true;
    out->next_dirty = worker->dirty;
    worker->dirty = destination + 1;
}

/* ---- the end of a message ---- */

QY_COLD void qy_message_free_rare(qy_worker *worker, qy_message *message);

/* A worker is done with a message: its buffer is freed, its block goes home. */
static inline void qy_message_free(qy_worker *worker, qy_message *message)
{
    /* Neither pinned, nor with a buffer, nor another's: one comparison. */
    if (QY_UNLIKELY((message->meta & (QY_PINNED | QY_BUFFER | QY_META_OWNER)) != worker->station.meta)) {
        qy_message_free_rare(worker, message);
        return;
    }
    qy_pool_put(&worker->station.pool, qy_message_class(message), message);
}

/* The same for a control message. */
static inline void qy_message_retire(qy_worker *worker, qy_message *message)
{
    qy_message_free(worker, message);
    QY_COUNT_DONE(worker->station.count.retired);
}

static inline quay_time qy_worker_now(const qy_worker *worker)
{
    return worker->os->now();
}

#endif
