/* memory.h - resident memory, and the half of memory.c that runs in a process of its own. Read next: memory.c */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "bench.h"

/* What this process holds in memory. */
double bench_resident_bytes(void);

/* Spawn so many idle ports and print the resident bytes of one. Returns the exit status. */
int bench_print_idle_ports(uint64_t count);

#endif
