/* combine.c - one port, the collector, in three uses.
 *
 * It has its promise and the number of results to come from its birth, and stays until the last of them, though it may
 * have settled the promise before: so none is a dead letter. As a future has one receiver, there is never more than one
 * collector to a future.
 *
 * Ownership: struct collector is the port's state. Until init has run it is in a block of its own, which init frees.
 * Read next: combine.h for what is promised. */
#include "combine.h"

#include <stdalign.h>
#include <stdlib.h>

typedef struct collector collector;

struct collector {
    quay_promise promise; /* 0 when it is settled */
    size_t left;          /* results to come */
    void (*take)(collector *, const quay_message *);
    quay_transform *transform; /* of quay_map, as the rest */
    void *arg;
    size_t room;
    alignas(16) unsigned char bytes[];
};

/* ---- the port ---- */

static void settle(collector *c, int status, const void *data, size_t size)
{
    if (!c->promise.id || quay_settle(c->promise, status, data, size) == -ENOMEM) return;
    c->promise.id = 0;
}

static void take_for_all(collector *c, const quay_message *result)
{
    if (result->status || c->left == 1) settle(c, result->status, NULL, 0);
}

/* Each result's tag is the index of its future. */
static void take_for_any(collector *c, const quay_message *result)
{
    size_t index = result->tag;
    settle(c, 0, &index, sizeof index);
}

static void take_for_map(collector *c, const quay_message *result)
{
    int made = result->status;
    if (!made) made = c->transform(c->arg, result->data, result->size, c->bytes, c->room);
    if (made > 0 && (size_t)made > c->room) made = -EMSGSIZE;
    settle(c, made < 0 ? made : 0, c->bytes, made < 0 ? 0 : (size_t)made);
}

static int collect(quay_self *self, void *state, const quay_message *message)
{
    collector *c = state;
    c->take(c, message);
    if (--c->left == 0) quay_exit(self, 0);
    return 0;
}

static int begin(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(collector *)state = *(collector *)arg;
    free(arg);
    return 0;
}

/* Unless it was settled before: there was no memory for it, or the port was ended from outside. */
static void end(void *state, int reason)
{
    (void)reason;
    settle(state, -ECANCELED, NULL, 0);
}

/* ---- its callers' side ---- */

static int spawn(quay_runtime *rt, quay_port *port, const collector *first)
{
    collector *copy = malloc(sizeof *copy);
    if (!copy) return -ENOMEM;
    *copy = *first;
    int error = quay_spawn(
        rt, port, collect,
        &(quay_port_options){
            .name = "collector", .state_size = sizeof *first + first->room, .init = begin, .fini = end, .arg = copy});
    if (error) free(copy);
    return error;
}

/* A collector, and the results on their way to it. */
static int start(quay_runtime *rt, const collector *first, quay_future *const *f)
{
    quay_port port;
    int error = spawn(rt, &port, first);
    if (error) return error;
    for (size_t i = 0; i < first->left && !error; i++) error = quay_then(f[i], port, (uint32_t)i);
    if (error) (void)quay_kill(port, error);
    return error;
}

static int combine(quay_runtime *rt, collector *first, quay_future *const *f, quay_future **out)
{
    quay_future *combined;
    if (!f || !out || !first->left || first->left > UINT32_MAX || first->room > QUAY_STATE_MAX) return -EINVAL;
    for (size_t i = 0; i < first->left; i++) {
        if (!f[i]) return -EINVAL;
    }
    int error = quay_promise_new(rt, &first->promise, &combined);
    if (error) return error;
    error = start(rt, first, f);
    if (error) quay_drop(combined);
    else *out = combined;
    return error;
}

int quay_all(quay_runtime *rt, quay_future *const *f, size_t n, quay_future **out)
{
    return combine(rt, &(collector){.left = n, .take = take_for_all}, f, out);
}

int quay_any(quay_runtime *rt, quay_future *const *f, size_t n, quay_future **out)
{
    return combine(rt, &(collector){.left = n, .take = take_for_any}, f, out);
}

int quay_map(quay_runtime *rt, quay_future *f, quay_transform *transform, void *arg, size_t room, quay_future **out)
{
    if (!transform) return -EINVAL;
    collector first = {.left = 1, .take = take_for_map, .transform = transform, .arg = arg, .room = room};
    return combine(rt, &first, &f, out);
}
