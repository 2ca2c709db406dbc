/* radixsort.c - Savina 16, radix sort: a chain of ports, one a bit, through which all values stream.
 *
 * Measures pipelines. A stage passes on the values without its bit at once, and those with it when it has seen all, so
 * each stage sorts by its bit and keeps the order otherwise. From stage to stage there is a flow (savina.h). Checked:
 * the last port compares what arrives with what qsort made of the same values.
 *
 * Read next: filterbank.c */
#include "savina.h"

enum { VALUES, BITS };

static struct savina_parameter parameters[] = {
    [VALUES] = {"values", 100000, 500},
    [BITS] = {"bits", 60, 0},
    {.name = NULL},
};

enum { START, VALUE };

static uint64_t *sorted; /* what must come out; not written during a round */

/* ---- a stage ---- */

struct stage {
    struct savina_flow onward;
    uint64_t bit;
    uint64_t seen, kept;
    uint64_t *with_bit;
};

static int send_kept(struct stage *stage)
{
    int error = 0;
    for (uint64_t i = 0; i < stage->kept && !error; i++)
        error = savina_flow_send(&stage->onward, VALUE, &stage->with_bit[i], sizeof *stage->with_bit);
    return error ? error : savina_flow_end(&stage->onward);
}

static int sort_by_bit(quay_self *self, void *state, const quay_message *message)
{
    struct stage *stage = state;
    int error = 0;
    if (savina_take_mark(self, message)) return 0;
    uint64_t value = *(const uint64_t *)message->data;
    if (value & stage->bit) stage->with_bit[stage->kept++] = value;
    else error = savina_flow_send(&stage->onward, VALUE, &value, sizeof value);
    return error || ++stage->seen < parameters[VALUES].value ? error : send_kept(stage);
}

static void free_stage(void *state, int reason)
{
    (void)reason;
    free(((struct stage *)state)->with_bit);
}

/* ---- the ends of the chain ---- */

struct judge {
    uint64_t seen;
    quay_promise done;
};

static int judge(quay_self *self, void *state, const quay_message *message)
{
    struct judge *judge = state;
    if (savina_take_mark(self, message)) return 0;
    if (message->tag == START) judge->done = quay_defer(self);
    else if (*(const uint64_t *)message->data != sorted[judge->seen++]) return -EBADMSG;
    /* The values may all be there before main has asked. */
    bool over = judge->done.id && judge->seen == parameters[VALUES].value;
    return over ? quay_settle(judge->done, 0, NULL, 0) : 0;
}

static uint64_t draw(uint64_t *seed)
{
    return savina_random(seed) >> (64 - parameters[BITS].value);
}

static int produce(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    struct savina_flow flow = {.to = *(const quay_port *)message->data};
    uint64_t seed = 2048;
    int error = 0;
    for (uint64_t i = 0; i < parameters[VALUES].value && !error; i++) {
        uint64_t value = draw(&seed);
        error = savina_flow_send(&flow, VALUE, &value, sizeof value);
    }
    return error ? error : savina_flow_end(&flow);
}

/* ---- the round ---- */

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void prepare(void)
{
    uint64_t seed = 2048;
    sorted = savina_allocate(parameters[VALUES].value, sizeof *sorted);
    for (uint64_t i = 0; i < parameters[VALUES].value; i++) sorted[i] = draw(&seed);
    qsort(sorted, parameters[VALUES].value, sizeof *sorted, compare);
}

/* The first half of the chain on the first worker, and so on: values cross seldom. */
static quay_place place_of(quay_runtime *rt, uint64_t bit)
{
    return quay_core((unsigned)(bit * quay_runtime_workers(rt) / parameters[BITS].value));
}

static void run(quay_runtime *rt)
{
    quay_port last = bench_spawn(rt, judge, sizeof(struct judge), QUAY_ANYWHERE), next = last;
    for (uint64_t bit = parameters[BITS].value; bit-- > 0;) {
        struct stage stage = {.onward.to = next, .bit = UINT64_C(1) << bit};
        stage.with_bit = savina_allocate(parameters[VALUES].value, sizeof *stage.with_bit);
        next = savina_spawn(rt, sort_by_bit, place_of(rt, bit), &stage, sizeof stage, free_stage);
    }
    quay_port producer = bench_spawn(rt, produce, 0, quay_near(next));
    bench_must(quay_send(producer, START, &next, sizeof next), "quay_send");
    savina_call(last, START, NULL, 0, NULL, 0);
}

static void verify(void)
{
    free(sorted);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"radixsort", parameters, .prepare = prepare, .run = run, .verify = verify});
}
