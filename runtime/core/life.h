/* life.h - how a port begins and ends.
 *
 * A port ends when no handler of it runs and ENDING is set (exit, kill, a stop it came to), or DRAINING is set and it
 * has nothing to do. Then, in this order: its id becomes stale, and its names are free; fini runs; its futures and
 * duties are let go; what is queued dies; who joined, monitors it or is linked to it is told; its memory is freed.
 * Read next: life.c. */
#ifndef QY_LIFE_H
#define QY_LIFE_H

#include "core/worker.h"

/* What a spawn needs, and what travels when it goes to another worker. `name` comes last and as long as it is. */
typedef struct qy_birth {
    quay_handler *handler;
    quay_init *init;
    quay_fini *fini;
    void *arg;
    size_t state_size;
    uint32_t limit; /* 0: none */
    quay_overflow overflow;
    bool foreign; /* its id is from the stock */
    char name[QUAY_NAME_MAX + 1];
} qy_birth;

/* Does a state of so many bytes get memory of its own, as none of the classes has room for it behind its port? */
static inline bool qy_state_is_large(size_t size)
{
    return qy_class_for(sizeof(qy_port) + size) == QY_CLASS_NONE;
}

/* A port of this worker under a reserved id. 0 or -ENOMEM (the id then stays reserved). */
int qy_port_create(qy_worker *worker, uint64_t id, const qy_birth *birth);

/* The port of a SPAWN could not be made in time: its id ends with this reason. */
void qy_port_stillborn(qy_worker *worker, uint64_t id, int reason);

/* The first of its turns: run init. */
void qy_port_begin(qy_worker *worker, qy_port *port);

/* The port will end so, unless it will end already. */
void qy_port_set_ending(qy_worker *worker, qy_port *port, quay_exit_cause cause, int reason);

/* End it now if it is ENDING, or DRAINING and idle. True if it ended. No handler of it runs. */
bool qy_port_end_if_due(qy_worker *worker, qy_port *port);

/* Have it end before what is queued; ends at once if no handler of it runs. */
void qy_port_kill(qy_worker *worker, qy_port *port, quay_exit_cause cause, int reason);

/* Its name, or "unnamed". */
const char *qy_port_name(const qy_port *port);

/* Its cold part, made if need be, for a join or a bond: beyond a memory limit, too. NULL when there is no memory. */
qy_port_cold *qy_port_get_cold(qy_worker *worker, qy_port *port);

/* How an ended port of this worker ended; NULL, or false, when that is forgotten. */
const qy_remembered *qy_worker_recall(const qy_worker *worker, uint64_t id);
bool qy_worker_remembers(const qy_worker *worker, uint64_t id, int *reason);

#endif
