/* thread_slots.h - where threads' futures lie, and the one word that says how each of them stands.
 *
 * One registry for the whole process, in memory that is never freed and never another type, so that an id, however old,
 * can be looked up: slot and generation are as in table.h, with slots from QY_TABLE_SLOTS on, which no table uses.
 *
 * The word: generation (32 bits) | references (16) | flags (16). What it promises is in thread_future.h.
 * Ownership: a slot that was taken is its future's until it is freed. Read next: thread_future.h. */
#ifndef QY_THREAD_SLOTS_H
#define QY_THREAD_SLOTS_H

#include <ck_pr.h>

#include "base/table.h"
#include "core/future.h"
#include "os/os.h"

enum {
    QY_WORD_CLAIMED = 1,     /* somebody settles it, or has */
    QY_WORD_DONE = 2,        /* the result is there */
    QY_WORD_WAITING = 4,     /* wake who is parked on the word */
    QY_WORD_ANY = 8,         /* wake who waits for any of several */
    QY_WORD_SINK_TAKEN = 16, /* quay_then was called */
    QY_WORD_SINK = 32,       /* … and its receiver and carrier are there; it has a reference */
    QY_WORD_EVENT = 64       /* raise the event of quay_future_fd */
};
#define QY_WORD_REFERENCE (UINT64_C(1) << 16)
#define QY_WORD_REFERENCES (UINT64_C(0xffff) << 16)
#define QY_WORD_GENERATION_SHIFT 32

#define QY_THREAD_FUTURE_INLINE 128

typedef struct qy_thread_future {
    quay_future future;
    const qy_os *os; /* that its maker was on */
    alignas(QY_CACHE_LINE) uint64_t word;
    uint64_t id;
    quay_time deadline;
    struct qy_thread_future *next_free;
    qy_carrier carrier;
    uint64_t callee; /* the port that has the ask, as far as is known (holder.h), or 0 */
    void *large;     /* a result that does not fit `data` */
    uint32_t size;
    int32_t status;
    uint32_t event;     /* of quay_future_fd, + 1; 0 until it is asked for */
    uint64_t cancelled; /* the last ask of this slot that was; outlasts it */
    alignas(QY_CACHE_LINE) unsigned char data[QY_THREAD_FUTURE_INLINE];
} qy_thread_future;

/* A slot with its next generation and no references; NULL when there is no memory. */
qy_thread_future *qy_thread_slot_take(void);

/* Nobody has a reference any more: let go what the future had. */
void qy_thread_slot_free(qy_thread_future *f);

/* Slots by number, from 0; NULL behind the last one that was ever taken. Its future may be of any generation. */
qy_thread_future *qy_thread_slot(uint32_t number);

/* It is not settled yet, and somebody waits. A simulation is one thread, with a clock of its own: what it settles wakes
 * nobody else, so whoever else waits ends the process with a sentence. */
static inline void qy_thread_slot_check_holder(const qy_thread_future *f)
{
    if (QY_UNLIKELY(f->os != qy_os_here) && f->os->stranger) f->os->stranger();
}

/* In a forked child: whoever was taking or freeing one is not there any more. */
void qy_thread_slots_forget(void);

/* ---- the word ---- */

static inline uint64_t qy_word_load(const qy_thread_future *f)
{
    uint64_t word = ck_pr_load_64(&f->word);
    ck_pr_fence_acquire(); /* with DONE: the result is seen */
    return word;
}

static inline bool qy_word_done(const qy_thread_future *f)
{
    return qy_word_load(f) & QY_WORD_DONE;
}

/* The half of it, with the flags, that waiters park on. */
static inline uint32_t *qy_word_half(qy_thread_future *f)
{
    uint32_t *halves = (uint32_t *)(void *)&f->word;
    return &halves[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 1];
}

/* If the word is still `*seen`, change it; else *seen is what it is. What was written before is seen by who sees the
 * change. */
static inline bool qy_word_change(qy_thread_future *f, uint64_t *seen, uint64_t to)
{
    ck_pr_fence_release();
    bool changed = ck_pr_cas_64_value(&f->word, *seen, to, seen);
    ck_pr_fence_acquire();
    return changed;
}

/* Returns the word before. */
static inline uint64_t qy_word_set(qy_thread_future *f, uint64_t flags)
{
    uint64_t seen = qy_word_load(f);
    while (!qy_word_change(f, &seen, seen | flags)) {
    }
    return seen;
}

static inline void qy_word_clear(qy_thread_future *f, uint64_t flags)
{
    uint64_t seen = qy_word_load(f);
    while (!qy_word_change(f, &seen, seen & ~flags)) {
    }
}

static inline void qy_word_refer(qy_thread_future *f)
{
    uint64_t seen = qy_word_load(f);
    while (!qy_word_change(f, &seen, seen + QY_WORD_REFERENCE)) {
    }
}

/* The last one frees the slot. */
static inline void qy_word_unrefer(qy_thread_future *f)
{
    uint64_t seen = qy_word_load(f);
    while (!qy_word_change(f, &seen, seen - QY_WORD_REFERENCE)) {
    }
    if ((seen & QY_WORD_REFERENCES) == QY_WORD_REFERENCE) qy_thread_slot_free(f);
}

#endif
