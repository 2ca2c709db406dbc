/* test_suspend.c - what ends a wait: the first thing that can, once. */
#include "core/suspend.h"

#include "fixture.h"

static quay_promise promises[3];
static quay_future *futures[3];
static quay_port waiting_port;
static int result;
static unsigned ended;
static quay_time until;

typedef int wait_body(quay_self *self);
static wait_body *wait_in;

static int wait_as_told(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    for (unsigned i = 0; i < COUNT_OF(futures); i++)
        ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promises[i], &futures[i]), 0);
    result = wait_in(self);
    ended++;
    for (unsigned i = 0; i < COUNT_OF(futures); i++) {
        ck_assert_ptr_null(quay_settled(futures[i]) ? NULL : ((qy_port_future *)futures[i])->waiter);
        quay_drop(futures[i]);
    }
    return 0;
}

static int wait_for_one(quay_self *self)
{
    (void)self;
    return quay_await_until(futures[0], NULL, 0, until);
}

static int wait_for_any(quay_self *self)
{
    (void)self;
    return quay_await_any(futures, COUNT_OF(futures), until);
}

static int wait_for_all(quay_self *self)
{
    (void)self;
    return quay_await_all(futures, COUNT_OF(futures), until);
}

static int wait_for_nothing(quay_self *self)
{
    return quay_sleep(self, 1000);
}

static void begin(wait_body *body, quay_time deadline)
{
    machine_start(&m, 1);
    until = deadline == QUAY_FOREVER ? deadline : m.now + deadline;
    wait_in = body;
    result = 99;
    ended = 0;
    waiting_port = spawn_on(0, wait_as_told, NULL);
    tell(waiting_port, 0);
    settle_down();
    ck_assert_uint_eq(ended, 0);
    ck_assert(port_of(waiting_port)->flags & QY_PORT_SUSPENDED);
    ck_assert_ptr_null(m.rt->workers[0]->running);
}

static void settle(unsigned i)
{
    ck_assert_int_eq(quay_settle(promises[i], 0, NULL, 0), 0);
    settle_down();
}

static void end(int expected)
{
    settle_down();
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(result, expected);
    ck_assert(qy_list_empty(&m.rt->workers[0]->suspended));
    ck_assert(!port_of(waiting_port) || !(port_of(waiting_port)->flags & (QY_PORT_SUSPENDED | QY_PORT_BUSY)));
    assert_all_accounted();
    machine_stop(&m);
}

START_TEST(one_ends_when_it_is_settled)
{
    begin(wait_for_one, QUAY_FOREVER);
    settle(1);
    ck_assert_uint_eq(ended, 0);
    settle(0);
    end(0);
}
END_TEST

START_TEST(any_ends_with_the_first)
{
    begin(wait_for_any, QUAY_FOREVER);
    settle(2);
    end(2);
}
END_TEST

START_TEST(all_ends_with_the_last)
{
    begin(wait_for_all, QUAY_FOREVER);
    settle(1);
    settle(2);
    ck_assert_uint_eq(ended, 0);
    settle(0);
    end(0);
}
END_TEST

static void expire_on_time(wait_body *body, int expected)
{
    begin(body, 1000);
    for (int i = 0; i < 999; i += 111, m.now += 111) {
        settle_down();
        ck_assert_uint_eq(ended, 0);
    }
    m.now += 1;
    end(expected);
}

START_TEST(a_deadline_ends_it_and_not_before)
{
    expire_on_time(wait_for_one, -ETIMEDOUT);
    expire_on_time(wait_for_any, -ETIMEDOUT);
    expire_on_time(wait_for_all, -ETIMEDOUT);
    expire_on_time(wait_for_nothing, 0);
}
END_TEST

/* The first end counts, whichever of two that come in one step it is. */
START_TEST(it_ends_once)
{
    begin(wait_for_one, 1000);
    ck_assert_int_eq(quay_settle(promises[0], 0, NULL, 0), 0);
    ck_assert_int_eq(quay_kill(waiting_port, -EINTR), 0);
    m.now += 1000;
    end(0);
    begin(wait_for_one, 1000);
    ck_assert_int_eq(quay_kill(waiting_port, -EINTR), 0);
    ck_assert_int_eq(quay_kill(waiting_port, -EIO), 0);
    ck_assert_int_eq(quay_settle(promises[0], 0, NULL, 0), 0);
    end(-ECANCELED);
}
END_TEST

START_TEST(interrupting_who_does_not_wait_changes_nothing)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, note_message, NULL);
    qy_port_interrupt(as_worker(0), port_of(port), -ECANCELED);
    as_nobody();
    tell(port, 1);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_ptr_null(m.rt->workers[0]->resumable);
    machine_stop(&m);
}
END_TEST

static int starved_result; /* 0: it waits */

static void wait_starved(quay_self *self)
{
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    starve(0);
    starved_result = quay_await_until(f, NULL, 0, m.now + 1000);
    quay_drop(f);
}

START_TEST(without_memory_its_deadline_ends_it_all_the_same)
{
    machine_start(&m, 1);
    run_in_port(0, wait_starved);
    feed();
    ck_assert_int_eq(starved_result, 0);
    m.now += 1000;
    settle_down();
    ck_assert_int_eq(starved_result, -ETIMEDOUT);
    ck_assert(qy_list_empty(&m.rt->workers[0]->suspended));
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {one_ends_when_it_is_settled,
                            any_ends_with_the_first,
                            all_ends_with_the_last,
                            a_deadline_ends_it_and_not_before,
                            it_ends_once,
                            interrupting_who_does_not_wait_changes_nothing,
                            without_memory_its_deadline_ends_it_all_the_same};
    return run_tests("suspend", tests, COUNT_OF(tests));
}
