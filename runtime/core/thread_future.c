/* thread_future.c - the registry, and the word's transitions. */
#include "core/thread_future.h"

#include <ck_spinlock.h>
#include <limits.h>
#include <string.h>

#include "core/guest.h"
#include "core/send.h"
#include "os/os.h"

enum {
    CLAIMED = 1,     /* somebody settles it, or has */
    DONE = 2,        /* the result is there */
    WAITING = 4,     /* wake who is parked on the word */
    ANY = 8,         /* wake who is parked on any_event */
    SINK_TAKEN = 16, /* quay_then was called */
    SINK = 32        /* … and its receiver and carrier are there; it has a reference */
};
#define REFERENCE (UINT64_C(1) << 16)
#define REFERENCES (UINT64_C(0xffff) << 16)
#define GENERATION_SHIFT 32
#define LAST_GENERATION ((UINT32_C(1) << QY_ID_GENERATION_BITS) - 1)

#define INLINE_BYTES 128
#define GROUP 256
#define GROUPS 16384

struct qy_thread_future {
    quay_future future;
    alignas(QY_CACHE_LINE) uint64_t word;
    uint64_t id;
    quay_time deadline;
    qy_thread_future *next_free;
    qy_carrier carrier;
    void *large; /* a result that does not fit `data` */
    uint32_t size;
    int32_t status;
    alignas(QY_CACHE_LINE) unsigned char data[INLINE_BYTES];
};

/* Process-wide. `groups` only grows; an entry, once set, stays. */
static struct {
    ck_spinlock_t lock; /* over `free` and `count` */
    qy_thread_future *free;
    uint32_t count; /* groups */
    qy_thread_future *groups[GROUPS];
    alignas(QY_CACHE_LINE) uint32_t any_event;
} registry = {.lock = CK_SPINLOCK_INITIALIZER};

/* ---- slots ---- */

/* With the lock: one group more. */
static bool grow(void)
{
    if (registry.count == GROUPS) return false;
    qy_thread_future *group = qy_os_allocate(NULL, GROUP * sizeof *group, QY_CACHE_LINE);
    if (!group) return false;
    for (uint32_t i = GROUP; i-- > 0;) {
        uint32_t slot = QY_TABLE_SLOTS + registry.count * GROUP + i;
        group[i] = (qy_thread_future){.future = {QY_FUTURE_OF_THREAD},
                                      .word = (UINT64_C(1) << GENERATION_SHIFT) | CLAIMED,
                                      .id = qy_id_make(0, slot, 0),
                                      .next_free = registry.free};
        registry.free = &group[i];
    }
    ck_pr_store_ptr(&registry.groups[registry.count], group);
    ck_pr_fence_store(); /* whoever sees the count sees the group */
    ck_pr_store_32(&registry.count, registry.count + 1);
    return true;
}

static qy_thread_future *take_slot(void)
{
    ck_spinlock_lock(&registry.lock);
    qy_thread_future *f = registry.free || grow() ? registry.free : NULL;
    if (f) registry.free = f->next_free;
    ck_spinlock_unlock(&registry.lock);
    return f;
}

static void free_slot(qy_thread_future *f)
{
    if (f->large) qy_os_release(NULL, f->large, f->size);
    f->large = NULL;
    uint64_t generation = (ck_pr_load_64(&f->word) >> GENERATION_SHIFT) + 1;
    if (generation > LAST_GENERATION) return; /* used up: retired */
    ck_pr_store_64(&f->word, generation << GENERATION_SHIFT | CLAIMED);
    ck_spinlock_lock(&registry.lock);
    f->next_free = registry.free;
    registry.free = f;
    ck_spinlock_unlock(&registry.lock);
}

static qy_thread_future *lookup(uint64_t id)
{
    uint32_t index = qy_id_slot(id) - QY_TABLE_SLOTS;
    if (index / GROUP >= ck_pr_load_32(&registry.count)) return NULL;
    ck_pr_fence_load(); /* pairs with the fence in grow */
    return &((qy_thread_future *)ck_pr_load_ptr(&registry.groups[index / GROUP]))[index % GROUP];
}

/* ---- the word ---- */

static uint64_t load_word(const qy_thread_future *f)
{
    uint64_t word = ck_pr_load_64(&f->word);
    ck_pr_fence_acquire(); /* with DONE: the result is seen */
    return word;
}

/* If the word is still `*seen`, change it; else *seen is what it is. What was written before is seen by who sees the
 * change. */
