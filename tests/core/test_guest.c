/* test_guest.c - one guest a thread, handed on when the thread ends; inside, and the end of a runtime. */
#include "core/guest.h"

#include <pthread.h>

#include "fixture.h"

static qy_guest *enter(const machine *it)
{
    int error = 0;
    qy_guest *guest = qy_guest_enter(it->rt->first_home, &error);
    ck_assert_ptr_nonnull(guest);
    return guest;
}

static void *enter_and_leave(void *argument)
{
    *(qy_guest **)argument = enter(&m);
    qy_guest_leave();
    return NULL;
}

static qy_guest *guest_of_new_thread(void)
{
    pthread_t thread;
    qy_guest *guest;
    ck_assert_int_eq(pthread_create(&thread, NULL, enter_and_leave, &guest), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return guest;
}

START_TEST(a_thread_keeps_its_guest_and_no_other_has_it)
{
    machine_start(&m, 2);
    qy_guest *mine = enter(&m);
    qy_guest_leave();
    ck_assert_ptr_eq(enter(&m), mine);
    qy_guest_leave();
    ck_assert_uint_eq(mine->station.number, 2); /* after the workers */
    ck_assert_ptr_ne(guest_of_new_thread(), mine);
    machine_stop(&m);
}
END_TEST

START_TEST(a_thread_that_ends_hands_its_guest_on)
{
    machine_start(&m, 1);
    qy_guest *first = guest_of_new_thread();
    for (int i = 0; i < 20; i++) ck_assert_ptr_eq(guest_of_new_thread(), first);
    ck_assert_uint_eq(m.rt->guests_count, 1);
    ck_assert_uint_eq(first->taken, 0);
    machine_stop(&m);
}
END_TEST

static void *send_in_order(void *argument)
{
    tell(*(quay_port *)argument, noted.tag[0]++);
    return NULL;
}

START_TEST(what_an_adopted_guest_sends_comes_after_what_it_sent_before)
{
    machine_start(&m, 1);
    quay_port noter = spawn_on(0, note_message, NULL);
    uint32_t next = 0;
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        noted.tag[0] = next++;
        ck_assert_int_eq(pthread_create(&thread, NULL, send_in_order, &noter), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    settle_down();
    ck_assert_uint_eq(noted.count, 50);
    for (uint32_t i = 0; i < 50; i++) ck_assert_uint_eq(noted.tag[i], i);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_runtime_that_is_gone_has_no_guests)
{
    int error = 0;
    machine_start(&m, 1);
    quay_runtime *rt = m.rt;
    uint32_t home = rt->first_home;
    enter(&m);
    qy_guest_leave();
    ck_assert_int_eq(qy_runtime_enter(rt), 0);
    qy_guest_leave();
    machine_stop(&m);
    ck_assert_ptr_null(qy_guest_enter(home, &error));
    ck_assert_int_eq(error, -EPIPE);
    ck_assert_int_eq(qy_runtime_enter(rt), -EINVAL);
    ck_assert_int_eq(qy_runtime_enter(NULL), -EINVAL);
}
END_TEST

/* A membership of a runtime that is gone is not taken for one of the next, in whose homes, and maybe place, it is. */
START_TEST(each_runtime_after_another_has_guests_of_its_own)
{
    for (int i = 0; i < 20; i++) {
        machine_start(&m, 1);
        ck_assert_ptr_eq(enter(&m)->station.runtime, m.rt);
        qy_guest_leave();
        ck_assert_uint_eq(m.rt->guests_count, 1);
        machine_stop(&m);
    }
}
END_TEST

START_TEST(a_thread_has_guests_in_several_runtimes)
{
    machine others[4];
    qy_guest *guests[COUNT_OF(others)];
    machine_start(&m, 1);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        machine_start(&others[i], 1);
        guests[i] = enter(&others[i]);
        qy_guest_leave();
    }
    for (size_t i = 0; i < 3 * COUNT_OF(others); i++) {
        ck_assert_ptr_eq(enter(&others[i * 3 % COUNT_OF(others)]), guests[i * 3 % COUNT_OF(others)]);
        qy_guest_leave();
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) machine_stop(&others[i]);
    machine_stop(&m);
}
END_TEST

START_TEST(a_guest_that_finds_no_memory_is_made_later)
{
    int error = 0;
    machine_start(&m, 1);
    m.starved = true;
    ck_assert_ptr_null(qy_guest_enter(m.rt->first_home, &error));
    ck_assert_int_eq(error, -ENOMEM);
    qy_guest_wait_outside(m.rt); /* this thread is not left inside */
    feed();
    enter(&m);
    qy_guest_leave();
    machine_stop(&m);
}
END_TEST

START_TEST(a_guests_messages_come_back_to_it)
{
    size_t after_warm_up = 0;
    machine_start(&m, 2);
    quay_port noters[2] = {spawn_on(0, note_message, NULL), spawn_on(1, note_message, NULL)};
    for (int i = 0; i < 5000; i++) {
        noted.count = 0;
        tell(noters[i % 2], 0);
        settle_down();
        if (i == 3000) after_warm_up = m.live;
    }
    ck_assert_uint_eq(m.live, after_warm_up);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_thread_keeps_its_guest_and_no_other_has_it,
                            a_thread_that_ends_hands_its_guest_on,
                            what_an_adopted_guest_sends_comes_after_what_it_sent_before,
                            a_runtime_that_is_gone_has_no_guests,
                            each_runtime_after_another_has_guests_of_its_own,
                            a_thread_has_guests_in_several_runtimes,
                            a_guest_that_finds_no_memory_is_made_later,
                            a_guests_messages_come_back_to_it};
    return run_tests("guest", tests, COUNT_OF(tests));
}
