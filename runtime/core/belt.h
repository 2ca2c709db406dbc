/* belt.h - small messages by value from one worker to another: a bounded ring of cache lines with one producer and one
 * consumer (Lamport 1977), each line telling itself whether it is full (FastForward: Giacomoni et al. 2008).
 *
 * A line is a turn word and seven words of message. So a small message crosses as one line, which the consumer finds by
 * looking at the very place where it will come; no pointer leads to it, and nothing has to go home afterwards. What is
 * too large, and what finds the belt full, goes by the lane (outbound.h says how the two keep one order).
 *
 *     first line   turn | to | kind and flags | from | tag, size | 24 bytes of body
 *     the others   turn | 56 bytes of body
 *
 * An ask carries a qy_extra besides, which fills the first line. Most asks have no deadline and a word of payload at
 * most: such a *short ask* leaves its deadline out, and is one line. Only belts know that shape.
 *
 * Invariants
 *   T1  the line of position p (at p mod QY_BELT_LINES) is full iff its turn is p + 1; positions never repeat;
 *   T2  the producer writes the line of p only when `taken` > p - QY_BELT_LINES: the consumer is done with it.
 *       `taken` is stored after the reads it stands for (fence), and loaded before the writes it allows;
 *   T3  a line's turn is stored after the rest of it, the first line's turn last of all (fence); so whoever loads the
 *       first line's turn, and then the rest (fence), reads the whole message.
 * A consumer without memory for a message leaves it on the belt; small answers need none. Each worker has kept a
 * chunk of blocks from its start (worker_birth.c make_reserve), to take what it can handle when memory never comes.
 *
 * Most pairs of workers never talk, so the consumer lays a belt when it finds the first batch on the lane (arrivals.c),
 * and the producer goes by the lane until it sees the belt, or for ever if there was no memory for it.
 *   T4  the pointer to a belt is stored after the belt was made ready (fence), once; whoever loads it (fence) finds an
 *       empty belt. The producer loads it only where O2 allows a belt at all: what went by the lane before is popped.
 * Ownership: the belt is its consumer's memory; `put` and `limit` are the producer's, `take` the consumer's.
 * Read next: outbound.h. */
#ifndef QY_BELT_H
#define QY_BELT_H

#include <ck_pr.h>

#include "base/copy.h"
#include "core/message.h"

#define QY_BELT_LINES 128
#define QY_BELT_REPORT (QY_BELT_LINES / 4) /* lines taken before the producer is told */
#define QY_BELT_LOOK 8                     /* lines ahead of the one being read */
#define QY_BELT_FIRST 24                   /* bytes of body in a first line */
#define QY_BELT_MORE 56                    /* in another */
#define QY_BELT_LARGEST (QY_BELT_FIRST + 3 * QY_BELT_MORE)

/* Of a line's meta word, where messages have the owner of their block: it is a short ask. */
#define QY_LINE_SHORT (UINT64_C(1) << 32)

#define QY_SHORT_PAYLOAD sizeof(uint64_t)

typedef struct qy_short_ask {
    uint64_t reply_to;
    uint64_t stamp;
    unsigned char payload[QY_SHORT_PAYLOAD];
} qy_short_ask;

typedef struct qy_line {
    uint64_t turn;
    union {
        struct {
            uint64_t to;
            uint64_t meta; /* kind and flags of the message */
            uint64_t from;
            uint64_t label;
            union {
                unsigned char body[QY_BELT_FIRST];
                qy_short_ask ask;
            };
        };
        unsigned char more[QY_BELT_MORE];
    };
} qy_line;

_Static_assert(sizeof(((qy_message *)0)->payload) == QY_COPY_SMALL, "small bodies are copied whole, in use or not");
_Static_assert(sizeof(qy_line) == QY_CACHE_LINE, "a line is a cache line");

typedef struct qy_belt {
    /* The producer. */
    alignas(QY_CACHE_LINE) uint64_t put; /* the next position to be written */
    uint64_t limit;                      /* positions below it may be */
    /* The consumer. */
    alignas(QY_CACHE_LINE) uint64_t take; /* the next position to be read */
    uint64_t reported;                    /* what `taken` says */
    uint32_t run;                         /* lines it had the last time, at least */
    /* The consumer, read by the producer. */
    alignas(QY_CACHE_LINE) uint64_t taken;
    /* Both. */
    alignas(QY_CACHE_LINE) qy_line lines[QY_BELT_LINES];
} qy_belt;

static inline void qy_belt_init(qy_belt *belt)
{
    memset(belt, 0, sizeof *belt);
    belt->limit = QY_BELT_LINES;
}

/* Make it ready, and known to its producer by *road. */
static inline void qy_belt_lay(qy_belt *belt, qy_belt **road)
{
    qy_belt_init(belt);
    ck_pr_fence_store(); /* T4: pairs with qy_belt_find */
    ck_pr_store_ptr(road, belt);
}

static inline qy_line *qy_belt_line(qy_belt *belt, uint64_t position)
{
    return &belt->lines[position % QY_BELT_LINES];
}

/* Lines that a body of so many bytes takes. */
static inline unsigned qy_belt_lines(size_t size)
{
    return size <= QY_BELT_FIRST ? 1 : 1 + (unsigned)((size - QY_BELT_FIRST + QY_BELT_MORE - 1) / QY_BELT_MORE);
}

/* What of a body of so many bytes lies in the first line. As many as small ones have are copied, in use or not. */
static inline void qy_belt_copy_first(unsigned char *to, const unsigned char *from, size_t size)
{
    memcpy(to, from, QY_COPY_SMALL);
    if (QY_UNLIKELY(size > QY_COPY_SMALL)) memcpy(to, from, size < QY_BELT_FIRST ? size : QY_BELT_FIRST);
}

