/* test_name.c - the table of names against a plain array, under random operations; readers beside a writer; misuse. */
#include "core/name.h"

#include <errno.h>
#include <pthread.h>
#include <quay/name.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "core/bond.h"
#include "core/title.h"
#include "fixture.h"

#define MANY 3000

static qy_name numbered(unsigned number)
{
    char text[QUAY_NAME_MAX + 1];
    qy_name name;
    (void)snprintf(text, sizeof text, "name %u", number);
    ck_assert_int_eq(qy_name_read(&name, text), 0);
    return name;
}

START_TEST(names_have_1_to_63_bytes)
{
    qy_name name;
    char text[QUAY_NAME_MAX + 2];
    memset(text, 'x', sizeof text);
    text[QUAY_NAME_MAX + 1] = 0;
    ck_assert_int_eq(qy_name_read(&name, NULL), -EINVAL);
    ck_assert_int_eq(qy_name_read(&name, ""), -EINVAL);
    ck_assert_int_eq(qy_name_read(&name, text), -EINVAL);
    ck_assert_int_eq(qy_name_read(&name, text + 1), 0);
    ck_assert_int_eq(qy_name_read(&name, text + QUAY_NAME_MAX), 0);
}
END_TEST

/* Of 3000 names some are there at any time; each is looked for. */
START_TEST(finds_what_is_there_and_nothing_else)
{
    static uint64_t ids[MANY];
    qy_names *names;
    qy_rng rng = {3};
    machine_start(&m, 1);
    names = &m.rt->names;
    for (unsigned i = 0; i < 60000; i++) {
        unsigned at = (unsigned)qy_rng_below(&rng, i < 30000 ? 40 : MANY);
        qy_name name = numbered(at);
        ck_assert_uint_eq(qy_names_find(names, &name), ids[at]);
        if (ids[at]) {
            ck_assert_int_eq(qy_names_add(names, &name, 99), -EEXIST);
            ck_assert_uint_eq(qy_names_remove(names, &name, ids[at] + 1), 0);
            ck_assert_uint_eq(qy_names_remove(names, &name, i % 2 ? ids[at] : 0), ids[at]);
            ids[at] = 0;
        } else {
            ck_assert_uint_eq(qy_names_remove(names, &name, 0), 0);
            ck_assert_int_eq(qy_names_add(names, &name, ids[at] = i + 2), 0);
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        qy_name name = numbered(i);
        ck_assert_uint_eq(qy_names_find(names, &name), ids[i]);
    }
    machine_stop(&m);
}
END_TEST

/* Many short-lived names, a few at a time, all different: the table must not grow for them. */
START_TEST(names_that_come_and_go_take_no_memory)
{
    machine_start(&m, 1);
    qy_names *names = &m.rt->names;
    qy_name first = numbered(0);
    ck_assert_int_eq(qy_names_add(names, &first, 2), 0);
    size_t live = m.live;
    for (unsigned i = 1; i < 200000; i++) {
        qy_name name = numbered(i);
        ck_assert_int_eq(qy_names_add(names, &name, i + 2), 0);
        if (i > 20) {
            name = numbered(i - 20);
            ck_assert_uint_ne(qy_names_remove(names, &name, 0), 0);
        }
    }
    ck_assert_uint_le(m.live, live * 4);
    ck_assert_uint_eq(qy_names_find(names, &first), 2);
    machine_stop(&m);
}
END_TEST

START_TEST(without_memory_a_name_is_refused)
{
    qy_name name = numbered(1);
    machine_start(&m, 1);
    m.starved = true;
    ck_assert_int_eq(qy_names_add(&m.rt->names, &name, 2), -ENOMEM);
    m.starved = false;
    ck_assert_uint_eq(qy_names_find(&m.rt->names, &name), 0);
    machine_stop(&m);
}
END_TEST

/* ---- readers beside a writer ---- */

#define READERS 3
#define STANDING 10

typedef struct reading {
    qy_names *names;
    uint32_t over; /* atomic */
} reading;

/* Names that stay are found by every look, and a name that comes and goes leads to its own id or none. */
static void *read_names(void *argument)
{
    const reading *r = argument;
    uint64_t wrong = 0;
    for (unsigned i = 0; !ck_pr_load_32(&r->over); i++) {
        qy_name stays = numbered(i % STANDING);
        qy_name comes = numbered(1000 + i % 100);
        wrong += qy_names_find(r->names, &stays) != i % STANDING + 2;
        uint64_t id = qy_names_find(r->names, &comes);
        wrong += id && id != 1000 + i % 100;
    }
    return (void *)(uintptr_t)wrong;
}

START_TEST(readers_are_right_while_names_come_and_go)
{
    pthread_t readers[READERS];
    qy_rng rng = {5};
    static bool there[100];
    machine_start(&m, 1);
    reading r = {.names = &m.rt->names};
    for (unsigned i = 0; i < STANDING; i++) {
        qy_name name = numbered(i);
        ck_assert_int_eq(qy_names_add(r.names, &name, i + 2), 0);
    }
    for (unsigned i = 0; i < READERS; i++) ck_assert_int_eq(pthread_create(&readers[i], NULL, read_names, &r), 0);
    for (unsigned i = 0; i < 100000; i++) {
        unsigned at = (unsigned)qy_rng_below(&rng, 100);
        qy_name name = numbered(1000 + at);
        if (there[at]) ck_assert_uint_eq(qy_names_remove(r.names, &name, 0), 1000 + at);
        else ck_assert_int_eq(qy_names_add(r.names, &name, 1000 + at), 0);
        there[at] = !there[at];
    }
    ck_pr_store_32(&r.over, 1);
    for (unsigned i = 0; i < READERS; i++) {
        void *wrong;
        ck_assert_int_eq(pthread_join(readers[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    machine_stop(&m);
}
END_TEST

/* ---- ports and their names ---- */

static quay_port noter;

START_TEST(a_port_leaves_its_names_before_anybody_is_told_of_its_end)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), 0);
    ck_assert_int_eq(quay_register(m.rt, "also the noter", noter), 0);
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, noter.id);
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), -EEXIST);
    settle_down();
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    ck_assert_uint_eq(quay_lookup(m.rt, "also the noter").id, noter.id);
    (void)step(1);
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, 0);
    ck_assert_uint_eq(quay_lookup(m.rt, "also the noter").id, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_that_is_gone_keeps_no_name)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), 0); /* it cannot be known here */
    settle_down();
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, 0);
    as_worker(1);
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), -EPIPE);
    as_nobody();
    machine_stop(&m);
}
END_TEST

