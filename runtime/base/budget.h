/* budget.h - an allocator that counts what it has given out, and says when that is too much.
 *
 * It refuses nothing itself: whoever can do without asks first (qy_budget_allows), so that what must go on does.
 * Of several that ask at the same time each may be allowed: a budget can be passed by what they then take.
 *
 * Ownership: whoever made it ends it; its memory goes with the last of what it gave out, which may be later. */
#ifndef QY_BUDGET_H
#define QY_BUDGET_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/memory.h"

typedef struct qy_budget {
    qy_memory under;
    size_t limit;
    alignas(QY_CACHE_LINE) uint64_t used; /* bytes, itself included until it is ended */
} qy_budget;

/* Put a budget between an allocator and its users, if there is a limit; else *budget is NULL. 0 or -ENOMEM. */
int qy_budget_begin(qy_budget **budget, qy_memory *memory, size_t limit);
void qy_budget_end(qy_budget *budget);

/* Would so much more be within the limit, if there is one? */
bool qy_budget_allows(const qy_budget *budget, size_t more);

#endif
