/* counting.c - see counting.h. A block is preceded by a header in its own alignment, which knows its size. */
#include "counting.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define RUBBISH 0xA5
#define MARK UINT64_C(0x71756179636f756e)

typedef struct header {
    void *block;
    size_t size;
    uint64_t mark;
} header;

static bool count_in(counting_allocator *counting, size_t size)
{
    pthread_mutex_lock(&counting->lock);
    uint64_t call = ++counting->calls;
    bool fails = call >= counting->fail_from && call < counting->fail_until;
    counting->failures += fails;
    counting->live_blocks += !fails;
    counting->live_bytes += fails ? 0 : size;
    pthread_mutex_unlock(&counting->lock);
    return !fails;
}

static void *counting_allocate(void *context, size_t size, size_t align)
{
    EXPECT(align != 0 && (align & (align - 1)) == 0);
    if (!count_in(context, size)) return NULL;
    if (align < alignof(max_align_t)) align = alignof(max_align_t);
    size_t before = (sizeof(header) + align - 1) / align * align;
    size_t total = (before + size + align - 1) / align * align;
    char *block = aligned_alloc(align, total);
    if (!block) abort();
    char *memory = block + before;
    header h = {block, size, MARK};
    memcpy(memory - sizeof h, &h, sizeof h);
    memset(memory, RUBBISH, size);
    return memory;
}

static void counting_release(void *context, void *memory, size_t size)
{
    if (!memory) return;
    counting_allocator *counting = context;
    header h;
    memcpy(&h, (char *)memory - sizeof h, sizeof h);
    EXPECT_EQ(h.mark, MARK);
    EXPECT_EQ(size, h.size);
    memset((char *)memory - sizeof h, 0, sizeof h);
    free(h.block);
    pthread_mutex_lock(&counting->lock);
    counting->live_bytes -= h.size;
    if (--counting->live_blocks == 0) pthread_cond_broadcast(&counting->emptied);
    pthread_mutex_unlock(&counting->lock);
}

quay_allocator counting_seam(counting_allocator *counting)
{
    return (quay_allocator){counting_allocate, counting_release, counting};
}

void counting_fail(counting_allocator *counting, uint64_t from, uint64_t until)
{
    pthread_mutex_lock(&counting->lock);
    counting->fail_from = from;
    counting->fail_until = until;
    pthread_mutex_unlock(&counting->lock);
}

static uint64_t read_counter(counting_allocator *counting, const uint64_t *counter)
{
    pthread_mutex_lock(&counting->lock);
    uint64_t value = *counter;
    pthread_mutex_unlock(&counting->lock);
    return value;
}

uint64_t counting_calls(counting_allocator *counting)
{
    return read_counter(counting, &counting->calls);
}

uint64_t counting_failures(counting_allocator *counting)
{
    return read_counter(counting, &counting->failures);
}

uint64_t counting_live(counting_allocator *counting)
{
    return read_counter(counting, &counting->live_bytes);
}

void counting_await_empty(counting_allocator *counting)
{
    pthread_mutex_lock(&counting->lock);
    while (counting->live_blocks != 0) pthread_cond_wait(&counting->emptied, &counting->lock);
    pthread_mutex_unlock(&counting->lock);
}
