/* check.h - assertions that stay on, and the compiler's extensions behind names.
 *
 * QY_CHECK is for what must hold whatever the user does: it is cheap, stays in release builds, and ends the
 * process with the broken sentence. Misuse by the user is never a QY_CHECK; it is an errno.
 * QY_DEBUG_CHECK may walk whole structures and is on in debug builds only. Owns nothing. */
#ifndef QY_CHECK_H
#define QY_CHECK_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#define QY_LIKELY(x) __builtin_expect(!!(x), 1)
#define QY_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define QY_COLD __attribute__((cold, noinline))
#define QY_NOINLINE __attribute__((noinline))
#define QY_NORETURN __attribute__((noreturn))
#define QY_PRINTF(text, first) __attribute__((format(printf, text, first)))
/* A function that may read memory which is another's by now; sanitizers do not look at what it does. */
#define QY_UNCHECKED __attribute__((noinline, no_sanitize_address, no_sanitize_thread))
#define QY_FALLTHROUGH __attribute__((fallthrough))
#define QY_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
#if defined(__x86_64__) /* for writing: the compiler has no such instruction for the oldest of these */
#define QY_PREFETCH(address) __asm__ volatile("prefetchw %0" : : "m"(*(const char *)(address)))
#else
#define QY_PREFETCH(address) __builtin_prefetch(address, 1)
#endif
#define QY_PREFETCH_READ(address) __builtin_prefetch(address, 0)
#define QY_CACHE_LINE 64
/* A counter's one writer stores so; its readers use ck_pr_load. No order, no tearing. */
#define QY_RELAXED_STORE(object, value) __atomic_store_n(&(object), (value), __ATOMIC_RELAXED)
/* The same for a counter whose rise says that something is done: who sees it sees what was done. */
#define QY_RELEASE_STORE(object, value) __atomic_store_n(&(object), (value), __ATOMIC_RELEASE)
#define QY_CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

QY_COLD QY_NORETURN void qy_check_failed(const char *what, const char *file, int line);

#define QY_CHECK(x) (QY_LIKELY(x) ? (void)0 : qy_check_failed(#x, __FILE__, __LINE__))
#ifdef QY_DEBUG
#define QY_DEBUG_CHECK(x) QY_CHECK(x)
#else
#define QY_DEBUG_CHECK(x) ((void)sizeof(x))
#endif

#endif
