/* queue.h - the queue of the textbooks: a ring of items, a mutex, and two conditions.
 *
 * Owns its items. Any thread may put and take. Read next: queue.c */
#ifndef PEERS_QUEUE_H
#define PEERS_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct queue;

/* What threads tell each other. */
struct item {
    uint32_t tag;
    uint32_t number;
    uint64_t value;
    void *from; /* who to answer */
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    struct item *items;
    unsigned first, count, room;
    bool grows; /* when it is full; else whoever puts waits */
};

void queue_open(struct queue *queue, unsigned room, bool grows);
void queue_close(struct queue *queue);
void queue_put(struct queue *queue, struct item item);
struct item queue_take(struct queue *queue);

#endif
