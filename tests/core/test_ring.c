/* test_ring.c - rings by the tick: nobody looks before a wait has lasted one, and who looks finds. */
#include "core/ring.h"

#include <string.h>

#include "fixture.h"

static quay_port a, b;
static int result_a, result_b;
static quay_time deadline_a; /* of a's ask */
static bool lean;            /* there is no memory from the moment on when an ask is made */

static void make_lean(void)
{
    if (!lean) return;
    qy_me->station.pool.free[QY_TIMER_CLASS] = NULL;
    m.starved = true;
}

static int call_a(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == 0) return quay_reply(self, NULL, 0);
    quay_drop(quay_ask(a, 0, NULL, 0, QUAY_FOREVER)); /* leaves blocks of the sizes an ask wants */
    ck_assert_int_eq(quay_sleep(self, 1), 0);
    make_lean();
    return result_b = quay_call(a, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
}

static int call_b(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == 0) return quay_reply(self, NULL, 0);
    quay_drop(quay_ask(b, 0, NULL, 0, QUAY_FOREVER));
    ck_assert_int_eq(quay_sleep(self, 1), 0);
    make_lean();
    return result_a = quay_call(b, 0, NULL, 0, NULL, 0, deadline_a);
}

static void begin(unsigned home_of_b, quay_time deadline)
{
    machine_start(&m, 2);
    deadline_a = deadline == QUAY_FOREVER ? deadline : m.now + deadline;
    result_a = result_b = 1;
    lean = false;
    a = spawn_on(0, call_b, &(quay_port_options){.name = "port-a"});
    b = spawn_on(home_of_b, call_a, &(quay_port_options){.name = "port-b"});
}

static void pass(quay_time time)
{
    m.now += time;
    settle_down();
}

/* Both have begun before either asks. */
static void close_ring(void)
{
    tell(a, 1);
    tell(b, 1);
    settle_down();
    pass(1);
}

START_TEST(a_ring_is_found_within_two_ticks_and_no_sooner)
{
    for (unsigned home = 0; home < 2; home++) {
        begin(home, QUAY_FOREVER);
        close_ring();
        pass(QY_RING_TICK - 1);
        ck_assert_int_eq(result_a + result_b, 2);
        pass(1);
        pass(QY_RING_TICK);
        ck_assert_int_eq((result_a == -EDEADLK) + (result_b == -EDEADLK), 1);
        ck_assert_int_eq((result_a == 0) + (result_b == 0), 1);
        ck_assert(strstr(m.log, "port-a") && strstr(m.log, "port-b"));
        machine_stop(&m);
    }
}
END_TEST

START_TEST(a_ring_with_a_deadline_is_none)
{
    for (unsigned home = 0; home < 2; home++) {
        begin(home, 10 * QY_RING_TICK);
        close_ring();
        for (int i = 0; i < 9; i++) pass(QY_RING_TICK);
        ck_assert_int_eq(result_a, 1);
        ck_assert_int_eq(result_b, 1);
        pass(QY_RING_TICK);
        ck_assert_int_eq(result_a, -ETIMEDOUT);
        ck_assert_int_eq(result_b, 0);
        ck_assert(!strstr(m.log, "ring"));
        machine_stop(&m);
    }
}
END_TEST

static int never_answer(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    ck_assert(quay_defer(self).id);
    return 0;
}

/* Nothing wakes a worker whose waits have all been looked at. */
START_TEST(without_new_waits_there_is_no_tick)
{
    begin(1, QUAY_FOREVER);
    b = spawn_on(1, never_answer, NULL);
    ck_assert(!m.rt->workers[0]->ring_tick);
    tell(a, 1);
    settle_down();
    pass(1);
    ck_assert(m.rt->workers[0]->ring_tick);
    for (int i = 0; i < 3; i++) pass(QY_RING_TICK);
    ck_assert(!m.rt->workers[0]->ring_tick);
    ck_assert(qy_heap_empty(&m.rt->workers[0]->timers));
    ck_assert_int_eq(result_a, 1);
    machine_stop(&m);
}
END_TEST

/* b, whose worker has sent fewer asks, closes the ring when a's probe has long found it asleep. */
static int sleep_and_call(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == 1) ck_assert_int_eq(quay_sleep(self, 10 * QY_RING_TICK), 0);
    return call_a(self, state, message);
}

START_TEST(who_closes_a_ring_late_finds_it)
{
    begin(1, QUAY_FOREVER);
    b = spawn_on(1, sleep_and_call, NULL);
    m.rt->workers[0]->stamp = 1000;
    close_ring();
    for (int i = 0; i < 20; i++) pass(QY_RING_TICK);
    ck_assert_int_eq(result_b, -EDEADLK);
    ck_assert_int_eq(result_a, 0);
    machine_stop(&m);
}
END_TEST

