/* supervisor_child.h - what passes between a supervisor and a child: the inside of supervisor.h.
 *
 * Owns nothing. Read next: supervisor.c. */
#ifndef QUAY_ACTORS_SUPERVISOR_CHILD_H
#define QUAY_ACTORS_SUPERVISOR_CHILD_H

#include <quay/actors/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* None that anybody would send it by chance: a 0, above all, is not to stop it. */
enum {
    QY_TAG_STOP = 0x53555056, /* an ask, answered when all have ended */
    QY_TAG_STOPPED,           /* a stop, which is trapped */
    QY_TAG_READY,             /* an ask, answered when all are up */
    QY_TAG_STARTED,           /* an ask by a child: a qy_about */
    QY_TAG_DOWN,              /* an exit notice */
    QY_TAG_LATE,              /* by a timer: the patience with a child is over; a qy_about */
    QY_TAG_REPORT             /* an ask: supervisor_report.h */
};

/* Which start of which child a message is about. */
typedef struct qy_about {
    uint32_t index;
    uint32_t start;
} qy_about;

/* Start a port that tells the running supervisor when its init has succeeded. 0 or an error. */
int qy_child_spawn(quay_self *self, const quay_child *child, qy_about which, quay_port *port);

/* Give a child its name, then link it: so when its end is told, its name is free. With an error it is killed. */
int qy_child_adopt(quay_self *self, const quay_child *child, quay_port port);

/* For what must be done, and nothing else would happen that could do it: if there was no memory, wait a little. False
 * when it was something else, or the running port is to end; it ends if there is no memory even for this. */
bool qy_child_try_again(quay_self *self, int error);

/* By the running port, which is a child: that it has started, to its supervisor, which confirms that it knows it. If
 * not, with an error, the child has to end: so none is left that was neither linked nor killed for want of memory. */
int qy_child_report(quay_self *self, quay_port supervisor, qy_about which);

/* The supervisor's answer to it. 0 or an error. */
int qy_child_confirm(quay_self *self, bool known);

/* Kill a child with which the patience is over: nothing else would end it. 0 or an error. */
int qy_child_end(quay_self *self, quay_port port);

/* Kill a child that would be nobody's otherwise. */
void qy_child_kill(quay_port port, int reason);

#ifdef __cplusplus
}
#endif
#endif
