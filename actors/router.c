/* router.c - choosing, passing on, and for the least-loaded policy waiting for what becomes of it.
 *
 * Work that is watched has an errand: whose it is, and to whom the answer goes. Its result comes back by quay_then,
 * with a tag of the router's own that holds the errand's number; nobody but the router is believed to send such.
 *
 * Ownership: struct router is the port's state; its arrays are freed by fini. */
#include "router.h"

#include <stdlib.h>
#include <string.h>

/* The router's own tags. */
#define ADD QUAY_ROUTER_TAGS
#define REMOVE (QUAY_ROUTER_TAGS + 1)
#define COUNT (QUAY_ROUTER_TAGS + 2)
#define ERRANDS (QUAY_ROUTER_TAGS + 3) /* and the number of one */

#define MOST_ERRANDS (UINT32_MAX - ERRANDS)

typedef struct served {
    quay_port port;
    uint32_t load; /* errands */
} served;

typedef struct errand {
    quay_port port;
    quay_promise duty; /* 0: nobody asked */
    uint32_t next_free;
    bool under_way;
} errand;

typedef struct router {
    quay_router_policy policy;
    quay_router_key *key;
    served *ports;
    uint32_t count, room;
    uint32_t next; /* in turn */
    errand *errands;
    uint32_t errands_count;
    uint32_t free_errand; /* number + 1, or 0 */
} router;

/* ---- the ports served ---- */

static uint32_t find(const router *r, quay_port port)
{
    uint32_t i = 0;
    while (i < r->count && r->ports[i].port.id != port.id) i++;
    return i;
}

static int add(router *r, quay_port port)
{
    if (find(r, port) < r->count) return -EALREADY;
    if (r->count == r->room) {
        uint32_t room = r->room ? 2 * r->room : 8;
        served *ports = realloc(r->ports, room * sizeof *ports);
        if (!ports) return -ENOMEM;
        r->ports = ports;
        r->room = room;
    }
    r->ports[r->count++] = (served){.port = port};
    return 0;
}

/* The others keep their order, and so their turns. */
static int take_out(router *r, quay_port port)
{
    uint32_t i = find(r, port);
    if (i == r->count) return -EALREADY;
    memmove(&r->ports[i], &r->ports[i + 1], (r->count - i - 1) * sizeof *r->ports);
    r->count--;
    if (r->next > i) r->next--;
    return 0;
}

/* ---- choosing ---- */

/* The finaliser of MurmurHash3: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ (x >> 33);
}

static uint64_t payload_key(const quay_message *message)
{
    const unsigned char *bytes = message->data;
    uint64_t key = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (uint32_t i = 0; i < message->size; i++) key = (key ^ bytes[i]) * UINT64_C(0x100000001b3);
    return key;
}

/* The port that this key likes best (rendezvous hashing, Thaler and Ravishankar 1998). */
static uint32_t by_hash(const router *r, const quay_message *message)
{
    uint64_t key = r->key(message), best = 0;
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        uint64_t liking = mix(key ^ mix(r->ports[i].port.id));
        if (liking < best) continue;
        best = liking;
        chosen = i;
    }
    return chosen;
}

static uint32_t in_turn(router *r)
{
    if (r->next >= r->count) r->next = 0;
    return r->next++;
}

/* Among equals the next in turn. */
static uint32_t by_load(router *r)
{
    uint32_t first = in_turn(r), chosen = first;
    for (uint32_t n = 1; n < r->count; n++) {
        uint32_t i = (first + n) % r->count;
        if (r->ports[i].load < r->ports[chosen].load) chosen = i;
    }
    return chosen;
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
static int send_errand(router *r, quay_self *self, served *to, const quay_message *message)
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

static int bring_result(router *r, const quay_message *result)
{
    uint32_t number = result->tag - ERRANDS;
    if (number >= r->errands_count || !r->errands[number].under_way) return -EBADMSG;
    errand done = r->errands[number];
    free_errand(r, number);
    uint32_t i = find(r, done.port);
    if (i < r->count) r->ports[i].load--;
    if (result->status == -EPIPE) (void)take_out(r, done.port);
    return done.duty.id ? quay_settle(done.duty, result->status, result->data, result->size) : 0;
}

/* ---- passing on ---- */

static int broadcast(router *r, quay_self *self, const quay_message *message)
{
    uint32_t told = 0;
    for (uint32_t i = r->count; i-- > 0;) { /* backwards: some may be taken out */
        int error = quay_send(r->ports[i].port, message->tag, message->data, message->size);
        if (error == -EPIPE) (void)take_out(r, r->ports[i].port);
        told += !error;
    }
    return quay_reply(self, &told, sizeof told) == -ENOMEM ? -ENOMEM : 0; /* or nobody asked */
}

static uint32_t choose(router *r, const quay_message *message)
{
    if (r->policy == QUAY_ROUTER_HASH) return by_hash(r, message);
    return r->policy == QUAY_ROUTER_LEAST_LOADED ? by_load(r) : in_turn(r);
}

/* Until one takes it. Those that have ended are taken out; those that are full are passed over, if all are alike. */
static int route(router *r, quay_self *self, const quay_message *message)
{
    uint32_t full = 0;
    while (r->count) {
        served *to = &r->ports[choose(r, message)];
        quay_port port = to->port;
        int error =
            r->policy == QUAY_ROUTER_LEAST_LOADED ? send_errand(r, self, to, message) : quay_forward(self, port);
        if (error == -EPIPE) (void)take_out(r, port);
        else if (error != -EAGAIN || r->policy != QUAY_ROUTER_ROUND_ROBIN || ++full >= r->count) return error;
    }
    return -EPIPE;
}

static int obey(router *r, quay_self *self, const quay_message *message)
{
    const quay_port *port = QUAY_PAYLOAD(message, quay_port);
    if (message->tag == COUNT) return quay_reply(self, &r->count, sizeof r->count);
    if (message->tag >= ERRANDS) {
        return message->from.id == quay_self_port(self).id ? bring_result(r, message) : -EBADMSG;
    }
    if (!port) return -EBADMSG;
    int error = message->tag == ADD ? add(r, *port) : take_out(r, *port);
    return error ? error : quay_reply(self, NULL, 0);
}

static int handle(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag >= QUAY_ROUTER_TAGS) return obey(state, self, message);
    return ((router *)state)->policy == QUAY_ROUTER_BROADCAST ? broadcast(state, self, message)
                                                              : route(state, self, message);
}

/* ---- birth and end ---- */

static int begin(quay_self *self, void *state, void *arg)
{
    *(router *)state = *(router *)arg;
    free(arg);
    return 0;
}

/* Duties that were taken out are failed by the runtime (-EOWNERDEAD). */
static void end(void *state, int reason)
{
    router *r = state;
    free(r->ports);
    free(r->errands);
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
    for (size_t i = 0; i < options.count && !error; i++) error = add(r, options.ports[i]);
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
