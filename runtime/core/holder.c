/* holder.c - telling futures who has their asks, and cancels that follow. */
#include "core/holder.h"

#include "core/future.h"
#include "core/ring.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/thread_future.h"
#include "core/thread_slots.h"

/* ---- a port's future ---- */

/* Settled or gone: if it was cancelled, so is the ask, wherever it is. */
static void tell_cancelled(const qy_port_future *f, uint64_t ask, uint64_t port)
{
    if (f->cancelled == ask) qy_cancel_ask(port, ask);
}

static void tell_here(qy_worker *worker, uint64_t ask, const qy_holder *holder)
{
    QY_CHECK(ask && holder->port);
    if (holder->stamp > worker->stamp) worker->stamp = holder->stamp;
    qy_port_future *f = qy_table_find(&worker->futures, ask);
    if (!f) return;
    if (f->id != ask || f->settled) {
        tell_cancelled(f, ask, holder->port);
    } else if (holder->stamp > f->moved) {
        f->moved = holder->stamp;
        f->callee = holder->port;
        if (f->waiter) qy_ring_renew(worker, f->waiter);
    }
}

void qy_holder_receive(qy_worker *worker, qy_message *message)
{
    const qy_holder *holder = qy_message_data(message);
    QY_CHECK(message->size == sizeof *holder);
    tell_here(worker, message->to, holder);
    qy_message_retire(worker, message);
}

/* ---- a thread's future ---- */

/* A reference to the future of that id, or false: its slot is free, or another's. */
static bool refer_to(qy_thread_future *f, uint64_t id)
{
    uint64_t seen = qy_word_load(f);
    do {
        if (seen >> QY_WORD_GENERATION_SHIFT != qy_id_generation(id) || !(seen & QY_WORD_REFERENCES)) return false;
    } while (!qy_word_change(f, &seen, seen + QY_WORD_REFERENCE));
    return true;
}

/* Against a cancel: either stores its own, then loads the other's, with a fence between. So one of the two sees that a
 * cancel is to go to this port; if both do, the second finds nothing. */
static void tell_thread(qy_thread_future *f, uint64_t ask, uint64_t port)
{
    bool refers = refer_to(f, ask);
    if (refers) ck_pr_store_64(&f->callee, port);
    ck_pr_fence_memory(); /* pairs with that in qy_thread_future_cancel_ask */
    bool cancelled = ck_pr_load_64(&f->cancelled) == ask;
    if (refers) qy_word_unrefer(f);
    if (cancelled) qy_cancel_ask(port, ask);
}

int qy_thread_future_cancel_ask(qy_thread_future *f)
{
    uint64_t ask = f->id;
    int error = qy_thread_future_cancel(f, -ECANCELED);
    if (error) return error;
    ck_pr_store_64(&f->cancelled, ask);
    ck_pr_fence_memory(); /* pairs with that in tell_thread */
    qy_cancel_ask(ck_pr_load_64(&f->callee), ask);
    return 0;
}

void qy_thread_future_set_callee(qy_thread_future *f, uint64_t callee)
{
    ck_pr_store_64(&f->callee, callee);
}

/* ---- either ---- */

void qy_holder_tell(qy_worker *worker, uint64_t ask, const qy_holder *holder)
{
    QY_CHECK(worker == qy_me);
    if (qy_id_slot(ask) >= QY_TABLE_SLOTS) {
        qy_thread_future *f = qy_thread_slot(qy_id_slot(ask) - QY_TABLE_SLOTS);
        if (f) tell_thread(f, ask, holder->port);
    } else if (qy_id_home(ask) == worker->home) {
        tell_here(worker, ask, holder);
    } else {
        (void)qy_send_control(ask, QY_KIND_HOLDER, 0, NULL, holder, sizeof *holder);
    }
}