static bool found(void)
{
    return result_a == -EDEADLK || result_b == -EDEADLK;
}

/* Neither for the tick nor for the first probes. */
START_TEST(a_ring_closed_without_memory_is_found_when_there_is_some)
{
    begin(1, QUAY_FOREVER);
    lean = true;
    close_ring();
    ck_assert(m.starved);
    for (int i = 0; i < 4; i++) pass(QY_RING_TICK);
    ck_assert(!found());
    feed();
    for (int i = 0; i < 4; i++) pass(QY_RING_TICK);
    ck_assert(found());
    machine_stop(&m);
}
END_TEST

START_TEST(a_probe_that_found_no_memory_on_its_way_goes_on_later)
{
    begin(1, QUAY_FOREVER);
    tell(a, 1);
    tell(b, 1);
    settle_down();
    m.rt->workers[0]->stamp = 1000; /* so that it is a's probe that finds the ring */
    pass(1);
    pass(QY_RING_TICK);
    m.now += QY_RING_TICK;
    (void)step(0);
    starve(1);
    (void)step(1);
    ck_assert_uint_gt(m.refused, 0);
    feed();
    for (int i = 0; i < 4; i++) pass(QY_RING_TICK);
    ck_assert(found());
    machine_stop(&m);
}
END_TEST

START_TEST(holding_an_ask)
{
    begin(0, QUAY_FOREVER);
    qy_port *port = port_of(b);
    as_worker(0);
    quay_self self = {.worker = qy_me, .port = port, .duty = 77};
    ck_assert(qy_ring_holds(&self, 77));
    ck_assert(!qy_ring_holds(&self, 78));
    as_nobody();
    machine_stop(&m);
}
END_TEST

/* ---- through a forward: a calls b, who passes that on to c, who calls a ---- */

static quay_port c, d;
static int result_c;
static quay_time nap_of_b;

static int pass_to_c(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    ck_assert_int_eq(quay_sleep(self, nap_of_b), 0);
    return quay_forward(self, c);
}

