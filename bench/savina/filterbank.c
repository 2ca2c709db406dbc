/* filterbank.c - Savina 17, filter bank: a signal through several channels of filters, and together again.
 *
 * Measures pipelines with much work in each stage. A channel is a delay, a filter (FIR), a sampler, a second delay and
 * a second filter; the integrator gathers what comes of all channels. There are flows (savina.h) along all edges.
 * Checked: every value against a sequential filter bank.
 *
 * Read next: sieve.c */
#include "savina.h"

enum { COLUMNS, VALUES, CHANNELS };

static struct savina_parameter parameters[] = {
    [COLUMNS] = {"columns", 16384, 64},
    [VALUES] = {"values", 34816, 200},
    [CHANNELS] = {"channels", 8, 2},
    {.name = NULL},
};

enum { START, VALUE };

/* ---- the parts of a channel, without messages: each takes a value and may give one ---- */

struct part {
    enum kind { DELAY, FIR, SAMPLE } kind;
    uint64_t size, at;
    bool full; /* a FIR gives values when it has seen so many */
    double *data, *weights;
};

static double weigh(const struct part *fir)
{
    double sums[4] = {0};
    uint64_t k = 0;
    for (; k + 4 <= fir->size; k += 4) {
        for (uint64_t lane = 0; lane < 4; lane++) sums[lane] += fir->data[k + lane] * fir->weights[k + lane];
    }
    for (; k < fir->size; k++) sums[0] += fir->data[k] * fir->weights[k];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* Returns false when there is no value yet. */
static bool step_part(struct part *part, double *value)
{
    bool first = part->at == 0;
    double in = *value;
    if (part->kind == DELAY) *value = part->data[part->at];
    if (part->kind == SAMPLE && !first) *value = 0;
    if (part->kind != SAMPLE) part->data[part->at] = in;
    if (++part->at == part->size) {
        part->at = 0;
        part->full = true;
    }
    if (part->kind != FIR) return true;
    if (part->full) *value = weigh(part);
    return part->full;
}

#define PARTS 5

static struct part make_part(uint64_t channel, int number)
{
    static const enum kind kinds[PARTS] = {DELAY, FIR, SAMPLE, DELAY, FIR};
    uint64_t columns = parameters[COLUMNS].value;
    struct part part = {.kind = kinds[number], .size = columns - (kinds[number] == DELAY)};
    if (part.kind != SAMPLE) part.data = savina_allocate(columns, sizeof *part.data);
    if (part.kind != FIR) return part;
    part.weights = savina_allocate(columns, sizeof *part.weights);
    for (uint64_t i = 0; i < columns; i++) {
        double h = (double)(i * columns + channel * parameters[CHANNELS].value + i + 2 * channel + 1);
        double f = (double)(i * channel + channel * channel + channel + i);
        part.weights[columns - 1 - i] = number == 1 ? h : f;
    }
    return part;
}

static void free_part(struct part *part)
{
    free(part->data);
    free(part->weights);
}

/* ---- ports ---- */

struct stage {
    struct savina_flow onward;
    struct part part;
    uint64_t channel;
};

struct channel_value {
    uint64_t channel;
    double value;
};

static int filter(quay_self *self, void *state, const quay_message *message)
{
    struct stage *stage = state;
    if (savina_take_mark(self, message)) return 0;
    struct channel_value out = *(const struct channel_value *)message->data;
    out.channel = stage->channel;
    return step_part(&stage->part, &out.value) ? savina_flow_send(&stage->onward, VALUE, &out, sizeof out) : 0;
}

static void free_stage(void *state, int reason)
{
    (void)reason;
    struct stage *stage = state;
    quay_drop(stage->onward.mark);
    free_part(&stage->part);
}

/* Gives every channel every value. */
static int produce(quay_self *self, void *state, const quay_message *message)
{
    struct savina_flow *flows = state;
    const quay_port *channels = message->data;
    int error = 0;
    for (uint64_t c = 0; c < parameters[CHANNELS].value; c++) flows[c].to = channels[c];
    for (uint64_t i = 0; i < parameters[VALUES].value; i++) {
        struct channel_value out = {.value = (double)(i % 1000)};
        for (uint64_t c = 0; c < parameters[CHANNELS].value && !error; c++)
            error = savina_flow_send(&flows[c], VALUE, &out, sizeof out);
    }
    for (uint64_t c = 0; c < parameters[CHANNELS].value && !error; c++) error = savina_flow_end(&flows[c]);
    return error;
}

/* ---- the integrator keeps what came of each channel until all are there ---- */

static uint64_t outputs(void)
{
    return parameters[VALUES].value - 2 * (parameters[COLUMNS].value - 1);
}

static double *integrated; /* [output][channel], written by the integrator */

struct integrator {
    quay_promise done;
    uint64_t missing; /* values */
    uint64_t seen[];  /* values of each channel */
};

static int integrate(quay_self *self, void *state, const quay_message *message)
{
    struct integrator *integrator = state;
    if (savina_take_mark(self, message)) return 0;
    if (message->tag == START) {
        integrator->done = quay_defer(self);
        integrator->missing += outputs() * parameters[CHANNELS].value;
    } else {
        const struct channel_value *in = message->data;
        integrated[integrator->seen[in->channel]++ * parameters[CHANNELS].value + in->channel] = in->value;
        integrator->missing--;
    }
    return integrator->missing ? 0 : quay_settle(integrator->done, 0, NULL, 0);
}

/* ---- the round ---- */

static void prepare(void)
{
    bench_check(parameters[VALUES].value > 2 * parameters[COLUMNS].value,
                "there are values enough to fill both filters");
    integrated = savina_allocate(outputs() * parameters[CHANNELS].value, sizeof *integrated);
}

/* A channel lies on one worker. Returns its first port. */
static quay_port spawn_channel(quay_runtime *rt, uint64_t channel, quay_port integrator)
{
    quay_port next = integrator;
    quay_place place = QUAY_SPREAD;
    for (int number = PARTS - 1; number >= 0; number--) {
        struct stage stage = {.onward.to = next, .part = make_part(channel, number), .channel = channel};
        next = savina_spawn(rt, filter, place, &stage, sizeof stage, free_stage);
        place = quay_near(next);
    }
    return next;
}

static void run(quay_runtime *rt)
{
    uint64_t count = parameters[CHANNELS].value;
    quay_port *channels = savina_allocate(count, sizeof *channels);
    quay_port integrator =
        bench_spawn(rt, integrate, sizeof(struct integrator) + count * sizeof(uint64_t), QUAY_ANYWHERE);
    for (uint64_t c = 0; c < count; c++) channels[c] = spawn_channel(rt, c, integrator);
    quay_port producer = bench_spawn(rt, produce, count * sizeof(struct savina_flow), QUAY_ANYWHERE);
    bench_must(quay_send(producer, START, channels, count * sizeof *channels), "quay_send");
    free(channels);
    savina_call(integrator, START, NULL, 0, NULL, 0);
}

static void verify(void)
{
    for (uint64_t c = 0; c < parameters[CHANNELS].value; c++) {
        struct part parts[PARTS];
        uint64_t seen = 0;
        for (int p = 0; p < PARTS; p++) parts[p] = make_part(c, p);
        for (uint64_t i = 0; i < parameters[VALUES].value; i++) {
            double value = (double)(i % 1000);
            int p = 0;
            while (p < PARTS && step_part(&parts[p], &value)) p++;
            if (p < PARTS) continue;
            bench_check(integrated[seen++ * parameters[CHANNELS].value + c] == value, "a channel gives what it must");
        }
        bench_check(seen == outputs(), "a channel gives all values");
        for (int p = 0; p < PARTS; p++) free_part(&parts[p]);
    }
    free(integrated);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"filterbank", parameters, .prepare = prepare, .run = run, .verify = verify});
}