START_TEST(misuse_is_refused)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_register(NULL, "noter", noter), -EINVAL);
    ck_assert_int_eq(quay_register(m.rt, "", noter), -EINVAL);
    ck_assert_int_eq(quay_register(m.rt, NULL, noter), -EINVAL);
    ck_assert_int_eq(quay_register(m.rt, "noter", QUAY_NOBODY), -EPIPE);
    ck_assert_int_eq(quay_unregister(m.rt, "noter"), -ENOENT);
    ck_assert_int_eq(quay_unregister(m.rt, ""), -EINVAL);
    ck_assert_int_eq(quay_unregister(NULL, "noter"), -EINVAL);
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, 0);
    ck_assert_uint_eq(quay_lookup(m.rt, NULL).id, 0);
    ck_assert_uint_eq(quay_lookup(NULL, "noter").id, 0);
    machine_stop(&m);
}
END_TEST

/* For the table, or for the message to the port's worker. */
START_TEST(without_memory_no_name_is_given)
{
    int error = -ENOMEM;
    machine_start(&m, 2);
    quay_port port = spawn_on(1, note_message, NULL);
    unsigned spare = 0;
    for (; error; spare++) {
        as_worker(0);
        starve_after(0, spare);
        error = quay_register(m.rt, "port", port);
        feed();
        as_nobody();
        ck_assert_int_eq(error, error ? -ENOMEM : 0);
        ck_assert_uint_eq(quay_lookup(m.rt, "port").id, error ? 0 : port.id);
    }
    ck_assert_uint_gt(spare, 2);
    settle_down();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        names_have_1_to_63_bytes,
        without_memory_no_name_is_given,
        finds_what_is_there_and_nothing_else,
        names_that_come_and_go_take_no_memory,
        without_memory_a_name_is_refused,
        readers_are_right_while_names_come_and_go,
        a_port_leaves_its_names_before_anybody_is_told_of_its_end,
        a_port_that_is_gone_keeps_no_name,
        misuse_is_refused,
    };
    return run_tests("name", tests, COUNT_OF(tests));
}
