/* test_fiber.c - the loop moves from stack to stack as handlers wait, and so many stacks are kept. */
#include "core/fiber.h"

#include <string.h>
#include <unistd.h>

#include "core/suspend.h"
#include "fixture.h"

#define CROWD 100

static qy_fiber *fiber_before, *fiber_while[CROWD];
static quay_promise promises[CROWD];
static unsigned waiting, back;

static int wait_for_promise(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f;
    (void)state;
    qy_fiber *own = self->worker->fiber;
    fiber_while[message->tag] = own;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &promises[message->tag], &f), 0);
    waiting++;
    ck_assert_int_eq(quay_await(f, NULL, 0), 0);
    ck_assert_ptr_eq(self->worker->fiber, own); /* a handler stays on its stack */
    ck_assert_ptr_eq(self->worker->running, self);
    quay_drop(f);
    back++;
    return 0;
}

static void gather(unsigned count)
{
    waiting = back = 0;
    for (uint32_t i = 0; i < count; i++) tell(spawn_on(0, wait_for_promise, NULL), i);
    settle_down();
    ck_assert_uint_eq(waiting, count);
    ck_assert_uint_eq(back, 0);
}

static void settle_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) ck_assert_int_eq(quay_settle(promises[i], 0, NULL, 0), 0);
    settle_down();
    ck_assert_uint_eq(back, count);
}

static void note_fiber(quay_self *self)
{
    fiber_before = self->worker->fiber;
    ck_assert_ptr_nonnull(fiber_before);
    ck_assert_ptr_null(fiber_before->suspension);
}

/* What never waits never leaves its stack. */
START_TEST(without_a_wait_there_is_one_stack)
{
    machine_start(&m, 1);
    run_in_port(0, note_fiber);
    qy_fiber *first = fiber_before;
    for (int i = 0; i < 10; i++) {
        run_in_port(0, note_fiber);
        ck_assert_ptr_eq(fiber_before, first);
    }
    ck_assert_uint_eq(m.rt->workers[0]->spare_count, 1);
    machine_stop(&m);
}
END_TEST

START_TEST(each_that_waits_has_a_stack_of_its_own)
{
    machine_start(&m, 1);
    gather(10);
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_ptr_nonnull(fiber_while[i]->suspension);
        for (unsigned k = 0; k < i; k++) ck_assert_ptr_ne(fiber_while[i], fiber_while[k]);
    }
    settle_all(10);
    ck_assert_uint_eq(m.rt->workers[0]->spare_count, 11);
    gather(10); /* on the stacks there are */
    ck_assert_uint_eq(m.rt->workers[0]->spare_count, 1);
    settle_all(10);
    machine_stop(&m);
}
END_TEST

START_TEST(so_many_are_kept)
{
    machine_start(&m, 1);
    for (int round = 0; round < 2; round++) {
        gather(CROWD);
        settle_all(CROWD);
        ck_assert_uint_le(m.rt->workers[0]->spare_count, QY_SPARE_FIBERS + 1);
        ck_assert_uint_ge(m.rt->workers[0]->spare_count, QY_SPARE_FIBERS / 2);
    }
    machine_stop(&m);
}
END_TEST

static void do_nothing(qy_worker *worker)
{
    for (;;) qy_fiber_leave(worker);
}

START_TEST(entering_and_leaving)
{
    machine_start(&m, 1);
    qy_worker *worker = as_worker(0);
    ck_assert_ptr_null(worker->fiber);
    ck_assert_int_eq(qy_fiber_prepare(worker), -EDEADLK); /* it is on no fiber */
    for (int i = 0; i < 3; i++) {
        qy_fiber_enter(worker, do_nothing);
        ck_assert_ptr_null(worker->fiber);
        ck_assert_uint_eq(worker->spare_count, 1);
    }
    qy_fiber_report_overflow(NULL); /* nobody's guard: nothing is said */
    qy_fiber_free_all(worker);
    ck_assert_uint_eq(worker->spare_count, 0);
    ck_assert_int_eq(qy_fiber_init(worker), 0);
    as_nobody();
    machine_stop(&m);
}
END_TEST

/* ---- overflow ---- */

#define GUARD (m.rt->workers[0]->fiber->stack.guard)

/* What is said of an access to an address this far from the lower end of the worker's stack. */
static const char *report(ptrdiff_t offset)
{
    static char text[512];
    int ends[2], before = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    qy_fiber_report_overflow((char *)m.rt->workers[0]->fiber->stack.low + offset);
    ck_assert_int_eq(dup2(before, STDERR_FILENO), STDERR_FILENO);
    (void)close(ends[1]);
    (void)close(before);
    ssize_t length = read(ends[0], text, sizeof text - 1);
    (void)close(ends[0]);
    ck_assert_int_ge(length, 0);
    text[length] = 0;
    return text;
}

static void report_in_handler(quay_self *self)
{
    (void)self;
    ck_assert_ptr_nonnull(strstr(report(-1), "port unnamed overflowed its stack"));
    ck_assert_ptr_nonnull(strstr(report(-(ptrdiff_t)GUARD), "with tag 0"));
    ck_assert_str_eq(report(0), "");
    ck_assert_str_eq(report(-(ptrdiff_t)GUARD - 1), "");
}

static int report_in_init(quay_self *self, void *state, void *argument)
{
    (void)self, (void)state, (void)argument;
    ck_assert_ptr_nonnull(strstr(report(-1), "port early overflowed its stack"));
    return 0;
}

static unsigned reported;

static void report_between_handlers(qy_worker *worker)
{
    for (;; qy_fiber_leave(worker), reported++)
        ck_assert_ptr_nonnull(strstr(report(-1), "port unnamed overflowed its stack"));
}

START_TEST(only_an_access_to_the_guard_is_an_overflow)
{
    machine_start(&m, 1);
    run_in_port(0, report_in_handler);
    (void)spawn_on(0, note_message, &(quay_port_options){.name = "early", .init = report_in_init});
    qy_worker *worker = as_worker(0);
    qy_fiber_free_all(worker); /* the loops on these would go on */
    ck_assert_int_eq(qy_fiber_init(worker), 0);
    for (int i = 0; i < 2; i++) qy_fiber_enter(worker, report_between_handlers);
    ck_assert_uint_eq(reported, 1);
    qy_fiber_free_all(worker);
    ck_assert_int_eq(qy_fiber_init(worker), 0);
    qy_fiber_report_overflow(NULL); /* on no fiber */
    as_nobody();
    qy_fiber_report_overflow(NULL); /* on no worker */
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {without_a_wait_there_is_one_stack, each_that_waits_has_a_stack_of_its_own, so_many_are_kept,
                            entering_and_leaving, only_an_access_to_the_guard_is_an_overflow};
    return run_tests("fiber", tests, COUNT_OF(tests));
}
