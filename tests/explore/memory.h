/* memory.h - the memory of a schedule, and what may be touched of it.
 *
 * One stretch, given out from the bottom up and never twice in a schedule, with gaps between; eight bytes of it have a
 * byte in a map that says whether they may be touched. Read next: memory.c. */
#ifndef MEMORY_H
#define MEMORY_H

#include "schedule.h"

#define EXPLORE_ARENA ((size_t)16 << 20)

typedef enum explore_state { EXPLORE_NEVER, EXPLORE_LIVE, EXPLORE_FREED, EXPLORE_POISONED } explore_state;

extern unsigned char explore_arena[EXPLORE_ARENA];
extern unsigned char explore_map[EXPLORE_ARENA / 8]; /* explore_state */

QY_COLD QY_NORETURN void explore_bad_access(const void *at, const char *what);

/* May the byte be touched? Memory outside the schedule's always may. */
static inline void explore_touch(const void *at, const char *what)
{
    size_t offset = (uintptr_t)at - (uintptr_t)explore_arena;
    if (offset < EXPLORE_ARENA && QY_UNLIKELY(explore_map[offset / 8] != EXPLORE_LIVE)) explore_bad_access(at, what);
}

void explore_memory_start(void);

/* Bytes that are not released. */
size_t explore_memory_live(void);

/* A pool's blocks, while they are in it: pool.h calls these as address sanitizer's. */
void explore_poison(const void *memory, size_t size);
void explore_unpoison(const void *memory, size_t size);

#endif
