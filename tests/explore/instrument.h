/* instrument.h - included before all else in the sources that are explored: their atomics, stalls, poisoned blocks and
 * thread-local variables become the schedule's. Owns nothing. Read next: atomic.c. */
#ifndef INSTRUMENT_H
#define INSTRUMENT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

/* Which of ConcurrencyKit's fences there are: those of x86, whatever the machine. */
#include <ck_md.h>
#undef CK_MD_RMO
#undef CK_MD_PSO
#undef CK_MD_TSO
#define CK_MD_TSO

void qy_explore_stall(void);
void qy_explore_fence(void);
#define QY_SAN_STALL_BY qy_explore_stall
#define QY_SAN_FENCE_BY qy_explore_fence
#include "base/ck_pr_san.h"

/* pool.h poisons its free blocks by these. */
#include <sanitizer/asan_interface.h>
#include <stddef.h>
#undef ASAN_POISON_MEMORY_REGION
#undef ASAN_UNPOISON_MEMORY_REGION
void explore_poison(const void *memory, size_t size);
void explore_unpoison(const void *memory, size_t size);
#define ASAN_POISON_MEMORY_REGION(memory, size) explore_poison(memory, size)
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) explore_unpoison(memory, size)
#define QY_POOL_POISON 1

/* The threads of a schedule are stacks of one thread: their variables lie together, to be exchanged. */
#define __thread __attribute__((section("explore_locals")))
#define tls_model(model) unused

#endif
