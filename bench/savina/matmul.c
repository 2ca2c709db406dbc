/* matmul.c - Savina 23, recursive matrix multiplication: a master shares out blocks, workers split what is too large.
 *
 * Measures work that makes more work. A piece of work says which block of A times which block of B is to be added to
 * which block of C; a worker splits a large one in eight and gives them back to the master. All that write to one block
 * of C go to the same worker, so the matrices are shared without locks. Checked: A is i in row i, B is j in column j,
 * so that element (i, j) of the product is n i j.
 *
 * Read next: quicksort.c */
#include "savina.h"

enum { SIZE, BLOCK, PORTS };

static struct savina_parameter parameters[] = {
    [SIZE] = {"size", 1024, 64},
    [BLOCK] = {"block", 128, 16}, /* at most this large a block is multiplied at once */
    [PORTS] = {"ports", 20, 0},
    {.name = NULL},
};

enum { START, WORK, DONE };

static double *a, *b, *c; /* size x size; what is written says the top of this file */

struct block {
    uint32_t row, column;
};

struct work {
    struct block a, b, c;
    uint32_t size;
};

/* ---- a worker ---- */

static void multiply(const struct work *work)
{
    uint64_t n = parameters[SIZE].value;
    for (uint64_t i = 0; i < work->size; i++) {
        const double *from = &a[(work->a.row + i) * n + work->a.column];
        double *to = &c[(work->c.row + i) * n + work->c.column];
        for (uint64_t k = 0; k < work->size; k++) {
            const double *row = &b[(work->b.row + k) * n + work->b.column];
            for (uint64_t j = 0; j < work->size; j++) to[j] += from[k] * row[j];
        }
    }
}

/* The half of a block that is so many halves down and to the right. */
static struct block half(struct block of, uint32_t size, uint32_t down, uint32_t right)
{
    return (struct block){of.row + down * size, of.column + right * size};
}

/* For each quarter of C a row of halves of A and a column of halves of B. */
static int split(quay_port master, const struct work *work)
{
    uint32_t size = work->size / 2;
    int error = 0;
    for (uint32_t i = 0; i < 8 && !error; i++) {
        uint32_t down = i >> 2, right = i >> 1 & 1, along = i & 1;
        struct work part = {half(work->a, size, down, along), half(work->b, size, along, right),
                            half(work->c, size, down, right), size};
        error = quay_send(master, WORK, &part, sizeof part);
    }
    return error;
}

static int do_work(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    const struct work *work = message->data;
    int error = 0;
    if (work->size > parameters[BLOCK].value) error = split(message->from, work);
    else multiply(work);
    return error ? error : quay_send(message->from, DONE, NULL, 0);
}

/* ---- the master ---- */

struct master {
    quay_promise done;
    uint64_t sent, completed;
    quay_port workers[];
};

static int share_out(struct master *master, const struct work *work)
{
    uint64_t block = work->c.row / parameters[BLOCK].value + work->c.column / parameters[BLOCK].value;
    master->sent++;
    return quay_send(master->workers[block % parameters[PORTS].value], WORK, work, sizeof *work);
}

static int direct(quay_self *self, void *state, const quay_message *message)
{
    struct master *master = state;
    if (message->tag == WORK) return share_out(master, message->data);
    if (message->tag == DONE) return ++master->completed < master->sent ? 0 : quay_settle(master->done, 0, NULL, 0);
    master->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[PORTS].value; i++)
        master->workers[i] = bench_spawn(quay_self_runtime(self), do_work, 0, QUAY_SPREAD);
    return share_out(master, &(struct work){.size = (uint32_t)parameters[SIZE].value});
}

/* ---- the round ---- */

static void prepare(void)
{
    uint64_t size = parameters[BLOCK].value; /* a power of two of blocks: halves are even */
    while (2 * size <= parameters[SIZE].value) size *= 2;
    parameters[SIZE].value = size;
    a = savina_allocate(size * size, sizeof *a);
    b = savina_allocate(size * size, sizeof *b);
    c = savina_allocate(size * size, sizeof *c);
    for (uint64_t i = 0; i < size * size; i++) {
        uint64_t row = i / size, column = i % size;
        a[i] = (double)row;
        b[i] = (double)column;
    }
}

static void run(quay_runtime *rt)
{
    size_t size = sizeof(struct master) + parameters[PORTS].value * sizeof(quay_port);
    savina_call(bench_spawn(rt, direct, size, QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
}

static void verify(void)
{
    uint64_t size = parameters[SIZE].value;
    for (uint64_t i = 0; i < size * size; i++) {
        uint64_t row = i / size, column = i % size;
        bench_check(c[i] == (double)(size * row * column), "the product is right");
    }
    free(a);
    free(b);
    free(c);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv, &(struct savina_benchmark){"matmul", parameters, .prepare = prepare, .run = run, .verify = verify});
}
