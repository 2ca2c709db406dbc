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

int main(void)
{
    const TTest *tests[] = {a_ring_is_found_within_two_ticks_and_no_sooner,
                            a_ring_with_a_deadline_is_none,
                            without_new_waits_there_is_no_tick,
                            who_closes_a_ring_late_finds_it,
                            a_ring_closed_without_memory_is_found_when_there_is_some,
                            a_probe_that_found_no_memory_on_its_way_goes_on_later,
                            holding_an_ask};
    return run_tests("ring", tests, COUNT_OF(tests));
}