static bool change_word(qy_thread_future *f, uint64_t *seen, uint64_t to)
{
    ck_pr_fence_release();
    bool changed = ck_pr_cas_64_value(&f->word, *seen, to, seen);
    ck_pr_fence_acquire();
    return changed;
}

/* Returns the word before. */
static uint64_t set_flags(qy_thread_future *f, uint64_t flags)
{
    uint64_t seen = load_word(f);
    while (!change_word(f, &seen, seen | flags)) {
    }
    return seen;
}

static void add_reference(qy_thread_future *f)
{
    uint64_t seen = load_word(f);
    while (!change_word(f, &seen, seen + REFERENCE)) {
    }
}

static void drop_reference(qy_thread_future *f)
{
    uint64_t seen = load_word(f);
    while (!change_word(f, &seen, seen - REFERENCE)) {
    }
    if ((seen & REFERENCES) == REFERENCE) free_slot(f);
}

/* The half of the word that waiters park on. */
static uint32_t *parked_on(qy_thread_future *f)
{
    uint32_t *halves = (uint32_t *)(void *)&f->word;
    return &halves[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 1];
}

/* ---- settling ---- */

/* Without references the slot is being freed, though its generation may be the old one still. */
static bool claim(qy_thread_future *f, uint64_t id)
{
    uint64_t seen = load_word(f);
    do {
        if (seen >> GENERATION_SHIFT != qy_id_generation(id) || (seen & CLAIMED) || !(seen & REFERENCES)) return false;
    } while (!change_word(f, &seen, (seen | CLAIMED) + REFERENCE));
    return true;
}

static void send_to_sink(qy_thread_future *f)
{
    qy_result result = qy_thread_future_result(f);
    qy_carrier_send(&f->carrier, &result);
}

/* The result is in place: publish it, tell who waits. */
static void publish(qy_thread_future *f)
{
    uint64_t before = set_flags(f, DONE);
    if (before & WAITING) qy_os_linux.wake(parked_on(f), INT_MAX);
    if (before & ANY) {
        ck_pr_inc_32(&registry.any_event);
        qy_os_linux.wake(&registry.any_event, INT_MAX);
    }
    if (before & SINK) {
        send_to_sink(f);
        drop_reference(f);
    }
    drop_reference(f); /* the claim's */
}

int qy_thread_future_settle(uint64_t id, const qy_result *result)
{
    qy_thread_future *f = lookup(id);
    if (!f) return -EALREADY;
    void *large = NULL;
    if (result->size > INLINE_BYTES && !(large = qy_os_allocate(NULL, result->size, 16))) return -ENOMEM;
    if (!claim(f, id)) {
        if (large) qy_os_release(NULL, large, result->size);
        return -EALREADY;
    }
    if (result->size) memcpy(large ? large : f->data, result->data, result->size);
    f->large = large;
    f->size = (uint32_t)result->size;
    f->status = result->status;
    publish(f);
    return 0;
}

qy_result qy_thread_future_result(const qy_thread_future *f)
{
    return (qy_result){.status = f->status, .size = f->size, .data = f->large ? f->large : f->data};
}

/* ---- the holder ---- */

quay_future *qy_thread_future_new(uint32_t home, quay_time deadline, uint64_t *id)
{
    qy_thread_future *f = take_slot();
    if (!f) return NULL;
    uint64_t generation = ck_pr_load_64(&f->word) >> GENERATION_SHIFT;
    f->deadline = deadline;
    *id = qy_id_make(home, qy_id_slot(f->id), (uint32_t)generation);
    ck_pr_store_64(&f->id, *id);
    ck_pr_fence_store();
    ck_pr_store_64(&f->word, generation << GENERATION_SHIFT | REFERENCE);
    return &f->future;
}

int qy_thread_future_cancel(qy_thread_future *f, int error)
{
    return qy_thread_future_settle(f->id, &(qy_result){.status = error});
}

static bool done(qy_thread_future *f)
{
    return load_word(f) & DONE;
}

/* A deadline is kept by whoever looks. */
bool qy_thread_future_settled(qy_thread_future *f)
{
    if (done(f)) return true;
    if (f->deadline == QUAY_FOREVER || quay_now() < f->deadline) return false;
    (void)qy_thread_future_cancel(f, -ETIMEDOUT);
    return done(f);
}

void qy_thread_future_drop(qy_thread_future *f)
{
    drop_reference(f);
}

/* ---- quay_then ---- */

