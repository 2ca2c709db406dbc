/* router_ports.h - the ports a router serves, and which of them is next: the inside of router.h, for nobody else.
 *
 * Each is monitored, so that the router is told of its end at once. Ownership: the router's, who frees it.
 * Read next: router.c. */
#ifndef QUAY_ACTORS_ROUTER_PORTS_H
#define QUAY_ACTORS_ROUTER_PORTS_H

#include <quay/quay.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qy_served {
    quay_port port;
    quay_monitor_id monitor;
    uint32_t load; /* errands */
} qy_served;

typedef struct qy_router_ports {
    qy_served *of; /* count of them */
    uint32_t count, room;
    uint32_t next; /* in turn */
} qy_router_ports;

void qy_router_ports_free(qy_router_ports *ports);

/* Its index, or count. */
uint32_t qy_router_find(const qy_router_ports *ports, quay_port port);

/* Before the router runs: 0, -EALREADY or -ENOMEM. Then, from its init: notices have this tag; 0 or an error. */
int qy_router_list(qy_router_ports *ports, quay_port port);
int qy_router_monitor_all(quay_self *self, qy_router_ports *ports, uint32_t tag);

/* Both in one. */
int qy_router_serve(quay_self *self, qy_router_ports *ports, quay_port port, uint32_t tag);

/* No more: 0 or -EALREADY. The others keep their order, and so their turns. */
int qy_router_take_out(quay_self *self, qy_router_ports *ports, quay_port port);

/* An exit notice has come: 0, or -EBADMSG it is not of a monitor set here. */
int qy_router_take_notice(quay_self *self, qy_router_ports *ports, const quay_exit_notice *notice);

/* ---- who is next; there is at least one ---- */

uint32_t qy_router_in_turn(qy_router_ports *ports);
uint32_t qy_router_by_load(qy_router_ports *ports);
uint32_t qy_router_by_key(const qy_router_ports *ports, uint64_t key);

#ifdef __cplusplus
}
#endif
#endif
