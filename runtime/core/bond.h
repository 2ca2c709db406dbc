/* bond.h - what ties one port to another: monitors and links.
 *
 * A bond has two ends, one at each port, on that port's worker; each knows the other port. Who begins it makes its own
 * end and sends a BOND, which makes the other; UNBOND takes the other end away; EXIT says that the port of the other
 * end has ended, and takes this end away. A BOND for a port that is gone is answered with an EXIT.
 *
 *     WATCHING ──▶ WATCHED      a monitor: an EXIT goes from right to left
 *     LINK     ◀─▶ LINK         a link: either way
 *
 * Invariants
 *   L1  an end is taken away by whatever comes first, EXIT, UNBOND, or its own port's call or end, and what comes later
 *       finds none: so a monitor gives one notice, and none after it was taken back;
 *   L2  an end that is taken away otherwise than by a message sends one to the other end. As the roads keep order, the
 *       BOND is there before it, and no end stays alone;
 *   L3  both ends bear the number their maker gave, which it gives once, so a message about a bond of before does not
 *       touch one of now. Two ports that link each other at the same time have two links; the first EXIT takes both;
 *   L4  an EXIT that finds no memory is sent later: the end stays on `untold`, and drain waits for it (S1);
 *   L5  an end whose EXIT waits in the mailbox as a notice is over: it ties nothing any more, and stays only for the
 *       notice to be found by it. It goes when the notice is taken out, or taken back, or with its port.
 *
 * Ownership: ends are their port's, who frees them, and are found by the worker's map.
 * Read next: notice.h, then link.c for the public side. */
#ifndef QY_BOND_H
#define QY_BOND_H

#include <quay/link.h>

#include "base/list.h"
#include "base/map.h"
#include "core/port.h"

struct qy_worker;

typedef enum qy_bond_kind { QY_BOND_WATCHING, QY_BOND_WATCHED, QY_BOND_LINK } qy_bond_kind;

typedef struct qy_bond {
    qy_map_node node; /* in the worker's map; by number, a link by its two ports */
    qy_link link;     /* on its port's list, or on `untold` */
    uint64_t number;
    uint64_t own; /* the port of this end */
    uint64_t peer;
    struct qy_message *notice; /* NULL, until it is over (L5) */
    uint32_t tag;              /* of WATCHING: for the notice */
    uint8_t kind;
    uint8_t cause; /* of an untold end: how its port ended */
    int32_t reason;
} qy_bond;

/* What a worker has of it. */
typedef struct qy_bonds {
    qy_map map;
    uint64_t made;  /* bonds begun here, ever */
    qy_link untold; /* ends of ports that are gone, whose EXIT found no memory */
} qy_bonds;

/* What few ports have: bonds, names, a text, a wish to be told of a stop. */
typedef struct qy_ties {
    qy_link bonds;             /* qy_bond, oldest first */
    struct qy_message *titles; /* title.h; chained by next */
    qy_mail *last_notice;      /* the last exit notice in the mailbox, or NULL */
    uint32_t trap_tag;         /* for the notices of links */
    bool traps;
    bool traps_stop;
    uint32_t stop_tag;                 /* for the message that a stop then is */
    char text[QUAY_EXIT_TEXT_MAX + 1]; /* of its end; empty: none */
} qy_ties;

/* A port's, made if need be; NULL when there is no memory. */
qy_ties *qy_port_get_ties(struct qy_worker *worker, qy_port *port);

static inline qy_ties *qy_port_ties(const qy_port *port)
{
    return port->cold ? port->cold->ties : NULL;
}

/* A text for its end; lost if there is no memory. */
void qy_port_set_text(struct qy_worker *worker, qy_port *port, const char *text);

/* Make an end. NULL when there is no memory. */
qy_bond *qy_bond_new(struct qy_worker *worker, qy_port *port, qy_bond_kind kind, uint64_t number, uint64_t peer);
void qy_bond_free(struct qy_worker *worker, qy_bond *bond);

/* The end of a port, or NULL. A number of 0 stands for any, and so does this port. */
#define QY_ANY_PORT UINT64_MAX
qy_bond *qy_bond_find(struct qy_worker *worker, uint64_t own, qy_bond_kind kind, uint64_t number, uint64_t peer);

/* Likewise one that is over, with this notice; or with any, if it is NULL. */
qy_bond *qy_bond_find_over(struct qy_worker *worker, uint64_t own, qy_bond_kind kind, uint64_t number, uint64_t peer,
                           const struct qy_message *notice);

/* Have the other end made. 0, or an error when there is no memory or number for it. */
int qy_bond_begin(struct qy_worker *worker, const qy_bond *bond);

/* Have the other end taken away. The same. */
int qy_bond_undo(const qy_bond *bond);

/* The control messages. */
void qy_bond_receive(struct qy_worker *worker, qy_message *message);
void qy_bond_receive_undo(struct qy_worker *worker, qy_message *message);
void qy_bond_receive_exit(struct qy_worker *worker, qy_message *message);

/* The port has ended: tell the other ends, and give up its ties. */
void qy_bonds_end(struct qy_worker *worker, qy_port *port);

/* Try again what is untold. */
void qy_bonds_retry(struct qy_worker *worker);

#endif