static int prepare_sink(qy_thread_future *f, quay_port to, uint32_t tag)
{
    int error = qy_carrier_new(&f->carrier, to, tag);
    if (error || f->deadline == QUAY_FOREVER) return error;
    qy_extra extra = {.reply_to = f->id, .deadline = f->deadline};
    return qy_send_control(to.id, QY_KIND_DEADLINE, 0, &extra, NULL, 0);
}

int qy_thread_future_then(qy_thread_future *f, quay_port to, uint32_t tag)
{
    uint64_t seen = load_word(f);
    do {
        if (seen & SINK_TAKEN) return -EALREADY;
    } while (!change_word(f, &seen, seen | SINK_TAKEN));
    int error = prepare_sink(f, to, tag);
    if (error) {
        seen = load_word(f);
        while (!change_word(f, &seen, seen & ~(uint64_t)SINK_TAKEN)) {
        }
        return error;
    }
    seen = load_word(f);
    do {
        if (seen & DONE) {
            send_to_sink(f);
            return 0;
        }
    } while (!change_word(f, &seen, (seen | SINK) + REFERENCE));
    return 0;
}

/* ---- waiting ---- */

static bool look(qy_thread_future *f, qy_patience *patience)
{
    quay_time until = quay_now() + patience->limit;
    do {
        for (int i = 0; i < 16; i++) {
            if (done(f)) return true;
            ck_pr_stall();
        }
    } while (quay_now() < until);
    return false;
}

static void park(qy_thread_future *f, quay_time deadline, qy_patience *patience)
{
    uint64_t word = set_flags(f, WAITING) | WAITING;
    if (word & DONE) return;
    quay_time from = quay_now();
    (void)qy_os_linux.park(parked_on(f), (uint32_t)word, deadline);
    qy_patience_slept(patience, quay_now() - from);
}

int qy_thread_future_wait(qy_thread_future *f, quay_time deadline)
{
    if (qy_thread_future_settled(f)) return 0;
    add_reference(f);
    qy_patience *patience = qy_thread_patience();
    int error = 0;
    if (!patience->limit || !look(f, patience)) {
        quay_time until = deadline < f->deadline ? deadline : f->deadline;
        while (!qy_thread_future_settled(f)) {
            if (until != QUAY_FOREVER && quay_now() >= until) {
                error = -ETIMEDOUT;
                break;
            }
            park(f, until, patience);
        }
    }
    drop_reference(f);
    return error;
}

/* The index of a settled one, or n; *until becomes the first of their deadlines, if that is earlier. */
static size_t find_settled(quay_future *const *futures, size_t n, quay_time *until)
{
    for (size_t i = 0; i < n; i++) {
        qy_thread_future *f = (qy_thread_future *)futures[i];
        if (qy_thread_future_settled(f)) return i;
        if (f->deadline < *until) *until = f->deadline;
    }
    return n;
}

int qy_thread_future_wait_any(quay_future *const *f, size_t n, quay_time deadline)
{
    for (size_t i = 0; i < n; i++) (void)set_flags((qy_thread_future *)f[i], ANY);
    for (;;) {
        uint32_t event = ck_pr_load_32(&registry.any_event);
        ck_pr_fence_load(); /* what is settled after this look raises the event after this load */
        quay_time until = deadline;
        size_t settled = find_settled(f, n, &until);
        if (settled < n) return (int)settled;
        if (deadline != QUAY_FOREVER && quay_now() >= deadline) return -ETIMEDOUT;
        (void)qy_os_linux.park(&registry.any_event, event, until);
    }
}

/* ---- ends ---- */

void qy_thread_future_cancel_home(uint32_t home)
{
    for (uint32_t group = 0; group < ck_pr_load_32(&registry.count); group++) {
        for (uint32_t i = 0; i < GROUP; i++) {
            uint64_t id = ck_pr_load_64(&registry.groups[group][i].id);
            if (qy_id_home(id) == home) (void)qy_thread_future_settle(id, &(qy_result){.status = -ECANCELED});
        }
    }
}

void qy_thread_future_forget(void)
{
    ck_spinlock_init(&registry.lock);
    for (uint32_t group = 0; group < registry.count; group++) {
        for (uint32_t i = 0; i < GROUP; i++) {
            qy_thread_future *f = &registry.groups[group][i];
            if (!(f->word & REFERENCES) || (f->word & DONE)) continue;
            f->status = -ECANCELED;
            f->word |= CLAIMED | DONE;
        }
    }
}
