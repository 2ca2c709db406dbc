/* dead_letter.h - telling ports of messages that were not handled.
 *
 * Whoever counts a dead letter calls one of these first. Without a subscriber that is one load of a word that does not
 * change.
 *
 * Invariant N1: a message that tells of a dead letter (QY_NOTICE) is none to be told of.
 * Ownership: subscriptions are the runtime's, under their lock; a qy_news is its station's.
 * Read next: dead_letter.c. */
#ifndef QY_DEAD_LETTER_H
#define QY_DEAD_LETTER_H

#include <ck_spinlock.h>
#include <quay/dead_letter.h>

#include "base/memory.h"

typedef struct qy_subscription {
    uint64_t port;
    uint32_t tag;
} qy_subscription;

typedef struct qy_subscriptions {
    ck_spinlock_t lock;
    uint32_t count; /* read without the lock, as a hint */
    uint32_t capacity;
    qy_subscription *of;
} qy_subscriptions;

/* How much a station has told lately. */
typedef struct qy_news {
    quay_time since;
    uint32_t told; /* since then */
    uint64_t skipped;
} qy_news;

struct qy_station;
struct qy_message;
struct qy_letter;

/* They begin as zeros. */
void qy_subscriptions_free(qy_subscriptions *subscriptions, const qy_memory *memory);

/* A message will not be handled, or a letter not be sent. */
void qy_dead_message(struct qy_station *station, const struct qy_message *message, quay_dead_reason reason);
void qy_dead_unsent(struct qy_station *station, const struct qy_letter *letter);

#endif
