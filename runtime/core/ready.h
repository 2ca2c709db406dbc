/* ready.h - the ports of a worker that wait for their turn, and who comes next.
 *
 * First come, first served; but what a port's first turn makes ready goes first, and those who were ready before stand
 * aside meanwhile. So a tree of ports grows depth first, and a parent hears of one child before the next is looked at:
 * there are never many more of them than the tree is deep.
 *
 *     first → company of a newborn → … → end, behind them aside → who was ready before → … → aside_end
 *
 * Invariants
 *   Q1  a port waits on one of the two chains, `aside` being behind the other, and leaves only by qy_ready_take;
 *   Q2  at the end of a step nobody is aside unless there is a first;
 *   Q3  those aside come first when nobody else is ready, or when they have been aside for QY_ASIDE_STEPS steps. So
 *       each time one of them has had a turn the others wait for so many steps at most, and nobody waits for ever.
 * Ownership: its worker's; the ports belong to their table. Read next: dispatch.c. */
#ifndef QY_READY_H
#define QY_READY_H

#include <ck_pr.h>

#include "core/port.h"

#define QY_ASIDE_STEPS 4 /* few serve: a subtree of some dozen ports is done in one */

typedef struct qy_ready {
    qy_port *first;
    qy_port **end;
    qy_port *aside;
    qy_port **aside_end;
    uint32_t aside_steps; /* since they went there */
} qy_ready;

static inline void qy_ready_init(qy_ready *ready)
{
    *ready = (qy_ready){.end = &ready->first};
}

static inline void qy_ready_add(qy_ready *ready, qy_port *port)
{
    port->next = NULL;
    ck_pr_barrier(); /* whoever interrupts this thread finds a chain that ends (watchdog.c) */
    *ready->end = port;
    ready->end = &port->next;
}

static inline void qy_ready_come_back(qy_ready *ready)
{
    QY_CHECK(ready->aside);
    *ready->aside_end = ready->first;
    if (!ready->first) ready->end = ready->aside_end;
    ready->first = ready->aside;
    ready->aside = NULL;
}

/* Who comes next, or NULL. */
static inline qy_port *qy_ready_take(qy_ready *ready)
{
    if (QY_UNLIKELY(!ready->first)) {
        if (QY_LIKELY(!ready->aside)) return NULL;
        qy_ready_come_back(ready);
    }
    qy_port *port = ready->first;
    ready->first = port->next;
    if (!ready->first) ready->end = &ready->first;
    return port;
}

/* Those who have been added since `end` was that go first. Nobody has been taken since. */
static inline void qy_ready_prefer(qy_ready *ready, qy_port **end)
{
    if (!*end || end == &ready->first) return;
    if (!ready->aside) {
        ready->aside_end = end;
        ready->aside_steps = 0;
    }
    qy_port *company = *end;
    *end = ready->aside;
    ready->aside = ready->first;
    ready->first = company;
}

/* Has anybody stood aside for a step, or more? */
static inline bool qy_ready_waits(const qy_ready *ready)
{
    return ready->aside && ready->aside_steps;
}

/* Q2, Q3: a step ends. */
static inline void qy_ready_step(qy_ready *ready)
{
    if (QY_LIKELY(!ready->aside)) return;
    if (!ready->first || ++ready->aside_steps >= QY_ASIDE_STEPS) qy_ready_come_back(ready);
}

#endif
