/* test_title.c - what a port keeps of its names: exactly those it has. */
#include "core/title.h"

#include <quay/name.h>

#include "core/bond.h"
#include "fixture.h"

static quay_port noter;

static unsigned titles_of(quay_port port)
{
    unsigned count = 0;
    const qy_ties *ties = qy_port_ties(port_of(port));
    for (const qy_message *title = ties ? ties->titles : NULL; title; title = title->next) count++;
    return count;
}

START_TEST(a_title_taken_back_is_forgotten)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_int_eq(quay_register(m.rt, "noter", noter), 0);
        ck_assert_int_eq(quay_group_join(m.rt, "noter", noter), 0);
        if (i % 2) settle_down();
        ck_assert_int_eq(quay_unregister(m.rt, "noter"), 0);
        settle_down();
        ck_assert_uint_eq(titles_of(noter), 1);
        ck_assert_int_eq(quay_group_leave(m.rt, "noter", noter), 0);
        settle_down();
        ck_assert_uint_eq(titles_of(noter), 0);
    }
    assert_all_accounted();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(an_old_title_does_not_take_a_name_from_its_new_port)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    quay_port heir = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), 0);
    settle_down();
    ck_assert_int_eq(quay_unregister(m.rt, "noter"), 0);
    ck_assert_int_eq(quay_register(m.rt, "noter", heir), 0);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, heir.id);
    machine_stop(&m);
}
END_TEST

/* It ends, and its name with it. */
static void stop_after_noter(void)
{
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, 0);
    machine_stop(&m);
}

START_TEST(a_title_waits_for_memory)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), 0);
    starve(1);
    (void)step(1);
    ck_assert_uint_eq(titles_of(noter), 0);
    feed();
    settle_down();
    ck_assert_uint_eq(titles_of(noter), 1);
    stop_after_noter();
}
END_TEST

/* The TITLE comes by a shorter road than the SPAWN. */
START_TEST(a_title_may_come_before_its_port)
{
    static const char large[QY_BELT_LARGEST + 1];
    machine_start(&m, 2);
    quay_port first = spawn_on(1, note_message, NULL);
    as_worker(0);
    ck_assert_int_eq(quay_send(first, 0, large, sizeof large), 0);
    ck_assert_int_eq(quay_spawn(m.rt, &noter, note_message, &(quay_port_options){.place = quay_core(1)}), 0);
    as_nobody();
    ck_assert_int_eq(quay_register(m.rt, "noter", noter), 0);
    (void)step(1);
    ck_assert_ptr_null(port_of(noter));
    settle_down();
    ck_assert_uint_eq(titles_of(noter), 1);
    stop_after_noter();
}
END_TEST

/* Two titles of one kind, the second of which is taken back while both wait for memory. */
START_TEST(titles_that_wait_keep_their_order)
{
    machine_start(&m, 2);
    noter = spawn_on(1, note_message, NULL);
    ck_assert_int_eq(quay_group_join(m.rt, "one", noter), 0);
    ck_assert_int_eq(quay_group_join(m.rt, "two", noter), 0);
    ck_assert_int_eq(quay_group_leave(m.rt, "one", noter), 0);
    starve(1);
    for (unsigned i = 0; i < 2; i++) (void)step(1);
    ck_assert_uint_eq(titles_of(noter), 0);
    feed();
    settle_down();
    ck_assert_uint_eq(titles_of(noter), 1);
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    ck_assert_int_eq(quay_group_members(m.rt, "two", NULL, 0), 0);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_title_taken_back_is_forgotten,   an_old_title_does_not_take_a_name_from_its_new_port,
        a_title_waits_for_memory,          a_title_may_come_before_its_port,
        titles_that_wait_keep_their_order,
    };
    return run_tests("title", tests, COUNT_OF(tests));
}
