/* heap.c - melding, and the two-pass pairing that keeps removal cheap. */
#include "base/heap.h"

#include "base/check.h"

static bool before(const qy_heap_node *a, const qy_heap_node *b)
{
    return a->key < b->key || (a->key == b->key && a->order < b->order);
}

/* Two roots become one tree; either may be NULL. */
static qy_heap_node *meld(qy_heap_node *a, qy_heap_node *b)
{
    if (!a) return b;
    if (!b) return a;
    if (before(b, a)) {
        qy_heap_node *swap = a;
        a = b;
        b = swap;
    }
    b->previous = a;
    b->next = a->child;
    if (a->child) a->child->previous = b;
    a->child = b;
    return a;
}

static qy_heap_node *detach_next(qy_heap_node **from)
{
    qy_heap_node *node = *from;
    if (node) {
        *from = node->next;
        node->next = node->previous = NULL;
    }
    return node;
}

/* Siblings become one tree: meld pairs from the left, then the pairs from the right. */
static qy_heap_node *pair(qy_heap_node *siblings)
{
    qy_heap_node *pairs = NULL;
    while (siblings) {
        qy_heap_node *a = detach_next(&siblings);
        qy_heap_node *b = detach_next(&siblings);
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    qy_heap_node *root = NULL;
    while (pairs) root = meld(root, detach_next(&pairs));
    return root;
}

static void cut(qy_heap_node *node)
{
    QY_CHECK(node->previous);
    if (node->previous->child == node) node->previous->child = node->next;
    else node->previous->next = node->next;
    if (node->next) node->next->previous = node->previous;
    node->next = node->previous = NULL;
}

void qy_heap_insert(qy_heap *heap, qy_heap_node *node, int64_t key)
{
    *node = (qy_heap_node){.key = key, .order = heap->inserted++};
    heap->root = meld(heap->root, node);
}

void qy_heap_remove(qy_heap *heap, qy_heap_node *node)
{
    if (node == heap->root) {
        heap->root = pair(node->child);
    } else {
        cut(node);
        heap->root = meld(heap->root, pair(node->child));
    }
    node->child = NULL;
    if (heap->root) heap->root->next = heap->root->previous = NULL;
}
