/* sor.c - Savina 26, successive over-relaxation: a port for each cell of a grid.
 *
 * Measures fine-grained exchange with neighbours. The cells have the colours of a chessboard; those of one colour send
 * their value to their neighbours, those of the other compute a new value when all have arrived, and send it in turn.
 * Nobody is ever more than one value ahead. Checked: every cell against a sequential relaxation, to the last bit.
 *
 * Read next: astar.c */
#include "savina.h"

enum { SIZE, ROUNDS };

static struct savina_parameter parameters[] = {
    [SIZE] = {"size", 20, 6},
    [ROUNDS] = {"rounds", 100, 6},
    {.name = NULL},
};

enum { START, VALUE };
enum { UP, DOWN, LEFT, RIGHT, SIDES };

static const double omega = 1.25;

static quay_port *cells; /* written before the round */
static double *values;   /* given, and found: each cell writes its own when it has finished */

/* The neighbour on one side, or -1. */
static int64_t neighbour(uint64_t cell, int side)
{
    int64_t size = (int64_t)parameters[SIZE].value, row = (int64_t)cell / size, column = (int64_t)cell % size;
    row += side == DOWN ? 1 : side == UP ? -1 : 0;
    column += side == RIGHT ? 1 : side == LEFT ? -1 : 0;
    return row < 0 || row == size || column < 0 || column == size ? -1 : row * size + column;
}

static bool is_first(uint64_t cell)
{
    return (cell / parameters[SIZE].value + cell % parameters[SIZE].value) % 2 == 0;
}

static double relax(double value, const double *around)
{
    return 0.25 * omega * (around[UP] + around[DOWN] + around[LEFT] + around[RIGHT]) + (1 - omega) * value;
}

/* ---- a cell ---- */

struct cell {
    uint64_t index, sent;
    quay_promise done;
    double value;
    unsigned sides, arrived;
    double around[SIDES]; /* 0 where no neighbour is */
};

struct news {
    double value;
    uint64_t side; /* where the sender is, for the receiver */
};

/* All is sent, and somebody has asked: a neighbour's first value may come before the START. */
static int finish_if_over(const struct cell *cell)
{
    if (cell->sent < parameters[ROUNDS].value || !cell->done.id) return 0;
    values[cell->index] = cell->value;
    return quay_settle(cell->done, 0, NULL, 0);
}

static int tell_neighbours(struct cell *cell)
{
    int error = 0;
    for (int side = 0; side < SIDES && !error; side++) {
        int64_t to = neighbour(cell->index, side);
        struct news news = {cell->value, (uint64_t)side ^ 1};
        if (to >= 0) error = quay_send(cells[to], VALUE, &news, sizeof news);
    }
    cell->sent++;
    return error ? error : finish_if_over(cell);
}

static int take_news(struct cell *cell, const struct news *news)
{
    cell->around[news->side] = news->value;
    if (++cell->arrived < cell->sides) return 0;
    cell->arrived = 0;
    if (cell->sent == parameters[ROUNDS].value) return 0; /* of the first colour: the others' last */
    cell->value = relax(cell->value, cell->around);
    return tell_neighbours(cell);
}

static int live(quay_self *self, void *state, const quay_message *message)
{
    struct cell *cell = state;
    if (message->tag == VALUE) return take_news(cell, message->data);
    cell->done = quay_defer(self);
    return is_first(cell->index) ? tell_neighbours(cell) : finish_if_over(cell);
}

/* ---- the round ---- */

static double *expected;

/* All of one colour, in a sequential grid. */
static void relax_colour(bool first)
{
    for (uint64_t i = 0; i < parameters[SIZE].value * parameters[SIZE].value; i++) {
        double around[SIDES] = {0};
        if (is_first(i) != first) continue;
        for (int side = 0; side < SIDES; side++) {
            int64_t next = neighbour(i, side);
            if (next >= 0) around[side] = expected[next];
        }
        expected[i] = relax(expected[i], around);
    }
}

static void prepare(void)
{
    uint64_t count = parameters[SIZE].value * parameters[SIZE].value, seed = 10101010;
    values = savina_allocate(count, sizeof *values);
    expected = savina_allocate(count, sizeof *expected);
    for (uint64_t i = 0; i < count; i++) values[i] = expected[i] = savina_unit(&seed) * 1e-6;
    for (uint64_t round = 1; round <= parameters[ROUNDS].value; round++) {
        if (round > 1) relax_colour(true); /* their first value is sent as it is given */
        relax_colour(false);
    }
}

/* Rows in a worker's share are together; they meet other shares at their edges only. */
static void run(quay_runtime *rt)
{
    uint64_t count = parameters[SIZE].value * parameters[SIZE].value;
    cells = savina_allocate(count, sizeof *cells);
    for (uint64_t i = 0; i < count; i++) {
        struct cell cell = {.index = i, .value = values[i]};
        for (int side = 0; side < SIDES; side++) cell.sides += neighbour(i, side) >= 0;
        quay_place place = quay_core((unsigned)(i * quay_runtime_workers(rt) / count));
        cells[i] = savina_spawn(rt, live, place, &cell, sizeof cell, NULL);
    }
    savina_call_all(cells, count, START, NULL, 0);
}

static void verify(void)
{
    for (uint64_t i = 0; i < parameters[SIZE].value * parameters[SIZE].value; i++)
        bench_check(values[i] == expected[i], "every cell has its value");
    free(values);
    free(expected);
    free(cells);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv,
                       &(struct savina_benchmark){"sor", parameters, .prepare = prepare, .run = run, .verify = verify});
}
