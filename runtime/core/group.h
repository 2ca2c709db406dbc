/* group.h - a runtime's groups: names that lead to several ports.
 *
 * Everything is done under one lock, for as long as it takes to change or copy a list; nobody sends under it.
 * Ownership: groups and members are the runtime's; a group goes with its last member. Read next: title.h. */
#ifndef QY_GROUP_H
#define QY_GROUP_H

#include <ck_spinlock.h>
#include <quay/types.h>

#include "base/map.h"
#include "core/name.h"

typedef struct qy_groups {
    const qy_memory *memory;
    qy_map groups;  /* by the hash of their names */
    qy_map members; /* by group and port */
    alignas(QY_CACHE_LINE) ck_spinlock_t lock;
} qy_groups;

void qy_groups_init(qy_groups *groups, const qy_memory *memory);
void qy_groups_free(qy_groups *groups);

/* 0, -EALREADY or -ENOMEM. */
int qy_groups_join(qy_groups *groups, const qy_name *name, uint64_t port);

/* 0 or -ENOENT. */
int qy_groups_leave(qy_groups *groups, const qy_name *name, uint64_t port);

/* Copy up to `room` members. Returns how many there are. */
uint32_t qy_groups_members(qy_groups *groups, const qy_name *name, quay_port *ports, size_t room);

/* The next in turn, or 0. */
uint64_t qy_groups_pick(qy_groups *groups, const qy_name *name);

#endif
