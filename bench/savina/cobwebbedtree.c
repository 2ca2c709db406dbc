/* cobwebbedtree.c - Savina 19, unbalanced cobwebbed tree: a tree of ports that grows by chance, and is then walked.
 *
 * Measures many ports that live at the same time. Each new node asks the root, which knows how large the tree may be,
 * whether it may have children; the root draws lots. When all have been told, the root has the tree traversed: each
 * node works a little, passes it on to its children and reports to the root. Which node grows depends on the order of
 * the questions, how many there will be does not. Checked: that number, and that the traversal reached all of them.
 *
 * Read next: facility.c */
#include "savina.h"

enum { NODES, WORK, SPREAD, CHILDREN };

static struct savina_parameter parameters[] = {
    [NODES] = {"nodes", 200000, 1000}, [WORK] = {"work", 500, 0}, /* steps a node takes, on average */
    [SPREAD] = {"spread", 100, 0},                                /* their standard deviation */
    [CHILDREN] = {"children", 10, 0},  {.name = NULL},
};

enum { START, MAY_GROW, GROW, TRAVERSE, VISITED };

/* ---- a node ---- */

struct node {
    quay_port root;
    uint64_t work;
    bool grown;
    quay_port children[];
};

static quay_handler live;

/* A child asks the root as soon as it lives. */
static int spawn_children(quay_self *self, quay_port root, uint64_t work, quay_port *children)
{
    struct node node = {.root = root, .work = work};
    size_t size = sizeof node + parameters[CHILDREN].value * sizeof(quay_port);
    int error = 0;
    for (uint64_t i = 0; i < parameters[CHILDREN].value && !error; i++) {
        children[i] = bench_spawn(quay_self_runtime(self), live, size, QUAY_ANYWHERE);
        error = quay_send(children[i], START, &node, sizeof node);
    }
    return error;
}

static int traverse(const quay_port *children)
{
    int error = 0;
    for (uint64_t i = 0; i < parameters[CHILDREN].value && !error; i++)
        error = quay_send(children[i], TRAVERSE, NULL, 0);
    return error;
}

static int live(quay_self *self, void *state, const quay_message *message)
{
    struct node *node = state;
    int error = 0;
    switch (message->tag) {
    case START:
        *node = *(const struct node *)message->data;
        return quay_send(node->root, MAY_GROW, NULL, 0);
    case GROW:
        node->grown = true;
        return spawn_children(self, node->root, *(const uint64_t *)message->data, node->children);
    default:
        savina_work(node->work);
        if (node->grown) error = traverse(node->children);
        return error ? error : quay_send(node->root, VISITED, NULL, 0);
    }
}

/* ---- the root ---- */

struct root {
    quay_promise done;
    uint64_t seed, size, asking, visited;
    quay_port children[];
};

/* About normally distributed: the sum of twelve even draws has a deviation of one. */
static uint64_t draw_work(uint64_t *seed)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += savina_unit(seed);
    double work = (double)parameters[WORK].value + sum * (double)parameters[SPREAD].value;
    return work > 1 ? (uint64_t)work : 1;
}

static bool allow_growth(struct root *root)
{
    if (root->size + parameters[CHILDREN].value > parameters[NODES].value) return false;
    if (savina_below(&root->seed, 2)) return false;
    root->size += parameters[CHILDREN].value;
    root->asking += parameters[CHILDREN].value;
    return true;
}

static int answer(struct root *root, quay_port node)
{
    int error = 0;
    root->asking--;
    if (allow_growth(root)) {
        uint64_t work = draw_work(&root->seed);
        error = quay_send(node, GROW, &work, sizeof work);
    }
    return error || root->asking ? error : traverse(root->children);
}

static int be_root(quay_self *self, void *state, const quay_message *message)
{
    struct root *root = state;
    switch (message->tag) {
    case START:
        root->done = quay_defer(self);
        root->seed = 2;
        root->size = 1 + parameters[CHILDREN].value;
        root->asking = parameters[CHILDREN].value;
        return spawn_children(self, quay_self_port(self), draw_work(&root->seed), root->children);
    case MAY_GROW:
        return answer(root, message->from);
    default:
        if (++root->visited + 1 < root->size) return 0;
        return quay_settle(root->done, 0, &root->size, sizeof root->size);
    }
}

static uint64_t grown;

static void run(quay_runtime *rt)
{
    size_t size = sizeof(struct root) + parameters[CHILDREN].value * sizeof(quay_port);
    savina_call(bench_spawn(rt, be_root, size, QUAY_ANYWHERE), START, NULL, 0, &grown, sizeof grown);
}

/* The lots alone, without a tree. */
static void verify(void)
{
    struct root root = {.seed = 2, .size = 1 + parameters[CHILDREN].value, .asking = parameters[CHILDREN].value};
    (void)draw_work(&root.seed);
    for (; root.asking > 0; root.asking--) {
        if (allow_growth(&root)) (void)draw_work(&root.seed);
    }
    bench_check(grown == root.size, "the tree has as many nodes as the lots say");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv,
                       &(struct savina_benchmark){"cobwebbedtree", parameters, .run = run, .verify = verify});
}
