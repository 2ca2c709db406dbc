/* table.c - medians, floors and ratios, as text for people and as JSON for programs.
 *
 * A ratio says how many times as long as its floor an operation takes, so less is better and 1 is perfect, also
 * where the figures are rates.
 *
 * Read next: bench_kernel.c */
#define _GNU_SOURCE
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

/* ---- figures ---- */

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void sort_rounds(struct bench_result *results, unsigned count)
{
    for (unsigned i = 0; i < count; i++) qsort(results[i].rounds, BENCH_ROUNDS, sizeof(double), compare_doubles);
}

static double median(const struct bench_result *result)
{
    return result->rounds[BENCH_ROUNDS / 2];
}

/* What the machine alone would take for one operation, in the unit of the floor. */
static double floor_of(const struct bench_result *results, unsigned count, const struct bench_measure *measure)
{
    double floors = measure->floors > 0 ? measure->floors : 1;
    for (unsigned i = 0; measure->floor && i < count; i++) {
        if (!strcmp(results[i].measure->name, measure->floor))
            return measure->rate ? median(&results[i]) / floors : median(&results[i]) * floors;
    }
    return BENCH_ABSENT;
}

static double ratio_of(const struct bench_result *result, double floor)
{
    return result->measure->rate ? floor / median(result) : median(result) / floor;
}

/* ---- the machine ---- */

struct machine {
    char processor[128];
    struct utsname system;
};

static void describe_machine(struct machine *machine)
{
    char line[256];
    FILE *info = fopen("/proc/cpuinfo", "r");
    strcpy(machine->processor, "unknown processor");
    while (info && fgets(line, sizeof line, info)) {
        if (sscanf(line, "model name : %127[^\n]", machine->processor) == 1) break;
    }
    if (info) fclose(info);
    if (uname(&machine->system)) strcpy(machine->system.release, "unknown");
}

/* ---- text ---- */

/* A figure with four digits that matter, or a dash. */
static void print_figure(double figure, int width)
{
    if (isnan(figure)) printf(" %*s", width, "-");
    else printf(" %*.*f", width, fabs(figure) >= 1000 ? 0 : fabs(figure) >= 100 ? 1 : 2, figure);
}

static void print_row(const struct bench_result *results, unsigned count, const struct bench_result *result)
{
    double floor = floor_of(results, count, result->measure);
    printf("%-37s %-8s", result->measure->name, result->measure->unit);
    print_figure(median(result), 9);
    print_figure(result->rounds[0], 9);
    print_figure(result->rounds[BENCH_ROUNDS - 1], 9);
    print_figure(floor, 9);
    print_figure(ratio_of(result, floor), 7);
    printf("\n");
}

void bench_print_text(struct bench_result *results, unsigned count, bool quick)
{
    struct machine machine;
    describe_machine(&machine);
    sort_rounds(results, count);
    printf("Quay %s, %s; %s, %u cores, Linux %s; medians of %d%s rounds\n\n", QUAY_VERSION, COMPILER, machine.processor,
           bench_cores(), machine.system.release, BENCH_ROUNDS, quick ? " short" : "");
    printf("%-37s %-8s %9s %9s %9s %9s %7s\n", "measure", "unit", "median", "min", "max", "floor", "ratio");
    for (unsigned i = 0; i < count; i++) print_row(results, count, &results[i]);
}

/* ---- JSON: no name or unit has a character that needs escaping ---- */

static void print_member(const char *name, double figure)
{
    if (isnan(figure)) printf(", \"%s\": null", name);
    else printf(", \"%s\": %.6g", name, figure);
}

static void print_object(const struct bench_result *results, unsigned count, const struct bench_result *result)
{
    double floor = floor_of(results, count, result->measure);
    printf("{\"name\": \"%s\", \"unit\": \"%s\"", result->measure->name, result->measure->unit);
    print_member("median", median(result));
    print_member("min", result->rounds[0]);
    print_member("max", result->rounds[BENCH_ROUNDS - 1]);
    print_member("floor", floor);
    print_member("ratio", ratio_of(result, floor));
    printf("}");
}

void bench_print_json(struct bench_result *results, unsigned count, bool quick)
{
    struct machine machine;
    describe_machine(&machine);
    sort_rounds(results, count);
    printf("{\"quay\": \"%s\", \"compiler\": \"%s\", \"processor\": \"%s\", \"cores\": %u, \"linux\": \"%s\", "
           "\"rounds\": %d, \"quick\": %s,\n \"results\": [\n  ",
           QUAY_VERSION, COMPILER, machine.processor, bench_cores(), machine.system.release, BENCH_ROUNDS,
           quick ? "true" : "false");
    for (unsigned i = 0; i < count; i++) {
        fputs(i ? ",\n  " : "", stdout);
        print_object(results, count, &results[i]);
    }
    printf("\n ]}\n");
}
