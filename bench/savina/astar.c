/* astar.c - Savina 27, guided search: workers look for a way through a grid of three dimensions.
 *
 * Measures work that makes more work on shared data. A worker searches from a node, breadth first, up to a threshold,
 * and gives what is left to the master, who shares it out. A node's parent is set once, by a compare and swap: who sets
 * it searches on from there. Which way is found depends on the order; that one is found does not. Checked: the parents
 * lead from the target back to the origin, by edges of the grid.
 *
 * Read next: nqueens.c */
#include "savina.h"

#include <stdatomic.h>

enum { SIZE, THRESHOLD, PORTS };

static struct savina_parameter parameters[] = {
    [SIZE] = {"size", 30, 10},
    [THRESHOLD] = {"threshold", 1024, 64}, /* nodes searched at once */
    [PORTS] = {"ports", 20, 4},
    {.name = NULL},
};

enum { START, WORK, FOUND, DONE };

#define NOWHERE UINT32_MAX
#define NEIGHBOURS 7

struct node {
    _Atomic uint32_t parent; /* NOWHERE until a search gets here */
    uint32_t count;
    uint32_t neighbours[NEIGHBOURS];
};

static struct node *nodes; /* but for the parents not written during a round */
static uint32_t target;

static bool reach(uint32_t node, uint32_t parent)
{
    uint32_t nowhere = NOWHERE;
    return atomic_compare_exchange_strong(&nodes[node].parent, &nowhere, parent);
}

/* ---- a worker ---- */

struct queue {
    uint32_t first, end;
    uint32_t nodes[]; /* never more than the grid has */
};

/* All that is new around a node; true when the target is. */
static bool search_around(struct queue *queue, uint32_t node)
{
    savina_work(100);
    for (uint32_t i = 0; i < nodes[node].count; i++) {
        uint32_t next = nodes[node].neighbours[i];
        if (!reach(next, node)) continue;
        if (next == target) return true;
        queue->nodes[queue->end++] = next;
    }
    return false;
}

static int search(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct queue *queue = state;
    queue->first = 0;
    queue->end = 1;
    queue->nodes[0] = *(const uint32_t *)message->data;
    int error = 0;
    bool found = false;
    while (queue->first < queue->end && queue->first < parameters[THRESHOLD].value && !found)
        found = search_around(queue, queue->nodes[queue->first++]);
    if (found) error = quay_send(message->from, FOUND, NULL, 0);
    for (; !found && queue->first < queue->end && !error; queue->first++)
        error = quay_send(message->from, WORK, &queue->nodes[queue->first], sizeof *queue->nodes);
    return error ? error : quay_send(message->from, DONE, NULL, 0);
}

/* ---- the master ---- */

struct master {
    quay_promise done;
    bool found; /* what is left is not shared out any more */
    uint64_t sent, completed;
    quay_port workers[];
};

static int share_out(struct master *master, uint32_t node)
{
    if (master->found) return 0;
    return quay_send(master->workers[master->sent++ % parameters[PORTS].value], WORK, &node, sizeof node);
}

static int start(quay_self *self, struct master *master)
{
    size_t count = parameters[SIZE].value * parameters[SIZE].value * parameters[SIZE].value;
    master->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[PORTS].value; i++) {
        master->workers[i] =
            bench_spawn(quay_self_runtime(self), search, sizeof(struct queue) + count * sizeof(uint32_t), QUAY_SPREAD);
    }
    return share_out(master, 0);
}

static int direct(quay_self *self, void *state, const quay_message *message)
{
    struct master *master = state;
    switch (message->tag) {
    case START:
        return start(self, master);
    case WORK:
        return share_out(master, *(const uint32_t *)message->data);
    case FOUND:
        master->found = true;
        return 0;
    default:
        if (++master->completed < master->sent) return 0;
        return quay_settle(master->done, master->found ? 0 : -EBADMSG, NULL, 0);
    }
}

/* ---- the grid: an edge to a neighbour further on, by chance; but the way along the diagonal is always there ---- */

static uint32_t number_of(uint32_t x, uint32_t y, uint32_t z)
{
    uint32_t size = (uint32_t)parameters[SIZE].value;
    return (x * size + y) * size + z;
}

static void add_edges(uint64_t *seed, uint32_t x, uint32_t y, uint32_t z)
{
    struct node *node = &nodes[number_of(x, y, z)];
    atomic_init(&node->parent, NOWHERE);
    for (uint32_t step = 1; step < 8; step++) {
        uint32_t next[] = {x + (step >> 2), y + (step >> 1 & 1), z + (step & 1)};
        bool inside =
            next[0] < parameters[SIZE].value && next[1] < parameters[SIZE].value && next[2] < parameters[SIZE].value;
        bool chosen = savina_below(seed, 2) || (x <= y && step == 4) || (y < x && y <= z && step == 2) ||
                      (y < x && z < y && step == 1);
        if (inside && chosen && step != 7) node->neighbours[node->count++] = number_of(next[0], next[1], next[2]);
    }
}

static void prepare(void)
{
    uint32_t size = (uint32_t)parameters[SIZE].value, at = size * 4 / 5;
    uint64_t seed = 123456;
    nodes = savina_allocate((size_t)size * size * size, sizeof *nodes);
    for (uint32_t i = 0; i < size * size * size; i++) add_edges(&seed, i / size / size, i / size % size, i % size);
    atomic_init(&nodes[0].parent, 0);
    target = number_of(at, at, at);
}

static void run(quay_runtime *rt)
{
    size_t size = sizeof(struct master) + parameters[PORTS].value * sizeof(quay_port);
    savina_call(bench_spawn(rt, direct, size, QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
}

static bool has_edge(const struct node *from, uint32_t to)
{
    for (uint32_t i = 0; i < from->count; i++) {
        if (from->neighbours[i] == to) return true;
    }
    return false;
}

/* Every edge leads away from the origin, so the walk back ends. */
static void verify(void)
{
    for (uint32_t node = target; node != 0;) {
        uint32_t parent = atomic_load(&nodes[node].parent);
        bench_check(parent != NOWHERE && has_edge(&nodes[parent], node), "a way leads from the origin to the target");
        node = parent;
    }
    free(nodes);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv, &(struct savina_benchmark){"astar", parameters, .prepare = prepare, .run = run, .verify = verify});
}
