/* table.h - the results of all rounds, printed beside their floors. Owns nothing. Read next: table.c */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "bench.h"

#define BENCH_ROUNDS 5

struct bench_result {
    const struct bench_measure *measure;
    double rounds[BENCH_ROUNDS];
};

/* Both sort the rounds of each result and print to standard output. */
void bench_print_text(struct bench_result *results, unsigned count, bool quick);
void bench_print_json(struct bench_result *results, unsigned count, bool quick);

#endif
