/* group.c - groups and their members, and the public side. */
#include "core/group.h"

#include <errno.h>
#include <quay/name.h>
#include <string.h>

#include "core/runtime.h"
#include "core/title.h"

#define FIRST_ROOM 4
#define FEW 64 /* members a sender copies to its own stack */

typedef struct qy_group {
    qy_map_node node;
    qy_name name;
    struct member **members;
    uint32_t count;
    uint32_t room;
    uint32_t next; /* to be picked */
} qy_group;

typedef struct member {
    qy_map_node node;
    qy_group *group;
    uint64_t port;
    uint32_t index; /* in the group's list */
} member;

/* ---- all with the lock ---- */

static qy_group *find_group(const qy_groups *groups, const qy_name *name)
{
    for (qy_map_node *node = qy_map_first(&groups->groups, qy_name_hash(name)); node; node = qy_map_next(node)) {
        qy_group *g = QY_CONTAINER_OF(node, qy_group, node);
        if (qy_name_equal(&g->name, name)) return g;
    }
    return NULL;
}

static uint64_t member_key(const qy_group *g, uint64_t port)
{
    return qy_map_pair((uintptr_t)g, port);
}

static member *find_member(const qy_groups *groups, const qy_group *g, uint64_t port)
{
    for (qy_map_node *node = qy_map_first(&groups->members, member_key(g, port)); node; node = qy_map_next(node)) {
        member *m = QY_CONTAINER_OF(node, member, node);
        if (m->group == g && m->port == port) return m;
    }
    return NULL;
}

static qy_group *make_group(qy_groups *groups, const qy_name *name)
{
    qy_group *g = qy_allocate(groups->memory, sizeof *g, QY_CACHE_LINE);
    if (!g) return NULL;
    *g = (qy_group){.name = *name};
    if (!qy_map_add(&groups->groups, &g->node, qy_name_hash(name))) return g;
    qy_release(groups->memory, g, sizeof *g);
    return NULL;
}

static void free_group_if_empty(qy_groups *groups, qy_group *g)
{
    if (g->count) return;
    qy_map_remove(&groups->groups, &g->node);
    qy_release(groups->memory, g->members, g->room * sizeof(member *));
    qy_release(groups->memory, g, sizeof *g);
}

static int make_room(const qy_groups *groups, qy_group *g)
{
    if (g->count < g->room) return 0;
    uint32_t room = g->room ? g->room * 2 : FIRST_ROOM;
    member **members = qy_allocate(groups->memory, room * sizeof *members, QY_CACHE_LINE);
    if (!members) return -ENOMEM;
    if (g->count) memcpy(members, g->members, g->count * sizeof *members);
    qy_release(groups->memory, g->members, g->room * sizeof *members);
    g->members = members;
    g->room = room;
    return 0;
}

static int add_member(qy_groups *groups, qy_group *g, uint64_t port)
{
    if (find_member(groups, g, port)) return -EALREADY;
    if (make_room(groups, g)) return -ENOMEM;
    member *m = qy_allocate(groups->memory, sizeof *m, QY_CACHE_LINE);
    if (!m) return -ENOMEM;
    *m = (member){.group = g, .port = port, .index = g->count};
    if (qy_map_add(&groups->members, &m->node, member_key(g, port))) {
        qy_release(groups->memory, m, sizeof *m);
        return -ENOMEM;
    }
    g->members[g->count++] = m;
    return 0;
}

static void remove_member(qy_groups *groups, member *m)
{
    qy_group *g = m->group;
    QY_CHECK(g->count && g->members[m->index] == m);
    member *last = g->members[--g->count];
    g->members[m->index] = last;
    last->index = m->index;
    qy_map_remove(&groups->members, &m->node);
    qy_release(groups->memory, m, sizeof *m);
    free_group_if_empty(groups, g);
}

static int join(qy_groups *groups, const qy_name *name, uint64_t port)
{
    qy_group *g = find_group(groups, name);
    if (!g) g = make_group(groups, name);
    if (!g) return -ENOMEM;
    int error = add_member(groups, g, port);
    free_group_if_empty(groups, g);
    return error;
}

/* ---- the lock ---- */

int qy_groups_join(qy_groups *groups, const qy_name *name, uint64_t port)
{
    ck_spinlock_lock(&groups->lock);
    int error = join(groups, name, port);
    ck_spinlock_unlock(&groups->lock);
    return error;
}

int qy_groups_leave(qy_groups *groups, const qy_name *name, uint64_t port)
{
    ck_spinlock_lock(&groups->lock);
    const qy_group *g = find_group(groups, name);
    member *m = g ? find_member(groups, g, port) : NULL;
    if (m) remove_member(groups, m);
    ck_spinlock_unlock(&groups->lock);
    return m ? 0 : -ENOENT;
}

