/* test_answer.c - results on their way to futures near and far, late ones, and duties that stay without memory. */
#include "core/answer.h"

#include <string.h>

#include "fixture.h"

static quay_port callee;
static qy_port_future *asked;
static in_handler *body;

static int do_body(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    body(self);
    return 0;
}

static void ask(quay_self *self)
{
    (void)self;
    asked = (qy_port_future *)quay_ask(callee, 0, "question", 8, QUAY_FOREVER);
}

/* A port on worker 0 asks one on the given worker, which does `what`. */
static void ask_for(unsigned callee_on, in_handler *what)
{
    callee = spawn_on(callee_on, do_body, NULL);
    body = what;
    run_in_port(0, ask);
}

/* ---- the way of a result ---- */

static void reply_once_and_again(quay_self *self)
{
    ck_assert_int_eq(quay_reply(self, "answer", 6), 0);
    ck_assert_int_eq(quay_reply(self, "more", 4), -EALREADY);
    ck_assert_int_eq(quay_fail(self, -EIO), -EALREADY);
    ck_assert_uint_eq(quay_defer(self).id, 0);
    ck_assert_int_eq(quay_forward(self, callee), -EALREADY);
}

START_TEST(an_answer_arrives_on_the_same_worker_and_on_another)
{
    machine_start(&m, 2);
    for (unsigned i = 0; i < 2; i++) {
        ask_for(i, reply_once_and_again);
        settle_down();
        qy_result result = qy_port_future_result(asked);
        ck_assert_int_eq(asked->status, 0);
        ck_assert_uint_eq(result.size, 6);
        ck_assert_mem_eq(result.data, "answer", 6);
    }
    ck_assert_uint_eq(stats().late, 0);
    machine_stop(&m);
}
END_TEST

static quay_promise kept;

static void keep_duty(quay_self *self)
{
    kept = quay_defer(self);
    ck_assert_uint_ne(kept.id, 0);
    ck_assert_int_eq(quay_reply(self, NULL, 0), -EALREADY);
}

START_TEST(a_deferred_duty_is_settled_from_anywhere_once)
{
    machine_start(&m, 2);
    for (int from = -1; from < 2; from++) {
        ask_for(1, keep_duty);
        settle_down();
        ck_assert(!asked->settled);
        uint64_t late = stats().late;
        if (from >= 0) as_worker((unsigned)from);
        ck_assert_int_eq(quay_settle(kept, 0, "x", 1), 0);
        int again = quay_settle(kept, 0, "y", 1);
        as_nobody();
        ck_assert_int_eq(again, from == 1 ? -EALREADY : 0);
        settle_down();
        ck_assert(asked->settled);
        ck_assert_mem_eq(asked->data, "x", 1);
        ck_assert_uint_eq(stats().late, late + 1);
    }
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

static void settle_at_once(quay_self *self)
{
    keep_duty(self);
    ck_assert_int_eq(quay_settle(kept, -EIO, "ignored", 7), 0);
}

START_TEST(a_deferred_duty_may_be_settled_by_its_own_handler)
{
    machine_start(&m, 2);
    for (unsigned i = 0; i < 2; i++) {
        ask_for(i, settle_at_once);
        settle_down();
        ck_assert_int_eq(asked->status, -EIO);
        ck_assert_uint_eq(asked->size, 0);
    }
    machine_stop(&m);
}
END_TEST

START_TEST(arguments_are_checked)
{
    machine_start(&m, 1);
    quay_promise promise = {0};
    quay_future *f = NULL;
    ck_assert_int_eq(quay_settle(promise, 1, NULL, 0), -EINVAL);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 1), -EINVAL);
    ck_assert_int_eq(quay_settle(promise, 0, "", QUAY_MESSAGE_MAX + 1), -EMSGSIZE);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), -EPIPE);
    ck_assert_int_eq(quay_reply(NULL, NULL, 0), -EINVAL);
    ck_assert_int_eq(quay_forward(NULL, QUAY_NOBODY), -EINVAL);
    ck_assert_int_eq(quay_promise_new(NULL, &promise, &f), -EINVAL);
    ck_assert_int_eq(quay_promise_new(m.rt, NULL, &f), -EINVAL);
    (void)as_worker(0); /* between handlers, where nobody would hold the future */
    ck_assert_int_eq(quay_promise_new(m.rt, &promise, &f), -EPERM);
    as_nobody();
    machine_stop(&m);
}
END_TEST

