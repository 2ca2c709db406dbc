/* name.c - the table of names, and its public side. */
#include "core/name.h"

#include <errno.h>
#include <quay/name.h>
#include <string.h>

#include "core/runtime.h"
#include "core/title.h"

#define FIRST_BITS 6

/* Instead of an id, which is never so small. */
enum { EMPTY, LEFT };

typedef struct slot {
    uint64_t version; /* N1 */
    uint64_t id;
    qy_name name;
} slot;

typedef struct qy_name_table {
    struct qy_name_table *older;
    uint32_t bits;
    uint32_t used; /* slots that are not empty; the writer's */
    slot slots[];
} qy_name_table;

_Static_assert(sizeof(qy_name) == QUAY_NAME_MAX + 1, "a name is as long as a port's");

/* ---- names ---- */

int qy_name_read(qy_name *name, const char *text)
{
    const char *end = text ? memchr(text, 0, QUAY_NAME_MAX + 1) : NULL;
    if (!end || end == text) return -EINVAL;
    *name = (qy_name){0};
    memcpy(name->words, text, (size_t)(end - text));
    return 0;
}

uint64_t qy_name_hash(const qy_name *name)
{
    uint64_t hash = 0;
    for (int i = 0; i < QY_NAME_WORDS; i++) {
        hash = (hash ^ name->words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash;
}

bool qy_name_equal(const qy_name *a, const qy_name *b)
{
    return !memcmp(a->words, b->words, sizeof a->words);
}

/* ---- slots ---- */

/* What is in it; LEFT also if it is another name's. */
static uint64_t read_slot(const slot *s, const qy_name *name)
{
    for (;;) {
        uint64_t version = ck_pr_load_64(&s->version);
        if (version & 1) return LEFT;
        ck_pr_fence_load(); /* pairs with the last fence of write_slot: a version and what was written before it */
        uint64_t id = ck_pr_load_64(&s->id);
        uint64_t differs = 0;
        for (int i = 0; i < QY_NAME_WORDS; i++) differs |= ck_pr_load_64(&s->name.words[i]) ^ name->words[i];
        ck_pr_fence_load(); /* pairs with its first: who reads something newer sees the version odd, or newer too */
        if (ck_pr_load_64(&s->version) == version) return id == EMPTY || !differs ? id : LEFT;
    }
}

/* With the lock. The name may be NULL: it stays. */
static void write_slot(slot *s, const qy_name *name, uint64_t id)
{
    uint64_t version = s->version;
    QY_CHECK(!(version & 1));
    ck_pr_store_64(&s->version, version + 1);
    ck_pr_fence_store();
    ck_pr_store_64(&s->id, id);
    for (int i = 0; name && i < QY_NAME_WORDS; i++) ck_pr_store_64(&s->name.words[i], name->words[i]);
    ck_pr_fence_store();
    ck_pr_store_64(&s->version, version + 2);
}

/* ---- the table ---- */

static uint32_t size_of(const qy_name_table *table)
{
    return UINT32_C(1) << table->bits;
}

static size_t bytes_of(uint32_t bits)
{
    return sizeof(qy_name_table) + (sizeof(slot) << bits);
}

static slot *slot_at(const qy_name_table *table, uint64_t index)
{
    return (slot *)(uintptr_t)&table->slots[index & (size_of(table) - 1)];
}

/* With the lock: where the name is, or else would be put. */
static slot *search(qy_name_table *table, const qy_name *name)
{
    slot *left = NULL;
    for (uint64_t at = qy_name_hash(name);; at++) {
        slot *s = slot_at(table, at);
        if (s->id == EMPTY) return left ? left : s;
        if (s->id == LEFT && !left) left = s;
        if (s->id != LEFT && qy_name_equal(&s->name, name)) return s;
    }
}

static bool holds(const slot *s)
{
    return s->id != EMPTY && s->id != LEFT;
}

static void put(qy_name_table *table, const qy_name *name, uint64_t id)
{
    slot *s = search(table, name);
    QY_CHECK(!holds(s));
    if (s->id == EMPTY) table->used++;
    write_slot(s, name, id);
}

/* With the lock. 0 or -ENOMEM. */
static int grow(qy_names *names)
{
    qy_name_table *old = names->table;
    uint32_t bits = old ? old->bits + 1 : FIRST_BITS;
    qy_name_table *table = qy_allocate(names->memory, bytes_of(bits), QY_CACHE_LINE);
    if (!table) return -ENOMEM;
    memset(table, 0, bytes_of(bits));
    table->bits = bits;
    table->older = old;
    for (uint32_t i = 0; old && i < size_of(old); i++) {
        if (holds(&old->slots[i])) put(table, &old->slots[i].name, old->slots[i].id);
    }
    ck_pr_fence_store(); /* pairs with the fence in qy_names_find: who sees the table sees what is in it */
    ck_pr_store_ptr(&names->table, table);
    return 0;
}

void qy_names_init(qy_names *names, const qy_memory *memory)
{
    *names = (qy_names){.memory = memory};
    ck_spinlock_init(&names->lock);
}

void qy_names_free(qy_names *names)
{
    while (names->table) {
        qy_name_table *table = names->table;
        names->table = table->older;
        qy_release(names->memory, table, bytes_of(table->bits));
    }
}

uint64_t qy_names_find(const qy_names *names, const qy_name *name)
{
    const qy_name_table *table = ck_pr_load_ptr(&names->table);
    if (!table) return 0;
    ck_pr_fence_load(); /* pairs with the fence in grow */
    uint64_t first = qy_name_hash(name);
    for (uint64_t at = first; at < first + size_of(table); at++) {
        uint64_t id = read_slot(slot_at(table, at), name);
        if (id == EMPTY) break;
        if (id != LEFT) return id;
    }
    return 0;
}

static int add(qy_names *names, const qy_name *name, uint64_t id)
{
    if (names->table && holds(search(names->table, name))) return -EEXIST;
    if (!names->table || names->table->used >= size_of(names->table) / 4 * 3) {
        int error = grow(names);
        if (error) return error;
    }
    put(names->table, name, id);
    return 0;
}

int qy_names_add(qy_names *names, const qy_name *name, uint64_t id)
{
    QY_CHECK(id > LEFT);
    ck_spinlock_lock(&names->lock);
    int error = add(names, name, id);
    ck_spinlock_unlock(&names->lock);
    return error;
}

/* This slot, and those before it that were left, if none must be searched past them. */
static void leave(qy_name_table *table, slot *s)
{
    uint64_t at = (uint64_t)(s - table->slots);
    write_slot(s, NULL, LEFT);
    if (slot_at(table, at + 1)->id != EMPTY) return;
    for (; slot_at(table, at)->id == LEFT; at--, table->used--) write_slot(slot_at(table, at), NULL, EMPTY);
}

uint64_t qy_names_remove(qy_names *names, const qy_name *name, uint64_t id)
{
    ck_spinlock_lock(&names->lock);
    slot *s = names->table ? search(names->table, name) : NULL;
    uint64_t was = s && holds(s) && (!id || s->id == id) ? s->id : 0;
    if (was) leave(names->table, s);
    ck_spinlock_unlock(&names->lock);
    return was;
}

/* ---- the public side ---- */

static int give_name(quay_runtime *rt, const qy_name *name, quay_port port)
{
    if (!qy_runtime_may_have(rt, port.id)) return -EPIPE;
    int error = qy_names_add(&rt->names, name, port.id);
    if (error) return error;
    error = qy_title_give(port.id, QY_TITLE_NAME, name);
    if (error) (void)qy_names_remove(&rt->names, name, port.id);
    return error;
}

int quay_register(quay_runtime *rt, const char *name, quay_port port)
{
    qy_name n;
    int error = qy_name_read(&n, name);
    if (error || (error = qy_runtime_visit(rt))) return error;
    error = give_name(rt, &n, port);
    qy_runtime_visit_end(rt);
    return error;
}

int quay_unregister(quay_runtime *rt, const char *name)
{
    qy_name n;
    int error = qy_name_read(&n, name);
    if (error || (error = qy_runtime_visit(rt))) return error;
    uint64_t was = qy_names_remove(&rt->names, &n, 0);
    if (was) qy_title_take(was, QY_TITLE_NAME, &n);
    qy_runtime_visit_end(rt);
    return was ? 0 : -ENOENT;
}

quay_port quay_lookup(const quay_runtime *rt, const char *name)
{
    qy_name n;
    if (qy_name_read(&n, name) || qy_runtime_visit(rt)) return QUAY_NOBODY;
    quay_port port = {qy_names_find(&rt->names, &n)};
    qy_runtime_visit_end(rt);
    return port;
}
