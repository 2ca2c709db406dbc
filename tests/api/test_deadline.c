/* test_deadline.c - asks with a deadline: past ones, ones that pass, and answers that come too late.
 *
 * No test measures time: a gate makes sure that an answer cannot come before its deadline. Also the clock itself. */
#include "support.h"

static const quay_time past[] = {INT64_MIN, -1, 0, 1};

static int be_reached(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    atomic_fetch_add(SHARED(state, atomic_long), 1);
    return quay_reply(self, NULL, 0);
}

static void ask_too_late(quay_port port)
{
    for (size_t i = 0; i <= COUNT_OF(past); i++) {
        quay_time deadline = i < COUNT_OF(past) ? past[i] : quay_now() - 1;
        quay_future *f = quay_ask(port, 0, "data", 4, deadline);
        EXPECT(quay_settled(f));
        EXPECT_EQ(quay_await(f, NULL, 0), -ETIMEDOUT);
        quay_drop(f);
    }
}

static void ask_too_late_inside(quay_self *self, void *argument)
{
    (void)self;
    ask_too_late(*(quay_port *)argument);
}

START_TEST(past_deadlines_fail_at_once)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    quay_port port = spawn(rt, be_reached, quay_core(1), &reached);
    ask_too_late(port);
    run_in_handler(rt, quay_core(0), ask_too_late_inside, &port);
    run_in_handler(rt, quay_core(1), ask_too_late_inside, &port);
    drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_far_deadline_is_no_hindrance)
{
    static const int64_t lengths[] = {QUAY_SEC(1000), QUAY_SEC(1000000000), INT64_MAX / 2, INT64_MAX};
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    quay_port port = spawn(rt, be_reached, quay_core(1), &reached);
    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, quay_in(lengths[i])), 0);
    ck_assert_int_eq(reached, COUNT_OF(lengths));
    stop_runtime(rt);
}
END_TEST

/* ---- a deadline that passes ---- */

START_TEST(an_expired_ask_is_never_handled)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    atomic_long reached = 0;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, be_reached, quay_core(1), &reached);
    quay_future *f = quay_ask(port, 0, NULL, 0, quay_in(QUAY_MS(20)));
    ck_assert_int_eq(finish_future(f, NULL, 0), -ETIMEDOUT);
    gate_open(&g);
    quay_stats stats = drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_EXPIRED], 1);
    stop_runtime(rt);
}
END_TEST

START_TEST(nobody_needs_to_wait_for_a_deadline_to_pass)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    atomic_long reached = 0;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, be_reached, quay_core(1), &reached);
    quay_time deadline = quay_in(QUAY_MS(20));
    quay_future *f = quay_ask(port, 0, NULL, 0, deadline);
    while (quay_now() <= deadline)
        ;
    gate_open(&g);
    drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    ck_assert(quay_settled(f));
    ck_assert_int_eq(finish_future(f, NULL, 0), -ETIMEDOUT);
    stop_runtime(rt);
}
END_TEST

/* A port that waits with the ask in hand until its deadline has passed. */
START_TEST(a_late_answer_is_dropped)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    gate_init(&g);
    quay_port port = spawn(rt, pass_gate, quay_core(1), &g);
    quay_future *f = quay_ask(port, 0, NULL, 0, quay_in(QUAY_MS(50)));
    ck_assert_int_eq(quay_await(f, NULL, 0), -ETIMEDOUT);
    gate_open(&g); /* the handler has it, or will find it expired */
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.late + stats.dead[QUAY_DEAD_EXPIRED], 1);
    ck_assert_int_eq(finish_future(f, NULL, 0), -ETIMEDOUT);
    stop_runtime(rt);
}
END_TEST

/* ---- asked by a port ---- */

typedef struct patient {
    quay_port to;
    quay_promise over;
    quay_time deadline;
    atomic_long messages;
} patient;

static int ask_with_deadline(quay_self *self, void *state, const quay_message *message)
{
    patient *p = SHARED(state, patient);
    p->messages++;
    if (message->tag == 1) {
        EXPECT_EQ(message->size, 0);
        EXPECT(message->data == NULL);
        EXPECT(quay_now() >= p->deadline);
        return quay_settle(p->over, message->status, NULL, 0);
    }
    p->deadline = quay_in(QUAY_MS(20));
    quay_future *f = quay_ask(p->to, 0, NULL, 0, p->deadline);
    EXPECT_EQ(quay_then(f, quay_self_port(self), 1), 0);
    quay_drop(f);
    return 0;
}

