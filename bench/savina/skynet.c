/* skynet.c - the skynet tree, which is not in Savina: every port bears ten, a million leaves send their numbers up.
 *
 * Measures spawning, and messages between ports that live only as long as their part of the sum. Where a subtree is
 * large, its ten children grow at the same time, on all workers; below that a port bears a child when the one before
 * has answered, so that not all of the tree is there at once. Checked: the sum of all numbers.
 *
 * Read next: ../skynet.c, where all children always grow at the same time. */
#include "savina.h"

#define CHILDREN 10

enum { LEAVES, TOGETHER };

static struct savina_parameter parameters[] = {
    [LEAVES] = {"leaves", 1000000, 1000},
    [TOGETHER] = {"together", 10000, 0}, /* leaves of a subtree whose children grow at the same time, at least */
    {.name = NULL},
};

enum { GROW, SUM };

/* The leaves below a port are first to first + leaves - 1. */
struct subtree {
    uint64_t first, leaves;
};

struct node {
    struct subtree tree;
    quay_port parent;  /* nobody: */
    quay_promise done; /* the root's */
    uint64_t sum;
    uint32_t born, answered;
};

static quay_handler grow;

static bool grows_together(const struct node *node)
{
    return node->tree.leaves >= parameters[TOGETHER].value;
}

static int bear_child(quay_self *self, struct node *node)
{
    uint64_t leaves = node->tree.leaves / CHILDREN;
    struct subtree below = {node->tree.first + node->born++ * leaves, leaves};
    quay_place place = grows_together(node) ? QUAY_SPREAD : quay_near(quay_self_port(self));
    return quay_send(bench_spawn(quay_self_runtime(self), grow, sizeof *node, place), GROW, &below, sizeof below);
}

static int send_up(quay_self *self, const struct node *node)
{
    quay_exit(self, 0);
    if (node->done.id) return quay_settle(node->done, 0, &node->sum, sizeof node->sum);
    return quay_send(node->parent, SUM, &node->sum, sizeof node->sum);
}

static int begin(quay_self *self, struct node *node, const quay_message *message)
{
    int error = 0;
    node->tree = *(const struct subtree *)message->data;
    node->parent = message->from;
    if (!node->parent.id) node->done = quay_defer(self);
    if (node->tree.leaves == 1) {
        node->sum = node->tree.first;
        return send_up(self, node);
    }
    do error = bear_child(self, node);
    while (!error && grows_together(node) && node->born < CHILDREN);
    return error;
}

static int grow(quay_self *self, void *state, const quay_message *message)
{
    struct node *node = state;
    if (message->tag == GROW) return begin(self, node, message);
    node->sum += *(const uint64_t *)message->data;
    if (++node->answered == CHILDREN) return send_up(self, node);
    return node->born < CHILDREN ? bear_child(self, node) : 0;
}

static void run(quay_runtime *rt)
{
    struct subtree whole = {0, 1};
    uint64_t sum;
    while (whole.leaves * CHILDREN <= parameters[LEAVES].value) whole.leaves *= CHILDREN;
    quay_port root = bench_spawn(rt, grow, sizeof(struct node), QUAY_ANYWHERE);
    savina_call(root, GROW, &whole, sizeof whole, &sum, sizeof sum);
    bench_check(sum == whole.leaves * (whole.leaves - 1) / 2, "the leaves add up");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"skynet", parameters, .run = run});
}
