/* shortestpaths.c - Savina 25, all-pairs shortest paths: a port for each block of the matrix of distances.
 *
 * Measures rounds of exchange: for each node k of the graph every block needs what the blocks of its row and column
 * found in the round before (Floyd and Warshall, 1962). A block sends its neighbours a pointer to its distances. It has
 * two copies and writes them in turn: when all neighbours have sent round k + 1, they have read those of round k.
 * Checked: against the sequential algorithm.
 *
 * Read next: sor.c */
#include "savina.h"

enum { NODES, BLOCK, WEIGHT };

static struct savina_parameter parameters[] = {
    [NODES] = {"nodes", 300, 30},
    [BLOCK] = {"block", 50, 10}, /* nodes a side */
    [WEIGHT] = {"weight", 100, 0},
    {.name = NULL},
};

enum { START, DISTANCES };

static uint32_t *graph;   /* what is given; then, after the round, what was found */
static quay_port *blocks; /* all; written before the round */
static uint64_t per_side; /* blocks */

/* ---- a block ---- */

struct report {
    const uint32_t *distances; /* of round `round` */
    uint32_t block, round;
};

struct block {
    uint64_t index, round;
    quay_promise done;
    uint32_t *copies[2]; /* of round k: k % 2 */
    uint64_t missing[2]; /* reports, of even and of odd rounds */
    const uint32_t *heard[2][64];
};

/* All blocks of the same row or column, but not the block itself. */
static bool is_neighbour(uint64_t one, uint64_t other)
{
    return one != other && (one / per_side == other / per_side || one % per_side == other % per_side);
}

static int tell_neighbours(const struct block *block)
{
    struct report report = {block->copies[block->round % 2], (uint32_t)block->index, (uint32_t)block->round};
    int error = 0;
    for (uint64_t i = 0; i < per_side * per_side && !error; i++) {
        if (is_neighbour(block->index, i)) error = quay_send(blocks[i], DISTANCES, &report, sizeof report);
    }
    return error;
}

/* A neighbour, or the block itself. */
static const uint32_t *distances_of(const struct block *block, uint64_t row, uint64_t column)
{
    uint64_t index = row * per_side + column;
    return index == block->index ? block->copies[block->round % 2] : block->heard[block->round % 2][index];
}

/* Round k: is the way by node k shorter? */
static void shorten(struct block *block)
{
    uint64_t side = parameters[BLOCK].value, k = block->round;
    const uint32_t *from = block->copies[k % 2];
    const uint32_t *to_k = distances_of(block, block->index / per_side, k / side);
    const uint32_t *from_k = &distances_of(block, k / side, block->index % per_side)[k % side * side];
    uint32_t *to = block->copies[(k + 1) % 2];
    for (uint64_t i = 0; i < side; i++) {
        uint32_t way = to_k[i * side + k % side];
        for (uint64_t j = 0; j < side; j++) {
            uint32_t by_k = way + from_k[j], direct = from[i * side + j];
            to[i * side + j] = by_k < direct ? by_k : direct;
        }
    }
    block->missing[k % 2] = 2 * (per_side - 1);
    block->round++;
}

/* Where row `row` of a block begins in the graph. */
static uint32_t *row_of(const struct block *block, uint64_t row)
{
    uint64_t side = parameters[BLOCK].value;
    uint64_t i = block->index / per_side * side + row, j = block->index % per_side * side;
    return &graph[i * parameters[NODES].value + j];
}

static int finish(const struct block *block)
{
    uint64_t side = parameters[BLOCK].value;
    for (uint64_t row = 0; row < side; row++)
        memcpy(row_of(block, row), &block->copies[block->round % 2][row * side], side * sizeof(uint32_t));
    return quay_settle(block->done, 0, NULL, 0);
}

/* As many rounds as can be done with what was heard. */
static int advance(struct block *block)
{
    int error = 0;
    while (!error && block->done.id && !block->missing[block->round % 2]) {
        shorten(block);
        if (block->round == parameters[NODES].value) return finish(block);
        error = tell_neighbours(block);
    }
    return error;
}

static int start(quay_self *self, struct block *block)
{
    uint64_t side = parameters[BLOCK].value;
    for (uint64_t row = 0; row < side; row++)
        memcpy(&block->copies[0][row * side], row_of(block, row), side * sizeof(uint32_t));
    block->done = quay_defer(self);
    int error = tell_neighbours(block);
    return error ? error : advance(block);
}

static int find_paths(quay_self *self, void *state, const quay_message *message)
{
    struct block *block = state;
    if (message->tag == START) return start(self, block);
    const struct report *report = message->data;
    block->heard[report->round % 2][report->block] = report->distances;
    block->missing[report->round % 2]--;
    return advance(block);
}

static void free_block(void *state, int reason)
{
    (void)reason;
    free(((struct block *)state)->copies[0]);
    free(((struct block *)state)->copies[1]);
}

/* ---- the round ---- */

static uint32_t *expected;

static void find_expected(uint64_t n)
{
    expected = savina_allocate(n * n, sizeof *expected);
    memcpy(expected, graph, n * n * sizeof *expected);
    for (uint64_t k = 0; k < n; k++) {
        for (uint64_t i = 0; i < n; i++) {
            for (uint64_t j = 0; j < n; j++) {
                uint32_t by_k = expected[i * n + k] + expected[k * n + j];
                if (by_k < expected[i * n + j]) expected[i * n + j] = by_k;
            }
        }
    }
}

static void prepare(void)
{
    uint64_t seed = parameters[NODES].value;
    per_side = parameters[NODES].value / parameters[BLOCK].value;
    bench_check(per_side > 0 && per_side <= 8, "there are at most 64 blocks");
    uint64_t n = parameters[NODES].value = per_side * parameters[BLOCK].value;
    graph = savina_allocate(n * n, sizeof *graph);
    for (uint64_t i = 0; i < n; i++) {
        for (uint64_t j = 0; j < i; j++)
            graph[i * n + j] = graph[j * n + i] = (uint32_t)savina_below(&seed, parameters[WEIGHT].value) + 1;
    }
    find_expected(n);
}

static void run(quay_runtime *rt)
{
    uint64_t count = per_side * per_side, bytes = parameters[BLOCK].value * parameters[BLOCK].value * sizeof(uint32_t);
    blocks = savina_allocate(count, sizeof *blocks);
    for (uint64_t i = 0; i < count; i++) {
        struct block block = {.index = i, .missing = {2 * (per_side - 1), 2 * (per_side - 1)}};
        for (int copy = 0; copy < 2; copy++) block.copies[copy] = savina_allocate(1, bytes);
        blocks[i] = savina_spawn(rt, find_paths, QUAY_SPREAD, &block, sizeof block, free_block);
    }
    savina_call_all(blocks, count, START, NULL, 0);
}

static void verify(void)
{
    uint64_t n = parameters[NODES].value;
    bench_check(!memcmp(graph, expected, n * n * sizeof *graph), "all paths are the shortest");
    free(expected);
    free(graph);
    free(blocks);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"shortestpaths", parameters, .prepare = prepare, .run = run, .verify = verify});
}
