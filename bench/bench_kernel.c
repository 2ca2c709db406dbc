/* bench_kernel.c - the kernel's benchmarks: runs every measure in rounds and prints one table.
 *
 *   bench_kernel [--quick] [--json] [--only TEXT]
 *
 * --only runs the measures whose name contains TEXT, and their floors. The figures are of whole rounds, in turn, so
 * that no measure has the machine's good minute to itself.
 *
 * Read next: bench.h */
#define _GNU_SOURCE
#include "memory.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEASURES_MAX 64

static const struct bench_measure *const groups[] = {
    bench_floors, bench_rings, bench_streams, bench_asks, bench_awaits, bench_spawns, bench_memories,
};

struct command {
    bool quick;
    bool json;
    const char *only;
    uint64_t idle_ports; /* not 0: be the process that memory.c starts */
};

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [--quick] [--json] [--only TEXT]\n", program);
    return 2;
}

/* 0, or the exit status of a command that is none. */
static int read_command(struct command *command, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--quick")) command->quick = true;
        else if (!strcmp(argv[i], "--json")) command->json = true;
        else if (!strcmp(argv[i], "--only") && i + 1 < argc) command->only = argv[++i];
        else if (!strcmp(argv[i], "--idle-ports") && i + 1 < argc) command->idle_ports = strtoull(argv[++i], NULL, 10);
        else return usage(argv[0]);
    }
    return 0;
}

/* ---- which measures ---- */

static bool is_asked_for(const struct bench_measure *measure, const char *only)
{
    return !only || strstr(measure->name, only);
}

static bool is_floor_asked_for(const struct bench_measure *floor, const char *only)
{
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        for (const struct bench_measure *m = groups[g]; m->name; m++) {
            if (m->floor && !strcmp(m->floor, floor->name) && is_asked_for(m, only)) return true;
        }
    }
    return false;
}

static unsigned choose_measures(struct bench_result *results, const char *only)
{
    unsigned count = 0;
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        for (const struct bench_measure *m = groups[g]; m->name; m++) {
            if (!is_asked_for(m, only) && !is_floor_asked_for(m, only)) continue;
            bench_check(count < MEASURES_MAX, "there is room for every measure");
            results[count++].measure = m;
        }
    }
    return count;
}

/* ---- the rounds ---- */

static void run_round(struct bench_result *results, unsigned count, unsigned round, bool quick)
{
    for (unsigned i = 0; i < count; i++) {
        const struct bench_measure *measure = results[i].measure;
        fprintf(stderr, "\rround %u of %d: %-40s", round + 1, BENCH_ROUNDS, measure->name);
        results[i].rounds[round] = measure->run(quick ? measure->count / 10 : measure->count);
    }
}

int main(int argc, char **argv)
{
    static struct bench_result results[MEASURES_MAX];
    struct command command = {0};
    int status = read_command(&command, argc, argv);
    if (status) return status;
    unsetenv("QUAY_WORKERS"); /* each measure says what it runs on */
    unsetenv("QUAY_PIN");
    if (command.idle_ports) return bench_print_idle_ports(command.idle_ports);
    unsigned count = choose_measures(results, command.only);
    for (unsigned round = 0; round < BENCH_ROUNDS; round++) run_round(results, count, round, command.quick);
    fprintf(stderr, "\r%-60s\r", "");
    (command.json ? bench_print_json : bench_print_text)(results, count, command.quick);
    return count == 0;
}
