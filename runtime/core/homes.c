/* homes.c - which runtime an id's home belongs to; one table for the process.
 *
 * Invariant H1: a home is listed only while its runtime is whole; a number is given to a new runtime only with a floor
 * above every generation its ids ever had. Ownership: the table is the process's, changed under its lock. */
#include <string.h>

#include "core/runtime.h"
#include "core/thread_future.h"
#include "os/os.h"

typedef struct home {
    quay_runtime *runtime; /* atomic; NULL: not listed */
    uint32_t floor;        /* 0 stands for 1; UINT32_MAX: used up */
    bool taken;
} home;

static struct {
    ck_spinlock_t lock;
    uint32_t forked;
    home of[QY_ID_HOMES];
} homes = {.lock = CK_SPINLOCK_INITIALIZER};

/* Home 0 stays unused, so that no id is 0. */
static bool row_is_free(uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        if (homes.of[i].taken || homes.of[i].floor == UINT32_MAX) return false;
    }
    return true;
}

int qy_homes_take(uint32_t count, uint32_t *first)
{
    QY_CHECK(count > 0);
    int error = -EAGAIN;
    ck_spinlock_lock(&homes.lock);
    for (uint32_t i = 1; error && i + count <= QY_ID_HOMES; i++) {
        if (!row_is_free(i, count)) continue;
        for (uint32_t j = i; j < i + count; j++) homes.of[j].taken = true;
        *first = i;
        error = 0;
    }
    ck_spinlock_unlock(&homes.lock);
    return error;
}

uint32_t qy_homes_floor(uint32_t number)
{
    QY_CHECK(number < QY_ID_HOMES);
    return homes.of[number].floor ? homes.of[number].floor : 1;
}

void qy_homes_list(quay_runtime *rt, bool listed)
{
    QY_CHECK(rt->first_home > 0 && rt->first_home + rt->workers_count < QY_ID_HOMES);
    for (uint32_t i = 0; i <= rt->workers_count; i++) qy_homes_list_one(rt, rt->first_home + i, listed);
}

void qy_homes_list_one(quay_runtime *rt, uint32_t number, bool listed)
{
    QY_CHECK(number > 0 && number < QY_ID_HOMES);
    ck_pr_fence_memory(); /* who finds it listed finds it whole */
    ck_pr_store_ptr(&homes.of[number].runtime, listed ? rt : NULL);
}

void qy_homes_give(uint32_t first, uint32_t count, const uint32_t *floors)
{
    QY_CHECK(first > 0 && first + count <= QY_ID_HOMES);
    ck_spinlock_lock(&homes.lock);
    for (uint32_t i = 0; i < count; i++) {
        QY_CHECK(homes.of[first + i].taken && !homes.of[first + i].runtime);
        if (floors) homes.of[first + i].floor = floors[i] ? floors[i] : UINT32_MAX;
        homes.of[first + i].taken = false;
    }
    ck_spinlock_unlock(&homes.lock);
}

quay_runtime *qy_homes_runtime(uint32_t number)
{
    return ck_pr_load_ptr(&homes.of[number].runtime);
}

uint32_t qy_homes_find(const quay_runtime *rt)
{
    for (uint32_t i = 0; rt && i < QY_ID_HOMES; i++) {
        if (qy_homes_runtime(i) == rt) return i;
    }
    return QY_ID_HOMES;
}

bool qy_homes_forked(void)
{
    return homes.forked;
}

/* In the child of a fork: no thread but this one is left, so no runtime is. */
static void forget(void)
{
    homes.forked = 1;
    ck_spinlock_init(&homes.lock);
    for (uint32_t i = 0; i < QY_ID_HOMES; i++) homes.of[i].runtime = NULL;
    qy_me = NULL;
    qy_guest_forget();
    qy_thread_future_forget();
}

int qy_homes_watch_forks(void)
{
    return qy_os_at_fork(forget);
}
