/* station.h - what every sender has: a pool to make messages from, and counters. A worker is a station, and so is the
 * guest by which an outside thread talks to a runtime.
 *
 * Invariant S1 (conservation, and how drain knows that nothing is on its way): `sent` and `posted` rise before the
 * message can be seen by anyone else; `handled`, `dead` and `retired` rise after everything the message caused has
 * been counted as sent or posted. Each counter has one writer. So whoever reads the latter three of all stations
 * first, and then the former two, and finds equal sums, knows that at one moment in between nothing was on its way
 * (Mattern's four counters, 1987).
 *
 * Ownership: a station is its thread's; the counters are read by anybody. Read next: outbound.h. */
#ifndef QY_STATION_H
#define QY_STATION_H

#include <ck_pr.h>
#include <quay/stats.h>

#include "core/dead_letter.h"
#include "core/message.h"

typedef struct qy_counts {
    uint64_t here;   /* sent, and delivered in the same breath: from a port to one of its worker */
    uint64_t sent;   /* by any other road */
    uint64_t posted; /* what travels besides: control messages, replies, spawns */
    uint64_t handled;
    uint64_t dead[QUAY_DEAD_REASONS];
    uint64_t retired;   /* of `posted`: done with */
    uint64_t delivered; /* into mailboxes, but for those of `here` */
    uint64_t failed;
    uint64_t late;
    uint64_t spawned;
    uint64_t ended;
    uint64_t parks;
} qy_counts;

/* The one writer's way to change a counter. */
#define QY_COUNT(counter) QY_RELAXED_STORE(counter, (counter) + 1)
#define QY_COUNT_DONE(counter) QY_RELEASE_STORE(counter, (counter) + 1)

/* For readers: all that was sent, all that was put into mailboxes. */
static inline uint64_t qy_count_sent(const qy_counts *count)
{
    return ck_pr_load_64(&count->here) + ck_pr_load_64(&count->sent);
}

static inline uint64_t qy_count_delivered(const qy_counts *count)
{
    return ck_pr_load_64(&count->here) + ck_pr_load_64(&count->delivered);
}

/* What is in mailboxes or in hand: delivered, and not yet done with. Loaded in the order that keeps the difference from
 * being negative. */
static inline uint64_t qy_count_queued(const qy_counts *count)
{
    uint64_t done = ck_pr_load_64(&count->handled) + ck_pr_load_64(&count->dead[QUAY_DEAD_ENDED]) +
                    ck_pr_load_64(&count->dead[QUAY_DEAD_EXPIRED]) + ck_pr_load_64(&count->dead[QUAY_DEAD_DROPPED]);
    ck_pr_fence_load();
    return qy_count_delivered(count) - done;
}
/* The number of every host's station (host.h): what it makes of its own stays with it. */
#define QY_NUMBER_HOST 0xffff

typedef struct qy_station {
    quay_runtime *runtime;
    uint32_t number; /* the owner in its messages' meta words: workers first, then guests */
    uint64_t meta;   /* that owner, as it stands there */
    qy_pool pool;
    qy_news news;
    uint32_t shortages; /* sends and spawns that found no memory */
    int64_t trim_at;    /* … the next of which from then on has pools trimmed */
    alignas(QY_CACHE_LINE) qy_counts count;
} qy_station;

/* A message with room for size bytes, `size` set, the rest the caller's to fill: kind USER, flags as given. A payload
 * beyond the largest class gets a buffer. NULL when there is no memory. */
static inline qy_message *qy_message_new(qy_station *station, size_t size, uint64_t flags);

/* The same, even if that passes the memory limit: for what must go on. */
QY_COLD qy_message *qy_message_new_control(qy_station *station, size_t size, uint64_t flags);

/* The same for a payload beyond the largest class. */
QY_COLD qy_message *qy_message_new_large(qy_station *station, size_t size, uint64_t flags);

static inline qy_message *qy_message_new(qy_station *station, size_t size, uint64_t flags)
{
    size_t bytes = QY_MESSAGE_HEADER + (flags & QY_EXTENDED ? sizeof(qy_extra) : 0) + size;
    unsigned size_class = qy_class_for(bytes);
    if (QY_UNLIKELY(size_class == QY_CLASS_NONE)) return qy_message_new_large(station, size, flags);
    qy_message *message = qy_pool_take(&station->pool, size_class);
    if (QY_UNLIKELY(!message)) return NULL;
    message->meta = station->meta | qy_meta(QY_KIND_USER, flags, size_class, 0);
    message->label = qy_label(0, size);
    return message;
}

/* quay_buffer_new for a station: from its runtime's allocator. */
void *qy_buffer_new(const qy_memory *memory, size_t size);
size_t qy_buffer_size(const void *buffer);

#endif
