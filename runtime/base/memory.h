/* memory.h - the allocator seam: every byte the runtime takes from the system comes through a qy_memory. */
#ifndef QY_MEMORY_H
#define QY_MEMORY_H

#include <stddef.h>

typedef struct qy_memory {
    void *(*allocate)(void *context, size_t size, size_t align); /* NULL when there is none */
    void (*release)(void *context, void *memory, size_t size);
    void *context;
} qy_memory;

static inline void *qy_allocate(const qy_memory *memory, size_t size, size_t align)
{
    return memory->allocate(memory->context, size, align);
}

static inline void qy_release(const qy_memory *memory, void *pointer, size_t size)
{
    if (pointer) memory->release(memory->context, pointer, size);
}

#endif