uint32_t qy_groups_members(qy_groups *groups, const qy_name *name, quay_port *ports, size_t room)
{
    ck_spinlock_lock(&groups->lock);
    const qy_group *g = find_group(groups, name);
    uint32_t count = g ? g->count : 0;
    for (uint32_t i = 0; i < count && i < room; i++) ports[i].id = g->members[i]->port;
    ck_spinlock_unlock(&groups->lock);
    return count;
}

uint64_t qy_groups_pick(qy_groups *groups, const qy_name *name)
{
    ck_spinlock_lock(&groups->lock);
    qy_group *g = find_group(groups, name);
    uint64_t port = g ? g->members[g->next++ % g->count]->port : 0;
    ck_spinlock_unlock(&groups->lock);
    return port;
}

void qy_groups_init(qy_groups *groups, const qy_memory *memory)
{
    *groups = (qy_groups){.memory = memory};
    qy_map_init(&groups->groups, memory);
    qy_map_init(&groups->members, memory);
    ck_spinlock_init(&groups->lock);
}

void qy_groups_free(qy_groups *groups)
{
    for (qy_map_node *node; (node = qy_map_any(&groups->members));) {
        remove_member(groups, QY_CONTAINER_OF(node, member, node));
    }
    QY_CHECK(!groups->groups.count);
    qy_map_free(&groups->members);
    qy_map_free(&groups->groups);
}

/* ---- the public side ---- */

static int join_titled(quay_runtime *rt, const qy_name *name, quay_port port)
{
    if (!qy_runtime_may_have(rt, port.id)) return -EPIPE;
    int error = qy_groups_join(&rt->groups, name, port.id);
    if (error) return error;
    error = qy_title_give(port.id, QY_TITLE_GROUP, name);
    if (error) (void)qy_groups_leave(&rt->groups, name, port.id);
    return error;
}

int quay_group_join(quay_runtime *rt, const char *group, quay_port port)
{
    qy_name name;
    int error = qy_name_read(&name, group);
    if (error || (error = qy_runtime_visit(rt))) return error;
    error = join_titled(rt, &name, port);
    qy_runtime_visit_end(rt);
    return error;
}

int quay_group_leave(quay_runtime *rt, const char *group, quay_port port)
{
    qy_name name;
    int error = qy_name_read(&name, group);
    if (error || (error = qy_runtime_visit(rt))) return error;
    error = qy_groups_leave(&rt->groups, &name, port.id);
    if (!error) qy_title_take(port.id, QY_TITLE_GROUP, &name);
    qy_runtime_visit_end(rt);
    return error;
}

int quay_group_members(quay_runtime *rt, const char *group, quay_port *ports, size_t room)
{
    qy_name name;
    int error = !ports && room ? -EINVAL : qy_name_read(&name, group);
    if (error || (error = qy_runtime_visit(rt))) return error;
    uint32_t count = qy_groups_members(&rt->groups, &name, ports, room);
    qy_runtime_visit_end(rt);
    return (int)count;
}

static int send_all(const quay_port *ports, size_t count, uint32_t tag, const void *data, size_t size)
{
    int sent = 0;
    for (size_t i = 0; i < count; i++) {
        int error = quay_send(ports[i], tag, data, size);
        if (error && !sent && error != -EPIPE && error != -EAGAIN) return error;
        sent += !error;
    }
    return sent;
}

/* There are more than few. */
static int send_many(quay_runtime *rt, const char *group, size_t room, uint32_t tag, const void *data, size_t size)
{
    quay_port *ports = quay_buffer_new(room * sizeof *ports);
    if (!ports) return -ENOMEM;
    int count = quay_group_members(rt, group, ports, room);
    int sent = count > 0 ? send_all(ports, (size_t)count < room ? (size_t)count : room, tag, data, size) : count;
    quay_buffer_free(ports);
    return count ? sent : -ENOENT;
}

/* Not from inside rt: a send may wait for room, and meanwhile the thread does other things. Who joins in between is not
 * among them. */
int quay_group_send(quay_runtime *rt, const char *group, uint32_t tag, const void *data, size_t size)
{
    quay_port few[FEW];
    int count = quay_group_members(rt, group, few, FEW);
    if (count <= 0) return count ? count : -ENOENT;
    return count <= FEW ? send_all(few, (size_t)count, tag, data, size)
                        : send_many(rt, group, (size_t)count, tag, data, size);
}

quay_port quay_group_pick(quay_runtime *rt, const char *group)
{
    qy_name name;
    if (qy_name_read(&name, group) || qy_runtime_visit(rt)) return QUAY_NOBODY;
    quay_port port = {qy_groups_pick(&rt->groups, &name)};
    qy_runtime_visit_end(rt);
    return port;
}
