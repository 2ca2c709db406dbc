/* counted.h - memory for tests of what takes some: it is counted, full of rubbish, and can be taken away.
 *
 * Owns nothing; the counters are the including test's own. */
#ifndef COUNTED_H
#define COUNTED_H

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static size_t live;                   /* bytes given out */
static unsigned allowed = UINT32_MAX; /* allocations that will succeed */

static inline void *allocate_counted(void *context, size_t size, size_t align)
{
    (void)context;
    if (!allowed) return NULL;
    allowed--;
    live += size;
    void *memory = aligned_alloc(align, (size + align - 1) / align * align);
    return memory ? memset(memory, 0xA5, size) : NULL;
}

static inline void release_counted(void *context, void *memory, size_t size)
{
    (void)context;
    live -= size;
    free(memory);
}

static const qy_memory counted = {.allocate = allocate_counted, .release = release_counted};

#endif
