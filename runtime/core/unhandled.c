/* unhandled.c - dead letters, and answers that are owed. */
#include "core/unhandled.h"

#include "core/answer.h"
#include "core/runtime.h"

void qy_worker_owe(qy_worker *worker, qy_message *asked, int status)
{
    QY_CHECK(qy_message_reply_to(asked));
    QY_CHECK(status < 0);
    QY_COUNT(worker->station.count.posted);
    qy_message_extra(asked)->status = status;
    asked->next = worker->owed;
    worker->owed = asked;
}

void qy_message_answer_and_free(qy_worker *worker, qy_message *message, int status)
{
    uint64_t reply_to = qy_message_reply_to(message);
    if (reply_to && qy_answer(reply_to, &(qy_result){.status = status}) == -ENOMEM)
        qy_worker_owe(worker, message, status);
    else qy_message_free(worker, message);
}

void qy_worker_pay(qy_worker *worker)
{
    qy_message *owed = worker->owed;
    worker->owed = NULL;
    while (owed) {
        qy_message *message = owed;
        owed = message->next;
        qy_message_answer_and_free(worker, message, (int)qy_message_extra(message)->status);
        QY_COUNT_DONE(worker->station.count.retired);
    }
}

void qy_message_die(qy_worker *worker, qy_message *message, quay_dead_reason reason, int status)
{
    QY_CHECK(reason < QUAY_DEAD_REASONS);
    qy_dead_message(&worker->station, message, reason);
    qy_message_answer_and_free(worker, message, status);
    QY_COUNT_DONE(worker->station.count.dead[reason]);
}

bool qy_message_is_over(qy_worker *worker, qy_message *message)
{
    if (QY_UNLIKELY(message->meta & QY_CANCELLED)) {
        qy_dead_message(&worker->station, message, QUAY_DEAD_EXPIRED);
        qy_message_free(worker, message); /* its future has been settled */
        QY_COUNT_DONE(worker->station.count.dead[QUAY_DEAD_EXPIRED]);
        return true;
    }
    if (qy_message_extra(message)->deadline > qy_worker_now(worker)) return false;
    qy_message_die(worker, message, QUAY_DEAD_EXPIRED, -ETIMEDOUT);
    return true;
}
