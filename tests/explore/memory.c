/* memory.c - the stretch of memory, and the functions that instrumented code calls at each plain access.
 *
 * Their names are thread sanitizer's, by which the compiler calls them. */
#include "memory.h"

#include <string.h>

#include "buffer.h"

#define GAP 64

alignas(4096) unsigned char explore_arena[EXPLORE_ARENA];
unsigned char explore_map[EXPLORE_ARENA / 8];

static size_t used;
static size_t live;

static void mark(const void *memory, size_t size, explore_state state)
{
    size_t offset = (size_t)((const unsigned char *)memory - explore_arena);
    if (offset < EXPLORE_ARENA) memset(&explore_map[offset / 8], (int)state, (size + 7) / 8);
}

void explore_memory_start(void)
{
    memset(explore_map, EXPLORE_NEVER, used / 8);
    used = live = 0;
}

size_t explore_memory_live(void)
{
    return live;
}

void explore_poison(const void *memory, size_t size)
{
    explore_buffer_meet(memory, size);
    mark(memory, size, EXPLORE_POISONED);
}

void explore_unpoison(const void *memory, size_t size)
{
    mark(memory, size, EXPLORE_LIVE);
}

/* ---- giving it out; the C library's allocator has locks, so these are fences ---- */

static void *allocate(void *context, size_t size, size_t align)
{
    (void)context;
    explore_buffer_drain();
    size_t start = (used + GAP + align - 1) / align * align;
    if (start + size + 8 > EXPLORE_ARENA) explore_fail("the schedule wants more than %zu bytes", EXPLORE_ARENA);
    used = (start + size + 7) / 8 * 8;
    live += size;
    mark(explore_arena + start, size, EXPLORE_LIVE);
    return explore_arena + start;
}

static void release(void *context, void *memory, size_t size)
{
    (void)context;
    explore_buffer_drain();
    explore_touch(memory, "a release");
    mark(memory, size, EXPLORE_FREED);
    live -= size;
}

const qy_memory explore_memory = {.allocate = allocate, .release = release};

void *explore_new(size_t size)
{
    return memset(allocate(NULL, size, QY_CACHE_LINE), 0, size);
}

void explore_delete(void *memory, size_t size)
{
    release(NULL, memory, size);
}

void explore_bad_access(const void *at, const char *what)
{
    static const char *const states[] = {"was never given out", "may be touched", "was freed",
                                         "is a free block of a pool"};
    size_t offset = (size_t)((const unsigned char *)at - explore_arena);
    explore_fail("%s at byte %zu of the schedule's memory, which %s", what, offset, states[explore_map[offset / 8]]);
}

/* ---- plain accesses ---- */

static inline void access(const void *at, size_t size, const char *what)
{
    explore_touch(at, what);
    if (size > 8) explore_touch((const char *)at + size - 1, what);
    if (QY_UNLIKELY(explore_pending)) explore_buffer_meet(at, size);
}

static void access_range(const void *at, size_t size, const char *what)
{
    for (size_t i = 0; i < size; i += 8) explore_touch((const char *)at + i, what);
    if (QY_UNLIKELY(explore_pending)) explore_buffer_meet(at, size);
}

#define ACCESS(name, size, what)                                                                                       \
    void __tsan_##name(void *at);                                                                                      \
    void __tsan_##name(void *at)                                                                                       \
    {                                                                                                                  \
        access(at, size, what);                                                                                        \
    }
#define ACCESSES(size)                                                                                                 \
    ACCESS(read##size, size, "a read")                                                                                 \
    ACCESS(write##size, size, "a write")
#define UNALIGNED(size)                                                                                                \
    ACCESS(unaligned_read##size, size, "a read")                                                                       \
    ACCESS(unaligned_write##size, size, "a write")

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

void __tsan_read_range(void *at, size_t size);
void __tsan_write_range(void *at, size_t size);

void __tsan_read_range(void *at, size_t size)
{
    access_range(at, size, "a read");
}

void __tsan_write_range(void *at, size_t size)
{
    access_range(at, size, "a write");
}

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
    (void)caller;
}

void __tsan_func_exit(void)
{
}
