/* title.h - what a port's worker keeps of the port's names and groups, to give them up when the port ends.
 *
 * A TITLE message says that a port has a name, or is in a group; it is kept with the port, as a join is. One that finds
 * no port gives the title up at once: so a port that ended before it heard of its name does not keep it.
 *
 * Ownership: the messages kept are the port's. Read next: name.c, group.c. */
#ifndef QY_TITLE_H
#define QY_TITLE_H

#include "core/name.h"
#include "core/worker.h"

typedef enum qy_title_kind { QY_TITLE_NAME, QY_TITLE_GROUP } qy_title_kind;

/* Tell the port's worker that the port has a title. 0 or an error of qy_send_control. */
int qy_title_give(uint64_t id, qy_title_kind kind, const qy_name *name);

/* … that it has it no more. Without memory it goes on keeping it; that does no harm. */
void qy_title_take(uint64_t id, qy_title_kind kind, const qy_name *name);

/* The control message. */
void qy_title_receive(qy_worker *worker, qy_message *message);

/* The port is about to end: its titles are free. */
void qy_titles_end(qy_worker *worker, qy_port *port);

#endif
