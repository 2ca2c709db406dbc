/* sortedlist.c - Savina 9, concurrent sorted linked list: many clients, one port that owns a list.
 *
 * As dictionary.c, but each ask takes a walk along the list: a tenth insert, a hundredth ask for the size, the others
 * look for a value. Checked: a client never sees fewer values than it inserted itself and finds what it inserted last;
 * in the end the list has what the clients inserted, sorted.
 *
 * Read next: buffer.c */
#include "savina.h"

enum { CLIENTS, ASKS, WRITES, SIZES };

static struct savina_parameter parameters[] = {
    [CLIENTS] = {"clients", 20, 5},
    [ASKS] = {"asks", 8000, 100},
    [WRITES] = {"writes", 10, 0}, /* percent */
    [SIZES] = {"sizes", 1, 0},    /* percent */
    {.name = NULL},
};

enum { START, INSERT, CONTAINS, SIZE };

/* ---- the list: nodes in an array, linked by index; the first is the head ---- */

struct node {
    int32_t value;
    uint32_t next; /* 0 ends the list */
};

static struct node *nodes; /* the list's; the main thread's before and after the round */
static uint32_t nodes_used;

/* The last node whose value is less. */
static struct node *before(int32_t value)
{
    struct node *node = nodes;
    while (node->next && nodes[node->next].value < value) node = &nodes[node->next];
    return node;
}

static bool contains(int32_t value)
{
    uint32_t next = before(value)->next;
    return next && nodes[next].value == value;
}

static void insert(int32_t value)
{
    struct node *node = before(value);
    nodes[nodes_used] = (struct node){value, node->next};
    node->next = nodes_used++;
}

static int serve(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    int32_t answer = 0, value = *(const int32_t *)message->data;
    if (message->tag == INSERT) insert(value);
    else if (message->tag == CONTAINS) answer = contains(value);
    if (message->tag != CONTAINS) answer = (int32_t)nodes_used - 1;
    return quay_reply(self, &answer, sizeof answer);
}

/* ---- clients ---- */

struct client {
    quay_port list;
    uint64_t seed;
};

static uint32_t choose(uint64_t *seed, int32_t *value)
{
    uint64_t roll = savina_below(seed, 100);
    *value = (int32_t)savina_random(seed);
    if (roll < parameters[SIZES].value) return SIZE;
    return roll < parameters[SIZES].value + parameters[WRITES].value ? INSERT : CONTAINS;
}

static int use(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    struct client client = *(const struct client *)message->data;
    int32_t inserted = 0, latest = 0, found = 1, answer;
    for (uint64_t i = 0; i < parameters[ASKS].value; i++) {
        int32_t value;
        uint32_t what = choose(&client.seed, &value);
        savina_call(client.list, what, &value, sizeof value, &answer, sizeof answer);
        if (what == INSERT) {
            inserted++;
            latest = value;
        }
        if (what != CONTAINS && answer < inserted) return -EBADMSG;
    }
    if (inserted) savina_call(client.list, CONTAINS, &latest, sizeof latest, &found, sizeof found);
    return found ? quay_reply(self, NULL, 0) : -EBADMSG;
}

/* ---- the round ---- */

static void prepare(void)
{
    nodes = savina_allocate(parameters[CLIENTS].value * parameters[ASKS].value + 1, sizeof *nodes);
    nodes_used = 1;
}

static void run(quay_runtime *rt)
{
    uint64_t count = parameters[CLIENTS].value;
    quay_port *ports = savina_allocate(count, sizeof *ports);
    struct client *clients = savina_allocate(count, sizeof *clients);
    quay_port list = bench_spawn(rt, serve, 0, QUAY_SPREAD);
    for (uint64_t i = 0; i < count; i++) {
        ports[i] = bench_spawn(rt, use, 0, QUAY_SPREAD);
        clients[i] = (struct client){list, i};
    }
    savina_call_all(ports, count, START, clients, sizeof *clients);
    free(clients);
    free(ports);
}

static int compare(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* What the clients inserted, again, one after the other; sorted. */
static void verify(void)
{
    uint64_t asks = parameters[ASKS].value, count = 0;
    int32_t *expected = savina_allocate(parameters[CLIENTS].value * asks, sizeof *expected);
    for (uint64_t i = 0; i < parameters[CLIENTS].value; i++) {
        uint64_t seed = i;
        for (uint64_t k = 0; k < asks; k++) count += choose(&seed, &expected[count]) == INSERT;
    }
    qsort(expected, count, sizeof *expected, compare);
    bench_check(count == nodes_used - 1, "the list is as long as it must be");
    for (uint32_t at = nodes->next, i = 0; at; at = nodes[at].next, i++)
        bench_check(nodes[at].value == expected[i], "the list has what was inserted, sorted");
    free(expected);
    free(nodes);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"sortedlist", parameters, .prepare = prepare, .run = run, .verify = verify});
}
