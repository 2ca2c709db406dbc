/* guest.c - threads, and their guests in runtimes. */
#include "core/guest.h"

#include <string.h>

#include "core/runtime.h"
#include "os/os.h"

/* What a thread remembers of one runtime. Stale when no runtime has that serial any more. */
typedef struct membership {
    struct membership *next;
    uint64_t serial;
    quay_runtime *runtime;
    qy_guest *guest;
} membership;

typedef struct qy_thread {
    quay_runtime *inside; /* atomic, read by who stops that runtime */
    unsigned depth;       /* how often it went in, less how often it came out */
    struct qy_thread *next;
    membership *memberships; /* latest used first */
    qy_patience patience;
} qy_thread;

/* Every thread that ever called in and lives. */
static struct {
    ck_spinlock_t lock;
    qy_thread *first;
} threads = {.lock = CK_SPINLOCK_INITIALIZER};

static QY_THREAD_LOCAL qy_thread *this_thread;

/* ---- threads ---- */

static bool go_inside(qy_thread *thread, quay_runtime *rt, uint32_t home)
{
    if (thread->depth > 0 && thread->inside == rt) {
        thread->depth++;
        return true;
    }
    QY_CHECK(!thread->depth);
    ck_pr_store_ptr(&thread->inside, rt);
    ck_pr_fence_memory(); /* guest.h G1: pairs with the fence in qy_guest_wait_outside */
    if (rt && qy_homes_runtime(home) == rt) {
        thread->depth = 1;
        return true;
    }
    ck_pr_store_ptr(&thread->inside, NULL);
    return false;
}

static void give_back(qy_thread *thread, const membership *m)
{
    QY_CHECK(m->guest && m->runtime);
    uint32_t home = qy_homes_find(m->runtime);
    if (home == QY_ID_HOMES || !go_inside(thread, m->runtime, home)) return;
    if (m->runtime->serial == m->serial) ck_pr_store_32(&m->guest->taken, 0);
    qy_guest_leave();
}

static void forget_memberships(qy_thread *thread)
{
    while (thread->memberships) {
        membership *m = thread->memberships;
        thread->memberships = m->next;
        give_back(thread, m);
        qy_os_release(NULL, m, sizeof *m);
    }
}

static void unlist(qy_thread *thread)
{
    ck_spinlock_lock(&threads.lock);
    QY_CHECK(threads.first);
    qy_thread **link = &threads.first;
    while (*link != thread) link = &(*link)->next;
    *link = thread->next;
    ck_spinlock_unlock(&threads.lock);
}

static void thread_exits(void *argument)
{
    qy_thread *thread = argument;
    forget_memberships(thread);
    unlist(thread);
    this_thread = NULL;
    qy_os_release(NULL, thread, sizeof *thread);
}

static qy_thread *make_thread(void)
{
    qy_thread *thread = qy_os_allocate(NULL, sizeof *thread, QY_CACHE_LINE);
    if (!thread) return NULL;
    if (qy_os_at_thread_exit(thread_exits, thread)) {
        qy_os_release(NULL, thread, sizeof *thread);
        return NULL;
    }
    qy_patience_init(&thread->patience, true);
    ck_spinlock_lock(&threads.lock);
    thread->next = threads.first;
    threads.first = thread;
    ck_spinlock_unlock(&threads.lock);
    return this_thread = thread;
}

static qy_thread *get_thread(void)
{
    return QY_LIKELY(this_thread != NULL) ? this_thread : make_thread();
}

qy_patience *qy_thread_patience(void)
{
    static qy_patience none;
    qy_thread *thread = qy_os_here->concurrent ? get_thread() : NULL;
    return thread ? &thread->patience : &none;
}

/* ---- guests ---- */

static qy_guest *adopt(quay_runtime *rt)
{
    for (uint32_t i = 0; i < rt->guests_count; i++) {
        qy_guest *guest = qy_runtime_guest(rt, rt->workers_count + i);
        if (ck_pr_cas_32(&guest->taken, 0, 1)) {
            ck_pr_fence_acquire(); /* what the guest's last thread did is seen */
            return guest;
        }
    }
    return NULL;
}

