/* message.h - what travels: one cache line with up to 16 payload bytes, or a larger block.
 *
 *     0  parcel    the lane's link; its value is the address, `to`. On the ingress: to, and the stack's link
 *    16  mail      the mailbox's link; its value is what is known of the message (kind, flags, size class, owner)
 *    32  from      the sending port
 *    40  tag, size
 *    48  payload   with EXTENDED: a qy_extra first, then the data
 *
 * Ownership: a message is in one place: a batch, a lane, an ingress, a mailbox, a handler call or a future. That place
 * owns it. Its block belongs to the station whose number is `owner` and is sent home by qy_message_free.
 *
 * Invariant M1: a PINNED message is still the stub of a lane; freeing it only marks it SPENT, and the lane's
 * consumer, who pinned it and is the one that frees it, ends it when it is unpinned.
 * Read next: station.h. */
#ifndef QY_MESSAGE_H
#define QY_MESSAGE_H

#include <quay/message.h>

#include "base/check.h"
#include "core/ingress.h"
#include "core/lane.h"
#include "core/mailbox.h"
#include "core/pool.h"

typedef enum qy_kind {
    QY_KIND_USER,    /* for a handler */
    QY_KIND_FORWARD, /* the same, an ask that was passed on: USER when it has arrived (holder.h) */
    QY_KIND_STOP,    /* in a mailbox: end the port here */
    QY_KIND_REPLY,
    QY_KIND_SPAWN,
    QY_KIND_KILL,
    QY_KIND_JOIN,
    QY_KIND_COUNTERS,
    QY_KIND_DEADLINE,
    QY_KIND_CANCEL, /* the ask of `reply_to` is not wanted any more */
    QY_KIND_HOLDER, /* the ask of the future it goes to is another port's now */
    QY_KIND_PROBE,
    QY_KIND_ROOM,  /* somebody waits for a place in a bounded mailbox … */
    QY_KIND_GRANT, /* … and has one */
    QY_KIND_TIMER,
    QY_KIND_TIMER_CANCEL,
    QY_KIND_BOND, /* bond.h, and the next two */
    QY_KIND_UNBOND,
    QY_KIND_EXIT,  /* in a mailbox: an exit notice */
    QY_KIND_TITLE, /* title.h */
    QY_KIND_RETURN /* blocks going home */
} qy_kind;

/* The meta word: kind (8 bits) | flags (8) | size class (8) | mark (8) | owner (16) | mark (16). One word, written at
 * once: the mailbox reads it whole. The mark is 0; the simulator numbers messages there that are on the road. */
#define QY_META_FLAG(n) (UINT64_C(1) << (8 + (n)))
#define QY_EXTENDED QY_META_FLAG(0) /* a qy_extra precedes the data */
#define QY_BUFFER QY_META_FLAG(1)   /* the data is a pointer to a buffer, which the message owns */
#define QY_PINNED QY_META_FLAG(2)
#define QY_SPENT QY_META_FLAG(3)
#define QY_CANCELLED QY_META_FLAG(5)
#define QY_METERED QY_META_FLAG(6) /* it has a place in a bounded mailbox: gate.h */
#define QY_NOTICE QY_META_FLAG(7)  /* it tells of a dead letter: deadletter.h */
#define QY_GONE QY_META_FLAG(4)    /* it had a buffer, which was taken or forwarded */

#define QY_META_KIND UINT64_C(0xff)
#define QY_META_FLAGS (UINT64_C(0xff) << 8)
#define QY_META_MARK (UINT64_C(0xffff) << 48 | UINT64_C(0xff) << 24)
#define QY_META_OWNER (UINT64_C(0xffff) << 32)

static inline uint64_t qy_meta(qy_kind kind, uint64_t flags, unsigned size_class, unsigned owner)
{
    return (uint64_t)kind | flags | (uint64_t)size_class << 16 | (uint64_t)owner << 32;
}

/* What an ask carries besides; of a result that failed, the status. */
typedef struct qy_extra {
    uint64_t reply_to; /* a future's id, 0 for none */
    union {
        int64_t deadline;
        int64_t status;
    };
    uint64_t stamp; /* ring.h */
} qy_extra;

