/* budget.c - counting bytes. */
#include "base/budget.h"

#include <ck_pr.h>
#include <errno.h>

/* So much less is used; the last byte takes the budget along. */
static void give_up(qy_budget *budget, size_t size)
{
    ck_pr_fence_release();
    uint64_t before = ck_pr_faa_64(&budget->used, (uint64_t)0 - size);
    QY_CHECK(before >= size);
    if (before > size) return;
    ck_pr_fence_acquire(); /* what the others did with it is done */
    qy_memory under = budget->under;
    qy_release(&under, budget, sizeof *budget);
}

static void *allocate(void *context, size_t size, size_t align)
{
    qy_budget *budget = context;
    void *memory = qy_allocate(&budget->under, size, align);
    if (memory) ck_pr_add_64(&budget->used, size);
    return memory;
}

static void release(void *context, void *memory, size_t size)
{
    qy_budget *budget = context;
    qy_release(&budget->under, memory, size);
    give_up(budget, size);
}

int qy_budget_begin(qy_budget **budget, qy_memory *memory, size_t limit)
{
    *budget = limit ? qy_allocate(memory, sizeof **budget, QY_CACHE_LINE) : NULL;
    if (!*budget) return limit ? -ENOMEM : 0;
    **budget = (qy_budget){.under = *memory, .limit = limit, .used = sizeof **budget};
    *memory = (qy_memory){.allocate = allocate, .release = release, .context = *budget};
    return 0;
}

void qy_budget_end(qy_budget *budget)
{
    if (budget) give_up(budget, sizeof *budget);
}

bool qy_budget_allows(const qy_budget *budget, size_t more)
{
    if (!budget) return true;
    uint64_t used = ck_pr_load_64(&budget->used);
    return used <= budget->limit && more <= budget->limit - used;
}
