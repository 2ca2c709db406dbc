/* name.h - a runtime's names: from a text to a port's id, read by anybody without a lock.
 *
 * The table is open-addressed. A slot is empty, left (it was used; a search goes on past it) or has a name and an id. A
 * slot that is followed by an empty one is made empty itself when it is left, so that short-lived names do not fill the
 * table.
 *
 * Invariants
 *   N1  writers hold `lock`. A slot's version is odd while it is written; a reader that finds it so takes the slot for
 *       left: the write has not ended, so the name may be there or not. One that finds the version changed reads the
 *       slot again; somebody's write has ended meanwhile. So no reader waits for a writer;
 *   N2  a table that is full is copied to a larger one, and not changed any more; a reader that is still in it answers
 *       for a moment after it began. Old tables are kept until the runtime ends, all together less than the last one;
 *   N3  at least a quarter of a table is empty, so every search ends;
 *   N4  a name is in the table only if its port's worker knows of it (title.h), or soon will.
 *
 * Ownership: tables are the runtime's. Read next: title.h. */
#ifndef QY_NAME_H
#define QY_NAME_H

#include <ck_spinlock.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/memory.h"

#define QY_NAME_WORDS 8

/* A text of up to 63 bytes, zeros behind it. */
typedef struct qy_name {
    uint64_t words[QY_NAME_WORDS];
} qy_name;

/* 0, or -EINVAL when it is NULL, empty or too long. */
int qy_name_read(qy_name *name, const char *text);
uint64_t qy_name_hash(const qy_name *name);
bool qy_name_equal(const qy_name *a, const qy_name *b);

typedef struct qy_names {
    const qy_memory *memory;
    struct qy_name_table *table;               /* atomic; NULL: there was no name yet */
    alignas(QY_CACHE_LINE) ck_spinlock_t lock; /* for writers */
} qy_names;

void qy_names_init(qy_names *names, const qy_memory *memory);
void qy_names_free(qy_names *names);

/* The id of a name, 0 for none. */
uint64_t qy_names_find(const qy_names *names, const qy_name *name);

/* 0, -EEXIST or -ENOMEM. */
int qy_names_add(qy_names *names, const qy_name *name, uint64_t id);

/* Remove a name if it is this id's, or whoever's if that is 0. Returns whose it was, 0 if it was not removed. */
uint64_t qy_names_remove(qy_names *names, const qy_name *name, uint64_t id);

#endif
