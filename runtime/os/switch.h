/* switch.h - leaving one stack for another: jump_fcontext of libboost-context, whose C symbols are declared here and
 * nowhere else, and what sanitizers and Valgrind have to be told about it.
 *
 * A context is where a stack was left; it is used up by jumping to it. Ownership: contexts live on their stacks.
 * Read next: stack.c. */
#ifndef QY_SWITCH_H
#define QY_SWITCH_H

#include <stddef.h>

#include "base/check.h"

typedef void *qy_context;

/* Where the jump came from (save it: that stack is left there now), and what it brought along. */
typedef struct qy_transfer {
    qy_context from;
    void *data;
} qy_transfer;

#if defined(__SANITIZE_ADDRESS__)
#define QY_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QY_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define QY_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QY_TSAN 1
#endif
#endif

qy_transfer jump_fcontext(qy_context to, void *data);
qy_context make_fcontext(void *top, size_t size, void (*entry)(qy_transfer));

/* A stack: [low, low + size), above a guard that ends the process, or is reported, when touched. */
typedef struct qy_stack {
    char *low;
    size_t size;
    size_t guard;      /* bytes below low */
    void *fake;        /* ASan's, while the stack is left */
    void *tsan;        /* TSan's name for it */
    unsigned valgrind; /* Valgrind's name for it */
} qy_stack;

/* 0; -ENOMEM; -EAGAIN no more guard can be had. `size` is rounded up to pages. */
int qy_stack_make(qy_stack *stack, size_t size);
void qy_stack_free(qy_stack *stack);

/* The stack a thread was born with: nothing is known of it but what sanitizers say. */
void qy_stack_adopt(qy_stack *stack);

/* Have overflow(address) called on a stack of its own when the calling thread touches memory it may not, before the
 * process ends as it would have; what was installed for that before still has its turn. 0 or -ENOMEM. */
int qy_stack_watch(void (*overflow)(const void *address), void **alternate);
void qy_stack_unwatch(void *alternate);

#ifdef QY_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef QY_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* Around a jump, on the stack that is left, … */
static inline void qy_switch_begin(qy_stack *from, const qy_stack *to)
{
    (void)from;
    (void)to;
#ifdef QY_ASAN
    __sanitizer_start_switch_fiber(&from->fake, to->low, to->size);
#endif
#ifdef QY_TSAN
    __tsan_switch_to_fiber(to->tsan, 0);
#endif
}

/* … and on the one that is reached. `left` may be a thread's own, whose bounds are learnt here. */
static inline void qy_switch_end(const qy_stack *reached, qy_stack *left)
{
    (void)reached;
    (void)left;
#ifdef QY_ASAN
    const void *low;
    size_t size;
    __sanitizer_finish_switch_fiber(reached->fake, &low, &size);
    left->low = (char *)(uintptr_t)low;
    left->size = size;
#endif
}

#endif
