/* memory.h - resident memory. Owns nothing. Read next: memory.c */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What this process holds in memory now. */
double bench_resident_bytes(void);

/* The most it has held. */
double bench_peak_bytes(void);

#ifdef __cplusplus
}
#endif
#endif
