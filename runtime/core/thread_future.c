/* thread_future.c - what settles a thread's future, and who is told. */
#include "core/thread_future.h"

#include <limits.h>
#include <string.h>

#include "core/guest.h"
#include "core/send.h"
#include "core/thread_slots.h"
#include "os/os.h"

/* Raised, process-wide, when a future is settled that somebody waits for with others. */
static alignas(QY_CACHE_LINE) uint32_t any_event;

/* ---- settling ---- */

static qy_thread_future *lookup(uint64_t id)
{
    return qy_thread_slot(qy_id_slot(id) - QY_TABLE_SLOTS);
}

/* Without references the slot is being freed, though its generation may be the old one still. */
static bool claim(qy_thread_future *f, uint64_t id)
{
    uint64_t seen = qy_word_load(f);
    do {
        if (seen >> QY_WORD_GENERATION_SHIFT != qy_id_generation(id)) return false;
        if ((seen & QY_WORD_CLAIMED) || !(seen & QY_WORD_REFERENCES)) return false;
    } while (!qy_word_change(f, &seen, (seen | QY_WORD_CLAIMED) + QY_WORD_REFERENCE));
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
    uint64_t before = qy_word_set(f, QY_WORD_DONE);
    if (before & QY_WORD_WAITING) qy_os_here->wake(qy_word_half(f), INT_MAX);
    if (before & QY_WORD_ANY) {
        ck_pr_inc_32(&any_event);
        qy_os_here->wake(&any_event, INT_MAX);
    }
    if (before & QY_WORD_EVENT) qy_os_here->event_raise((int)ck_pr_load_32(&f->event) - 1);
    if (before & QY_WORD_SINK) {
        send_to_sink(f);
        qy_word_unrefer(f);
    }
    qy_word_unrefer(f); /* the claim's */
}

int qy_thread_future_settle(uint64_t id, const qy_result *result)
{
    qy_thread_future *f = lookup(id);
    if (!f) return -EALREADY;
    void *large = NULL;
    if (result->size > QY_THREAD_FUTURE_INLINE && !(large = qy_os_allocate(NULL, result->size, 16))) return -ENOMEM;
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
    qy_thread_future *f = qy_thread_slot_take();
    if (!f) return NULL;
    uint64_t generation = ck_pr_load_64(&f->word) >> QY_WORD_GENERATION_SHIFT;
    f->deadline = deadline;
    f->callee = 0;
    *id = qy_id_make(home, qy_id_slot(f->id), (uint32_t)generation);
    ck_pr_store_64(&f->id, *id);
    ck_pr_fence_store();
    ck_pr_store_64(&f->word, generation << QY_WORD_GENERATION_SHIFT | QY_WORD_REFERENCE);
    return &f->future;
}

int qy_thread_future_cancel(qy_thread_future *f, int error)
{
    return qy_thread_future_settle(f->id, &(qy_result){.status = error});
}

/* A deadline is kept by whoever looks. */
bool qy_thread_future_settled(qy_thread_future *f)
{
    if (qy_word_done(f)) return true;
    qy_thread_slot_check_holder(f);
    if (f->deadline == QUAY_FOREVER || quay_now() < f->deadline) return false;
    return !qy_thread_future_cancel(f, -ETIMEDOUT) || qy_word_done(f);
}

void qy_thread_future_drop(qy_thread_future *f)
{
    qy_word_unrefer(f);
}

/* Somebody is to be told who does not look: the worker of that port keeps the deadline. */
static int have_deadline_kept(const qy_thread_future *f, uint64_t port)
{
    if (f->deadline == QUAY_FOREVER) return 0;
    qy_extra extra = {.reply_to = f->id, .deadline = f->deadline};
    return qy_send_control(port, QY_KIND_DEADLINE, 0, &extra, NULL, 0);
}

/* ---- quay_then ---- */

static int prepare_sink(qy_thread_future *f, quay_port to, uint32_t tag)
{
    int error = qy_carrier_new(&f->carrier, to, tag);
    return error ? error : have_deadline_kept(f, to.id);
}

int qy_thread_future_then(qy_thread_future *f, quay_port to, uint32_t tag)
{
    uint64_t seen = qy_word_load(f);
    do {
        if (seen & QY_WORD_SINK_TAKEN) return -EALREADY;
    } while (!qy_word_change(f, &seen, seen | QY_WORD_SINK_TAKEN));
    int error = prepare_sink(f, to, tag);
    if (error) {
        qy_word_clear(f, QY_WORD_SINK_TAKEN);
        return error;
    }
    seen = qy_word_load(f);
    do {
        if (seen & QY_WORD_DONE) {
            send_to_sink(f);
            return 0;
        }
    } while (!qy_word_change(f, &seen, (seen | QY_WORD_SINK) + QY_WORD_REFERENCE));
    return 0;
}

/* ---- quay_future_fd ---- */

