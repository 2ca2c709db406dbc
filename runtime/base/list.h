/* list.h - a doubly linked list whose links live in its members. The list owns nothing.
 *
 * A list is a link that points at itself when empty; so does a member that is on no list. */
#ifndef QY_LIST_H
#define QY_LIST_H

#include <stdbool.h>

typedef struct qy_link {
    struct qy_link *next;
    struct qy_link *previous;
} qy_link;

static inline void qy_list_init(qy_link *list)
{
    list->next = list->previous = list;
}

static inline bool qy_list_empty(const qy_link *list)
{
    return list->next == list;
}

/* Put a link behind another; on the list itself: at the front. */
static inline void qy_list_insert(qy_link *behind, qy_link *link)
{
    link->next = behind->next;
    link->previous = behind;
    behind->next->previous = link;
    behind->next = link;
}

static inline void qy_list_append(qy_link *list, qy_link *link)
{
    qy_list_insert(list->previous, link);
}

/* Take a link off whatever list it is on; on none, nothing happens. */
static inline void qy_list_remove(qy_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    qy_list_init(link);
}

#endif
