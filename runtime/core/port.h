/* port.h - an actor's own memory: three cache lines with up to 16 bytes of state, cold things apart.
 *
 * Invariants
 *   A1  only the home worker touches a port; others know its id;
 *   A2  a port is among the ready (ready.h) iff QY_PORT_READY is set, and never while QY_PORT_BUSY is: a handler, also
 *       one that waits, is the only thing that runs for its port;
 *   A3  a bound id leads to a port whose `id` it is; ending a port unbinds it before anything else is done.
 *
 * Ownership: the port owns its mailbox, its futures and `cold`; its state follows it in the same block.
 * Read next: worker.h, then dispatch.c. */
#ifndef QY_PORT_H
#define QY_PORT_H

#include <quay/link.h>
#include <quay/port.h>

#include "base/list.h"
#include "core/mailbox.h"
#include "core/message.h"

/* Flags. */
enum {
    QY_PORT_READY = 1,
    QY_PORT_BUSY = 2,        /* a handler, init or fini is running or waits */
    QY_PORT_NEW = 4,         /* init has not run */
    QY_PORT_ENDING = 8,      /* ends as soon as no handler runs; `reason` says why */
    QY_PORT_DRAINING = 16,   /* ends when its mailbox is empty: the runtime stops */
    QY_PORT_FOREIGN = 32,    /* its slot came from the stock and goes back there */
    QY_PORT_LARGE = 64,      /* behind it is not the state but a pointer to it; cold has the size */
    QY_PORT_BOUNDED = 128,   /* cold has the gate of its mailbox */
    QY_PORT_SUSPENDED = 256, /* BUSY, and its handler waits */
    QY_PORT_KILLED = 512,    /* ENDING by a kill: its handler must not wait any more */
    QY_PORT_NOTIFIED = 1024, /* exit notices may be in its mailbox */
    QY_PORT_TIMED = 2048,    /* its turn ends by the clock, too (dispatch.c) */
    QY_PORT_YOUNG = 4096,    /* it has had no turn yet */
    QY_PORT_AHEAD = 8192     /* it sends faster than others take: held, or soon (hold.h) */
};
#define QY_PORT_CAUSE_SHIFT 20 /* with ENDING: the quay_exit_cause, four bits */
#define QY_PORT_CLASS_SHIFT 24 /* the size class of its block, in the flags' top byte */

/* What most ports do without. */
typedef struct qy_port_cold {
    char name[QUAY_NAME_MAX + 1];
    quay_init *init;
    quay_fini *fini;
    void *arg;
    qy_message *watchers; /* joins, chained by next; answered when the port ends */
    size_t large;         /* bytes of a state that has memory of its own */
    struct qy_ties *ties; /* bond.h, or NULL */
    struct qy_gate *gate; /* of a bounded mailbox, or NULL */
} qy_port_cold;

typedef struct qy_port {
    /* All that a delivery stores to, on one line: see worker.h. */
    qy_mailbox mailbox;
    uint32_t flags;
    uint32_t depth; /* messages in the mailbox */
    union {
        struct qy_port *next;   /* on the ready queue */
        struct qy_fiber *fiber; /* while SUSPENDED */
    };
    uint64_t id;
    quay_handler *handler;
    union {
        int32_t reason;    /* with ENDING, else 0 */
        uint32_t ahead_of; /* with AHEAD: a worker */
    };
    uint32_t failed;
    uint64_t handled;
    struct qy_port_future *futures; /* that it holds, chained */
    qy_port_cold *cold;             /* or NULL */
} qy_port;

_Static_assert(sizeof(qy_port) % 16 == 0, "the state behind a port is aligned to 16");
_Static_assert(sizeof(qy_port) <= 176, "an idle port with 16 bytes of state takes three lines");

static inline quay_exit_cause qy_port_cause(const qy_port *port)
{
    return (quay_exit_cause)(port->flags >> QY_PORT_CAUSE_SHIFT & 0xf);
}

static inline void *qy_port_state(qy_port *port)
{
    return QY_UNLIKELY(port->flags & QY_PORT_LARGE) ? *(void **)(port + 1) : port + 1;
}

#endif
