/* router.c - choosing, passing on, and for the least-loaded policy waiting for what becomes of it.
 *
 * Work that is watched has an errand: whose it is, and to whom the answer goes. Its result comes back by quay_then,
 * with a tag of the router's own that holds the errand's number; nobody but the router is believed to send such.
 *
 * Ownership: struct router is the port's state; its arrays are freed by fini. */
#include "router.h"

#include <stdlib.h>

#include "router_ports.h"

/* The router's own tags. */
#define ADD QUAY_ROUTER_TAGS
#define REMOVE (QUAY_ROUTER_TAGS + 1)
#define COUNT (QUAY_ROUTER_TAGS + 2)
#define DOWN (QUAY_ROUTER_TAGS + 3)    /* an exit notice of a port that is served */
#define ERRANDS (QUAY_ROUTER_TAGS + 4) /* and the number of one */

#define MOST_ERRANDS (UINT32_MAX - ERRANDS)

typedef struct errand {
    quay_port port;
    quay_promise duty; /* 0: nobody asked */
    uint32_t next_free;
    bool under_way;
} errand;

typedef struct router {
    quay_router_policy policy;
    quay_router_key *key;
    qy_router_ports ports;
    errand *errands;
    uint32_t errands_count;
    uint32_t free_errand; /* number + 1, or 0 */
} router;

/* ---- keys ---- */

static uint64_t payload_key(const quay_message *message)
{
    const unsigned char *bytes = message->data;
    uint64_t key = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (uint32_t i = 0; i < message->size; i++) key = (key ^ bytes[i]) * UINT64_C(0x100000001b3);
    return key;
}

/* ---- errands ---- */

static uint32_t new_errand(router *r)
{
    uint32_t number = r->free_errand ? r->free_errand - 1 : r->errands_count;
    if (r->free_errand) r->free_errand = r->errands[number].next_free;
    if (number < r->errands_count || number == MOST_ERRANDS) return number;
    if (!(r->errands_count & (r->errands_count - 1))) { /* full: sizes are powers of two */
        size_t room = r->errands_count ? 2 * (size_t)r->errands_count : 1;
        errand *errands = realloc(r->errands, room * sizeof *errands);
        if (!errands) return MOST_ERRANDS;
        r->errands = errands;
    }
    return r->errands_count++;
}

static void free_errand(router *r, uint32_t number)
{
    r->errands[number] = (errand){.next_free = r->free_errand};
    r->free_errand = number + 1;
}

/* Ask the chosen port in the sender's stead. */
static int send_errand(router *r, quay_self *self, qy_served *to, const quay_message *message)
{
    uint32_t number = new_errand(r);
    if (number == MOST_ERRANDS) return -ENOMEM;
    quay_future *f = quay_ask(to->port, message->tag, message->data, message->size, quay_deadline(self));
    int error = quay_settled(f) ? quay_await(f, NULL, 0) : quay_then(f, quay_self_port(self), ERRANDS + number);
    if (error) {
        (void)quay_cancel(f);
        free_errand(r, number);
    } else {
        r->errands[number] = (errand){.port = to->port, .duty = quay_defer(self), .under_way = true};
        to->load++;
    }
    quay_drop(f);
    return error;
}

static int bring_result(router *r, quay_self *self, const quay_message *result)
{
    uint32_t number = result->tag - ERRANDS;
    if (number >= r->errands_count || !r->errands[number].under_way) return -EBADMSG;
    errand done = r->errands[number];
    free_errand(r, number);
    uint32_t i = qy_router_find(&r->ports, done.port);
    if (i < r->ports.count) r->ports.of[i].load--;
    if (result->status == -EPIPE) (void)qy_router_take_out(self, &r->ports, done.port);
    return done.duty.id ? quay_settle(done.duty, result->status, result->data, result->size) : 0;
}

/* ---- passing on ---- */

static int broadcast(router *r, quay_self *self, const quay_message *message)
{
    uint32_t told = 0;
    for (uint32_t i = r->ports.count; i-- > 0;) { /* backwards: some may be taken out */
        quay_port port = r->ports.of[i].port;
        int error = quay_send(port, message->tag, message->data, message->size);
        if (error == -EPIPE) (void)qy_router_take_out(self, &r->ports, port);
        told += !error;
    }
    return quay_reply(self, &told, sizeof told) == -ENOMEM ? -ENOMEM : 0; /* or nobody asked */
}

