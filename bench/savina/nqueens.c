/* nqueens.c - Savina 28, N queens: in how many ways can N queens stand on a board and none attack another?
 *
 * Measures work that makes more work: a worker puts the next queen on a board in all ways it can, and gives the boards
 * back to the master, who shares them out; from a threshold on it counts the solutions itself. Checked: against the
 * known numbers.
 *
 * Read next: ../README.md */
#include "savina.h"

#define QUEENS_MOST 15

enum { QUEENS, THRESHOLD, PORTS };

static struct savina_parameter parameters[] = {
    [QUEENS] = {"queens", 12, 7},
    [THRESHOLD] = {"threshold", 4, 0}, /* queens on a board that is not given back */
    [PORTS] = {"ports", 20, 0},
    {.name = NULL},
};

enum { START, WORK, DONE };

/* One queen a row: the column of each. */
struct board {
    uint8_t placed;
    uint8_t columns[QUEENS_MOST];
};

/* ---- placing, without messages ---- */

static bool is_attacked(const struct board *board, uint8_t column)
{
    for (int row = 0; row < board->placed; row++) {
        int aside = board->columns[row] - column, down = board->placed - row;
        if (aside == 0 || aside == down || aside == -down) return true;
    }
    return false;
}

static uint8_t board_width(void)
{
    return (uint8_t)parameters[QUEENS].value;
}

static uint64_t count_solutions(struct board *board)
{
    uint64_t count = 0;
    if (board->placed == board_width()) return 1;
    for (uint8_t column = 0; column < board_width(); column++) {
        if (is_attacked(board, column)) continue;
        board->columns[board->placed++] = column;
        count += count_solutions(board);
        board->placed--;
    }
    return count;
}

/* ---- a worker ---- */

static int give_back(quay_port master, struct board *board)
{
    int error = 0;
    for (uint8_t column = 0; column < board_width() && !error; column++) {
        if (is_attacked(board, column)) continue;
        board->columns[board->placed++] = column;
        error = quay_send(master, WORK, board, sizeof *board);
        board->placed--;
    }
    return error;
}

static int place_queens(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    struct board board = *(const struct board *)message->data;
    uint64_t count = 0;
    int error = 0;
    if (board.placed < parameters[THRESHOLD].value) error = give_back(message->from, &board);
    else count = count_solutions(&board);
    return error ? error : quay_send(message->from, DONE, &count, sizeof count);
}

/* ---- the master ---- */

struct master {
    quay_promise done;
    uint64_t sent, completed, solutions;
    quay_port workers[];
};

static int share_out(struct master *master, const struct board *board)
{
    return quay_send(master->workers[master->sent++ % parameters[PORTS].value], WORK, board, sizeof *board);
}

static int direct(quay_self *self, void *state, const quay_message *message)
{
    struct master *master = state;
    if (message->tag == WORK) return share_out(master, message->data);
    if (message->tag == DONE) {
        master->solutions += *(const uint64_t *)message->data;
        if (++master->completed < master->sent) return 0;
        return quay_settle(master->done, 0, &master->solutions, sizeof master->solutions);
    }
    master->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[PORTS].value; i++)
        master->workers[i] = bench_spawn(quay_self_runtime(self), place_queens, 0, QUAY_SPREAD);
    return share_out(master, &(struct board){0});
}

static void run(quay_runtime *rt)
{
    static const uint64_t known[] = {1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596, 2279184};
    uint64_t solutions, queens = parameters[QUEENS].value;
    size_t size = sizeof(struct master) + parameters[PORTS].value * sizeof(quay_port);
    bench_check(queens <= QUEENS_MOST, "there are few enough queens");
    savina_call(bench_spawn(rt, direct, size, QUAY_ANYWHERE), START, NULL, 0, &solutions, sizeof solutions);
    bench_check(solutions == known[queens], "there are as many solutions as is known");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"nqueens", parameters, .run = run});
}
