/* copy.h - memcpy for sizes that are mostly one or two words and not known when compiled. Owns nothing. */
#ifndef QY_COPY_H
#define QY_COPY_H

#include <stdint.h>
#include <string.h>

#include "base/check.h"

#define QY_COPY_SMALL (2 * sizeof(uint64_t))

#define QY_COPY_OVERLAPPING(type, to, from, size)                                                                      \
    do {                                                                                                               \
        type first, last;                                                                                              \
        memcpy(&first, (from), sizeof first);                                                                          \
        memcpy(&last, (from) + (size) - sizeof last, sizeof last);                                                     \
        memcpy((to), &first, sizeof first);                                                                            \
        memcpy((to) + (size) - sizeof last, &last, sizeof last);                                                       \
    } while (0)

/* At most QY_COPY_SMALL bytes, as two words, halves or bytes that may overlap: no call, no loop, and stores of the size
 * that later loads have. */
static inline void qy_copy_small(void *to, const void *from, size_t size)
{
    unsigned char *target = to;
    const unsigned char *source = from;
    QY_DEBUG_CHECK(size <= QY_COPY_SMALL);
    if (QY_LIKELY(size >= sizeof(uint64_t))) {
        QY_COPY_OVERLAPPING(uint64_t, target, source, size);
    } else if (size >= sizeof(uint32_t)) {
        QY_COPY_OVERLAPPING(uint32_t, target, source, size);
    } else if (size) {
        target[0] = source[0];
        target[size / 2] = source[size / 2];
        target[size - 1] = source[size - 1];
    }
}

static inline void qy_copy(void *to, const void *from, size_t size)
{
    if (QY_LIKELY(size <= QY_COPY_SMALL)) qy_copy_small(to, from, size);
    else memcpy(to, from, size);
}

#endif
