/* test_oracle.c - what the oracles are for, done to a runtime on purpose. */
#include "core/future.h"
#include "support.h"

static int swallow(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return 0;
}

/* ---- conservation ---- */

static void forge_a_count(void)
{
    quay_runtime *rt = simulate(1, 2, 0);
    quay_port port = spawn_at(rt, swallow, 0, "port", NULL);
    (void)quay_send(port, 0, NULL, 0);
    rt->workers[1]->station.count.sent++;
    (void)quay_sim_run(rt);
}

static void forge_a_count_and_stop(void)
{
    quay_runtime *rt = simulate(1, 2, 0);
    rt->workers[1]->station.count.sent++;
    rt->workers[1]->station.count.retired++; /* or stop would wait for it */
    (void)quay_runtime_stop(rt, QUAY_FOREVER);
}

START_TEST(a_message_that_is_nowhere_is_missed)
{
    assert_dies_saying(forge_a_count, "2 messages were sent, but 1 handled");
    assert_dies_saying(forge_a_count_and_stop, "1 messages were sent, but 0 handled");
}
END_TEST

START_TEST(what_is_queued_is_not_missed)
{
    quay_promise promise = {0};
    quay_runtime *rt = simulate(1, 2, 0);
    quay_port keeper = spawn_at(rt, keep_duty, 0, "keeper", &promise);
    quay_port waiter = spawn_at(rt, wait_for, 1, "waiter", &keeper);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(quay_send(waiter, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0); /* one is in hand, two are queued, an answer is deferred */
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
        ck_assert_int_eq(quay_sim_run(rt), 0);
    }
    stop(rt);
}
END_TEST

/* ---- lost asks ---- */

static void forget_a_duty(void)
{
    quay_promise promise = {0};
    quay_runtime *rt = simulate(1, 2, 0);
    quay_port keeper = spawn_at(rt, keep_duty, 0, "keeper", &promise);
    (void)quay_send(spawn_at(rt, wait_for, 1, "waiter", &keeper), 0, NULL, 0);
    (void)quay_sim_run(rt);
    qy_port_future_find(rt->workers[0], promise.id)->to++;
    (void)quay_sim_run(rt);
}

static void forget_a_threads_duty(void)
{
    quay_promise promise = {0};
    quay_runtime *rt = simulate(1, 1, 0);
    quay_future *f = quay_ask(spawn_at(rt, keep_duty, 0, "keeper", &promise), 0, NULL, 0, QUAY_FOREVER);
    (void)quay_sim_run(rt);
    qy_port_future_find(rt->workers[0], promise.id)->to++;
    (void)quay_sim_run(rt);
    quay_drop(f);
}

START_TEST(an_ask_that_nobody_will_answer_is_found)
{
    assert_dies_saying(forget_a_duty, "an answer of keeper is waited for, and nobody has the duty to give it");
    assert_dies_saying(forget_a_threads_duty, "an answer of keeper is waited for");
}
END_TEST

static int keep_duty_and_wait(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    quay_promise *promises = *(quay_promise **)state;
    quay_future *f;
    promises[0] = quay_defer(self);
    (void)quay_promise_new(quay_self_runtime(self), &promises[1], &f);
    (void)quay_await(f, NULL, 0);
    quay_drop(f);
    return 0;
}

