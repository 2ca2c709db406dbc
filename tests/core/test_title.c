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
    ck_assert_int_eq(quay_kill(noter, 0), 0);
    settle_down();
    ck_assert_uint_eq(quay_lookup(m.rt, "noter").id, 0);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_title_taken_back_is_forgotten,
        an_old_title_does_not_take_a_name_from_its_new_port,
        a_title_waits_for_memory,
    };
    return run_tests("title", tests, COUNT_OF(tests));
}
