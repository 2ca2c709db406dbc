/* outbound.h - from a worker to each other worker: small messages on the belt, larger ones in batches on the lane, and
 * blocks going home.
 *
 * A message that fits goes onto the belt at once. One that is too large, or finds the belt full, goes into a batch, and
 * the batch onto the lane when a step ends or when it has QY_BATCH messages. When a step ends the receiver is told
 * (told.h), and woken if it sleeps.
 * Blocks go home as one message of kind RETURN a QY_BATCH of them, and all of them when the worker is about to sleep;
 * they wake nobody.
 *
 * Invariants
 *   O1  a destination for which something was sent is on the dirty chain; a flush leaves none there;
 *   O2  one order: while anything is in the batch, or on the lane and not popped, the belt gets nothing (`belt` is
 *       NULL). So what lies on the lane is later than all that is on the belt with it; the consumer takes the belt
 *       first, and looks at it once more between seeing a batch and popping it (arrivals.c take_from);
 *   O3  a destination for which there are blocks is on the homing chain. Some on it may have none any more.
 * Ownership: all of it is its worker's. Read next: worker.h. */
#ifndef QY_OUTBOUND_H
#define QY_OUTBOUND_H

#include "core/belt.h"
#include "core/message.h"
#include "core/pool.h"

#define QY_BATCH 64

/* Freed blocks of one class, linked by qy_block. */
typedef struct qy_chain {
    qy_block *first;
    qy_block *last;
    uint32_t count;
} qy_chain;

typedef struct qy_outbound {
    qy_message *first; /* the batch */
    qy_message *last;
    uint32_t count;
    uint32_t flushes;
    uint32_t next_dirty;       /* destination + 1; 0 ends the chain */
    uint32_t next_homing;      /* likewise */
    bool listed;               /* on the dirty chain */
    bool urgent;               /* more than blocks has been sent since the last flush */
    bool homing;               /* on the homing chain */
    qy_belt *belt;             /* the peer's, if laid, while it is the belt's turn (O2), else NULL */
    bool in_vain;              /* hold.h H3 */
    uint32_t ahead;            /* messages pushed onto the lane since all there had been taken */
    uint32_t next_holding;     /* destination + 1 */
    struct qy_port *held;      /* hold.h H1 */
    struct qy_port **held_end; /* while there are any */
    int64_t held_until;
    const void *held_at; /* where the destination was on the lane when that began */
    qy_chain home[QY_CLASSES];
} qy_outbound;

struct qy_worker;

/* Put a message, addressed (message->to), into the batch for a worker of the same runtime. */
void qy_outbound_add(struct qy_worker *worker, uint32_t destination, qy_message *message);

/* Put a spent message's block on its way home to another worker. */
void qy_outbound_send_home(struct qy_worker *worker, qy_message *spent);

/* Push every batch, wake who sleeps. */
void qy_outbound_flush(struct qy_worker *worker);

/* Push every block too: the worker is about to sleep. */
void qy_outbound_flush_blocks(struct qy_worker *worker);

/* A RETURN message has arrived: its blocks, and itself, are this worker's again. */
void qy_outbound_take_back(struct qy_worker *worker, qy_message *message);

#endif