typedef struct qy_message {
    union {
        qy_parcel parcel;
        struct {
            uint64_t to;
            qy_ingress_link ingress;
        };
    };
    union {
        qy_mail mail;
        struct {
            uint64_t meta;
            struct qy_message *next; /* in a batch */
        };
    };
    uint64_t from;
    union {
        struct {
            uint32_t tag;
            uint32_t size;
        };
        uint64_t label; /* both, to be written at once: a load of both does not wait for two stores */
    };
    alignas(8) unsigned char payload[16];
} qy_message;

/* The smallest block that holds an ask, and how much payload may come with it. */
#define QY_ASK_CLASS 1
#define QY_ASK_PAYLOAD ((size_t)2 * QY_CACHE_LINE - QY_MESSAGE_HEADER - sizeof(qy_extra))

_Static_assert(sizeof(qy_message) == QY_CACHE_LINE, "a small message is one cache line");
_Static_assert(offsetof(qy_message, to) == offsetof(qy_message, parcel.value), "the address is the parcel's value");
_Static_assert(offsetof(qy_message, meta) == offsetof(qy_message, mail.value), "the meta word is the mail's value");
_Static_assert(offsetof(qy_message, next) == offsetof(qy_message, mail.next), "batches link by the mail's link");

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "qy_label puts the tag into the lower half");

static inline uint64_t qy_label(uint32_t tag, size_t size)
{
    return (uint64_t)size << 32 | tag;
}

#define QY_MESSAGE_HEADER offsetof(qy_message, payload)

static inline qy_message *qy_message_of_mail(qy_mail *mail)
{
    return QY_CONTAINER_OF(mail, qy_message, mail);
}

static inline qy_message *qy_message_of_parcel(qy_parcel *parcel)
{
    return QY_CONTAINER_OF(parcel, qy_message, parcel);
}

static inline qy_message *qy_message_of_ingress(qy_ingress_link *link)
{
    return QY_CONTAINER_OF(link, qy_message, ingress);
}

static inline qy_kind qy_meta_kind(uint64_t meta)
{
    return (qy_kind)(meta & QY_META_KIND);
}

/* One of the first two: it is sent, and then handled or a dead letter. */
static inline bool qy_kind_is_user(qy_kind kind)
{
    return kind <= QY_KIND_FORWARD;
}

static inline qy_kind qy_message_kind(const qy_message *message)
{
    return qy_meta_kind(message->meta);
}

static inline unsigned qy_message_class(const qy_message *message)
{
    return (unsigned)(message->meta >> 16) & 0xff;
}

static inline unsigned qy_message_owner(const qy_message *message)
{
    return (unsigned)(message->meta >> 32) & 0xffff;
}

static inline qy_extra *qy_message_extra(qy_message *message)
{
    QY_DEBUG_CHECK(message->meta & QY_EXTENDED);
    return (qy_extra *)(void *)message->payload;
}

/* Where the payload, or the pointer to its buffer, lies. */
static inline void *qy_message_room(const qy_message *message)
{
    return (unsigned char *)(uintptr_t)message->payload + (message->meta & QY_EXTENDED ? sizeof(qy_extra) : 0);
}

static inline void *qy_message_data(const qy_message *message)
{
    void *room = qy_message_room(message);
    return QY_UNLIKELY(message->meta & QY_BUFFER) ? *(void **)room : room;
}

/* Nobody will read it: the buffer it has, if any, is freed. */
static inline void qy_message_discard_buffer(const qy_message *message)
{
    if (QY_UNLIKELY(message->meta & QY_BUFFER)) quay_buffer_free(qy_message_data(message));
}

/* Bytes behind the header that are in use: extra, and payload or the pointer to its buffer. */
static inline size_t qy_body_size(uint64_t meta, uint32_t size)
{
    return (meta & QY_EXTENDED ? sizeof(qy_extra) : 0) + (meta & QY_BUFFER ? sizeof(void *) : size);
}

/* The future that waits for an answer to this message, or 0. */
static inline uint64_t qy_message_reply_to(qy_message *message)
{
    return message->meta & QY_EXTENDED ? qy_message_extra(message)->reply_to : 0;
}

#endif
