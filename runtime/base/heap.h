/* heap.h - a priority queue that never allocates: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986).
 *
 * Nodes live in their members; the heap owns nothing. The smallest key comes first, equal keys in the order they
 * were inserted. Insert is O(1), removing any node O(log n) amortised. */
#ifndef QY_HEAP_H
#define QY_HEAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct qy_heap_node {
    struct qy_heap_node *child;    /* the first of its children */
    struct qy_heap_node *next;     /* its next sibling */
    struct qy_heap_node *previous; /* its previous sibling, or its parent if it is the first child */
    int64_t key;
    uint64_t order; /* when it was inserted */
} qy_heap_node;

typedef struct qy_heap {
    qy_heap_node *root;
    uint64_t inserted;
} qy_heap;

static inline bool qy_heap_empty(const qy_heap *heap)
{
    return !heap->root;
}

/* The smallest node, or NULL. */
static inline qy_heap_node *qy_heap_first(const qy_heap *heap)
{
    return heap->root;
}

void qy_heap_insert(qy_heap *heap, qy_heap_node *node, int64_t key);

/* The node must be in the heap. */
void qy_heap_remove(qy_heap *heap, qy_heap_node *node);

#endif
