/* test_supervisor_child.c - children that do not begin, do not end, or do not get their name. */
#include <sched.h>

#include "family.h"

static quay_port supervisor;
static toy a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"};

static void spawn_now(quay_child *children, size_t count, unsigned intensity)
{
    quay_supervisor_options options = {
        .children = children, .count = count, .intensity = intensity, .period = QUAY_FOREVER};
    ck_assert_int_eq(quay_supervisor_spawn(rt, &supervisor, &options), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
}

START_TEST(a_child_that_fails_in_init_is_tried_as_often_as_allowed)
{
    quay_child children[] = {toy_child(&a, QUAY_PERMANENT), toy_child(&b, QUAY_PERMANENT),
                             toy_child(&c, QUAY_PERMANENT)};
    b.init_error = -EIO;
    spawn_now(children, 3, 5);
    ck_assert_str_eq(diary(), " +a -a"); /* and c never began */
    join_port(supervisor, -ECHILD);
    b.init_error = 0;
    diary_clear();
    spawn_now(children, 3, 0);
    ck_assert_str_eq(diary(), " +a +b +c");
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(a_temporary_child_that_fails_in_init_is_left_out)
{
    quay_child children[] = {toy_child(&a, QUAY_PERMANENT), toy_child(&b, QUAY_TEMPORARY),
                             toy_child(&c, QUAY_PERMANENT)};
    b.init_error = -EIO;
    spawn_now(children, 3, 0);
    ck_assert_str_eq(diary(), " +a +c");
    ck_assert_int_eq(quay_supervisor_ready(supervisor, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
    b.init_error = 0;
}
END_TEST

START_TEST(a_child_whose_name_is_taken_fails)
{
    quay_child child = toy_child(&a, QUAY_PERMANENT);
    quay_port other = spawn(rt, echo, quay_core(1), NULL);
    ck_assert_int_eq(quay_register(rt, "a", other), 0);
    spawn_now(&child, 1, 3);
    join_port(supervisor, -ECHILD);
    ck_assert_uint_eq(quay_lookup(rt, "a").id, other.id);
    ck_assert_int_eq(quay_stop(other), 0);
}
END_TEST

START_TEST(a_child_that_does_not_stop_in_time_is_killed)
{
    quay_child children[] = {toy_child(&a, QUAY_PERMANENT), toy_child(&b, QUAY_PERMANENT)};
    children[1].patience = 1;
    spawn_now(children, 2, 0);
    tell_toy("b", TOY_HANG);
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
    ck_assert_str_eq(diary(), " +a +b -b -a");
    ck_assert_int_eq(b.reason, -ETIMEDOUT);
    ck_assert_int_eq(a.reason, 0);
}
END_TEST

/* A supervisor below that does not stop in time, as a child of it hangs, is killed with what it has. */
START_TEST(a_tree_that_does_not_stop_in_time_is_killed)
{
    quay_child low = toy_child(&b, QUAY_PERMANENT);
    low.patience = QUAY_FOREVER;
    quay_supervisor_options below = {.children = &low, .count = 1};
    quay_child children[] = {toy_child(&a, QUAY_PERMANENT), {.supervisor = &below, .patience = 1}};
    spawn_now(children, 2, 0);
    tell_toy("b", TOY_HANG);
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_int_lt(b.reason, 0);
    ck_assert_ptr_nonnull(strstr(diary(), "-a"));
}
END_TEST

START_TEST(a_child_may_be_without_name_and_init)
{
    quay_child child = {.handler = echo};
    spawn_now(&child, 1, 0);
    ck_assert_int_eq(quay_supervisor_ready(supervisor, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
}
END_TEST

/* ---- a child whose supervisor ends while its init runs ---- */

static atomic_int begun, ended;

static int begin_and_end_supervisor(quay_self *self, void *state, void *argument)
{
    (void)self, (void)state, (void)argument;
    begun++;
    EXPECT_EQ(quay_kill(supervisor, -EINTR), 0);
    return 0;
}

static void note_end(void *state, int reason)
{
    (void)state, (void)reason;
    ended++;
}

START_TEST(a_child_that_cannot_report_its_start_has_its_fini_run)
{
    quay_child child = {.handler = echo,
                        .options = {.place = quay_core(0), .init = begin_and_end_supervisor, .fini = note_end}};
    gate g;
    begun = ended = 0;
    hold_worker(rt, quay_core(0), &g); /* so that `supervisor` is known before init runs */
    ck_assert_int_eq(
        quay_supervisor_spawn(rt, &supervisor,
                              &(quay_supervisor_options){.place = quay_core(0), .children = &child, .count = 1}),
        0);
    gate_open(&g);
    join_port(supervisor, -EINTR);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(begun, 1);
    ck_assert_int_eq(ended, 1);
}
END_TEST

/* ---- a memory limit ---- */

static quay_port stuffed;
static atomic_bool exhausted;

static int hang(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_sleep(self, QUAY_SEC(3600));
}

/* In its second turn: take all memory for small messages but this one's. */
static int exhaust(quay_self *self, void *state, const quay_message *message)
{
    long sent;
    (void)state;
    if (message->tag) return quay_send(quay_self_port(self), 0, NULL, 0);
    do {
        for (sent = 0; !quay_send(stuffed, 0, NULL, 0);) sent++;
    } while (sent);
    exhausted = true;
    return 0;
}

/* The worker's turns: top, exhaust, the supervisor below, exhaust, its child, whose report takes the last block while
 * it is being handled. */
START_TEST(a_supervisor_reports_its_start_once_there_is_memory)
{
    quay_runtime *small;
    quay_port top;
    gate g;
    int ready;
    quay_runtime_options limited = runtime_options(1);
    limited.memory_limit = (size_t)4 * 1024 * 1024;
    ck_assert_int_eq(quay_runtime_start(&small, &limited), 0);
    stuffed = spawn(small, hang, QUAY_ANYWHERE, NULL);
    ck_assert_int_eq(quay_send(stuffed, 0, NULL, 0), 0);
    quay_port exhausting = spawn(small, exhaust, QUAY_ANYWHERE, NULL);
    quay_child child = {.handler = echo};
    quay_child below = {.supervisor = &(quay_supervisor_options){.children = &child, .count = 1}};
    hold_worker(small, quay_core(0), &g);
    ck_assert_int_eq(quay_supervisor_spawn(small, &top, &(quay_supervisor_options){.children = &below, .count = 1}), 0);
    ck_assert_int_eq(quay_send(exhausting, 1, NULL, 0), 0);
    gate_open(&g);
    while (!exhausted) sched_yield();
    ck_assert_int_eq(quay_kill(stuffed, 0), 0); /* taken in the next step, after the report */
    while ((ready = quay_supervisor_ready(top, QUAY_FOREVER)) == -ENOMEM) sched_yield();
    ck_assert_int_eq(ready, 0);
    stop_runtime(small);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_child_that_fails_in_init_is_tried_as_often_as_allowed,
        a_temporary_child_that_fails_in_init_is_left_out,
        a_child_whose_name_is_taken_fails,
        a_child_that_does_not_stop_in_time_is_killed,
        a_tree_that_does_not_stop_in_time_is_killed,
        a_child_may_be_without_name_and_init,
        a_child_that_cannot_report_its_start_has_its_fini_run,
        a_supervisor_reports_its_start_once_there_is_memory,
    };
    return run_family("supervisor_child", tests, COUNT_OF(tests));
}
