/* test_fairness.c - nobody can keep the others from their turn.
 *
 * A flood here goes on until the test has seen what it waits for; a machine that starves somebody hangs. */
#include <sched.h>

#include "support.h"

#define FLOOD 1000 /* messages that keep themselves alive */

typedef struct flood {
    atomic_bool over;
    atomic_long sent, handled;
    quay_port to; /* nobody: to itself */
} flood;

static int keep_flowing(quay_self *self, void *state, const quay_message *message)
{
    flood *f = SHARED(state, flood);
    (void)message;
    atomic_fetch_add(&f->handled, 1);
    if (atomic_load(&f->over)) return 0;
    return quay_send(f->to.id ? f->to : quay_self_port(self), 0, NULL, 0);
}

static void flood_start(quay_port port)
{
    for (int i = 0; i < FLOOD; i++) ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
}

/* ---- what must go on meanwhile ---- */

/* Ingress, a spawn, a neighbour's turn. */
static void expect_calls_answered(quay_runtime *rt, quay_place place)
{
    quay_port port = spawn(rt, echo, place, NULL);
    for (long i = 0; i < 200; i++) {
        long out = -1;
        ck_assert_int_eq(quay_call(port, 0, &i, sizeof i, &out, sizeof out, QUAY_FOREVER), sizeof out);
        ck_assert_int_eq(out, i);
    }
    ck_assert_int_eq(quay_stop(port), 0);
    join_port(port, 0);
}

typedef struct waiter {
    quay_port to;
    quay_promise over;
    long left;
} waiter;

static int wait_for_deadline(quay_self *self, void *state, const quay_message *message)
{
    waiter *w = SHARED(state, waiter);
    if (message->tag == 1) return quay_settle(w->over, message->status, NULL, 0);
    quay_future *f = quay_ask(w->to, 0, NULL, 0, quay_in(QUAY_MS(5)));
    EXPECT_EQ(quay_then(f, quay_self_port(self), 1), 0);
    quay_drop(f);
    return 0;
}

static void expect_deadlines_pass(quay_runtime *rt, quay_place place)
{
    waiter w = {.to = spawn(rt, never_answer, place, NULL)};
    quay_port waiting = spawn(rt, wait_for_deadline, place, &w);
    quay_future *over;
    ck_assert_int_eq(quay_promise_new(rt, &w.over, &over), 0);
    ck_assert_int_eq(quay_send(waiting, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(over, NULL, 0), -ETIMEDOUT);
}

static int hit_back(quay_self *self, void *state, const quay_message *message)
{
    waiter *w = SHARED(state, waiter);
    (void)self;
    (void)message;
    return w->left-- > 0 ? quay_send(w->to, 0, NULL, 0) : quay_settle(w->over, 0, NULL, 0);
}

static void expect_lanes_flow(quay_runtime *rt)
{
    waiter a = {.left = 200}, b = {.left = 200};
    quay_future *over;
    ck_assert_int_eq(quay_promise_new(rt, &a.over, &over), 0);
    a.to = spawn(rt, hit_back, quay_core(1), &b);
    b.to = spawn(rt, hit_back, quay_core(0), &a);
    ck_assert_int_eq(quay_send(b.to, 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(over, NULL, 0), 0);
}

static void expect_control_heard(quay_port flooder)
{
    ck_assert_int_eq(quay_kill(flooder, -EIO), 0);
    join_port(flooder, -EIO);
}

/* ---- floods ---- */

START_TEST(a_port_that_floods_itself_starves_nobody)
{
    quay_runtime *rt = start_runtime(2);
    flood f = {.handled = 0};
    quay_port flooder = spawn(rt, keep_flowing, quay_core(0), &f);
    flood_start(flooder);
    expect_calls_answered(rt, quay_core(0));
    expect_deadlines_pass(rt, quay_core(0));
    expect_lanes_flow(rt);
    expect_control_heard(flooder);
    ck_assert_int_gt(f.handled, 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(many_busy_ports_starve_nobody)
{
    quay_runtime *rt = start_runtime(2);
    flood f = {.handled = 0};
    quay_port flooders[200];
    for (size_t i = 0; i < COUNT_OF(flooders); i++) {
        flooders[i] = spawn(rt, keep_flowing, quay_core(0), &f);
        ck_assert_int_eq(quay_send(flooders[i], 0, NULL, 0), 0);
    }
    expect_calls_answered(rt, quay_core(0));
    expect_deadlines_pass(rt, quay_core(0));
    expect_lanes_flow(rt);
    for (size_t i = 0; i < COUNT_OF(flooders); i++) expect_control_heard(flooders[i]);
    stop_runtime(rt);
}
END_TEST

START_TEST(two_workers_that_flood_each_other_starve_nobody)
{
    quay_runtime *rt = start_runtime(2);
    flood a = {.handled = 0}, b = {.handled = 0};
    a.to = spawn(rt, keep_flowing, quay_core(1), &b);
    b.to = spawn(rt, keep_flowing, quay_core(0), &a);
    flood_start(a.to);
    flood_start(b.to);
    for (unsigned core = 0; core < 2; core++) {
        expect_calls_answered(rt, quay_core(core));
        expect_deadlines_pass(rt, quay_core(core));
    }
    expect_lanes_flow(rt);
    atomic_store(&a.over, true);
    expect_control_heard(a.to);
    stop_runtime(rt);
}
END_TEST

/* Threads that send faster than a port handles; they wait when it is far behind, or memory would not suffice. */
static void flood_from_outside(unsigned index, void *shared)
{
    flood *f = shared;
    (void)index;
    while (!atomic_load(&f->over)) {
        EXPECT_EQ(quay_send(f->to, 0, NULL, 0), 0);
        atomic_fetch_add(&f->sent, 1);
        while (atomic_load(&f->sent) - atomic_load(&f->handled) > 5 * FLOOD && !atomic_load(&f->over)) sched_yield();
    }
}

static int count_flood(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    (void)message;
    atomic_fetch_add(&SHARED(state, flood)->handled, 1);
    return 0;
}

START_TEST(threads_that_flood_a_worker_starve_nobody)
{
    quay_runtime *rt = start_runtime(2);
    flood f = {.handled = 0};
    crew flooding;
    f.to = spawn(rt, count_flood, quay_core(0), &f);
    crew_start(&flooding, 2, flood_from_outside, &f);
    expect_calls_answered(rt, quay_core(0));
    expect_deadlines_pass(rt, quay_core(0));
    expect_lanes_flow(rt);
    atomic_store(&f.over, true);
    crew_join(&flooding);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_port_that_floods_itself_starves_nobody,
        many_busy_ports_starve_nobody,
        two_workers_that_flood_each_other_starve_nobody,
        threads_that_flood_a_worker_starve_nobody,
    };
    return run_tests("fairness", tests, COUNT_OF(tests));
}
