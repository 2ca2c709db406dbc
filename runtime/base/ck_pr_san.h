/* ck_pr_san.h - ConcurrencyKit's ck_pr layer in compiler builtins, for builds with sanitizers.
 *
 * Sanitizers do not see inline assembly: thread sanitizer reports races that are none, address sanitizer misses
 * uses of freed queue nodes. CMake force-includes this file before all else in such builds (QUAY_SANITIZE). It takes
 * the place of <gcc/ck_pr.h>, by that file's include guard, and adds the double-word compare-and-swap it lacks, which
 * needs -mcx16 on x86-64.
 *
 * Orders: a load acquires, a store releases, the rest is sequentially consistent; that is x86-TSO. So no sanitizer
 * finds a fence that is missing on weaker machines; models do. Builds that schedule threads themselves (tests/explore)
 * say by QY_SAN_STALL_BY and QY_SAN_FENCE_BY which functions a stall and a fence are. Owns nothing. */
#ifndef QY_CK_PR_SAN_H
#define QY_CK_PR_SAN_H

/* Being first, this file would else decide for the others which system interfaces they see. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#undef CK_USE_CC_BUILTINS
#define CK_USE_CC_BUILTINS 1
#define CK_PR_GCC_H
#define CK_F_PR
#include <ck_cc.h>
#include <ck_md.h>
#include <gcc/ck_f_pr.h>
#include <stdbool.h>
#include <stdint.h>

#define QY_SAN CK_CC_INLINE static

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QY_SAN_THREAD
#endif
#elif defined(__SANITIZE_THREAD__)
#define QY_SAN_THREAD
#endif

/* ---- stall, barrier, fences ---- */

QY_SAN void ck_pr_barrier(void)
{
    __asm__ __volatile__("" ::: "memory");
}

QY_SAN void ck_pr_stall(void)
{
#if defined(QY_SAN_STALL_BY)
    QY_SAN_STALL_BY();
#elif defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield" ::: "memory");
#else
    ck_pr_barrier();
#endif
}

