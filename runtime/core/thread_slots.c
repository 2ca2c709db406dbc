/* thread_slots.c - the registry: groups of slots, and the free ones among them. */
#include "core/thread_slots.h"

#include <ck_spinlock.h>

#include "os/os.h"

#define LAST_GENERATION ((UINT32_C(1) << QY_ID_GENERATION_BITS) - 1)
#define GROUP 256
#define GROUPS 16384

/* Process-wide. `groups` only grows; an entry, once set, stays. */
static struct {
    ck_spinlock_t lock; /* over `free` and `count` */
    qy_thread_future *free;
    uint32_t count; /* groups */
    qy_thread_future *groups[GROUPS];
} registry = {.lock = CK_SPINLOCK_INITIALIZER};

/* With the lock: one group more. */
static bool grow(void)
{
    if (registry.count == GROUPS) return false;
    qy_thread_future *group = qy_os_allocate(NULL, GROUP * sizeof *group, QY_CACHE_LINE);
    if (!group) return false;
    for (uint32_t i = GROUP; i-- > 0;) {
        uint32_t slot = QY_TABLE_SLOTS + registry.count * GROUP + i;
        group[i] = (qy_thread_future){.future = {QY_FUTURE_OF_THREAD},
                                      .word = (UINT64_C(1) << QY_WORD_GENERATION_SHIFT) | QY_WORD_CLAIMED,
                                      .id = qy_id_make(0, slot, 0),
                                      .next_free = registry.free};
        registry.free = &group[i];
    }
    ck_pr_store_ptr(&registry.groups[registry.count], group);
    ck_pr_fence_store(); /* whoever sees the count sees the group */
    ck_pr_store_32(&registry.count, registry.count + 1);
    return true;
}

qy_thread_future *qy_thread_slot_take(void)
{
    ck_spinlock_lock(&registry.lock);
    qy_thread_future *f = registry.free || grow() ? registry.free : NULL;
    if (f) registry.free = f->next_free;
    ck_spinlock_unlock(&registry.lock);
    if (f) f->os = qy_os_here;
    QY_CHECK(!f || (qy_word_load(f) & (QY_WORD_CLAIMED | QY_WORD_REFERENCES)) == QY_WORD_CLAIMED);
    return f;
}

static void let_go(qy_thread_future *f)
{
    if (f->large) qy_os_release(NULL, f->large, f->size);
    if (f->event) qy_os_here->event_free((int)f->event - 1);
    f->large = NULL;
    f->event = 0;
}

void qy_thread_slot_free(qy_thread_future *f)
{
    let_go(f);
    uint64_t generation = (ck_pr_load_64(&f->word) >> QY_WORD_GENERATION_SHIFT) + 1;
    if (generation > LAST_GENERATION) return; /* used up: retired */
    ck_pr_store_64(&f->word, generation << QY_WORD_GENERATION_SHIFT | QY_WORD_CLAIMED);
    ck_spinlock_lock(&registry.lock);
    f->next_free = registry.free;
    registry.free = f;
    ck_spinlock_unlock(&registry.lock);
}

qy_thread_future *qy_thread_slot(uint32_t number)
{
    if (number / GROUP >= ck_pr_load_32(&registry.count)) return NULL;
    ck_pr_fence_load(); /* pairs with the fence in grow */
    return &((qy_thread_future *)ck_pr_load_ptr(&registry.groups[number / GROUP]))[number % GROUP];
}

void qy_thread_slots_forget(void)
{
    ck_spinlock_init(&registry.lock);
}