static int call_through_b(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (!message->tag) return quay_reply(self, NULL, 0);
    return result_a = quay_call(b, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
}

/* When it is asked, or when it is told to: then it answers what it is asked. */
static int call_a_of_c(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag || result_c > 0) result_c = quay_call(a, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    if (message->tag) return 0;
    return result_c < 0 ? result_c : quay_reply(self, NULL, 0);
}

static void begin_ring(unsigned homes, quay_handler *handler_of_c)
{
    machine_start(&m, 3);
    result_a = result_c = 1;
    nap_of_b = 0;
    a = spawn_on(0, call_through_b, &(quay_port_options){.name = "port-a"});
    b = spawn_on(homes % 3, pass_to_c, &(quay_port_options){.name = "port-b"});
    c = spawn_on(homes / 3, handler_of_c, &(quay_port_options){.name = "port-c"});
}

static void stop_accounted(void)
{
    assert_all_accounted();
    machine_stop(&m);
}

static void pass_ticks(int ticks)
{
    for (int i = 0; i < ticks; i++) pass(QY_RING_TICK);
}

static unsigned rings_in_log(void)
{
    unsigned count = 0;
    for (const char *at = m.log; (at = strstr(at, "in a ring")); at++) count++;
    return count;
}

START_TEST(a_ring_through_a_forward_is_found)
{
    for (unsigned homes = 0; homes < 9; homes++) {
        begin_ring(homes, call_a_of_c);
        tell(a, 1);
        settle_down();
        pass_ticks(3);
        ck_assert_int_eq(result_a, -EDEADLK);
        ck_assert(result_c == -EDEADLK || result_c == -ECANCELED);
        ck_assert_uint_eq(rings_in_log(), 1);
        ck_assert(strstr(m.log, "port-a") && !strstr(m.log, "port-b") && strstr(m.log, "port-c"));
        stop_accounted();
    }
}
END_TEST

/* Both have been looked at when b passes the ask on; whichever wait is the later one. */
START_TEST(a_ring_closed_by_a_forward_is_found)
{
    for (unsigned later = 0; later < 3; later++) {
        for (unsigned homes = 0; homes < 9; homes++) {
            begin_ring(homes, call_a_of_c);
            m.rt->workers[later]->stamp = 1000;
            nap_of_b = 5 * QY_RING_TICK;
            tell(a, 1);
            settle_down();
            tell(c, 1);
            settle_down();
            pass_ticks(4);
            ck_assert_uint_eq(rings_in_log(), 0);
            pass_ticks(5);
            ck_assert_uint_eq(rings_in_log(), 1);
            ck_assert((result_a == -EDEADLK && result_c == 0) || (result_a == 0 && result_c == -EDEADLK));
            stop_accounted();
        }
    }
}
END_TEST

/* c waits for somebody else, for long, and answers. */
static int take_long(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    ck_assert_uint_eq(message->tag, 0);
    ck_assert_int_eq(quay_sleep(self, 5 * QY_RING_TICK), 0);
    return quay_reply(self, NULL, 0);
}

static int call_d(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    result_c = quay_call(d, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return quay_reply(self, NULL, 0);
}

START_TEST(a_chain_through_a_forward_is_no_ring)
{
    for (unsigned homes = 0; homes < 9; homes++) {
        begin_ring(homes, call_d);
        d = spawn_on(0, take_long, NULL);
        tell(a, 1);
        pass_ticks(10);
        ck_assert_int_eq(result_a, 0);
        ck_assert_int_eq(result_c, 0);
        ck_assert_uint_eq(rings_in_log(), 0);
        stop_accounted();
    }
}
END_TEST

START_TEST(an_ask_that_comes_back_to_who_asked_is_a_ring)
{
    for (unsigned homes = 0; homes < 3; homes++) {
        begin_ring(homes, call_a_of_c);
        c = a;
        tell(a, 1);
        settle_down();
        pass_ticks(3);
        ck_assert_int_eq(result_a, -EDEADLK);
        stop_accounted();
    }
}
END_TEST

/* The other ask that a waits for is never at rest. */
static bool at_rest;

static int pass_round(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    if (at_rest) return quay_reply(self, NULL, 0);
    ck_assert_int_eq(quay_sleep(self, QUAY_MS(1)), 0);
    return quay_forward(self, quay_self_port(self).id == b.id ? d : b);
}

static int ask_both(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (!message->tag) return quay_reply(self, NULL, 0);
    quay_future *f[] = {quay_ask(b, 0, NULL, 0, QUAY_FOREVER), quay_ask(c, 0, NULL, 0, QUAY_FOREVER)};
    result_a = quay_await_all(f, 2, QUAY_FOREVER);
    quay_drop(f[0]);
    quay_drop(f[1]);
    return 0;
}

START_TEST(a_ring_beside_an_ask_that_goes_round_is_found)
{
    for (unsigned later = 0; later < 3; later++) {
        begin_ring(1, call_a_of_c);
        m.rt->workers[later]->stamp = 1000;
        at_rest = false;
        a = spawn_on(0, ask_both, NULL);
        b = spawn_on(1, pass_round, NULL);
        c = spawn_on(1, call_a_of_c, NULL);
        d = spawn_on(2, pass_round, NULL);
        tell(a, 1);
        settle_down();
        for (int i = 0; i < 40; i++) pass(QUAY_MS(1));
        ck_assert(result_a == -EDEADLK || result_c == -EDEADLK);
        at_rest = true;
        pass(QUAY_MS(1));
        pass(QUAY_MS(1));
        stop_accounted();
    }
}
END_TEST

/* ---- many ports of one worker ---- */

enum { LINKS = 1000 };

static quay_port links[LINKS];
static int link_result;

/* Calls the port before it, whose number it is sent. */
static int call_before(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    return link_result = quay_call(links[message->tag], 0, NULL, 0, NULL, 0, QUAY_FOREVER);
}

/* Of those that wait, each later than the one it waits for, the last has its probe go by all the others. */
START_TEST(a_probe_may_go_far_on_one_worker)
{
    machine_start(&m, 1);
    link_result = 1;
    links[0] = spawn_on(0, never_answer, NULL);
    for (uint32_t i = 1; i < LINKS; i++) {
        links[i] = spawn_on(0, call_before, NULL);
        tell(links[i], i - 1);
        settle_down();
    }
    for (int i = 0; i < 3; i++) pass(QY_RING_TICK);
    ck_assert_int_eq(link_result, 1);
    ck_assert(!strstr(m.log, "ring"));
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_ring_is_found_within_two_ticks_and_no_sooner,
                            a_ring_with_a_deadline_is_none,
                            without_new_waits_there_is_no_tick,
                            who_closes_a_ring_late_finds_it,
                            a_ring_closed_without_memory_is_found_when_there_is_some,
                            a_probe_that_found_no_memory_on_its_way_goes_on_later,
                            holding_an_ask,
                            a_ring_through_a_forward_is_found,
                            a_ring_closed_by_a_forward_is_found,
                            a_chain_through_a_forward_is_no_ring,
                            an_ask_that_comes_back_to_who_asked_is_a_ring,
                            a_ring_beside_an_ask_that_goes_round_is_found,
                            a_probe_may_go_far_on_one_worker};
    return run_tests("ring", tests, COUNT_OF(tests));
}