/* Thread sanitizer ignores fences and gcc warns of the builtin there, but the hardware still needs them. */
QY_SAN void qy_san_fence(void)
{
#if defined(QY_SAN_FENCE_BY)
    QY_SAN_FENCE_BY();
#elif defined(QY_SAN_THREAD) && defined(__x86_64__)
    __asm__ __volatile__("mfence" ::: "memory");
#elif defined(QY_SAN_THREAD) && defined(__aarch64__)
    __asm__ __volatile__("dmb ish" ::: "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#define QY_SAN_FENCE(name)                                                                                             \
    QY_SAN void ck_pr_fence_strict_##name(void)                                                                        \
    {                                                                                                                  \
        qy_san_fence();                                                                                                \
    }

QY_SAN_FENCE(atomic)
QY_SAN_FENCE(atomic_load)
QY_SAN_FENCE(atomic_store)
QY_SAN_FENCE(store_atomic)
QY_SAN_FENCE(load_atomic)
QY_SAN_FENCE(load)
QY_SAN_FENCE(load_store)
QY_SAN_FENCE(store)
QY_SAN_FENCE(store_load)
QY_SAN_FENCE(memory)
QY_SAN_FENCE(acquire)
QY_SAN_FENCE(release)
QY_SAN_FENCE(acqrel)
QY_SAN_FENCE(lock)
QY_SAN_FENCE(unlock)

/* ---- loads, stores, read-modify-writes of numbers ---- */

// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define QY_SAN_LOAD_STORE(name, T)                                                                                     \
    QY_SAN T ck_pr_md_load_##name(const T *target)                                                                     \
    {                                                                                                                  \
        T value;                                                                                                       \
        __atomic_load(target, &value, __ATOMIC_ACQUIRE);                                                               \
        return value;                                                                                                  \
    }                                                                                                                  \
    QY_SAN void ck_pr_md_store_##name(T *target, T value)                                                              \
    {                                                                                                                  \
        __atomic_store(target, &value, __ATOMIC_RELEASE);                                                              \
    }

#define QY_SAN_CAS(name, T)                                                                                            \
    QY_SAN bool ck_pr_cas_##name##_value(T *target, T compare, T set, T *value)                                        \
    {                                                                                                                  \
        *value = compare;                                                                                              \
        return __atomic_compare_exchange_n(target, value, set, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);             \
    }                                                                                                                  \
    QY_SAN bool ck_pr_cas_##name(T *target, T compare, T set)                                                          \
    {                                                                                                                  \
        return __atomic_compare_exchange_n(target, &compare, set, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);          \
    }

#define QY_SAN_FETCH(name, T)                                                                                          \
    QY_SAN T ck_pr_faa_##name(T *target, T delta)                                                                      \
    {                                                                                                                  \
        return __atomic_fetch_add(target, delta, __ATOMIC_SEQ_CST);                                                    \
    }                                                                                                                  \
    QY_SAN T ck_pr_fas_##name(T *target, T value)                                                                      \
    {                                                                                                                  \
        return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);                                                   \
    }                                                                                                                  \
    QY_SAN void ck_pr_inc_##name(T *target)                                                                            \
    {                                                                                                                  \
        (void)__atomic_fetch_add(target, 1, __ATOMIC_SEQ_CST);                                                         \
    }                                                                                                                  \
    QY_SAN void ck_pr_dec_##name(T *target)                                                                            \
    {                                                                                                                  \
        (void)__atomic_fetch_sub(target, 1, __ATOMIC_SEQ_CST);                                                         \
    }

#define QY_SAN_CHANGE(operation, name, T)                                                                              \
    QY_SAN void ck_pr_##operation##_##name(T *target, T delta)                                                         \
    {                                                                                                                  \
        (void)__atomic_fetch_##operation(target, delta, __ATOMIC_SEQ_CST);                                             \
    }
// NOLINTEND(bugprone-macro-parentheses)

#define QY_SAN_NUMBER(name, T)                                                                                         \
    QY_SAN_LOAD_STORE(name, T)                                                                                         \
    QY_SAN_CAS(name, T)                                                                                                \
    QY_SAN_FETCH(name, T)                                                                                              \
    QY_SAN_CHANGE(add, name, T)                                                                                        \
    QY_SAN_CHANGE(sub, name, T)                                                                                        \
    QY_SAN_CHANGE(and, name, T)                                                                                        \
    QY_SAN_CHANGE(or, name, T)                                                                                         \
    QY_SAN_CHANGE(xor, name, T)

QY_SAN_NUMBER(char, char)
QY_SAN_NUMBER(uint, unsigned int)
QY_SAN_NUMBER(int, int)
QY_SAN_NUMBER(64, uint64_t)
QY_SAN_NUMBER(32, uint32_t)
QY_SAN_NUMBER(16, uint16_t)
QY_SAN_NUMBER(8, uint8_t)
#ifndef CK_PR_DISABLE_DOUBLE
QY_SAN_LOAD_STORE(double, double)
#endif

/* ---- pointers ---- */

QY_SAN void *ck_pr_md_load_ptr(const void *target)
{
    return __atomic_load_n((void *const *)target, __ATOMIC_ACQUIRE);
}

QY_SAN void ck_pr_md_store_ptr(void *target, const void *value)
{
    __atomic_store_n((const void **)target, value, __ATOMIC_RELEASE);
}

QY_SAN bool ck_pr_cas_ptr_value(void *target, void *compare, void *set, void *value)
{
    *(void **)value = compare;
    return __atomic_compare_exchange_n((void **)target, (void **)value, set, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

QY_SAN bool ck_pr_cas_ptr(void *target, void *compare, void *set)
{
    return ck_pr_cas_ptr_value(target, compare, set, &compare);
}

QY_SAN void *ck_pr_fas_ptr(void *target, void *value)
{
    return __atomic_exchange_n((void **)target, value, __ATOMIC_SEQ_CST);
}

QY_SAN uintptr_t ck_pr_faa_ptr(void *target, uintptr_t delta)
{
    return __atomic_fetch_add((uintptr_t *)target, delta, __ATOMIC_SEQ_CST);
}

/* What ck_pr.h asks about by macro before it falls back on a loop of its own. */
#define CK_F_PR_FAS_PTR
#define CK_F_PR_FAS_CHAR
#define CK_F_PR_FAS_INT
#define CK_F_PR_FAS_UINT
#define CK_F_PR_FAS_64
#define CK_F_PR_FAS_32
#define CK_F_PR_FAS_16
#define CK_F_PR_FAS_8

/* ---- two words ---- */

#if defined(__SIZEOF_INT128__) && (defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16) || defined(__aarch64__))
#define CK_F_PR_CAS_64_2
#define CK_F_PR_CAS_64_2_VALUE
#define CK_F_PR_CAS_PTR_2
#define CK_F_PR_CAS_PTR_2_VALUE
typedef unsigned __int128 qy_san_u128 __attribute__((may_alias));

QY_SAN bool ck_pr_cas_ptr_2_value(void *target, void *compare, void *set, void *value)
{
    qy_san_u128 expected, wanted, old;
    __builtin_memcpy(&expected, compare, sizeof expected);
    __builtin_memcpy(&wanted, set, sizeof wanted);
    old = __sync_val_compare_and_swap((qy_san_u128 *)target, expected, wanted);
    __builtin_memcpy(value, &old, sizeof old);
    return old == expected;
}

QY_SAN bool ck_pr_cas_ptr_2(void *target, void *compare, void *set)
{
    qy_san_u128 old;
    return ck_pr_cas_ptr_2_value(target, compare, set, &old);
}

QY_SAN bool ck_pr_cas_64_2(uint64_t target[2], uint64_t compare[2], uint64_t set[2])
{
    return ck_pr_cas_ptr_2(target, compare, set);
}

QY_SAN bool ck_pr_cas_64_2_value(uint64_t target[2], uint64_t compare[2], uint64_t set[2], uint64_t value[2])
{
    return ck_pr_cas_ptr_2_value(target, compare, set, value);
}
#endif

#endif