static uint32_t choose(router *r, const quay_message *message)
{
    if (r->policy == QUAY_ROUTER_HASH) return qy_router_by_key(&r->ports, r->key(message));
    return r->policy == QUAY_ROUTER_LEAST_LOADED ? qy_router_by_load(&r->ports) : qy_router_in_turn(&r->ports);
}

/* Until one takes it. Those that have ended are taken out; those that are full are passed over, if all are alike. */
static int route(router *r, quay_self *self, const quay_message *message)
{
    uint32_t full = 0;
    while (r->ports.count) {
        qy_served *to = &r->ports.of[choose(r, message)];
        quay_port port = to->port;
        int error =
            r->policy == QUAY_ROUTER_LEAST_LOADED ? send_errand(r, self, to, message) : quay_forward(self, port);
        if (error == -EPIPE) (void)qy_router_take_out(self, &r->ports, port);
        else if (error != -EAGAIN || r->policy != QUAY_ROUTER_ROUND_ROBIN || ++full >= r->ports.count) return error;
    }
    return -EPIPE;
}

static int obey(router *r, quay_self *self, const quay_message *message)
{
    const quay_port *port = QUAY_PAYLOAD(message, quay_port);
    if (message->tag == COUNT) return quay_reply(self, &r->ports.count, sizeof r->ports.count);
    if (message->tag == DOWN) return qy_router_take_notice(self, &r->ports, QUAY_PAYLOAD(message, quay_exit_notice));
    if (message->tag >= ERRANDS) {
        return message->from.id == quay_self_port(self).id ? bring_result(r, self, message) : -EBADMSG;
    }
    if (!port) return -EBADMSG;
    int error = message->tag == ADD ? qy_router_serve(self, &r->ports, *port, DOWN)
                                    : qy_router_take_out(self, &r->ports, *port);
    return error ? error : quay_reply(self, NULL, 0);
}

static int handle(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag >= QUAY_ROUTER_TAGS) return obey(state, self, message);
    return ((router *)state)->policy == QUAY_ROUTER_BROADCAST ? broadcast(state, self, message)
                                                              : route(state, self, message);
}

/* ---- birth and end ---- */

/* Duties that were taken out are failed by the runtime (-EOWNERDEAD). */
static void end(void *state, int reason)
{
    router *r = state;
    qy_router_ports_free(&r->ports);
    free(r->errands);
}

static int begin(quay_self *self, void *state, void *arg)
{
    router *r = state;
    *r = *(router *)arg;
    free(arg);
    int error = qy_router_monitor_all(self, &r->ports, DOWN);
    if (error) end(r, error);
    return error;
}

static int discard(router *r, int error)
{
    if (r) end(r, error);
    free(r);
    return error;
}

int quay_router_spawn(quay_runtime *rt, quay_port *out, const quay_router_options *given)
{
    const quay_router_options options = given ? *given : (quay_router_options){0};
    if ((unsigned)options.policy > QUAY_ROUTER_BROADCAST || (options.count && !options.ports)) return -EINVAL;
    router *r = calloc(1, sizeof *r);
    int error = r ? 0 : -ENOMEM;
    for (size_t i = 0; i < options.count && !error; i++) error = qy_router_list(&r->ports, options.ports[i]);
    if (error) return discard(r, error);
    r->policy = options.policy;
    r->key = options.key ? options.key : payload_key;
    quay_port_options port = {.name = options.name ? options.name : "router", .place = options.place};
    port.state_size = sizeof *r;
    port.init = begin;
    port.fini = end;
    port.arg = r;
    error = quay_spawn(rt, out, handle, &port);
    return error ? discard(r, error) : 0;
}

/* ---- its callers' side ---- */

static int tell(quay_port to, uint32_t tag, quay_port port, quay_time deadline)
{
    int got = quay_call(to, tag, &port, sizeof port, NULL, 0, deadline);
    return got < 0 ? got : 0;
}

int quay_router_add(quay_port to, quay_port port, quay_time deadline)
{
    return tell(to, ADD, port, deadline);
}

int quay_router_remove(quay_port to, quay_port port, quay_time deadline)
{
    return tell(to, REMOVE, port, deadline);
}

int quay_router_count(quay_port to, uint32_t *count, quay_time deadline)
{
    uint32_t answer;
    int got = quay_call(to, COUNT, NULL, 0, &answer, sizeof answer, deadline);
    if (got < 0) return got == -EMSGSIZE ? -EBADMSG : got;
    if (got != sizeof answer) return -EBADMSG;
    *count = answer;
    return 0;
}
