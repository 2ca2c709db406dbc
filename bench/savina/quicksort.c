/* quicksort.c - Savina 24, quicksort: a port for each part of the data that is not small.
 *
 * Measures divide and conquer with await: a port splits its part, asks two new ports to sort the halves, and waits for
 * both. What is sent is a slice of one array: whoever is asked to sort it may touch it until the answer. Checked:
 * against what qsort makes of the same values.
 *
 * Read next: shortestpaths.c */
#include "savina.h"

enum { VALUES, SMALL };

static struct savina_parameter parameters[] = {
    [VALUES] = {"values", 1000000, 3000},
    [SMALL] = {"small", 2048, 200}, /* fewer are sorted at once */
    {.name = NULL},
};

enum { SORT };

struct slice {
    uint64_t *values;
    size_t count;
};

/* ---- sorting, without messages ---- */

/* Values below the pivot first; returns how many. Both parts are less than all. */
static size_t partition(struct slice slice)
{
    uint64_t pivot = slice.values[(slice.count - 1) / 2];
    size_t low = 0, high = slice.count - 1;
    for (;; low++, high--) {
        while (slice.values[low] < pivot) low++;
        while (slice.values[high] > pivot) high--;
        if (low >= high) return high + 1;
        uint64_t value = slice.values[low];
        slice.values[low] = slice.values[high];
        slice.values[high] = value;
    }
}

static void insertion_sort(struct slice slice)
{
    for (size_t i = 1; i < slice.count; i++) {
        uint64_t value = slice.values[i];
        size_t at = i;
        for (; at > 0 && slice.values[at - 1] > value; at--) slice.values[at] = slice.values[at - 1];
        slice.values[at] = value;
    }
}

static void sort(struct slice slice)
{
    while (slice.count > 16) {
        size_t below = partition(slice);
        sort((struct slice){slice.values, below});
        slice = (struct slice){slice.values + below, slice.count - below};
    }
    insertion_sort(slice);
}

/* ---- a port ---- */

static quay_handler sort_slice;

static quay_future *have_sorted(quay_self *self, uint64_t *values, size_t count)
{
    struct slice slice = {values, count};
    quay_port port = bench_spawn(quay_self_runtime(self), sort_slice, 0, QUAY_SPREAD);
    return quay_ask(port, SORT, &slice, sizeof slice, QUAY_FOREVER);
}

static int split(quay_self *self, struct slice slice)
{
    size_t below = partition(slice);
    quay_future *halves[] = {have_sorted(self, slice.values, below),
                             have_sorted(self, slice.values + below, slice.count - below)};
    int error = 0;
    for (int i = 0; i < 2; i++) {
        int result = quay_await(halves[i], NULL, 0);
        quay_drop(halves[i]);
        if (result < 0) error = result;
    }
    return error;
}

static int sort_slice(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    struct slice slice = *(const struct slice *)message->data;
    int error = 0;
    if (slice.count < parameters[SMALL].value) sort(slice);
    else error = split(self, slice);
    quay_exit(self, 0);
    return error ? error : quay_reply(self, NULL, 0);
}

/* ---- the round ---- */

static struct slice data, expected;

static int compare(const void *left, const void *right)
{
    uint64_t x = *(const uint64_t *)left, y = *(const uint64_t *)right;
    return (x > y) - (x < y);
}

static void prepare(void)
{
    uint64_t seed = 1024, count = parameters[VALUES].value;
    data = (struct slice){savina_allocate(count, sizeof(uint64_t)), count};
    expected = (struct slice){savina_allocate(count, sizeof(uint64_t)), count};
    for (uint64_t i = 0; i < count; i++) data.values[i] = savina_random(&seed) >> 4;
    memcpy(expected.values, data.values, count * sizeof(uint64_t));
    qsort(expected.values, count, sizeof(uint64_t), compare);
}

static void run(quay_runtime *rt)
{
    savina_call(bench_spawn(rt, sort_slice, 0, QUAY_ANYWHERE), SORT, &data, sizeof data, NULL, 0);
}

static void verify(void)
{
    bench_check(!memcmp(data.values, expected.values, data.count * sizeof(uint64_t)), "the values are sorted");
    free(data.values);
    free(expected.values);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"quicksort", parameters, .prepare = prepare, .run = run, .verify = verify});
}