/* The event that is kept at *held (+ 1), made if there is none; of several threads that make one, the first counts. */
static int event_at(uint32_t *held)
{
    uint32_t before = ck_pr_load_32(held);
    if (before) return (int)before - 1;
    int event = qy_os_here->event_new();
    if (event < 0 || ck_pr_cas_32_value(held, 0, (uint32_t)event + 1, &before)) return event;
    qy_os_here->event_free(event);
    return (int)before - 1;
}

static int event_of(qy_thread_future *f)
{
    int error = ck_pr_load_32(&f->event) ? 0 : have_deadline_kept(f, ck_pr_load_64(&f->callee));
    if (error && error != -EPIPE) return error; /* a runtime that is gone has cancelled what it owed */
    int event = event_at(&f->event);
    if (event >= 0 && (qy_word_set(f, QY_WORD_EVENT) & QY_WORD_DONE)) qy_os_here->event_raise(event);
    return event;
}

/* One for all errors known at once, for good. */
static int event_of_constants(void)
{
    static uint32_t settled;
    int event = event_at(&settled);
    if (event >= 0) qy_os_here->event_raise(event);
    return event;
}

int quay_future_fd(quay_future *f)
{
    if (!f) return -EINVAL;
    if (qy_me || f->kind == QY_FUTURE_OF_PORT) return -EPERM;
    return f->kind == QY_FUTURE_CONSTANT ? event_of_constants() : event_of((qy_thread_future *)f);
}

/* ---- waiting ---- */

static bool look(qy_thread_future *f, qy_patience *patience)
{
    quay_time until = quay_now() + patience->limit;
    do {
        for (int i = 0; i < 16; i++) {
            if (qy_word_done(f)) return true;
            ck_pr_stall();
        }
    } while (quay_now() < until);
    return false;
}

static void park(qy_thread_future *f, quay_time deadline, qy_patience *patience)
{
    uint64_t word = qy_word_set(f, QY_WORD_WAITING) | QY_WORD_WAITING;
    if (word & QY_WORD_DONE) return;
    quay_time from = quay_now();
    (void)qy_os_here->park(qy_word_half(f), (uint32_t)word, deadline);
    qy_patience_slept(patience, quay_now() - from);
}

void qy_thread_future_hold(qy_thread_future *f)
{
    qy_word_refer(f);
}

void qy_thread_future_release(qy_thread_future *f)
{
    qy_word_unrefer(f);
}

/* Until when to sleep. A future whose own deadline had passed before it was looked at, and that is not settled yet, is
 * being settled by somebody, who will wake us: its deadline is no reason to wake up any more. */
static quay_time look_again(const qy_thread_future *f, quay_time now, quay_time deadline)
{
    return now < f->deadline && f->deadline < deadline ? f->deadline : deadline;
}

int qy_thread_future_wait(qy_thread_future *f, quay_time deadline)
{
    if (qy_thread_future_settled(f)) return 0;
    qy_patience *patience = qy_thread_patience();
    if (patience->limit && look(f, patience)) return 0;
    for (;;) {
        quay_time now = quay_now(); /* before the look, which looks at the clock itself */
        if (qy_thread_future_settled(f)) return 0;
        if (deadline != QUAY_FOREVER && now >= deadline) return -ETIMEDOUT;
        park(f, look_again(f, now, deadline), patience);
    }
}

/* The index of a settled one, or n; *until becomes the first of their deadlines, if that is earlier. */
static size_t find_settled(quay_future *const *futures, size_t n, quay_time now, quay_time *until)
{
    for (size_t i = 0; i < n; i++) {
        qy_thread_future *f = (qy_thread_future *)futures[i];
        if (qy_thread_future_settled(f)) return i;
        *until = look_again(f, now, *until);
    }
    return n;
}

int qy_thread_future_wait_any(quay_future *const *f, size_t n, quay_time deadline)
{
    for (size_t i = 0; i < n; i++) (void)qy_word_set((qy_thread_future *)f[i], QY_WORD_ANY);
    for (;;) {
        uint32_t event = ck_pr_load_32(&any_event);
        ck_pr_fence_load(); /* what is settled after this look raises the event after this load */
        quay_time until = deadline;
        quay_time now = quay_now();
        size_t settled = find_settled(f, n, now, &until);
        if (settled < n) return (int)settled;
        if (deadline != QUAY_FOREVER && now >= deadline) return -ETIMEDOUT;
        (void)qy_os_here->park(&any_event, event, until);
    }
}

/* ---- ends ---- */

void qy_thread_future_cancel_home(uint32_t home)
{
    qy_thread_future *f;
    for (uint32_t i = 0; (f = qy_thread_slot(i)); i++) {
        uint64_t id = ck_pr_load_64(&f->id);
        if (qy_id_home(id) == home) (void)qy_thread_future_settle(id, &(qy_result){.status = -ECANCELED});
    }
}

void qy_thread_future_forget(void)
{
    qy_thread_future *f;
    qy_thread_slots_forget();
    for (uint32_t i = 0; (f = qy_thread_slot(i)); i++) {
        if (!(f->word & QY_WORD_REFERENCES) || (f->word & QY_WORD_DONE)) continue;
        f->status = -ECANCELED;
        f->word |= QY_WORD_CLAIMED | QY_WORD_DONE;
    }
}
