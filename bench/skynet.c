/* skynet.c - a tree of ports: every port bears ten, the leaves send their numbers up, every port sends on the sum.
 *
 * With two workers the first ten lie on both in turn, and everyone else with their parents.
 *
 * Read next: memory.c */
#include "bench.h"

#define CHILDREN 10

enum { GROW = BENCH_ORDER, SUM };

/* What a port is told by its parent: the leaves below it are first to first + leaves - 1. The root has a promise to
 * settle for a parent. */
struct subtree {
    uint64_t first, leaves;
    quay_port parent;
    quay_promise done;
};

struct tree_node {
    quay_port parent;
    quay_promise done;
    uint64_t sum;
    unsigned missing; /* children that have not answered */
};

static quay_handler grow;

static int send_up(quay_self *self, const struct tree_node *node)
{
    quay_exit(self, 0);
    if (node->done.id) return quay_settle(node->done, 0, &node->sum, sizeof node->sum);
    return quay_send(node->parent, SUM, &node->sum, sizeof node->sum);
}

static int bear_children(quay_self *self, struct tree_node *node, const struct subtree *subtree)
{
    quay_place place = subtree->done.id ? QUAY_SPREAD : quay_near(quay_self_port(self));
    quay_port_options options = {.state_size = sizeof(struct tree_node), .place = place};
    struct subtree below = {subtree->first, subtree->leaves / CHILDREN, quay_self_port(self), {0}};
    int error = 0;
    for (node->missing = 0; node->missing < CHILDREN && !error; node->missing++) {
        quay_port child;
        error = quay_spawn(quay_self_runtime(self), &child, grow, &options);
        if (!error) error = quay_send(child, GROW, &below, sizeof below);
        below.first += below.leaves;
    }
    return error;
}

static int grow(quay_self *self, void *state, const quay_message *message)
{
    struct tree_node *node = state;
    if (message->tag == SUM) {
        node->sum += *(const uint64_t *)message->data;
        return --node->missing ? 0 : send_up(self, node);
    }
    const struct subtree *subtree = message->data;
    node->parent = subtree->parent;
    node->done = subtree->done;
    if (subtree->leaves >= CHILDREN) return bear_children(self, node, subtree);
    node->sum = subtree->first;
    return send_up(self, node);
}

/* Nanoseconds a leaf. The leaves are the largest power of ten that is not above count. */
static double run_skynet(unsigned workers, uint64_t count)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    quay_runtime *rt = bench_start(workers);
    quay_port root = bench_spawn(rt, grow, sizeof(struct tree_node), QUAY_ANYWHERE);
    quay_future *future;
    struct subtree whole = {.leaves = CHILDREN};
    uint64_t sum = 0;
    while (whole.leaves * CHILDREN <= count) whole.leaves *= CHILDREN;
    bench_must(quay_promise_new(rt, &whole.done, &future), "quay_promise_new");
    int64_t start = bench_now();
    bench_must(quay_send(root, GROW, &whole, sizeof whole), "quay_send");
    bench_must(quay_await(future, &sum, sizeof sum), "the tree");
    int64_t took = bench_now() - start;
    quay_drop(future);
    bench_check(sum == whole.leaves * (whole.leaves - 1) / 2, "the leaves add up");
    bench_stop(rt);
    return bench_ns_each(took, whole.leaves);
}

static double skynet_on_one(uint64_t leaves)
{
    return run_skynet(1, leaves);
}

static double skynet_on_two(uint64_t leaves)
{
    return run_skynet(2, leaves);
}

const struct bench_measure bench_skynets[] = {
    {.name = "skynet, a million leaves, one worker", .unit = "ns/leaf", .run = skynet_on_one, .count = 1000000},
    {.name = "skynet, a million leaves, two workers", .unit = "ns/leaf", .run = skynet_on_two, .count = 1000000},
    {.name = NULL},
};
