/* test_unhandled.c - answers without memory are owed, and paid with the status they had. */
#include "core/unhandled.h"

#include "core/future.h"
#include "fixture.h"

enum { RETURN_0, RETURN_ERROR };

static int obey(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    noted.count++;
    return message->tag == RETURN_ERROR ? -EBADMSG : 0;
}

static quay_port callee;
static quay_future *asked;

static void ask_for_ever(quay_self *self)
{
    (void)self;
    asked = quay_ask(callee, RETURN_0, NULL, 0, QUAY_FOREVER);
}

/* The answer has to cross to another worker, which takes a message, and there is none. */
START_TEST(an_answer_that_finds_no_memory_is_owed_until_there_is)
{
    machine_start(&m, 2);
    callee = spawn_on(1, obey, NULL);
    run_in_port(0, ask_for_ever);
    take_all(1);
    starve(1);
    for (int i = 0; i < 5; i++) step(1);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->owed);
    ck_assert_uint_gt(m.refused, 1);
    settle_down();
    ck_assert(!((qy_port_future *)asked)->settled);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT); /* what is owed is on its way */
    feed();
    settle_down();
    ck_assert_ptr_null(m.rt->workers[1]->owed);
    ck_assert_int_eq(((qy_port_future *)asked)->status, -ENOMSG);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* The duty was taken out, and fails without memory while its handler still runs. */
static int defer_and_fail(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    quay_promise promise = quay_defer(self);
    starve(self->worker->index);
    qy_port_future_fail(qy_port_future_find(self->worker, promise.id), -EIO);
    return 0;
}

START_TEST(a_deferred_answer_that_finds_no_memory_is_owed_when_its_handler_returns)
{
    machine_start(&m, 2);
    callee = spawn_on(1, defer_and_fail, NULL);
    run_in_port(0, ask_for_ever);
    step(1);
    ck_assert_ptr_nonnull(m.rt->workers[1]->owed);
    feed();
    settle_down();
    ck_assert_int_eq(((qy_port_future *)asked)->status, -EIO);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static quay_port callees[10];
static qy_port_future *asked_all[10];

static void ask_many(quay_self *self)
{
    (void)self;
    for (size_t i = 0; i < COUNT_OF(callees); i++)
        asked_all[i] = (qy_port_future *)quay_ask(callees[i], i % 2 ? RETURN_ERROR : RETURN_0, NULL, 0, QUAY_FOREVER);
}

START_TEST(each_of_many_owed_answers_keeps_its_status)
{
    machine_start(&m, 2);
    for (size_t i = 0; i < COUNT_OF(callees); i++) callees[i] = spawn_on(1, obey, NULL);
    run_in_port(0, ask_many);
    take_all(1);
    starve(1);
    for (int i = 0; i < 3; i++) step(1);
    feed();
    settle_down();
    for (size_t i = 0; i < COUNT_OF(callees); i++) {
        ck_assert(asked_all[i]->settled);
        ck_assert_int_eq(asked_all[i]->status, i % 2 ? -EBADMSG : -ENOMSG);
    }
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

/* Dead letters that were asks, too. */
START_TEST(the_asks_of_a_killed_port_are_answered_when_there_is_memory)
{
    machine_start(&m, 2);
    for (size_t i = 0; i < COUNT_OF(callees); i++) callees[i] = i ? callees[0] : spawn_on(1, obey, NULL);
    run_in_port(0, ask_many);
    take_all(1);
    ck_assert_int_eq(quay_kill(callees[0], 0), 0);
    starve(1);
    for (int i = 0; i < 3; i++) step(1);
    ck_assert_uint_eq(noted.count, 0);
    feed();
    settle_down();
    for (size_t i = 0; i < COUNT_OF(callees); i++) ck_assert_int_eq(asked_all[i]->status, -EOWNERDEAD);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_ENDED], COUNT_OF(callees));
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_answer_that_finds_no_memory_is_owed_until_there_is,
                            a_deferred_answer_that_finds_no_memory_is_owed_when_its_handler_returns,
                            each_of_many_owed_answers_keeps_its_status,
                            the_asks_of_a_killed_port_are_answered_when_there_is_memory};
    return run_tests("unhandled", tests, COUNT_OF(tests));
}
