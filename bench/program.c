/* program.c - what every program of measures does, Quay's and the peers' alike, so that one driver can run them all:
 *
 *   PROGRAM --list             one line a measure: name, unit, which is better ("less" or "more"), count of a full
 *                              round; of Quay's also the floor's name ("-" for none) and how many of it are needed
 *   PROGRAM --run NAME COUNT   do it once; one line: name, unit, figure, the most memory held in KiB
 *
 * Fields are separated by tabs. What cannot be measured has "-" for its unit, and the reason for its third field.
 *
 * Owns nothing. Read next: floors.c */
#define _GNU_SOURCE
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void list_measures(const struct bench_measure *const *groups)
{
    for (; *groups; groups++) {
        for (const struct bench_measure *m = *groups; m->name; m++) {
            if (m->absent) printf("%s\t-\t%s\n", m->name, m->absent);
            else
                printf("%s\t%s\t%s\t%llu\t%s\t%g\n", m->name, m->unit, m->rate ? "more" : "less",
                       (unsigned long long)m->count, m->floor ? m->floor : "-", m->floors > 0 ? m->floors : 1);
        }
    }
}

static const struct bench_measure *find_measure(const struct bench_measure *const *groups, const char *name)
{
    for (; *groups; groups++) {
        for (const struct bench_measure *m = *groups; m->name; m++) {
            if (!strcmp(m->name, name) && !m->absent) return m;
        }
    }
    return NULL;
}

static int run_measure(const struct bench_measure *measure, uint64_t count)
{
    double figure = measure->run(count);
    if (isnan(figure)) printf("%s\t-\ttoo few cores\n", measure->name);
    else printf("%s\t%s\t%.6g\t%.0f\n", measure->name, measure->unit, figure, bench_peak_bytes() / 1024);
    return 0;
}

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s --list | --run NAME COUNT\n", program);
    return 2;
}

int bench_main(const struct bench_measure *const groups[], int argc, char **argv)
{
    unsetenv("QUAY_WORKERS"); /* each measure says what it runs on */
    unsetenv("QUAY_PIN");
    if (argc == 2 && !strcmp(argv[1], "--list")) {
        list_measures(groups);
        return 0;
    }
    if (argc != 4 || strcmp(argv[1], "--run") != 0) return usage(argv[0]);
    const struct bench_measure *measure = find_measure(groups, argv[2]);
    uint64_t count = strtoull(argv[3], NULL, 10);
    return measure && count ? run_measure(measure, count) : usage(argv[0]);
}