START_TEST(a_ports_ask_expires)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        patient p = {.to = spawn(rt, never_answer, quay_core(core), NULL)};
        quay_port asking = spawn(rt, ask_with_deadline, quay_core(0), &p);
        quay_future *over;
        ck_assert_int_eq(quay_promise_new(rt, &p.over, &over), 0);
        ck_assert_int_eq(quay_send(asking, 0, NULL, 0), 0);
        ck_assert_int_eq(finish_future(over, NULL, 0), -ETIMEDOUT);
        drained_stats(rt);
        ck_assert_int_eq(p.messages, 2);
        stop_runtime(rt);
    }
}
END_TEST

START_TEST(a_ports_ask_expires_in_the_queue)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    atomic_long reached = 0;
    hold_worker(rt, quay_core(1), &g);
    patient p = {.to = spawn(rt, be_reached, quay_core(1), &reached)};
    quay_port asking = spawn(rt, ask_with_deadline, quay_core(0), &p);
    quay_future *over;
    ck_assert_int_eq(quay_promise_new(rt, &p.over, &over), 0);
    ck_assert_int_eq(quay_send(asking, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(over, NULL, 0), -ETIMEDOUT);
    gate_open(&g);
    ck_assert_uint_eq(drained_stats(rt).dead[QUAY_DEAD_EXPIRED], 1);
    ck_assert_int_eq(reached, 0);
    stop_runtime(rt);
}
END_TEST

/* Deadlines in no order, all to expire: each of them does, once. */
START_TEST(many_deadlines_pass)
{
    enum { asks = 500 };
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, never_answer, quay_core(1), NULL);
    quay_future *f[asks];
    for (int i = 0; i < asks; i++) f[i] = quay_ask(port, 0, NULL, 0, quay_in(QUAY_US(i * 7919 % 50000)));
    ck_assert_int_eq(quay_await_all(f, asks, QUAY_FOREVER), 0);
    for (int i = 0; i < asks; i++) ck_assert_int_eq(finish_future(f[i], NULL, 0), -ETIMEDOUT);
    stop_runtime(rt);
}
END_TEST

/* Answer and deadline race: one of them wins, the other is counted or was not needed. */
START_TEST(an_answer_and_its_deadline_race)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    for (long i = 0; i < REPEAT(5000); i++) {
        long out = -1;
        quay_future *f = quay_ask(port, 0, &i, sizeof i, quay_in(QUAY_US(i % 40)));
        int result = quay_await(f, &out, sizeof out);
        ck_assert_msg(result == sizeof out || result == -ETIMEDOUT, "result %d", result);
        ck_assert_int_eq(out, result < 0 ? -1 : i);
        int again = quay_await(f, &out, sizeof out);
        ck_assert_int_eq(again, result);
        quay_drop(f);
    }
    drained_stats(rt);
    stop_runtime(rt);
}
END_TEST

/* ---- the clock ---- */

START_TEST(time_goes_forward_and_ends)
{
    quay_time before = quay_now();
    ck_assert_int_gt(before, 0);
    for (int i = 0; i < 1000; i++) {
        quay_time now = quay_now();
        ck_assert_int_ge(now, before);
        before = now;
    }
    ck_assert_int_ge(quay_in(0), before);
    ck_assert_int_ge(quay_in(QUAY_SEC(5)), before + QUAY_SEC(5));
    ck_assert_int_lt(quay_in(-QUAY_SEC(5)), quay_now());
    ck_assert(quay_in(INT64_MAX) == QUAY_FOREVER);
    ck_assert(quay_in(INT64_MAX - 1) == QUAY_FOREVER);
    ck_assert_int_lt(quay_in(INT64_MIN), quay_now());
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        past_deadlines_fail_at_once,      a_far_deadline_is_no_hindrance,
        an_expired_ask_is_never_handled,  nobody_needs_to_wait_for_a_deadline_to_pass,
        a_late_answer_is_dropped,         a_ports_ask_expires,
        a_ports_ask_expires_in_the_queue, many_deadlines_pass,
        an_answer_and_its_deadline_race,  time_goes_forward_and_ends,
    };
    return run_tests("deadline", tests, COUNT_OF(tests));
}
