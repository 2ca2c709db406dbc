/* peek.c - looking at a port that may end meanwhile.
 *
 * Its memory is the pool's and stays, but may be anything by now. So nothing that was read is followed, or said, before
 * it is known that the port was still there. It was if it still is its turn, and the worker has ended no port since
 * before we first saw so: the turn is taken from a port before its memory is freed, and its end counted after that
 * (life.c end_port), so a port in the same memory begins after an end that we notice. */
#include "core/peek.h"

#include <string.h>

#include "core/life.h"

typedef struct sight {
    uint64_t ended; /* ports, when the look began */
    const qy_port *port;
    const qy_port_cold *cold;
} sight;

static QY_UNCHECKED void look_at_port(sight *seen)
{
    seen->cold = *(qy_port_cold *const volatile *)&seen->port->cold;
}

static QY_UNCHECKED void look_at_name(const sight *seen, char *copy)
{
    const volatile char *name = seen->cold->name;
    for (unsigned i = 0; i < QUAY_NAME_MAX; i++) copy[i] = name[i];
    copy[QUAY_NAME_MAX] = 0;
}

static bool still(const qy_worker *worker, const sight *seen)
{
    ck_pr_fence_load();
    return ck_pr_load_ptr(&worker->turn) == seen->port && ck_pr_load_64(&worker->station.count.ended) == seen->ended;
}

bool qy_worker_peek(const qy_worker *worker, char name[QUAY_NAME_MAX + 1])
{
    sight seen = {.ended = ck_pr_load_64(&worker->station.count.ended)};
    ck_pr_fence_load(); /* pairs with the fences in end_port */
    seen.port = ck_pr_load_ptr(&worker->turn);
    if (!seen.port) return false;
    look_at_port(&seen);
    if (!still(worker, &seen)) return false;
    name[0] = 0;
    if (seen.cold) look_at_name(&seen, name);
    if (!still(worker, &seen)) return false;
    if (!name[0]) strcpy(name, "unnamed");
    return true;
}