/* As when its result found no memory: the handler will see to it when it returns. */
START_TEST(a_deferred_duty_that_waits_for_its_handler_is_not_lost)
{
    quay_promise promises[2] = {{0}};
    quay_runtime *rt = simulate(1, 2, 0);
    quay_port keeper = spawn_at(rt, keep_duty_and_wait, 0, "keeper", promises);
    ck_assert_int_eq(quay_send(spawn_at(rt, wait_for, 1, "waiter", &keeper), 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    qy_port_future *relay = qy_port_future_find(rt->workers[0], promises[0].id);
    relay->settled = true;
    relay->status = -ENOMEM;
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_int_eq(quay_settle(promises[1], 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0); /* or the waiter waits, and nobody has the duty */
    stop(rt);
}
END_TEST

/* Asked itself, it waits before it answers. */
static int wait_and_answer(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    (void)quay_call(*SHARED(state, quay_port), 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return quay_reply(self, NULL, 0);
}

START_TEST(who_waits_may_owe_an_answer_itself)
{
    quay_promise promise = {0};
    quay_runtime *rt = simulate(1, 2, 0);
    quay_port keeper = spawn_at(rt, keep_duty, 0, "keeper", &promise);
    quay_port middle = spawn_at(rt, wait_and_answer, 1, "middle", &keeper);
    quay_port waiter = spawn_at(rt, wait_for, 0, "waiter", &middle);
    ck_assert_int_eq(quay_send(waiter, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_send(spawn_at(rt, wait_for, 1, "second", &middle), 0, NULL, 0), 0); /* its ask is queued */
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(quay_sim_run(rt), 0);
        ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    }
    ck_assert_int_eq(quay_sim_run(rt), 0);
    stop(rt);
}
END_TEST

static int await_in_init(quay_self *self, void *state, void *arg)
{
    quay_future *f;
    (void)state;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), arg, &f), 0);
    ck_assert_int_eq(quay_await(f, NULL, 0), 0);
    quay_drop(f);
    return 0;
}

START_TEST(who_waits_in_its_init_has_no_message_in_hand)
{
    quay_promise promise;
    quay_port port;
    quay_runtime *rt = simulate(1, 1, 0);
    ck_assert_int_eq(quay_spawn(rt, &port, swallow, &(quay_port_options){.init = await_in_init, .arg = &promise}), 0);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    stop(rt);
}
END_TEST

/* Of a thread's futures: settled ones, promises, and what a real runtime owes. */
START_TEST(what_others_owe_is_not_asked_for)
{
    quay_runtime *real, *rt;
    quay_promise promise, kept;
    quay_future *open, *settled;
    quay_runtime_options options = {.workers = 1, .topology = "core:1 pu:1"};
    ck_assert_int_eq(quay_runtime_start(&real, &options), 0);
    quay_port keeper = spawn_at(real, keep_duty, 0, "keeper", &kept);
    quay_future *owed = quay_ask(keeper, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_runtime_drain(real, QUAY_FOREVER), 0);
    rt = simulate(1, 1, 0);
    ck_assert_int_eq(quay_promise_new(rt, &promise, &open), 0);
    settled = quay_ask(spawn_at(rt, swallow, 0, "silent", NULL), 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert(quay_settled(settled) && !quay_settled(open) && !quay_settled(owed));
    quay_drop(open);
    quay_drop(settled);
    stop(rt);
    ck_assert_int_eq(quay_settle(kept, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_await(owed, NULL, 0), 0);
    quay_drop(owed);
    ck_assert_int_eq(quay_runtime_stop(real, QUAY_FOREVER), 0);
}
END_TEST

/* ---- stuck: see test_report.c, too ---- */

/* For a promise, an answer, an answer it has, and an error. */
static int wait_for_all(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    quay_promise open, settled;
    quay_future *f[4];
    (void)quay_promise_new(quay_self_runtime(self), &open, &f[0]);
    f[1] = quay_ask(*SHARED(state, quay_port), 0, NULL, 0, QUAY_FOREVER);
    (void)quay_promise_new(quay_self_runtime(self), &settled, &f[2]);
    (void)quay_settle(settled, 0, NULL, 0);
    f[3] = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    return quay_await_all(f, 4, QUAY_FOREVER);
}

static void await_much_in_vain(void)
{
    quay_runtime *rt = simulate(77, 2, 0);
    quay_port keeper = spawn_at(rt, keep_duty, 0, "keeper", NULL);
    (void)quay_send(spawn_at(rt, wait_for_all, 1, "waiter", &keeper), 0, NULL, 0);
    (void)quay_runtime_drain(rt, QUAY_FOREVER);
}

static int sleep_for_ever(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_sleep(self, QUAY_FOREVER);
}

static void sleep_in_vain(void)
{
    quay_runtime *rt = simulate(77, 1, 0);
    (void)quay_send(spawn_at(rt, sleep_for_ever, 0, "sleeper", NULL), 0, NULL, 0);
    (void)quay_runtime_drain(rt, QUAY_FOREVER);
}

START_TEST(each_that_is_waited_for_is_named)
{
    assert_dies_saying(await_much_in_vain, "waiter waits for a promise to be settled");
    assert_dies_saying(await_much_in_vain, "waiter waits for an answer of keeper");
    assert_dies_saying(sleep_in_vain, "sleeper sleeps");
}
END_TEST

static int ask_again(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_send(quay_self_port(self), 0, NULL, 0);
}

static void never_rest(void)
{
    quay_runtime *rt;
    (void)quay_sim_start(&rt, &(quay_sim_options){.limit = 1000});
    (void)quay_send(spawn_at(rt, ask_again, 0, "restless", NULL), 0, NULL, 0);
    (void)quay_sim_run(rt);
}

START_TEST(a_run_without_end_is_given_up)
{
    assert_dies_saying(never_rest, "after 1000 choices of the simulator: the run did not come to rest");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_message_that_is_nowhere_is_missed,
                            what_is_queued_is_not_missed,
                            an_ask_that_nobody_will_answer_is_found,
                            a_deferred_duty_that_waits_for_its_handler_is_not_lost,
                            who_waits_may_owe_an_answer_itself,
                            who_waits_in_its_init_has_no_message_in_hand,
                            what_others_owe_is_not_asked_for,
                            each_that_is_waited_for_is_named,
                            a_run_without_end_is_given_up};
    return run_tests("oracle", tests, COUNT_OF(tests));
}
