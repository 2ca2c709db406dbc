/* ingress.h - the queue by which threads that are not workers reach a worker: any number of producers, one
 * consumer, a Treiber stack (1986) that is emptied whole and turned around.
 *
 * Nothing is ever popped singly, so there is no ABA; turning a whole stack around gives back the order of the
 * pushes, hence the order of each sender.
 *
 * Ownership: what is pushed belongs to the ingress until taken. Read next: message.h. */
#ifndef QY_INGRESS_H
#define QY_INGRESS_H

#include <ck_stack.h>
#include <stdalign.h>
#include <stdbool.h>

#include "base/check.h"

typedef struct ck_stack_entry qy_ingress_link;

typedef struct qy_ingress {
    alignas(QY_CACHE_LINE) ck_stack_t stack;
} qy_ingress;

static inline void qy_ingress_init(qy_ingress *ingress)
{
    ck_stack_init(&ingress->stack);
}

/* Any thread. A locked instruction: on x86 it is the full fence that parking.h asks of a producer. */
static inline void qy_ingress_push(qy_ingress *ingress, qy_ingress_link *link)
{
    ck_stack_push_upmc(&ingress->stack, link);
}

static inline bool qy_ingress_empty(qy_ingress *ingress)
{
    return ck_pr_load_ptr(&ingress->stack.head) == NULL;
}

/* Everything pushed so far, oldest first, chained by `next`; NULL when there is nothing. */
static inline qy_ingress_link *qy_ingress_take(qy_ingress *ingress)
{
    qy_ingress_link *newest = ck_stack_batch_pop_upmc(&ingress->stack);
    ck_pr_fence_load(); /* pairs with the store fence of the push: links and messages are whole */
    qy_ingress_link *oldest = NULL;
    while (newest) {
        qy_ingress_link *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

#endif
