/* receive.h - what each kind of message does when it reaches its worker.
 *
 * Read next: dispatch.h. */
#ifndef QY_RECEIVE_H
#define QY_RECEIVE_H

#include "core/worker.h"

/* A message for this worker has arrived, from any road. The worker owns it. */
void qy_worker_receive(qy_worker *worker, qy_message *message);

/* Answer a JOIN and free it. */
void qy_join_answer(qy_worker *worker, qy_message *join, int reason);

/* The message in the port's mailbox that is this ask, or NULL. */
qy_message *qy_port_find_ask(const qy_port *port, uint64_t ask);

/* The counters of a port of this worker. */
void qy_port_read(const qy_port *port, quay_port_counters *counters);

#endif
