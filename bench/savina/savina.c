/* savina.c - what the Savina programs share: the command line, the rounds and the figure; asking, spawning, random
 * numbers, flow control.
 *
 * Ownership: the command and the rounds are the main thread's; a flow is its sender's; the initial state of a port is
 * its own, once init has run. Read next: pingpong.c */
#define _GNU_SOURCE
#include "savina.h"

#include <stdio.h>

#define ROUNDS_MAX 101

struct command {
    double scale;
    unsigned workers;
    unsigned rounds;
    bool json; /* one line for programs instead of one for people */
};

struct figures {
    double ms[ROUNDS_MAX]; /* one a round */
    uint64_t messages;     /* handled in the last round */
};

/* ---- the command line ---- */

static int usage(const struct savina_benchmark *benchmark)
{
    fprintf(stderr, "usage: savina_%s [--json] [--scale FACTOR] [--workers N] [--rounds N] [PARAMETER=VALUE...]\n",
            benchmark->name);
    for (const struct savina_parameter *p = benchmark->parameters; p->name; p++)
        fprintf(stderr, "  %s=%llu\n", p->name, (unsigned long long)p->value);
    return 2;
}

/* A number from the environment, or what it is without. */
static double setting(const char *name, double otherwise)
{
    const char *text = getenv(name);
    return text ? strtod(text, NULL) : otherwise;
}

static bool read_parameter(const struct savina_benchmark *benchmark, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals) return false;
    size_t length = (size_t)(equals - text);
    for (struct savina_parameter *p = benchmark->parameters; p->name; p++) {
        if (strlen(p->name) != length || strncmp(p->name, text, length) != 0) continue;
        p->value = strtoull(equals + 1, NULL, 10);
        return true;
    }
    return false;
}

static void scale_parameters(const struct savina_benchmark *benchmark, double scale)
{
    for (struct savina_parameter *p = benchmark->parameters; p->name; p++) {
        uint64_t scaled = (uint64_t)((double)p->value * scale);
        if (p->least) p->value = scaled > p->least ? scaled : p->least;
    }
}

static bool read_option(struct command *command, const char *option, const char *value)
{
    if (!strcmp(option, "--scale")) command->scale = strtod(value, NULL);
    else if (!strcmp(option, "--workers")) command->workers = (unsigned)strtoul(value, NULL, 10);
    else if (!strcmp(option, "--rounds")) command->rounds = (unsigned)strtoul(value, NULL, 10);
    else return false;
    return true;
}

/* The options first: a parameter that is given is not scaled. */
static int read_command(struct command *command, int argc, char **argv, const struct savina_benchmark *benchmark)
{
    int i = 1;
    while (i < argc && !strchr(argv[i], '=')) {
        bool json = !strcmp(argv[i], "--json");
        command->json |= json;
        if (!json && (i + 1 == argc || !read_option(command, argv[i], argv[i + 1]))) return usage(benchmark);
        i += json ? 1 : 2;
    }
    if (command->workers == 0 || command->rounds == 0 || command->rounds > ROUNDS_MAX || !(command->scale >= 0))
        return usage(benchmark);
    if (command->scale != 1) scale_parameters(benchmark, command->scale);
    for (; i < argc; i++) {
        if (!read_parameter(benchmark, argv[i])) return usage(benchmark);
    }
    return 0;
}

/* ---- rounds ---- */

static void run_round(const struct savina_benchmark *benchmark, unsigned workers, double *ms, uint64_t *messages)
{
    quay_stats stats;
    if (benchmark->prepare) benchmark->prepare();
    quay_runtime *rt = bench_start(workers);
    int64_t start = bench_now();
    benchmark->run(rt);
    *ms = (double)(bench_now() - start) / 1e6;
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
    bench_must(quay_runtime_stats(rt, &stats), "quay_runtime_stats");
    *messages = stats.handled;
    bench_stop(rt);
    if (benchmark->verify) benchmark->verify();
}

static int compare_ms(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The most memory the process ever had resident, in KiB. */
static unsigned long peak_kb(void)
{
    char line[128];
    unsigned long kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %lu", &kb) == 1) break;
    }
    if (status) fclose(status);
    return kb;
}

static void print_json(const struct savina_benchmark *benchmark, const struct command *command,
                       const struct figures *figures)
{
    printf("{\"name\": \"%s\", \"workers\": %u, \"rounds\": %u, \"ms\": %.6g, \"min\": %.6g, \"max\": %.6g, "
           "\"messages\": %llu, \"peak_kb\": %lu}\n",
           benchmark->name, command->workers, command->rounds, figures->ms[command->rounds / 2], figures->ms[0],
           figures->ms[command->rounds - 1], (unsigned long long)figures->messages, peak_kb());
}

