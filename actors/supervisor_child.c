/* supervisor_child.c - starting a port as a child, and having it stop.
 *
 * Ownership: a cradle is what a child's init needs; init, which always runs, frees it. Read next: supervisor.c. */
#include "supervisor_child.h"

#include <stdlib.h>

typedef struct cradle {
    quay_init *init;
    void *arg;
    quay_port supervisor;
    qy_about which;
} cradle;

static int begin_child(quay_self *self, void *state, void *arg)
{
    cradle c = *(cradle *)arg;
    free(arg);
    int error = c.init ? c.init(self, state, c.arg) : 0;
    if (error < 0) return error;
    error = quay_send(c.supervisor, QY_TAG_STARTED, &c.which, sizeof c.which);
    if (error) quay_exit(self, error); /* not an error of init, which has succeeded: fini is to run */
    return 0;
}

int qy_child_spawn(quay_self *self, const quay_child *child, qy_about which, quay_port *port)
{
    cradle *c = malloc(sizeof *c);
    if (!c) return -ENOMEM;
    *c = (cradle){child->options.init, child->options.arg, quay_self_port(self), which};
    quay_port_options options = child->options;
    options.init = begin_child;
    options.arg = c;
    int error = quay_spawn(quay_self_runtime(self), port, child->handler, &options);
    if (error) free(c);
    return error;
}

int qy_child_adopt(quay_self *self, const quay_child *child, quay_port port)
{
    int error = child->name ? quay_register(quay_self_runtime(self), child->name, port) : 0;
    if (!error) error = quay_link(self, port);
    if (error) (void)quay_kill(port, error);
    return error;
}

int qy_child_stop(const quay_child *child, quay_port port)
{
    return child->supervisor ? quay_send(port, QY_TAG_STOP, NULL, 0) : quay_stop(port);
}
