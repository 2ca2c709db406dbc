/* test_port.c - the end of ports: stop, kill, exit, join, and what becomes of what was queued.
 *
 * Where a story needs a filled mailbox, a handler of the port's own worker fills it: what comes from elsewhere may be
 * handled while the rest is on its way. Read next: test_stale.c. */
#include "support.h"

/* A port that keeps a count of what it handled and the reason it ended with. */
typedef struct record {
    atomic_long handled;
    atomic_int reason;
    gate *inside; /* to pass on tag 1 */
    int exit_reason;
} record;

enum { PLAIN, PASS, EXIT, KILL_SELF, STOP_SELF };

static int keep_record(quay_self *self, void *state, const quay_message *message)
{
    record *r = SHARED(state, record);
    atomic_fetch_add(&r->handled, 1);
    if (message->tag == PASS) {
        gate_pass(r->inside);
        EXPECT_EQ(quay_reply(self, NULL, 0), 0);
    }
    if (message->tag == EXIT) quay_exit(self, r->exit_reason);
    if (message->tag == KILL_SELF) EXPECT_EQ(quay_kill(quay_self_port(self), r->exit_reason), 0);
    if (message->tag == STOP_SELF) EXPECT_EQ(quay_stop(quay_self_port(self)), 0);
    return 0;
}

static void record_reason(void *state, int reason)
{
    SHARED(state, record)->reason = reason;
}

static quay_port spawn_record(quay_runtime *rt, record *r)
{
    quay_port_options options = {
        .place = quay_core(1), .state_size = sizeof(void *), .init = keep_argument, .fini = record_reason, .arg = r};
    quay_port port;
    r->reason = 1;
    ck_assert_int_eq(quay_spawn(rt, &port, keep_record, &options), 0);
    return port;
}

static void send_some(quay_port port, unsigned messages)
{
    for (unsigned i = 0; i < messages; i++) ck_assert_int_eq(quay_send(port, PLAIN, NULL, 0), 0);
}

/* Messages, and an ask whose failure is heard, into the mailbox of a port on this worker. */
typedef struct filling {
    quay_port port, hearer;
    uint32_t tag;     /* of a message after the first three */
    unsigned more;    /* messages after that */
    bool stop, kill;  /* at the end */
    atomic_int heard; /* the ask's status */
} filling;

static int hear(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    EXPECT_EQ(SHARED(state, filling)->heard, 1);
    SHARED(state, filling)->heard = message->status;
    return 0;
}

static void fill_mailbox(quay_self *self, void *argument)
{
    filling *f = argument;
    (void)self;
    for (unsigned i = 0; i < 3; i++) EXPECT_EQ(quay_send(f->port, PLAIN, NULL, 0), 0);
    EXPECT_EQ(quay_send(f->port, f->tag, NULL, 0), 0);
    for (unsigned i = 0; i < f->more; i++) EXPECT_EQ(quay_send(f->port, PLAIN, NULL, 0), 0);
    quay_future *queued = quay_ask(f->port, PLAIN, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_then(queued, f->hearer, 0), 0);
    quay_drop(queued);
    if (f->stop) EXPECT_EQ(quay_stop(f->port), 0);
    if (f->kill) EXPECT_EQ(quay_kill(f->port, -EIO), 0);
}

/* Fill the mailbox of a record's port, see it end for a reason having handled so many, and the rest die. */
static void expect_end(filling *f, int own_reason, long handled, int reason)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.exit_reason = own_reason};
    f->heard = 1;
    f->port = spawn_record(rt, &r);
    f->hearer = spawn(rt, hear, quay_core(0), f);
    run_in_handler(rt, quay_core(1), fill_mailbox, f);
    join_port(f->port, reason);
    quay_stats stats = drained_stats(rt);
    ck_assert_int_eq(r.handled, handled);
    ck_assert_int_eq(r.reason, reason);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_ENDED], 3 + 1 + f->more + 1 - (uint64_t)handled);
    ck_assert_uint_eq(quay_dead_total(&stats), stats.dead[QUAY_DEAD_ENDED]);
    ck_assert_int_eq(f->heard, -EOWNERDEAD);
    stop_runtime(rt);
}

static void expect_dead(quay_runtime *rt, uint64_t dead)
{
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(quay_dead_total(&stats), dead);
}

/* ---- stop ---- */

