/* router_ports.c - who is served, and in which order. Owns nothing itself. Read next: router.c. */
#include "router_ports.h"

#include <stdlib.h>
#include <string.h>

void qy_router_ports_free(qy_router_ports *ports)
{
    free(ports->of);
}

uint32_t qy_router_find(const qy_router_ports *ports, quay_port port)
{
    uint32_t i = 0;
    while (i < ports->count && ports->of[i].port.id != port.id) i++;
    return i;
}

/* ---- coming and going ---- */

int qy_router_list(qy_router_ports *ports, quay_port port)
{
    if (qy_router_find(ports, port) < ports->count) return -EALREADY;
    if (ports->count == ports->room) {
        uint32_t room = ports->room ? 2 * ports->room : 8;
        qy_served *of = realloc(ports->of, room * sizeof *of);
        if (!of) return -ENOMEM;
        ports->of = of;
        ports->room = room;
    }
    ports->of[ports->count++] = (qy_served){.port = port};
    return 0;
}

static int monitor(quay_self *self, qy_served *s, uint32_t tag)
{
    return quay_monitor(self, s->port, tag, &s->monitor);
}

int qy_router_monitor_all(quay_self *self, qy_router_ports *ports, uint32_t tag)
{
    int error = 0;
    for (uint32_t i = 0; i < ports->count && !error; i++) error = monitor(self, &ports->of[i], tag);
    return error;
}

int qy_router_serve(quay_self *self, qy_router_ports *ports, quay_port port, uint32_t tag)
{
    int error = qy_router_list(ports, port);
    if (error) return error;
    error = monitor(self, &ports->of[ports->count - 1], tag);
    if (error) ports->count--;
    return error;
}

int qy_router_take_out(quay_self *self, qy_router_ports *ports, quay_port port)
{
    uint32_t i = qy_router_find(ports, port);
    if (i == ports->count) return -EALREADY;
    (void)quay_demonitor(self, ports->of[i].monitor); /* which may have told already */
    memmove(&ports->of[i], &ports->of[i + 1], (ports->count - i - 1) * sizeof *ports->of);
    ports->count--;
    if (ports->next > i) ports->next--;
    return 0;
}

int qy_router_take_notice(quay_self *self, qy_router_ports *ports, const quay_exit_notice *notice)
{
    uint32_t i = notice ? qy_router_find(ports, notice->port) : ports->count;
    if (i == ports->count || ports->of[i].monitor.id != notice->monitor.id) return -EBADMSG;
    return qy_router_take_out(self, ports, notice->port);
}

/* ---- who is next ---- */

uint32_t qy_router_in_turn(qy_router_ports *ports)
{
    if (ports->next >= ports->count) ports->next = 0;
    return ports->next++;
}

/* Among equals the next in turn. */
uint32_t qy_router_by_load(qy_router_ports *ports)
{
    uint32_t first = qy_router_in_turn(ports), chosen = first;
    for (uint32_t n = 1; n < ports->count; n++) {
        uint32_t i = (first + n) % ports->count;
        if (ports->of[i].load < ports->of[chosen].load) chosen = i;
    }
    return chosen;
}

/* The finaliser of MurmurHash3: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ (x >> 33);
}

/* The port that this key likes best (rendezvous hashing, Thaler and Ravishankar 1998). */
uint32_t qy_router_by_key(const qy_router_ports *ports, uint64_t key)
{
    uint64_t best = 0;
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < ports->count; i++) {
        uint64_t liking = mix(key ^ mix(ports->of[i].port.id));
        if (liking < best) continue;
        best = liking;
        chosen = i;
    }
    return chosen;
}
