/* gate.h - the places of a bounded mailbox, and who gets one.
 *
 * The id of a bounded port is marked (QY_ID_MARK), so whoever sends to another port is not concerned by any of this.
 * For each bounded port there is a cell, found by the id's slot in an array of its home worker that any thread may
 * read. So a sender elsewhere knows at once whether there is room, and reads nothing of the port's.
 *
 *     taken   places taken, ever                             changed by any thread, by compare-and-swap
 *     base    places given up, ever, less those that the     changed by the home worker alone, by plain stores
 *             home's own ports took
 *     taken - base   is the occupancy: of messages in the mailbox, on their way to it, and of senders who wait and
 *                    were granted a place
 *
 *     from elsewhere                           a port of the home
 *     1  taken + 1                             1  base - 1
 *     2  full fence                            2  full fence
 *     3  look at base: too many, undo it       3  look at taken: too many, undo it
 *
 * Invariant L1: after either's step 3 the occupancy is within the limit (Dekker, as in parking.h;
 * tests/model/gate.pml). Two that race for the last place may both be refused. Steps 2 and 3 are for fewer than
 * QY_GATE_NEAR places left. Farther from the limit the home's store may be seen late, by as much as a store buffer
 * holds, which is less.
 * Invariant L2: a place is its message's (QY_METERED) from the send until a handler gets the message; until then it is
 * the sender's, who uses it or gives it back.
 *
 * Ownership: cells are their worker's and never freed before it, so that a stale id finds a cell of another generation.
 * The spawner opens a cell before anybody knows the id, the home closes it. A gate is its port's.
 * Read next: overflow.h, then room.h. */
#ifndef QY_GATE_H
#define QY_GATE_H

#include <quay/port.h>

#include "base/check.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/table.h"

#define QY_GATE_NEAR 64
#define QY_GATE_MOST (UINT32_C(1) << 30) /* a limit beyond is this: occupancies are differences of 32 bits */

typedef struct qy_cell {
    alignas(QY_CACHE_LINE) uint64_t word; /* generation (32 bits) | taken (32); generation 0: closed */
    uint32_t base;
    uint32_t limit;    /* these two: constant while it is open */
    uint32_t overflow; /* a quay_overflow */
    uint32_t wanted;   /* somebody waits for a place: who gives one back has to tell the home */
} qy_cell;

typedef struct qy_gates {
    void *chunks; /* an array of pointers to chunks of cells; it and they are made when first needed, then constant */
    const qy_memory *memory;
    qy_link wanted; /* the home's: gates that somebody waits at */
} qy_gates;

/* The home's side of a cell. */
typedef struct qy_gate {
    qy_cell *cell;
    struct qy_port *port;
    uint32_t arrived;           /* base + the mailbox's depth */
    struct qy_message *waiting; /* requests for a place (room.h), oldest first, chained by next */
    struct qy_message **waiting_end;
    qy_link link; /* on gates->wanted while somebody waits */
} qy_gate;

struct qy_worker;

void qy_gates_init(qy_gates *gates, const qy_memory *memory);
void qy_gates_free(qy_gates *gates);

/* ---- any thread, inside the runtime ---- */

/* Open the cell of an id that nobody knows yet. 0 or -ENOMEM. */
int qy_gates_open(qy_gates *gates, uint64_t id, uint32_t limit, quay_overflow overflow);

/* The cell of an id's slot; NULL when there never was one. */
qy_cell *qy_gates_find(const qy_gates *gates, uint64_t id);

/* Take a place: 0, -EAGAIN none is free, -EPIPE the port has ended. */
int qy_cell_claim(qy_cell *cell, uint64_t id);

/* Give one back. True when the home has to be told. */
bool qy_cell_return(qy_cell *cell, uint64_t id);

/* ---- the home ---- */

void qy_gates_close(qy_gates *gates, uint64_t id);

/* The gate of a new bounded port whose cell is open. 0 or -ENOMEM. */
int qy_gate_make(struct qy_worker *worker, struct qy_port *port);
void qy_gate_free(struct qy_worker *worker, struct qy_port *port);

/* Take a place for a message that has not arrived yet. */
bool qy_gate_enter(struct qy_port *port);

/* A message with a place has arrived; its place is now in the mailbox, whose depth will rise by one. */
void qy_gate_arrive(const struct qy_port *port);

/* Take a place whether or not one is free, or say how many the mailbox now holds. */
void qy_gate_take(const qy_gate *gate);
void qy_gate_publish(const qy_gate *gate);

#endif