START_TEST(stop_comes_after_what_is_queued)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    gate g;
    quay_port keeper = hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn_record(rt, &r);
    send_some(port, 100);
    ck_assert_int_eq(quay_stop(port), 0);
    for (int i = 0; i < 10; i++) send_in_vain(port);
    gate_open(&g);
    join_port(keeper, 0);
    join_port(port, 0);
    ck_assert_int_eq(r.handled, 100);
    ck_assert_int_eq(r.reason, 0);
    expect_dead(rt, 10);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_port_may_stop_itself)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn_record(rt, &r);
    ck_assert_int_eq(quay_send(port, STOP_SELF, NULL, 0), 0);
    send_some(port, 5);
    gate_open(&g);
    join_port(port, 0);
    ck_assert_int_ge(r.handled, 1);
    drained_stats(rt);
    stop_runtime(rt);
}
END_TEST

/* The test runs as a handler on the port's own worker, where what is gone is known. */
static void use_an_ended_port(quay_self *self, void *argument)
{
    quay_port port = *(quay_port *)argument;
    quay_port_counters counters;
    (void)self;
    void *buffer = quay_buffer_new(10);
    EXPECT_EQ(quay_send(port, 0, NULL, 0), -EPIPE);
    EXPECT_EQ(quay_give(port, 0, &buffer, 10), -EPIPE);
    EXPECT(buffer != NULL);
    quay_buffer_free(buffer);
    EXPECT_EQ(quay_stop(port), -EPIPE);
    EXPECT_EQ(quay_kill(port, -EIO), -EPIPE);
    EXPECT_EQ(quay_port_stats(port, &counters), -EPIPE);
    quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(quay_settled(f));
    EXPECT_EQ(quay_await(f, NULL, 0), -EPIPE);
    quay_drop(f);
}

START_TEST(an_ended_port_is_no_port_to_its_worker)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    quay_port port = spawn_record(rt, &r);
    ck_assert_int_eq(quay_stop(port), 0);
    join_port(port, 0);
    run_in_handler(rt, quay_core(1), use_an_ended_port, &port);
    ck_assert_int_eq(r.handled, 0);
    expect_dead(rt, 0); /* refused, not accepted */
    stop_runtime(rt);
}
END_TEST

static void stop_from_elsewhere(quay_self *self, void *argument)
{
    (void)self;
    for (int i = 0; i < 3; i++) {
        int error = quay_stop(*(quay_port *)argument);
        EXPECT(error == 0 || error == -EPIPE);
    }
}

START_TEST(stopping_a_stopped_port_does_nothing)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    quay_port port = spawn_record(rt, &r);
    send_some(port, 1);
    ck_assert_int_eq(quay_stop(port), 0);
    drained_stats(rt); /* or another sender's stop might come first */
    run_in_handler(rt, quay_core(0), stop_from_elsewhere, &port);
    join_port(port, 0);
    run_in_handler(rt, quay_core(0), stop_from_elsewhere, &port);
    int error = quay_stop(port);
    ck_assert(error == 0 || error == -EPIPE);
    ck_assert_int_eq(r.handled, 1);
    expect_dead(rt, 0);
    stop_runtime(rt);
}
END_TEST

/* ---- kill ---- */

START_TEST(kill_comes_before_what_is_queued)
{
    filling f = {.more = 100, .kill = true};
    expect_end(&f, 0, 0, -EIO);
}
END_TEST

START_TEST(kill_overtakes_a_stop)
{
    filling f = {.more = 10, .stop = true, .kill = true};
    expect_end(&f, 0, 0, -EIO);
}
END_TEST

START_TEST(kill_lets_a_running_handler_finish)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    record r = {.inside = &g};
    gate_init(&g);
    quay_port port = spawn_record(rt, &r);
    quay_future *running = quay_ask(port, PASS, NULL, 0, QUAY_FOREVER);
    gate_await_entry(&g);
    ck_assert_int_eq(quay_kill(port, 0), 0);
    for (int i = 0; i < 10; i++) send_in_vain(port);
    gate_open(&g);
    join_port(port, 0);
    ck_assert_int_eq(finish_future(running, NULL, 0), 0);
    expect_dead(rt, drained_stats(rt).sent - 1);
    ck_assert_int_eq(r.handled, 1);
    stop_runtime(rt);
}
END_TEST

