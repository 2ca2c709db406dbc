/* test_worker.c - the step's bounds, its order, the loop, and birth without memory. */
#include "core/worker.h"

#include "fixture.h"

static quay_port noter;

START_TEST(a_step_with_nothing_to_do_says_so)
{
    machine_start(&m, 2);
    for (unsigned i = 0; i < 2; i++) ck_assert(!step(i));
    noter = spawn_on(0, note_message, NULL);
    ck_assert(!step(0));
    tell(noter, 1);
    ck_assert(step(0));
    ck_assert(!step(0));
    machine_stop(&m);
}
END_TEST

START_TEST(a_turn_is_so_many_messages)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    quay_port other = spawn_on(0, note_message, NULL);
    as_worker(0);
    for (uint32_t i = 0; i < 2 * QY_TURN_MESSAGES; i++) tell(noter, 1);
    tell(other, 2);
    as_nobody();
    step(0);
    ck_assert_uint_eq(noted.tag[QY_TURN_MESSAGES - 1], 1);
    ck_assert_uint_eq(noted.tag[QY_TURN_MESSAGES], 2); /* the other's turn comes in between */
    ck_assert_uint_eq(noted.tag[QY_TURN_MESSAGES + 1], 1);
    settle_down();
    ck_assert_uint_eq(noted.count, 2 * QY_TURN_MESSAGES + 1);
    machine_stop(&m);
}
END_TEST

START_TEST(a_step_is_so_many_turns)
{
    enum { PORTS = 3 * QY_STEP_TURNS };
    machine_start(&m, 1);
    quay_port ports[PORTS];
    for (unsigned i = 0; i < PORTS; i++) ports[i] = spawn_on(0, note_message, NULL);
    as_worker(0);
    for (uint32_t i = 0; i < PORTS; i++) tell(ports[i], i);
    as_nobody();
    for (unsigned steps = 1; steps <= 3; steps++) {
        ck_assert(step(0));
        ck_assert_uint_eq(noted.count, steps * QY_STEP_TURNS);
    }
    for (uint32_t i = 0; i < PORTS; i++) ck_assert_uint_eq(noted.tag[i], i);
    machine_stop(&m);
}
END_TEST

/* W3. */
static void look_at_me(quay_self *self)
{
    ck_assert_ptr_eq(qy_me, m.rt->workers[1]);
    ck_assert_ptr_eq(qy_me->running, self);
    ck_assert_ptr_eq(quay_self_runtime(self), m.rt);
}

START_TEST(a_handler_runs_on_its_worker)
{
    machine_start(&m, 2);
    quay_port port = run_in_port(1, look_at_me);
    ck_assert_ptr_null(m.rt->workers[1]->running);
    ck_assert(!(port_of(port)->flags & (QY_PORT_BUSY | QY_PORT_READY)));
    ck_assert_uint_eq(stats().handled, 1);
    machine_stop(&m);
}
END_TEST

/* ---- the loop ---- */

static void let_exit(void)
{
    ck_assert_uint_eq(m.rt->workers[0]->parking.asleep, 1);
    ck_pr_or_32(&m.rt->workers[0]->parking.orders, QY_ORDER_EXIT);
}

/* The fibers of step have another loop on them. */
static void renew_fibers(qy_worker *worker)
{
    qy_fiber_free_all(worker);
    ck_assert_int_eq(qy_fiber_init(worker), 0);
}

static void loop(void)
{
    qy_worker *worker = as_worker(0);
    renew_fibers(worker);
    qy_worker_run(worker);
    renew_fibers(worker);
    as_nobody();
}

START_TEST(an_idle_loop_parks_and_an_order_ends_it)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    tell(noter, 1);
    m.parked = let_exit;
    loop();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(m.parks, 1);
    ck_assert_uint_eq(stats().parks, 1);
    ck_assert_uint_eq(m.rt->workers[0]->parking.asleep, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(a_loop_with_work_does_not_park)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, NULL);
    for (uint32_t i = 0; i < 1000; i++) tell(noter, i);
    m.parked = let_exit;
    loop();
    ck_assert_uint_eq(noted.count, 1000);
    ck_assert_uint_eq(m.parks, 1);
    machine_stop(&m);
}
END_TEST

/* quay_runtime_stop that lost patience gives both orders; more ports are ready than one step has turns for. */
START_TEST(a_loop_ends_every_port_that_was_killed_before_it_exits)
{
    enum { PORTS = 3 * QY_STEP_TURNS };
    machine_start(&m, 1);
    for (unsigned i = 0; i < PORTS; i++) {
        quay_port port = spawn_on(0, note_message, &(quay_port_options){.fini = note_end});
        as_worker(0);
        tell(port, i);
        as_nobody();
    }
    ck_pr_or_32(&m.rt->workers[0]->parking.orders, QY_ORDER_KILL | QY_ORDER_EXIT);
    loop();
    ck_assert_uint_eq(noted.ended, PORTS);
    ck_assert_uint_eq(stats().alive, 0);
    machine_stop(&m);
}
END_TEST

/* ---- birth ---- */

static unsigned allowed;

static void *allocate_some(void *context, size_t size, size_t align)
{
    return allowed-- ? qy_os_allocate(context, size, align) : NULL;
}

START_TEST(a_worker_without_memory_is_not_born_and_leaks_nothing)
{
    machine_start(&m, 2);
    qy_memory whole = m.rt->memory;
    static qy_worker worker;
    int error = -ENOMEM;
    for (unsigned i = 0; error; i++) {
        allowed = i;
        m.rt->memory = (qy_memory){allocate_some, qy_os_release, NULL};
        error = qy_worker_init(&worker, m.rt, 0);
        ck_assert(error == 0 || error == -ENOMEM);
        ck_assert_uint_lt(i, 20);
    }
    qy_worker_free(&worker);
    m.rt->memory = whole;
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_step_with_nothing_to_do_says_so,
                            a_turn_is_so_many_messages,
                            a_step_is_so_many_turns,
                            a_handler_runs_on_its_worker,
                            an_idle_loop_parks_and_an_order_ends_it,
                            a_loop_with_work_does_not_park,
                            a_loop_ends_every_port_that_was_killed_before_it_exits,
                            a_worker_without_memory_is_not_born_and_leaks_nothing};
    return run_tests("worker", tests, COUNT_OF(tests));
}
