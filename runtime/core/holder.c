/* holder.c - telling futures who has their asks, and cancels that follow. */
#include "core/holder.h"

#include "core/early.h"
#include "core/future.h"
#include "core/receive.h"
#include "core/ring.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/thread_future.h"
#include "core/thread_slots.h"
#include "core/unhandled.h"

/* What a HOLDER says: that port has the ask, by the forward of that stamp. */
typedef struct holder {
    uint64_t port;
    uint64_t stamp;
} holder;

/* ---- a port's future ---- */

static void move(qy_port_future *f, const holder *to)
{
    QY_CHECK(!f->settled);
    if (to->stamp <= f->forwarded) return;
    f->forwarded = to->stamp;
    f->callee = to->port;
    f->since = ++f->worker->stamp;
    if (f->waiter) qy_ring_look_again(f->worker, f->waiter);
}

/* 0 or -ECANCELED. */
static int tell_here(qy_worker *worker, uint64_t ask, const holder *of)
{
    QY_CHECK(ask && of->port);
    if (of->stamp > worker->stamp) worker->stamp = of->stamp;
    qy_port_future *f = qy_table_find(&worker->futures, ask);
    if (!f) return 0;
    if (f->id != ask || f->settled) return f->cancelled == ask ? -ECANCELED : 0;
    move(f, of);
    return 0;
}

void qy_holder_receive(qy_worker *worker, qy_message *message)
{
    const holder *of = qy_message_data(message);
    QY_CHECK(message->size == sizeof *of);
    if (tell_here(worker, message->to, of)) qy_cancel_ask(of->port, message->to);
    qy_message_retire(worker, message);
}

/* ---- a thread's future ---- */

/* Take a reference to the future of that id. False: its slot is free, or another's. */
static bool refer_to(qy_thread_future *f, uint64_t id)
{
    uint64_t seen = qy_word_load(f);
    do {
        if (seen >> QY_WORD_GENERATION_SHIFT != qy_id_generation(id) || !(seen & QY_WORD_REFERENCES)) return false;
    } while (!qy_word_change(f, &seen, seen + QY_WORD_REFERENCE));
    return true;
}

/* Against a cancel: either stores what is its own, then loads what is the other's, with a fence between. So one of the
 * two sees that this ask is cancelled at this port; if both do, the second finds nothing. */
static int tell_thread(qy_thread_future *f, uint64_t ask, uint64_t port)
{
    bool refers = refer_to(f, ask);
    if (refers) ck_pr_store_64(&f->callee, port);
    ck_pr_fence_memory(); /* pairs with that in qy_thread_future_cancel_ask */
    bool cancelled = ck_pr_load_64(&f->cancelled) == ask;
    if (refers) qy_word_unrefer(f);
    return cancelled ? -ECANCELED : 0;
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

int qy_holder_tell(qy_worker *worker, qy_message *ask)
{
    uint64_t id = qy_message_reply_to(ask);
    QY_CHECK(id);
    holder here = {.port = ask->to, .stamp = qy_message_extra(ask)->stamp};
    if (qy_id_slot(id) >= QY_TABLE_SLOTS) {
        qy_thread_future *f = qy_thread_slot(qy_id_slot(id) - QY_TABLE_SLOTS);
        return f ? tell_thread(f, id, here.port) : 0;
    }
    if (qy_id_home(id) == worker->home) return tell_here(worker, id, &here);
    int error = qy_send_control(id, QY_KIND_HOLDER, 0, NULL, &here, sizeof here);
    return error && error != -EPIPE ? -ENOMEM : 0; /* -EPIPE: it has gone with its runtime */
}

/* ---- arrivals ---- */

/* Who asked would not know where it is. */
static QY_COLD void refuse(qy_worker *worker, qy_message *ask)
{
    if (ask->meta & QY_METERED) qy_room_return(ask->to);
    qy_message_die(worker, ask, QUAY_DEAD_REFUSED, -ENOMEM);
}

void qy_holder_receive_forward(qy_worker *worker, qy_message *ask)
{
    bool kept;
    const qy_port *port = qy_receive_port(worker, ask, &kept);
    if (kept) return;
    ask->meta ^= QY_KIND_FORWARD ^ QY_KIND_USER;
    int error = port ? qy_holder_tell(worker, ask) : 0;
    if (error == -ECANCELED) ask->meta |= QY_CANCELLED;
    if (QY_UNLIKELY(error == -ENOMEM)) refuse(worker, ask);
    else qy_worker_receive(worker, ask);
}