/* ---- the producer ---- */

/* The belt, if it has been laid, or NULL. */
static inline qy_belt *qy_belt_find(qy_belt **road)
{
    qy_belt *belt = ck_pr_load_ptr(road);
    ck_pr_fence_load(); /* T4: pairs with qy_belt_lay */
    return belt;
}

/* Is there room for so many lines? */
static inline bool qy_belt_has_room(qy_belt *belt, unsigned lines)
{
    if (QY_LIKELY(belt->put + lines <= belt->limit)) return true;
    belt->limit = ck_pr_load_64(&belt->taken) + QY_BELT_LINES;
    ck_pr_fence_load_store(); /* T2: pairs with qy_belt_take_body */
    return belt->put + lines <= belt->limit;
}

/* The next line to be filled, when there is room. */
static inline qy_line *qy_belt_next(qy_belt *belt)
{
    return qy_belt_line(belt, belt->put);
}

/* It is filled, with so many lines of body altogether. */
static inline void qy_belt_publish(qy_belt *belt, qy_line *line, unsigned lines)
{
    ck_pr_fence_store(); /* T3 */
    ck_pr_store_64(&line->turn, belt->put + 1);
    belt->put += lines;
}

/* The rest of a body, into the lines behind the first. */
void qy_belt_put_more(qy_belt *belt, const unsigned char *rest, size_t size);

/* Put a message with a body of so many bytes on the belt, which has room. The message stays the caller's. If it has one
 * line, no more than its payload is there: a result that failed has but the first words of a qy_extra (carrier.c). */
static inline void qy_belt_put(qy_belt *belt, const qy_message *message, size_t size)
{
    qy_line *line = qy_belt_next(belt);
    QY_DEBUG_CHECK(size <= QY_BELT_LARGEST && belt->put + qy_belt_lines(size) <= belt->limit);
    line->to = message->to;
    line->meta = message->meta & ~QY_META_OWNER;
    line->from = message->from;
    line->label = message->label;
    qy_belt_copy_first(line->body, message->payload, qy_message_class(message) ? size : QY_COPY_SMALL);
    if (QY_UNLIKELY(size > QY_BELT_FIRST)) {
        qy_belt_put_more(belt, message->payload + QY_BELT_FIRST, size - QY_BELT_FIRST);
    }
    qy_belt_publish(belt, line, qy_belt_lines(size));
}

/* ---- the consumer ---- */

/* The line that comes next, if it is full, or NULL. */
static inline const qy_line *qy_belt_first(qy_belt *belt)
{
    const qy_line *line = qy_belt_line(belt, belt->take);
    if (ck_pr_load_64(&line->turn) != belt->take + 1) return NULL;
    ck_pr_fence_load(); /* T3 */
    return line;
}

/* So many have been taken in a go. Where there were more the last time, several come over at a time; where there were
 * few, they are being written, and to look would cost both sides. */
static inline void qy_belt_look_ahead(qy_belt *belt, unsigned taken)
{
    if (taken + QY_BELT_LOOK < belt->run) QY_PREFETCH_READ(qy_belt_line(belt, belt->take + QY_BELT_LOOK));
}

/* The rest of a body, from the lines behind the first. */
void qy_belt_get_more(qy_belt *belt, unsigned char *rest, size_t size);

/* So many lines have been read. */
static inline void qy_belt_pass(qy_belt *belt, unsigned lines)
{
    belt->take += lines;
    if (QY_LIKELY(belt->take - belt->reported < QY_BELT_REPORT)) return;
    ck_pr_fence_load_store(); /* T2: pairs with qy_belt_has_room */
    ck_pr_store_64(&belt->taken, belt->take);
    belt->reported = belt->take;
}

/* Take the first line's body, of so many bytes, and be done with the line. There is room for 16 bytes at least. */
static inline void qy_belt_take_body(qy_belt *belt, const qy_line *line, unsigned char *body, size_t size)
{
    qy_belt_copy_first(body, line->body, size);
    if (QY_UNLIKELY(size > QY_BELT_FIRST)) qy_belt_get_more(belt, body + QY_BELT_FIRST, size - QY_BELT_FIRST);
    qy_belt_pass(belt, qy_belt_lines(size));
}

static inline void qy_line_copy_head(const qy_line *line, qy_message *message)
{
    message->to = line->to;
    message->from = line->from;
    message->label = line->label;
}

/* The same into a message, which has room. Its meta word is the caller's to set. */
static inline void qy_belt_take(qy_belt *belt, const qy_line *line, qy_message *message, size_t size)
{
    qy_line_copy_head(line, message);
    qy_belt_take_body(belt, line, message->payload, size);
}

/* A short ask. The message's meta word is set already, and it has room. */
static inline void qy_belt_take_short(qy_belt *belt, const qy_line *line, qy_message *message)
{
    qy_line_copy_head(line, message);
    qy_extra *extra = qy_message_extra(message);
    *extra = (qy_extra){.reply_to = line->ask.reply_to, .deadline = QUAY_FOREVER, .stamp = line->ask.stamp};
    memcpy(extra + 1, line->ask.payload, sizeof line->ask.payload);
    qy_belt_pass(belt, 1);
}

/* Of a message that is no short ask: the size of its body. */
static inline size_t qy_line_size(const qy_line *line)
{
    return qy_body_size(line->meta, (uint32_t)(line->label >> 32));
}

/* The lines it takes. */
static inline unsigned qy_line_lines(const qy_line *line)
{
    return line->meta & QY_LINE_SHORT ? 1 : qy_belt_lines(qy_line_size(line));
}

#endif
