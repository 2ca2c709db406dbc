/* numbers.h - from a number to a number: open addressing with linear probing. Nothing is ever taken out.
 *
 * The order of its entries is nobody's business: it is only asked for keys. Ownership: it owns its memory.
 * Read next: numbers.c. */
#ifndef QY_NUMBERS_H
#define QY_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"

typedef struct qy_numbers_entry {
    uint64_t key; /* 0: free */
    uint64_t value;
} qy_numbers_entry;

typedef struct qy_numbers {
    qy_numbers_entry *entries;
    uint64_t room; /* a power of two, or 0 */
    uint64_t count;
    const qy_memory *memory;
} qy_numbers;

void qy_numbers_init(qy_numbers *numbers, const qy_memory *memory);
void qy_numbers_free(qy_numbers *numbers);

/* Set a key's value; the key is not 0. False when there is no memory. */
bool qy_numbers_put(qy_numbers *numbers, uint64_t key, uint64_t value);

/* A key's value, to be read or changed until the next put; NULL when it has none. */
uint64_t *qy_numbers_find(const qy_numbers *numbers, uint64_t key);

#endif