START_TEST(reasons_are_zero_or_negative)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    quay_port port = spawn_record(rt, &r);
    ck_assert_int_eq(quay_kill(port, 1), -EINVAL);
    ck_assert_int_eq(quay_kill(port, EPIPE), -EINVAL);
    send_some(port, 1);
    ck_assert_int_eq(quay_stop(port), 0);
    join_port(port, 0);
    ck_assert_int_eq(r.handled, 1);
    stop_runtime(rt);
}
END_TEST

/* ---- exit ---- */

START_TEST(exit_ends_the_port_when_its_handler_returns)
{
    filling f = {.tag = EXIT, .more = 10};
    expect_end(&f, -EPROTO, 4, -EPROTO);
}
END_TEST

START_TEST(a_port_may_kill_itself)
{
    filling f = {.tag = KILL_SELF, .more = 10};
    expect_end(&f, -EPROTO, 4, -EPROTO);
}
END_TEST

START_TEST(an_ask_that_makes_its_port_exit_is_an_ask_unanswered)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.exit_reason = 0};
    quay_port port = spawn_record(rt, &r);
    ck_assert_int_eq(quay_call(port, EXIT, NULL, 0, NULL, 0, QUAY_FOREVER), -EOWNERDEAD);
    join_port(port, 0);
    stop_runtime(rt);
}
END_TEST

/* ---- join ---- */

static void join_with_many(unsigned index, void *shared)
{
    int reason = 1;
    (void)index;
    EXPECT_EQ(quay_join(*(quay_port *)shared, QUAY_FOREVER, &reason), 0);
    EXPECT_EQ(reason, -EIO);
}

START_TEST(many_threads_may_join_one_port)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    quay_port port = spawn_record(rt, &r);
    crew joining;
    crew_start(&joining, 6, join_with_many, &port);
    ck_assert_int_eq(quay_join(port, quay_in(QUAY_MS(20)), NULL), -ETIMEDOUT);
    ck_assert_int_eq(quay_kill(port, -EIO), 0);
    crew_join(&joining);
    join_with_many(0, &port); /* also when it has ended */
    ck_assert_int_eq(r.reason, -EIO);
    stop_runtime(rt);
}
END_TEST

START_TEST(join_has_a_deadline)
{
    quay_runtime *rt = start_runtime(2);
    record r = {.handled = 0};
    quay_port port = spawn_record(rt, &r);
    int reason = 77;
    ck_assert_int_eq(quay_join(port, quay_in(QUAY_MS(10)), &reason), -ETIMEDOUT);
    ck_assert_int_eq(quay_join(port, 0, &reason), -ETIMEDOUT);
    ck_assert_int_eq(quay_join(port, INT64_MIN, &reason), -ETIMEDOUT);
    ck_assert_int_eq(reason, 77);
    ck_assert_int_eq(quay_stop(port), 0);
    ck_assert_int_eq(quay_join(port, QUAY_FOREVER, NULL), 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(reasons_are_remembered_for_a_while)
{
    enum { remembered = 256 };
    quay_runtime *rt = start_runtime(1);
    quay_port first = spawn(rt, ignore, QUAY_ANYWHERE, NULL), port[remembered];
    ck_assert_int_eq(quay_kill(first, -EIO), 0);
    join_port(first, -EIO);
    for (int i = 0; i < remembered; i++) {
        port[i] = spawn(rt, ignore, QUAY_ANYWHERE, NULL);
        ck_assert_int_eq(quay_kill(port[i], -1 - i), 0);
    }
    drained_stats(rt);
    for (int i = 0; i < remembered; i++) join_port(port[i], -1 - i);
    ck_assert_int_eq(quay_join(first, QUAY_FOREVER, NULL), -EPIPE);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        stop_comes_after_what_is_queued,
        a_port_may_stop_itself,
        an_ended_port_is_no_port_to_its_worker,
        stopping_a_stopped_port_does_nothing,
        kill_comes_before_what_is_queued,
        kill_overtakes_a_stop,
        kill_lets_a_running_handler_finish,
        reasons_are_zero_or_negative,
        exit_ends_the_port_when_its_handler_returns,
        a_port_may_kill_itself,
        an_ask_that_makes_its_port_exit_is_an_ask_unanswered,
        many_threads_may_join_one_port,
        join_has_a_deadline,
        reasons_are_remembered_for_a_while,
    };
    return run_tests("port", tests, COUNT_OF(tests));
}