static int forward_in_init(quay_self *self, void *state, void *argument)
{
    (void)state, (void)argument;
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_forward(self, QUAY_NOBODY), -EINVAL); /* there is nothing to pass on yet */
    ck_assert_int_eq(quay_promise_new(m.rt, &promise, &f), 0);
    ck_assert(!quay_settled(f));
    quay_drop(f);
    return 0;
}

START_TEST(in_init_a_port_has_no_duty)
{
    machine_start(&m, 1);
    (void)spawn_on(0, note_message, &(quay_port_options){.init = forward_in_init});
    machine_stop(&m);
}
END_TEST

static machine other;

static void promise_of_another(quay_self *self)
{
    (void)self;
    quay_promise promise;
    quay_future *f;
    ck_assert_int_eq(quay_promise_new(other.rt, &promise, &f), -EPERM);
}

START_TEST(a_handler_has_promises_of_its_own_runtime_only)
{
    machine_start(&m, 1);
    machine_start(&other, 1);
    run_in_port(0, promise_of_another);
    machine_stop(&other);
    machine_stop(&m);
}
END_TEST

/* ---- no memory ---- */

static void fail_for_want_of_memory(quay_self *self)
{
    static const char large[100000];
    starve(1);
    ck_assert_int_eq(quay_reply(self, "answer", 6), -ENOMEM);
    ck_assert_int_eq(quay_reply(self, large, sizeof large), -ENOMEM);
    ck_assert_int_eq(quay_fail(self, -EIO), -ENOMEM);
    ck_assert_uint_eq(quay_defer(self).id, 0);
    ck_assert_int_eq(quay_forward(self, callee), -ENOMEM);
    feed();
    ck_assert_int_eq(quay_reply(self, "answer", 6), 0);
}

START_TEST(without_memory_the_duty_remains)
{
    machine_start(&m, 2);
    ask_for(1, fail_for_want_of_memory);
    settle_down();
    ck_assert_int_eq(asked->status, 0);
    ck_assert_uint_eq(asked->size, 6);
    machine_stop(&m);
}
END_TEST

/* The port that deferred is killed while its worker has no memory: the message it kept says whom to answer. */
START_TEST(a_deferred_duty_dies_with_its_port_even_without_memory)
{
    machine_start(&m, 2);
    ask_for(1, keep_duty);
    settle_down();
    ck_assert_int_eq(quay_kill(callee, 0), 0);
    starve(1);
    for (int i = 0; i < 3; i++) step(1);
    ck_assert(!asked->settled);
    ck_assert_ptr_nonnull(m.rt->workers[1]->owed);
    feed();
    settle_down();
    ck_assert_int_eq(asked->status, -EOWNERDEAD);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

/* ---- forwarding ---- */

static quay_port last;

static void forward_to_last(quay_self *self)
{
    ck_assert_int_eq(quay_forward(self, last), 0);
    ck_assert_int_eq(quay_reply(self, NULL, 0), -EALREADY);
}

static int echo(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, message->data, message->size);
}

START_TEST(a_forwarded_ask_is_answered_by_who_got_it)
{
    machine_start(&m, 2);
    for (unsigned i = 0; i < 4; i++) {
        last = spawn_on(i / 2, echo, NULL);
        ask_for(i % 2, forward_to_last);
        settle_down();
        ck_assert_int_eq(asked->status, 0);
        ck_assert_mem_eq(asked->data, "question", 8);
    }
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_answer_arrives_on_the_same_worker_and_on_another,
                            a_deferred_duty_is_settled_from_anywhere_once,
                            a_deferred_duty_may_be_settled_by_its_own_handler,
                            arguments_are_checked,
                            in_init_a_port_has_no_duty,
                            a_handler_has_promises_of_its_own_runtime_only,
                            without_memory_the_duty_remains,
                            a_deferred_duty_dies_with_its_port_even_without_memory,
                            a_forwarded_ask_is_answered_by_who_got_it};
    return run_tests("answer", tests, COUNT_OF(tests));
}
