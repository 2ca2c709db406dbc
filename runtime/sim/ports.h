/* ports.h - every port of a simulation, by the number of its birth, and the handler that is called instead of its own.
 *
 * Ids differ from run to run (their generations go on), so what is hashed, printed or drawn is the number. Number 0 is
 * everybody who is no port. Ownership: the list is its simulation's. Read next: ports.c. */
#ifndef QY_SIM_PORTS_H
#define QY_SIM_PORTS_H

#include "base/numbers.h"
#include "core/worker.h"

#define QY_SIM_NAME_BYTES 16
#define QY_SIM_ENDED UINT32_MAX

typedef struct qy_sim_port {
    uint64_t id;
    quay_handler *handler; /* its own */
    uint32_t place;        /* of its number among those alive; QY_SIM_ENDED */
    uint32_t alive;        /* the number of a port that is, one of the first `alive` of these */
    char name[QY_SIM_NAME_BYTES];
} qy_sim_port;

typedef struct qy_sim_ports {
    qy_sim_port *of; /* by number - 1; grows */
    uint32_t count;
    uint32_t alive;
    uint32_t room;
    qy_numbers numbers; /* by id */
} qy_sim_ports;

extern const qy_memory qy_sim_own_memory; /* the simulator's, not the runtime's */

void qy_sim_ports_init(qy_sim_ports *ports);
void qy_sim_ports_free(qy_sim_ports *ports);

/* The number of an id, 0 if it was never a port's. */
uint32_t qy_sim_port_number(const qy_sim_ports *ports, uint64_t id);

/* What to call it: its name, or its number; "outside" for 0. */
void qy_sim_port_name(const qy_sim_ports *ports, uint32_t number, char name[QY_SIM_NAME_BYTES]);

/* It has ended; may be said again, and of 0. */
void qy_sim_port_ended(qy_sim_ports *ports, uint32_t number);

/* The machine's `born`. */
void qy_sim_born(qy_worker *worker, qy_port *port);

#endif
