/* queue.c - putting, taking, growing. A condition is signalled only when it may have come true. Owns the items' array.
 *
 * Read next: team.h */
#include "queue.h"

#include "bench.h"

#include <stdlib.h>

void queue_open(struct queue *queue, unsigned room, bool grows)
{
    *queue = (struct queue){.room = room, .grows = grows};
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    pthread_cond_init(&queue->not_full, NULL);
    queue->items = malloc(room * sizeof *queue->items);
    bench_check(queue->items, "there is memory");
}

void queue_close(struct queue *queue)
{
    free(queue->items);
    pthread_cond_destroy(&queue->not_full);
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->lock);
}

static void grow(struct queue *queue)
{
    struct item *items = malloc(2 * queue->room * sizeof *items);
    bench_check(items, "there is memory");
    for (unsigned i = 0; i < queue->count; i++) items[i] = queue->items[(queue->first + i) % queue->room];
    free(queue->items);
    queue->items = items;
    queue->first = 0;
    queue->room *= 2;
}

void queue_put(struct queue *queue, struct item item)
{
    pthread_mutex_lock(&queue->lock);
    if (queue->count == queue->room && queue->grows) grow(queue);
    while (queue->count == queue->room) pthread_cond_wait(&queue->not_full, &queue->lock);
    queue->items[(queue->first + queue->count++) % queue->room] = item;
    pthread_cond_signal(&queue->not_empty);
    pthread_mutex_unlock(&queue->lock);
}

struct item queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->count) pthread_cond_wait(&queue->not_empty, &queue->lock);
    struct item item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->room;
    queue->count--;
    if (!queue->grows) pthread_cond_signal(&queue->not_full);
    pthread_mutex_unlock(&queue->lock);
    return item;
}
