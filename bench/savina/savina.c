/* savina.c - the command line, the rounds and the figure of a Savina program.
 *
 * Ownership: all of it is the main thread's. Read next: support.c */
#define _GNU_SOURCE
#include "savina.h"

#include <stdio.h>

#define ROUNDS_MAX 101
#define WHOLE 1000 /* the count of a full round, as --list says it: thousandths */

struct command {
    double scale;
    unsigned workers;
    unsigned rounds;
    const char *measure; /* the driver's name of it, or NULL: print text for people */
};

struct figures {
    double ms[ROUNDS_MAX]; /* one a round */
    uint64_t messages;     /* handled in the last round */
};

/* ---- what the driver asks (../bench.h) ---- */

static const char *measure_name(char *name, size_t size, const struct savina_benchmark *benchmark, unsigned workers)
{
    snprintf(name, size, "savina %s, %s", benchmark->name, workers == 1 ? "one worker" : "two workers");
    return name;
}

static const char *unit(const struct savina_benchmark *benchmark)
{
    return benchmark->rate ? "M/s" : "ms";
}

static int list(const struct savina_benchmark *benchmark)
{
    char name[96];
    for (unsigned workers = 1; workers <= 2; workers++) {
        printf("%s\t%s\t%s\t%d\t-\t1\n", measure_name(name, sizeof name, benchmark, workers), unit(benchmark),
               benchmark->rate ? "more" : "less", WHOLE);
    }
    return 0;
}

/* ---- the command line ---- */

static int usage(const struct savina_benchmark *benchmark)
{
    fprintf(stderr,
            "usage: savina_%s [--scale FACTOR] [--workers N] [--rounds N] [PARAMETER=VALUE...]\n"
            "       savina_%s --list | --run NAME COUNT\n",
            benchmark->name, benchmark->name);
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
    for (struct savina_parameter *p = benchmark->parameters; p->name; p++) {
        if (strlen(p->name) != (size_t)(equals - text) || strncmp(p->name, text, (size_t)(equals - text))) continue;
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

/* The driver's --run NAME COUNT: one round of so many thousandths of the work. */
static bool read_run(struct command *command, char **argv, const struct savina_benchmark *benchmark)
{
    char name[96];
    for (command->workers = 1; command->workers <= 2; command->workers++) {
        if (strcmp(measure_name(name, sizeof name, benchmark, command->workers), argv[2])) continue;
        command->measure = argv[2];
        command->scale = strtod(argv[3], NULL) / WHOLE;
        command->rounds = 1;
        return true;
    }
    return false;
}

/* The options first: a parameter that is given is not scaled. */
static int read_command(struct command *command, int argc, char **argv, const struct savina_benchmark *benchmark)
{
    int i = 1;
    if (argc == 4 && !strcmp(argv[1], "--run")) {
        if (!read_run(command, argv, benchmark)) return usage(benchmark);
        i = argc;
    }
    for (; i < argc && !strchr(argv[i], '='); i += 2) {
        if (i + 1 == argc || !read_option(command, argv[i], argv[i + 1])) return usage(benchmark);
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

static void print_measure(const struct savina_benchmark *benchmark, const struct command *command,
                          const struct figures *figures)
{
    double ms = figures->ms[0];
    if (bench_cores() < command->workers) printf("%s\t-\ttoo few cores\n", command->measure);
    else
        printf("%s\t%s\t%.6g\t%lu\n", command->measure, unit(benchmark),
               benchmark->rate ? (double)figures->messages / 1e3 / ms : ms, peak_kb());
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
    if (argc == 2 && !strcmp(argv[1], "--list")) return list(benchmark);
    int status = read_command(&command, argc, argv, benchmark);
    if (status) return status;
    unsetenv("QUAY_WORKERS"); /* --workers says it */
    for (unsigned i = 0; i < command.rounds; i++)
        run_round(benchmark, command.workers, &figures.ms[i], &figures.messages);
    qsort(figures.ms, command.rounds, sizeof *figures.ms, compare_ms);
    (command.measure ? print_measure : print_text)(benchmark, &command, &figures);
    return 0;
}
