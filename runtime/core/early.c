/* early.c - two queues of messages, oldest first. */
#include "core/early.h"

#include "core/receive.h"

/* ---- early ---- */

void qy_early_keep(qy_worker *worker, qy_message *message)
{
    message->next = NULL;
    *worker->early_end = message;
    worker->early_end = &message->next;
}

static qy_message *take_early(qy_worker *worker)
{
    qy_message *early = worker->early;
    worker->early = NULL;
    worker->early_end = &worker->early;
    return early;
}

void qy_worker_check_early(qy_worker *worker)
{
    if (qy_stock_taken(&worker->stock) != worker->births) return;
    if (qy_stock_taken(&worker->timer_stock) != worker->timer_births) return;
    QY_CHECK(worker->births <= qy_stock_taken(&worker->stock));
    for (qy_message *early = take_early(worker); early;) {
        qy_message *message = early;
        early = message->next;
        qy_worker_receive(worker, message);
    }
}

void qy_early_receive(qy_worker *worker, uint64_t id)
{
    qy_message *early = take_early(worker);
    while (early) {
        qy_message *message = early;
        early = message->next;
        if (message->to == id) qy_worker_receive(worker, message);
        else qy_early_keep(worker, message);
    }
}

/* ---- postponed ---- */

void qy_worker_postpone(qy_worker *worker, qy_message *message)
{
    QY_CHECK(qy_message_kind(message) != QY_KIND_USER);
    message->next = NULL;
    *worker->postponed_end = message;
    worker->postponed_end = &message->next;
}

bool qy_worker_postponed(qy_worker *worker, qy_message *message)
{
    if (QY_LIKELY(!worker->postponed)) return false;
    qy_worker_postpone(worker, message);
    return true;
}

void qy_worker_retry(qy_worker *worker)
{
    qy_message *postponed = worker->postponed;
    worker->postponed = NULL;
    worker->postponed_end = &worker->postponed;
    while (postponed) {
        qy_message *message = postponed;
        postponed = message->next;
        qy_worker_receive(worker, message);
    }
}
