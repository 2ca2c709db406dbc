/* atomic.c - the functions that instrumented code calls at each atomic operation: each is a step of the schedule.
 *
 * The runtime's ck_pr_ operations come here by runtime/base/ck_pr_san.h, which makes them the compiler's atomics, which
 * its instrumentation makes calls of these names. Orders are not looked at: a store goes by the store buffer, a
 * read-modify-write and a fence empty it; that is x86-TSO. */
#include "buffer.h"
#include "memory.h"

static uint64_t load(const void *at, unsigned size)
{
    explore_point(EXPLORE_LOAD, at);
    explore_touch(at, "an atomic load");
    return explore_buffer_load(at, size);
}

static void store(void *at, unsigned size, uint64_t value)
{
    explore_point(EXPLORE_STORE, at);
    explore_touch(at, "an atomic store");
    explore_buffer_store(at, size, value);
}

/* The two halves of a read-modify-write, between which nobody goes on. */
static uint64_t change_begin(const void *at, unsigned size)
{
    explore_point(EXPLORE_CHANGE, at);
    explore_touch(at, "an atomic change");
    explore_buffer_drain();
    return explore_buffer_load(at, size);
}

static void change_end(void *at, unsigned size, uint64_t before, uint64_t after)
{
    if (before == after) return; /* nothing that who spins could wait for */
    explore_buffer_store(at, size, after);
    explore_buffer_drain();
}

void qy_explore_fence(void)
{
    EXPLORE_CALLED();
    explore_point(EXPLORE_FENCE, NULL);
    explore_buffer_drain();
}

void qy_explore_stall(void)
{
    EXPLORE_CALLED();
    explore_stall();
}

#define CHANGE(bits, operation, after)                                                                                 \
    uint##bits##_t __tsan_atomic##bits##_##operation(void *at, uint##bits##_t value, int order);                       \
    uint##bits##_t __tsan_atomic##bits##_##operation(void *at, uint##bits##_t value, int order)                        \
    {                                                                                                                  \
        (void)order;                                                                                                   \
        EXPLORE_CALLED();                                                                                              \
        uint##bits##_t before = (uint##bits##_t)change_begin(at, (bits) / 8);                                          \
        change_end(at, (bits) / 8, before, (uint##bits##_t)(after));                                                   \
        return before;                                                                                                 \
    }

#define ATOMICS(bits)                                                                                                  \
    uint##bits##_t __tsan_atomic##bits##_load(const void *at, int order);                                              \
    uint##bits##_t __tsan_atomic##bits##_load(const void *at, int order)                                               \
    {                                                                                                                  \
        (void)order;                                                                                                   \
        EXPLORE_CALLED();                                                                                              \
        return (uint##bits##_t)load(at, (bits) / 8);                                                                   \
    }                                                                                                                  \
    void __tsan_atomic##bits##_store(void *at, uint##bits##_t value, int order);                                       \
    void __tsan_atomic##bits##_store(void *at, uint##bits##_t value, int order)                                        \
    {                                                                                                                  \
        (void)order;                                                                                                   \
        EXPLORE_CALLED();                                                                                              \
        store(at, (bits) / 8, value);                                                                                  \
    }                                                                                                                  \
    CHANGE(bits, exchange, value)                                                                                      \
    CHANGE(bits, fetch_add, before + value)                                                                            \
    CHANGE(bits, fetch_sub, before - value)                                                                            \
    CHANGE(bits, fetch_and, before &value)                                                                             \
    CHANGE(bits, fetch_or, before | value)                                                                             \
    CHANGE(bits, fetch_xor, before ^ value)                                                                            \
    static uint##bits##_t exchange##bits(void *at, uint##bits##_t expect, uint##bits##_t value)                        \
    {                                                                                                                  \
        uint##bits##_t before = (uint##bits##_t)change_begin(at, (bits) / 8);                                          \
        if (before == expect) change_end(at, (bits) / 8, before, value);                                               \
        return before;                                                                                                 \
    }                                                                                                                  \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(void *at, uint##bits##_t expect, uint##bits##_t value,   \
                                                              int order, int order_if_not);                            \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(void *at, uint##bits##_t expect, uint##bits##_t value,   \
                                                              int order, int order_if_not)                             \
    {                                                                                                                  \
        (void)order, (void)order_if_not;                                                                               \
        EXPLORE_CALLED();                                                                                              \
        return exchange##bits(at, expect, value);                                                                      \
    }                                                                                                                  \
    int __tsan_atomic##bits##_compare_exchange_strong(void *at, uint##bits##_t *expect, uint##bits##_t value,          \
                                                      int order, int order_if_not);                                    \
    int __tsan_atomic##bits##_compare_exchange_strong(void *at, uint##bits##_t *expect, uint##bits##_t value,          \
                                                      int order, int order_if_not)                                     \
    {                                                                                                                  \
        (void)order, (void)order_if_not;                                                                               \
        EXPLORE_CALLED();                                                                                              \
        uint##bits##_t wanted = *expect;                                                                               \
        *expect = exchange##bits(at, wanted, value);                                                                   \
        return *expect == wanted;                                                                                      \
    }

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)
