/* buffer.c - see buffer.h. */
#include "buffer.h"

#include <string.h>

#include "memory.h"

#define ENTRIES 8

typedef struct entry {
    void *at;
    unsigned size;
    uint64_t value;
} entry;

typedef struct buffer {
    unsigned first;
    unsigned count;
    entry entries[ENTRIES];
} buffer;

unsigned explore_pending;
static buffer buffers[EXPLORE_THREADS];
static bool buffering;

static entry *entry_of(buffer *b, unsigned index)
{
    return &b->entries[(b->first + index) % ENTRIES];
}

static void write_memory(void *at, unsigned size, uint64_t value)
{
    explore_touch(at, "a store");
    switch (size) {
    case 1:
        *(uint8_t *)at = (uint8_t)value;
        break;
    case 2:
        *(uint16_t *)at = (uint16_t)value;
        break;
    case 4:
        *(uint32_t *)at = (uint32_t)value;
        break;
    default:
        *(uint64_t *)at = value;
    }
    explore_changed();
}

static uint64_t read_memory(const void *at, unsigned size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)at;
    case 2:
        return *(const uint16_t *)at;
    case 4:
        return *(const uint32_t *)at;
    default:
        return *(const uint64_t *)at;
    }
}

static void count_pending(unsigned thread)
{
    if (thread == explore_current) explore_pending = buffers[thread].count;
    explore_buffering(thread, buffers[thread].count > 0);
}

void explore_buffers_start(bool on)
{
    buffering = on;
    for (unsigned i = 0; i < EXPLORE_THREADS; i++) buffers[i].first = buffers[i].count = 0;
    explore_pending = 0;
}

void explore_buffers_switch(void)
{
    explore_pending = explore_current == EXPLORE_NOBODY ? 0 : buffers[explore_current].count;
}

void explore_buffer_drain_one(unsigned thread)
{
    buffer *b = &buffers[thread];
    QY_CHECK(b->count);
    entry oldest = *entry_of(b, 0);
    b->first = (b->first + 1) % ENTRIES;
    b->count--;
    write_memory(oldest.at, oldest.size, oldest.value);
    count_pending(thread);
}

void explore_buffer_drain(void)
{
    while (explore_pending) explore_buffer_drain_one(explore_current);
}

void explore_buffer_store(void *at, unsigned size, uint64_t value)
{
    if (!buffering || explore_current == EXPLORE_NOBODY) {
        write_memory(at, size, value);
        return;
    }
    buffer *b = &buffers[explore_current];
    if (b->count == ENTRIES) explore_buffer_drain_one(explore_current);
    *entry_of(b, b->count++) = (entry){at, size, value};
    count_pending(explore_current);
}

static bool overlaps(const entry *e, const void *at, size_t size)
{
    return (uintptr_t)e->at < (uintptr_t)at + size && (uintptr_t)at < (uintptr_t)e->at + e->size;
}

void explore_buffer_meet(const void *at, size_t size)
{
    for (unsigned i = 0; i < explore_pending; i++) {
        if (overlaps(entry_of(&buffers[explore_current], i), at, size)) explore_buffer_drain();
    }
}

uint64_t explore_buffer_load(const void *at, unsigned size)
{
    for (unsigned i = explore_pending; i-- > 0;) {
        const entry *e = entry_of(&buffers[explore_current], i);
        if (e->at == at && e->size == size) return e->value;
        if (overlaps(e, at, size)) explore_buffer_drain();
    }
    return read_memory(at, size);
}
