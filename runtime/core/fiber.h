/* fiber.h - stacks for handlers that wait.
 *
 * A worker's loop runs on a fiber. Handlers are called on the loop's own stack. One that waits leaves that stack, loop
 * frames and all, with its port, and the loop goes on on another fiber. When the wait is over the loop jumps to the
 * waiting fiber; the handler returns into the loop frames below it, and these are the loop from then on. The fiber the
 * loop came from is spare: it is continued when the next handler waits. So a program that never waits never switches.
 *
 *     fiber 1  loop → handler A → wait ─┐                          ┌─ … returns → loop goes on here
 *     fiber 2                           └─ loop → handler B → …  ──┘ (spare until somebody waits)
 *
 * Invariants
 *   B1  one fiber of a worker runs, `worker->fiber`, and it is the one with the loop;
 *   B2  every other fiber is spare (its frames are the loop's only), fresh (no frames), or waits (a handler's);
 *   B3  loop frames keep nothing across a handler call that another fiber's loop could change; they look again.
 *
 * Ownership: fibers are their worker's. At most QY_SPARE_FIBERS keep their pages while nobody is on them.
 * Read next: suspend.h. */
#ifndef QY_FIBER_H
#define QY_FIBER_H

#include <stdint.h>

#include "os/os.h"

struct qy_worker;
struct quay_self;
struct qy_suspension;

#define QY_SPARE_FIBERS 32
#define QY_STACK_DEFAULT ((size_t)256 * 1024)

typedef struct qy_fiber {
    qy_context context;               /* where it was left; NULL while it runs */
    struct qy_fiber *next;            /* spare, fresh, or to be resumed */
    struct qy_suspension *suspension; /* what its handler waits for, or NULL */
    qy_stack stack;
} qy_fiber;

/* Make a worker's first fiber. 0, -ENOMEM or -EAGAIN. */
int qy_fiber_init(struct qy_worker *worker);

/* Run body(worker) on the first fiber; returns when qy_fiber_leave is called. */
void qy_fiber_enter(struct qy_worker *worker, void (*body)(struct qy_worker *));

/* Back to who called qy_fiber_enter. The running fiber becomes spare. */
void qy_fiber_leave(struct qy_worker *worker);

/* Have a fiber to go on with, should the running one be left. 0, -ENOMEM or -EAGAIN. */
int qy_fiber_prepare(struct qy_worker *worker);

/* Free all fibers; none waits. */
void qy_fiber_free_all(struct qy_worker *worker);

/* Somebody touched an address he may not: if that is the guard of the running fiber, say whose stack overflowed. */
void qy_fiber_report_overflow(const void *address);

#endif
