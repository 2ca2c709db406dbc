/* unload.c - one message from a belt: an answer, a short ask, or anything else. */
#include "core/unload.h"

#include "core/future.h"
#include "core/receive.h"

/* An answer that fits its future, and does not come in a buffer, needs no block. */
static inline bool is_small_answer(const qy_line *line, size_t size)
{
    return qy_meta_kind(line->meta) == QY_KIND_REPLY && size <= QY_FUTURE_INLINE && !(line->meta & QY_BUFFER);
}

static void take_answer(qy_worker *worker, qy_belt *belt, const qy_line *line, size_t size)
{
    unsigned char body[QY_FUTURE_INLINE];
    uint64_t future = line->to;
    int status = (int)(uint32_t)line->label;
    qy_belt_take_body(belt, line, body, size);
    qy_port_future_receive(worker, future, &(qy_result){.status = status, .size = size, .data = body});
    QY_COUNT_DONE(worker->station.count.retired);
}

static void discard_line(qy_belt *belt, const qy_line *line)
{
    QY_CHECK(!(line->meta & QY_META_OWNER & ~QY_LINE_SHORT));
    if (line->meta & QY_LINE_SHORT) {
        qy_belt_pass(belt, 1);
        return;
    }
    union {
        qy_message message;
        char room[QY_MESSAGE_HEADER + QY_BELT_LARGEST];
    } copy;
    copy.message.meta = line->meta;
    qy_belt_take(belt, line, &copy.message, qy_line_size(line));
    qy_message_discard_buffer(&copy.message);
}

/* Once all ports have been killed nobody waits for memory any more. */
static QY_COLD bool drop_line(qy_worker *worker, qy_belt *belt, const qy_line *line)
{
    QY_CHECK(qy_meta_kind(line->meta) != QY_KIND_RETURN); /* blocks go home by the lane */
    if (!worker->killed) return false;
    bool user = qy_kind_is_user(qy_meta_kind(line->meta));
    discard_line(belt, line);
    if (user) QY_COUNT_DONE(worker->station.count.dead[QUAY_DEAD_NO_PORT]);
    else QY_COUNT_DONE(worker->station.count.retired);
    return true;
}

/* A block of the class or a larger one, with the meta word of what comes in the line; NULL when there is no memory. */
static inline qy_message *message_for(qy_worker *worker, const qy_line *line, unsigned size_class)
{
    qy_message *message = qy_pool_take(&worker->station.pool, size_class);
    if (QY_UNLIKELY(!message)) message = qy_pool_take_beyond(&worker->station.pool, size_class); /* it is accepted */
    if (QY_UNLIKELY(!message)) message = qy_pool_take_larger(&worker->station.pool, &size_class);
    if (QY_UNLIKELY(!message)) return NULL;
    message->meta =
        worker->station.meta | qy_meta(0, line->meta & (QY_META_MARK | QY_META_FLAGS | QY_META_KIND), size_class, 0);
    return message;
}

static inline bool take_short_ask(qy_worker *worker, qy_belt *belt, const qy_line *line)
{
    qy_message *message = message_for(worker, line, QY_ASK_CLASS);
    if (QY_UNLIKELY(!message)) return drop_line(worker, belt, line);
    qy_belt_take_short(belt, line, message);
    qy_worker_receive(worker, message);
    return true;
}

bool qy_belt_unload(qy_worker *worker, qy_belt *belt, const qy_line *line)
{
    if (line->meta & QY_LINE_SHORT) return take_short_ask(worker, belt, line);
    size_t size = qy_line_size(line);
    if (is_small_answer(line, size)) {
        take_answer(worker, belt, line, size);
        return true;
    }
    unsigned size_class = QY_LIKELY(size <= QY_COPY_SMALL) ? 0 : qy_class_for(QY_MESSAGE_HEADER + size);
    qy_message *message = message_for(worker, line, size_class);
    if (QY_UNLIKELY(!message)) return drop_line(worker, belt, line);
    qy_belt_take(belt, line, message, size);
    qy_worker_receive(worker, message);
    return true;
}

void qy_belt_discard(qy_belt *belt)
{
    for (const qy_line *line; (line = qy_belt_first(belt));) discard_line(belt, line);
}