/* With the runtime's lock. */
static qy_guest *make_guest(quay_runtime *rt, int *error)
{
    uint32_t number = rt->guests_count;
    *error = -EAGAIN;
    if (number == QY_GUEST_GROUP * QY_GUEST_GROUPS) return NULL;
    *error = -ENOMEM;
    qy_guest ***group = &rt->guests[number / QY_GUEST_GROUP];
    if (!*group) *group = qy_allocate(&rt->memory, QY_GUEST_GROUP * sizeof **group, QY_CACHE_LINE);
    size_t lanes = rt->workers_count * sizeof(qy_ingress_lane *);
    qy_guest *guest = *group ? qy_allocate(&rt->memory, sizeof *guest, QY_CACHE_LINE) : NULL;
    if (!guest) return NULL;
    memset(guest, 0, sizeof *guest);
    guest->lanes = qy_allocate(&rt->memory, lanes, QY_CACHE_LINE);
    if (!guest->lanes) {
        qy_release(&rt->memory, guest, sizeof *guest);
        return NULL;
    }
    memset(guest->lanes, 0, lanes);
    guest->station.runtime = rt;
    guest->station.number = rt->workers_count + number;
    guest->station.meta = qy_meta(QY_KIND_USER, 0, 0, guest->station.number);
    qy_pool_init(&guest->station.pool, &rt->memory);
    guest->station.pool.budget = rt->budget;
    qy_ingress_init(&guest->returned);
    guest->taken = 1;
    (*group)[number % QY_GUEST_GROUP] = guest;
    ck_pr_fence_store(); /* who sees the count sees the guest */
    ck_pr_store_32(&rt->guests_count, number + 1);
    return guest;
}

qy_guest *qy_runtime_take_guest(quay_runtime *rt, int *error)
{
    ck_spinlock_lock(&rt->guests_lock);
    qy_guest *guest = adopt(rt);
    if (!guest) guest = make_guest(rt, error);
    ck_spinlock_unlock(&rt->guests_lock);
    return guest;
}

qy_guest *qy_worker_guest(qy_worker *worker, int *error)
{
    QY_CHECK(worker == qy_me);
    if (QY_UNLIKELY(!worker->guest)) worker->guest = qy_runtime_take_guest(worker->station.runtime, error);
    return worker->guest;
}

static qy_guest *join_runtime(qy_thread *thread, quay_runtime *rt, int *error)
{
    if (rt->os->stranger && qy_os_here != rt->os) rt->os->stranger();
    membership *m = qy_os_allocate(NULL, sizeof *m, QY_CACHE_LINE);
    *error = -ENOMEM;
    if (!m) return NULL;
    qy_guest *guest = qy_runtime_take_guest(rt, error);
    if (!guest) {
        qy_os_release(NULL, m, sizeof *m);
        return NULL;
    }
    *m = (membership){.next = thread->memberships, .serial = rt->serial, .runtime = rt, .guest = guest};
    thread->memberships = m;
    return guest;
}

/* Inside rt: the thread's guest there, put first. Memberships of a runtime that is gone go, too. */
static qy_guest *find_guest(qy_thread *thread, quay_runtime *rt, int *error)
{
    membership **link = &thread->memberships;
    for (membership *m; (m = *link);) {
        if (m->serial == rt->serial) {
            *link = m->next;
            m->next = thread->memberships;
            thread->memberships = m;
            return m->guest;
        }
        if (qy_homes_find(m->runtime) == QY_ID_HOMES || m->runtime == rt) {
            *link = m->next;
            qy_os_release(NULL, m, sizeof *m);
        } else {
            link = &m->next;
        }
    }
    return join_runtime(thread, rt, error);
}

qy_guest *qy_guest_enter(uint32_t home, int *error)
{
    qy_thread *thread = get_thread();
    *error = -ENOMEM;
    if (!thread) return NULL;
    *error = -EPIPE;
    quay_runtime *rt = qy_homes_runtime(home);
    if (!rt || !go_inside(thread, rt, home)) return NULL;
    membership *latest = thread->memberships;
    if (QY_LIKELY(latest && latest->serial == rt->serial)) return latest->guest;
    qy_guest *guest = find_guest(thread, rt, error);
    if (!guest) qy_guest_leave();
    return guest;
}

int qy_runtime_enter(const quay_runtime *rt)
{
    if (qy_homes_forked()) return -EPERM;
    qy_thread *thread = get_thread();
    if (!thread) return -ENOMEM;
    uint32_t home = qy_homes_find(rt);
    return home != QY_ID_HOMES && go_inside(thread, (quay_runtime *)(uintptr_t)rt, home) ? 0 : -EINVAL;
}

void qy_guest_leave(void)
{
    QY_CHECK(this_thread->depth > 0);
    if (--this_thread->depth > 0) return;
    ck_pr_fence_release(); /* what was done inside is done */
    ck_pr_store_ptr(&this_thread->inside, NULL);
}

void qy_guest_wait_outside(const quay_runtime *rt)
{
    ck_pr_fence_memory(); /* pairs with the fence in go_inside */
    ck_spinlock_lock(&threads.lock);
    for (qy_thread *thread = threads.first; thread; thread = thread->next) {
        while (ck_pr_load_ptr(&thread->inside) == rt) ck_pr_stall();
    }
    ck_pr_fence_acquire();
    ck_spinlock_unlock(&threads.lock);
}

void qy_guest_forget(void)
{
    ck_spinlock_init(&threads.lock);
    threads.first = this_thread;
    if (!this_thread) return;
    this_thread->next = NULL;
    this_thread->inside = NULL;
    this_thread->depth = 0;
}
