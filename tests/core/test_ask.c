/* test_ask.c - an ask that fails half way leaves no future, no timer and no message behind. */
#include "fixture.h"

static quay_port callee;
static int expected;

static void assert_nothing_left(void)
{
    ck_assert_uint_eq(living_futures(qy_me), 0);
    ck_assert(qy_heap_empty(&qy_me->timers));
    ck_assert_ptr_null(qy_me->running->port->futures);
}

static void ask_in_vain(quay_self *self)
{
    (void)self;
    quay_future *f = quay_ask(callee, 0, NULL, 0, m.now + 100);
    ck_assert_int_eq(quay_await(f, NULL, 0), expected);
    assert_nothing_left();
    quay_drop(f);
}

START_TEST(an_ask_that_cannot_be_sent_leaves_nothing)
{
    machine_start(&m, 2);
    callee = spawn_on(0, note_message, NULL);
    ck_assert_int_eq(quay_kill(callee, 0), 0);
    expected = -EPIPE;
    run_in_port(0, ask_in_vain);
    callee = QUAY_NOBODY;
    run_in_port(0, ask_in_vain);
    ck_assert_uint_eq(stats().sent, 2); /* those that had the handlers run */
    machine_stop(&m);
}
END_TEST

/* Blocks of the worker's pool that the ask may still take, one class after the other. */
static unsigned blocks_left;

static void ask_with_few_blocks(quay_self *self)
{
    qy_pool *pool = &qy_me->station.pool;
    unsigned class_of_future = qy_class_for(sizeof(qy_port_future)), class_of_timer = qy_class_for(sizeof(qy_timer));
    void *future = qy_pool_take(pool, class_of_future), *timer = qy_pool_take(pool, class_of_timer);
    starve(qy_me->index);
    if (blocks_left > 0) qy_pool_put(pool, class_of_future, future);
    if (blocks_left > 1) qy_pool_put(pool, class_of_timer, timer);
    ask_in_vain(self);
    feed();
}

START_TEST(an_ask_that_finds_no_memory_at_any_point_leaves_nothing)
{
    machine_start(&m, 2);
    expected = -ENOMEM;
    for (unsigned on = 0; on < 2; on++) {
        callee = spawn_on(on, note_message, NULL);
        for (blocks_left = 0; blocks_left < 3; blocks_left++) run_in_port(0, ask_with_few_blocks);
    }
    ck_assert_uint_eq(noted.count, 0);
    machine_stop(&m);
}
END_TEST

static void ask_and_drop(quay_self *self)
{
    (void)self;
    quay_drop(quay_ask(callee, 0, NULL, 0, m.now + 100));
    assert_nothing_left();
}

START_TEST(dropping_an_ask_lets_its_message_go_on)
{
    machine_start(&m, 2);
    callee = spawn_on(1, note_message, NULL);
    run_in_port(0, ask_and_drop);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(stats().late, 1);
    machine_stop(&m);
}
END_TEST

static void note_who_asks(quay_self *self)
{
    (void)self;
    quay_drop(quay_ask(callee, 0, NULL, 0, QUAY_FOREVER));
}

static quay_port asker;

static int note_sender(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    asker = message->from;
    return 0;
}

START_TEST(the_asked_knows_who_asks)
{
    machine_start(&m, 1);
    callee = spawn_on(0, note_sender, NULL);
    quay_port port = run_in_port(0, note_who_asks);
    settle_down();
    ck_assert_uint_eq(asker.id, port.id);
    quay_drop(quay_ask(callee, 0, NULL, 0, QUAY_FOREVER));
    settle_down();
    ck_assert_uint_eq(asker.id, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(a_worker_asks_in_handlers_only)
{
    machine_start(&m, 1);
    callee = spawn_on(0, note_message, NULL);
    as_worker(0);
    ck_assert_int_eq(quay_await(quay_ask(callee, 0, NULL, 0, QUAY_FOREVER), NULL, 0), -EPERM);
    as_nobody();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        an_ask_that_cannot_be_sent_leaves_nothing, an_ask_that_finds_no_memory_at_any_point_leaves_nothing,
        dropping_an_ask_lets_its_message_go_on, the_asked_knows_who_asks, a_worker_asks_in_handlers_only};
    return run_tests("ask", tests, COUNT_OF(tests));
}
