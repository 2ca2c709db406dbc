/* supervisor_child.c - starting a port as a child, and having it stop.
 *
 * Ownership: a cradle is what a child's init needs; init, which always runs, frees it. Read next: supervisor.c. */
#include "supervisor_child.h"

#include <stdlib.h>

#define KILL_TRIES 1000 /* to find memory, where it cannot be waited for */

typedef struct cradle {
    quay_init *init;
    void *arg;
    quay_port supervisor;
    qy_about which;
} cradle;

bool qy_child_try_again(quay_self *self, int error)
{
    if (error != -ENOMEM) return false;
    if (!quay_sleep(self, QUAY_MS(1))) return true;
    if (!quay_cancelled(self)) quay_exit_because(self, -ENOMEM, "there is no memory even to wait for some");
    return false;
}

int qy_child_report(quay_self *self, quay_port supervisor, qy_about which)
{
    int error;
    do error = quay_call(supervisor, QY_TAG_STARTED, &which, sizeof which, NULL, 0, QUAY_FOREVER);
    while (qy_child_try_again(self, error));
    return error;
}

int qy_child_confirm(quay_self *self, bool known)
{
    if (!known) return quay_fail(self, -ECHILD);
    while (qy_child_try_again(self, quay_reply(self, NULL, 0))) continue;
    return 0;
}

static int begin_child(quay_self *self, void *state, void *arg)
{
    cradle c = *(cradle *)arg;
    free(arg);
    int error = c.init ? c.init(self, state, c.arg) : 0;
    if (error < 0) return error;
    error = qy_child_report(self, c.supervisor, c.which);
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

void qy_child_kill(quay_port port, int reason)
{
    for (unsigned tries = 0; quay_kill(port, reason) == -ENOMEM && tries < KILL_TRIES; tries++) continue;
}

int qy_child_end(quay_self *self, quay_port port)
{
    int error;
    do error = quay_kill(port, -ETIMEDOUT);
    while (qy_child_try_again(self, error));
    return error == -EPIPE ? 0 : error;
}

static int give_name(quay_self *self, const char *name, quay_port port)
{
    int error;
    do error = quay_register(quay_self_runtime(self), name, port);
    while (qy_child_try_again(self, error));
    return error;
}

static int watch(quay_self *self, quay_port port)
{
    int error;
    do error = quay_link(self, port);
    while (qy_child_try_again(self, error));
    return error;
}

int qy_child_adopt(quay_self *self, const quay_child *child, quay_port port)
{
    int error = child->name ? give_name(self, child->name, port) : 0;
    if (!error) error = watch(self, port);
    if (error) qy_child_kill(port, error);
    return error;
}
