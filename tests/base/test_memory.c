/* test_memory.c - the allocator seam hands everything on, and releases no NULL. */
#include "base/memory.h"

#include <stdint.h>

#include "../suite.h"

typedef struct call {
    size_t size, align;
    void *memory;
    unsigned count;
} call;

static void *note_allocate(void *context, size_t size, size_t align)
{
    call *c = context;
    *c = (call){.size = size, .align = align, .count = c->count + 1};
    return c;
}

static void note_release(void *context, void *memory, size_t size)
{
    call *c = context;
    *c = (call){.size = size, .memory = memory, .count = c->count + 1};
}

START_TEST(calls_reach_the_allocator)
{
    call c = {0};
    qy_memory memory = {note_allocate, note_release, &c};
    ck_assert_ptr_eq(qy_allocate(&memory, 100, 64), &c);
    ck_assert_uint_eq(c.size, 100);
    ck_assert_uint_eq(c.align, 64);
    qy_release(&memory, &c, 100);
    ck_assert_uint_eq(c.size, 100);
    ck_assert_ptr_eq(c.memory, &c);
}
END_TEST

START_TEST(null_is_not_released)
{
    call c = {0};
    qy_memory memory = {note_allocate, note_release, &c};
    qy_release(&memory, NULL, 100);
    ck_assert_uint_eq(c.count, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {calls_reach_the_allocator, null_is_not_released};
    return run_tests("memory", tests, COUNT_OF(tests));
}