static void print_text(const struct savina_benchmark *benchmark, const struct command *command,
                       const struct figures *figures)
{
    double median = figures->ms[command->rounds / 2];
    printf("%-12s %2u workers %10.3f ms (%.3f to %.3f), %.3f M messages, %.2f M/s, %lu KiB\n", benchmark->name,
           command->workers, median, figures->ms[0], figures->ms[command->rounds - 1], (double)figures->messages / 1e6,
           (double)figures->messages / 1e3 / median, peak_kb());
}

int savina_main(int argc, char **argv, const struct savina_benchmark *benchmark)
{
    static struct figures figures;
    struct command command = {.scale = setting("SAVINA_SCALE", 1),
                              .workers = (unsigned)setting("SAVINA_WORKERS", bench_cores()),
                              .rounds = (unsigned)setting("SAVINA_ROUNDS", 5)};
    int status = read_command(&command, argc, argv, benchmark);
    if (status) return status;
    unsetenv("QUAY_WORKERS"); /* --workers says it */
    for (unsigned i = 0; i < command.rounds; i++)
        run_round(benchmark, command.workers, &figures.ms[i], &figures.messages);
    qsort(figures.ms, command.rounds, sizeof *figures.ms, compare_ms);
    (command.json ? print_json : print_text)(benchmark, &command, &figures);
    return 0;
}

/* ---- asking and spawning ---- */

void savina_call(quay_port to, uint32_t tag, const void *in, size_t in_size, void *out, size_t out_size)
{
    int size = bench_must(quay_call(to, tag, in, in_size, out, out_size, QUAY_FOREVER), "quay_call");
    bench_check((size_t)size == out_size, "an answer has the size that was expected");
}

void savina_call_all(const quay_port *ports, size_t n, uint32_t tag, const void *orders, size_t order_size)
{
    quay_future **asked = savina_allocate(n, sizeof *asked);
    for (size_t i = 0; i < n; i++)
        asked[i] = quay_ask(ports[i], tag, (const char *)orders + i * order_size, order_size, QUAY_FOREVER);
    for (size_t i = 0; i < n; i++) {
        bench_must(quay_await(asked[i], NULL, 0), "quay_await");
        quay_drop(asked[i]);
    }
    free(asked);
}

struct initial {
    size_t size;
    char state[];
};

static int copy_initial(quay_self *self, void *state, void *arg)
{
    (void)self;
    struct initial *initial = arg;
    memcpy(state, initial->state, initial->size);
    free(initial);
    return 0;
}

quay_port savina_spawn(quay_runtime *rt, quay_handler *handler, quay_place place, const void *state, size_t size,
                       quay_fini *fini)
{
    quay_port port;
    struct initial *initial = savina_allocate(1, sizeof *initial + size);
    initial->size = size;
    memcpy(initial->state, state, size);
    quay_port_options options = {
        .place = place, .state_size = size, .init = copy_initial, .arg = initial, .fini = fini};
    bench_must(quay_spawn(rt, &port, handler, &options), "quay_spawn");
    return port;
}

void *savina_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    bench_check(memory, "there is memory");
    return memory;
}

/* ---- random numbers ---- */

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t savina_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The upper half, so that there is no division; bounds are small, and the bias with them. */
uint64_t savina_below(uint64_t *seed, uint64_t bound)
{
    return ((savina_random(seed) >> 32) * bound) >> 32;
}

double savina_unit(uint64_t *seed)
{
    return (double)(savina_random(seed) >> 11) * 0x1p-53;
}

void savina_work(uint64_t steps)
{
    uint64_t seed = steps, sum = 0;
    while (steps-- > 0) sum += savina_random(&seed);
    volatile uint64_t sink = sum;
    (void)sink;
}

/* ---- flow ---- */

static int await_mark(quay_future *mark)
{
    int error = mark ? quay_await(mark, NULL, 0) : 0;
    quay_drop(mark);
    return error;
}

int savina_flow_send(struct savina_flow *flow, uint32_t tag, const void *data, size_t size)
{
    int error = quay_send(flow->to, tag, data, size);
    if (error || ++flow->sent % SAVINA_WINDOW) return error;
    quay_future *before = flow->mark;
    flow->mark = quay_ask(flow->to, SAVINA_MARK, NULL, 0, QUAY_FOREVER);
    return await_mark(before);
}

int savina_flow_end(struct savina_flow *flow)
{
    quay_future *mark = flow->mark;
    flow->mark = NULL;
    return await_mark(mark);
}
