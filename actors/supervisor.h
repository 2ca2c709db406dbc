/* supervisor.h - a port that starts others, and starts them again when they fail.
 *
 * A supervisor starts its children in order, each when init of the one before has succeeded. When a child ends, the
 * child's quay_restart says whether it is to run again, and the supervisor's quay_strategy which others are started
 * anew with it: those are stopped first, last one first. Each stop has a deadline, then the child is killed.
 *
 * More restarts than `intensity` within `period` are too many: the supervisor stops all its children and exits with
 * -ECHILD. If it is a child itself, that is its own failure, for its own supervisor to deal with: so trees escalate.
 * A child whose init fails, or whose name is taken, has failed like any other.
 *
 * A child with a name is registered under it (quay_register) from its start to its end, so callers that look it up for
 * each use find the one that runs. Supervisor and child are linked: a supervisor that is killed takes its children
 * along, and kills those that trap exits, too.
 *
 * quay_stop ends a supervisor as quay_supervisor_stop does: its children first, last one first, each with its patience.
 * Only quay_runtime_stop ends all ports at once, in no order. Any other message to a supervisor fails with -EBADMSG.
 *
 * Ownership: everything in the options is copied, but not what a child's `arg` leads to, which must outlive the tree.
 * Read next: supervisor.c, then samples/09_supervised_pool.c. */
#ifndef QUAY_ACTORS_SUPERVISOR_H
#define QUAY_ACTORS_SUPERVISOR_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which children are started anew when one is. */
typedef enum quay_strategy {
    QUAY_ONE_FOR_ONE, /* it alone */
    QUAY_ONE_FOR_ALL, /* all */
    QUAY_REST_FOR_ONE /* it and those after it */
} quay_strategy;

/* When a child that has ended is to run again. */
typedef enum quay_restart {
    QUAY_PERMANENT, /* always */
    QUAY_TRANSIENT, /* if it failed (quay_exit_failed) */
    QUAY_TEMPORARY  /* never again; nor when others are started anew */
} quay_restart;

typedef struct quay_supervisor_options quay_supervisor_options;

/* Zeros are defaults. A child is a port, by its handler and options, or a supervisor of its own. */
typedef struct quay_child {
    const char *name; /* registered, and in reports; NULL: none */
    quay_handler *handler;
    quay_port_options options; /* its name and place count for a supervisor, too */
    const quay_supervisor_options *supervisor;
    quay_restart restart;
    int64_t patience; /* ns between its stop and its kill; 0: 5 s, QUAY_FOREVER: no kill */
} quay_child;

struct quay_supervisor_options {
    const char *name; /* in reports; not registered */
    quay_place place;
    quay_strategy strategy;
    unsigned intensity; /* restarts allowed within `period`; with 0 the first failure is one too many */
    int64_t period;     /* ns; 0: 5 s */
    const quay_child *children;
    size_t count;
};

#define QUAY_INTENSITY_MAX 1000000

/* quay_supervisor_spawn - start a supervisor, which starts its children.
 * Thread: any thread, any handler.   Blocks: never; quay_supervisor_ready waits for the children.
 * Owns:   options stay the caller's.
 * Errors: -EINVAL a NULL argument, an unknown strategy or restart, an intensity beyond QUAY_INTENSITY_MAX, a negative
 *         length, a name empty or too long, a child that has both handler and supervisor, or neither; as
 *         quay_spawn. */
QUAY_API int quay_supervisor_spawn(quay_runtime *rt, quay_port *out, const quay_supervisor_options *options);

/* quay_supervisor_ready - wait until every child that is to run runs.
 * Thread: as quay_await.   Blocks: as quay_await.
 * Owns:   nothing.
 * Errors: as quay_call; -EOWNERDEAD the supervisor gave up, or was stopped. */
QUAY_API int quay_supervisor_ready(quay_port supervisor, quay_time deadline);

/* quay_supervisor_stop - stop the children, last one first, each when the one behind it has ended; then the supervisor.
 * Thread: as quay_await.   Blocks: as quay_await, until the children have ended.
 * Owns:   nothing.
 * Errors: as quay_call; a stop that has begun goes on after the deadline; -ENOMEM it has not begun. */
QUAY_API int quay_supervisor_stop(quay_port supervisor, quay_time deadline);

/* quay_supervisor_describe - the tree as text for people: who runs, and how often each was started again.
 * Thread: as quay_await.   Blocks: as quay_await, for each supervisor of the tree.
 * Owns:   text is the caller's; at most size bytes are written, with a closing NUL.
 * Errors: as quay_call, for the first supervisor; others that do not answer are shown as such. Returns the length of
 *         the whole text, as snprintf does. */
QUAY_API int quay_supervisor_describe(quay_port supervisor, char *text, size_t size, quay_time deadline);

#ifdef __cplusplus
}
#endif
#endif
