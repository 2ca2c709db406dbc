/* link.c - monitors and links as a handler sees them. */
#include <quay/link.h>

#include "core/bond.h"
#include "core/life.h"
#include "core/notice.h"
#include "core/runtime.h"

static bool may_call(const quay_self *self)
{
    return qy_runs(self) && !self->ending;
}

static bool may_bind(const quay_self *self, quay_port port)
{
    return may_call(self) && port.id != self->port->id && port.id != QY_ANY_PORT;
}

/* The running port's end of a new bond, begun; 0 or an error. */
static int begin(quay_self *self, qy_bond_kind kind, quay_port port, uint32_t tag, uint64_t *number)
{
    qy_worker *worker = self->worker;
    *number = (uint64_t)worker->home << 54 | ++worker->bonds.made;
    qy_bond *bond = qy_bond_new(worker, self->port, kind, *number, port.id);
    if (!bond) return -ENOMEM;
    bond->tag = tag;
    int error = qy_bond_begin(worker, bond);
    if (error) qy_bond_free(worker, bond);
    return error;
}

int quay_monitor(quay_self *self, quay_port port, uint32_t tag, quay_monitor_id *monitor)
{
    uint64_t number;
    if (!may_bind(self, port)) return -EINVAL;
    int error = begin(self, QY_BOND_WATCHING, port, tag, &number);
    if (!error && monitor) *monitor = (quay_monitor_id){number};
    return error;
}

int quay_demonitor(quay_self *self, quay_monitor_id monitor)
{
    if (!may_call(self)) return -EINVAL;
    if (!monitor.id) return -EALREADY;
    qy_bond *bond = qy_bond_find(self->worker, self->port->id, QY_BOND_WATCHING, monitor.id, QY_ANY_PORT);
    if (!bond) return qy_notice_cancel(self->worker, self->port, monitor.id, QY_ANY_PORT) ? 0 : -EALREADY;
    (void)qy_bond_undo(bond); /* without memory the other end waits for its port's end */
    qy_bond_free(self->worker, bond);
    return 0;
}

int quay_link(quay_self *self, quay_port port)
{
    uint64_t number;
    if (!may_bind(self, port)) return -EINVAL;
    if (qy_bond_find(self->worker, self->port->id, QY_BOND_LINK, 0, port.id)) return 0;
    return begin(self, QY_BOND_LINK, port, 0, &number);
}

int quay_unlink(quay_self *self, quay_port port)
{
    bool any = false;
    if (!may_call(self)) return -EINVAL;
    for (qy_bond *bond; (bond = qy_bond_find(self->worker, self->port->id, QY_BOND_LINK, 0, port.id)); any = true) {
        int error = qy_bond_undo(bond);
        if (error) return error;
        qy_bond_free(self->worker, bond);
    }
    return any || qy_notice_cancel(self->worker, self->port, 0, port.id) ? 0 : -EALREADY;
}

int quay_trap_exits(quay_self *self, uint32_t tag)
{
    if (!may_call(self)) return -EINVAL;
    qy_ties *ties = qy_port_get_ties(self->worker, self->port);
    if (!ties) return -ENOMEM;
    ties->traps = true;
    ties->trap_tag = tag;
    return 0;
}

int quay_trap_stop(quay_self *self, uint32_t tag)
{
    if (!may_call(self)) return -EINVAL;
    qy_ties *ties = qy_port_get_ties(self->worker, self->port);
    if (!ties) return -ENOMEM;
    ties->traps_stop = true;
    ties->stop_tag = tag;
    return 0;
}

int quay_untrap_exits(quay_self *self)
{
    if (!may_call(self)) return -EINVAL;
    qy_ties *ties = qy_port_ties(self->port);
    if (ties) ties->traps = false;
    return 0;
}

void quay_exit_because(quay_self *self, int reason, const char *text)
{
    if (!self || (self->port->flags & QY_PORT_ENDING)) return;
    qy_port_set_text(self->worker, self->port, text);
    quay_exit(self, reason);
}

bool quay_exit_failed(quay_exit_cause cause)
{
    return cause != QUAY_EXIT_NORMAL && cause != QUAY_EXIT_STOPPED;
}

const char *quay_exit_word(quay_exit_cause cause)
{
    static const char *const words[] = {
        [QUAY_EXIT_NORMAL] = "normal", [QUAY_EXIT_STOPPED] = "stopped", [QUAY_EXIT_KILLED] = "killed",
        [QUAY_EXIT_ERROR] = "error",   [QUAY_EXIT_UNKNOWN] = "unknown",
    };
    return (unsigned)cause < sizeof words / sizeof *words ? words[cause] : "unknown";
}
