/* test_supervisor.c - trees: started in order, stopped in reverse, restarted under their names, escalating, killed. */
#include <quay/actors/supervisor.h>

#include "family.h"

static quay_port supervisor;
static toy a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"}, d = {.name = "d"};

static void stop_supervisor(void)
{
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
}

/* ---- order ---- */

START_TEST(children_start_in_order_and_stop_in_reverse)
{
    toy slow = {.name = "slow", .slow = QUAY_MS(2)};
    quay_child children[] = {
        toy_child(&slow, QUAY_PERMANENT),
        toy_child(&b, QUAY_TRANSIENT),
        toy_child(&c, QUAY_TEMPORARY),
    };
    supervisor = family_spawn(&(quay_supervisor_options){.children = children, .count = COUNT_OF(children)});
    ck_assert_str_eq(diary(), " +slow +b +c");
    stop_supervisor();
    ck_assert_str_eq(diary(), " +slow +b +c -c -b -slow");
    join_port(supervisor, 0);
}
END_TEST

START_TEST(a_supervisor_of_nobody_is_ready_and_stops)
{
    supervisor = family_spawn(&(quay_supervisor_options){.count = 0});
    stop_supervisor();
    ck_assert_int_lt(quay_supervisor_ready(supervisor, QUAY_FOREVER), 0);
    ck_assert_int_lt(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(a_supervisor_heeds_no_messages_of_others)
{
    static const char bytes[sizeof(quay_exit_notice)];
    quay_child child = toy_child(&a, QUAY_PERMANENT);
    supervisor = family_spawn(&(quay_supervisor_options){.children = &child, .count = 1});
    for (uint32_t tag = 0; tag < 20; tag++) {
        ck_assert_int_eq(quay_send(supervisor, tag, NULL, 0), 0);
        ck_assert_int_eq(quay_send(supervisor, tag, bytes, sizeof bytes), 0);
        ck_assert_int_eq(quay_call(supervisor, tag, NULL, 0, NULL, 0, QUAY_FOREVER), -EBADMSG);
    }
    ck_assert(toy_runs("a"));
    ck_assert_str_eq(diary(), " +a");
    stop_supervisor();
    ck_assert_str_eq(diary(), " +a -a");
}
END_TEST

/* ---- names ---- */

START_TEST(a_restarted_child_has_the_name_of_the_old)
{
    quay_child child = toy_child(&a, QUAY_PERMANENT);
    supervisor = family_spawn(&(quay_supervisor_options){.children = &child, .count = 1, .intensity = 50});
    quay_port before = quay_lookup(rt, "a");
    for (int i = 0; i < 50; i++) {
        tell_toy("a", TOY_CRASH);
        ck_assert(toy_runs("a"));
    }
    ck_assert_uint_ne(before.id, quay_lookup(rt, "a").id);
    stop_supervisor();
    ck_assert_uint_eq(quay_lookup(rt, "a").id, 0);
}
END_TEST

/* ---- trees ---- */

/* top ─ middle ─ bottom ─ c d, each of the upper two with a child of its own before. */
static void spawn_tree(unsigned intensity)
{
    quay_child low[] = {toy_child(&c, QUAY_PERMANENT), toy_child(&d, QUAY_PERMANENT)};
    quay_supervisor_options bottom = {
        .name = "bottom", .intensity = intensity, .period = QUAY_FOREVER, .children = low, .count = 2};
    quay_child mid[] = {toy_child(&b, QUAY_PERMANENT), {.name = "bottom", .supervisor = &bottom}};
    quay_supervisor_options middle = {
        .name = "middle", .intensity = intensity, .period = QUAY_FOREVER, .children = mid, .count = 2};
    quay_child high[] = {toy_child(&a, QUAY_PERMANENT), {.name = "middle", .supervisor = &middle}};
    supervisor = family_spawn(&(quay_supervisor_options){
        .name = "top", .intensity = intensity, .period = QUAY_FOREVER, .children = high, .count = 2});
    ck_assert_str_eq(diary(), " +a +b +c +d");
}

START_TEST(a_tree_starts_and_stops_whole)
{
    spawn_tree(0);
    stop_supervisor();
    ck_assert_str_eq(diary(), " +a +b +c +d -d -c -b -a");
}
END_TEST

/* With one restart allowed at each level, the crashes of d cost: a restart of d, of the bottom, of d, of the middle,
 * as the bottom's failure is one too many for it, and so on: two by two by two, the last of which ends the top. */
START_TEST(a_crash_storm_in_a_tree_escalates_level_by_level)
{
    static const char *const after[] = {
        " -d +d", " -d -c +c +d",       /* too many for the bottom: the middle restarts it */
        " -d +d", " -d -c -b +b +c +d", /* for bottom and middle: the top restarts the middle */
        " -d +d", " -d -c +c +d",       " -d +d", " -d -c -b -a", /* for all of them */
    };
    spawn_tree(1);
    for (unsigned i = 0; i < COUNT_OF(after); i++) {
        diary_clear();
        tell_toy("d", TOY_CRASH);
        ck_assert_str_eq(diary(), after[i]);
    }
    join_port(supervisor, -ECHILD);
}
END_TEST

/* Every toy crashes over and over, at once, until the tree gives up; then no port is left. */
START_TEST(a_storm_from_all_sides_ends_clean)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    spawn_tree(5);
    quay_port_counters counters;
    for (unsigned i = 0; !quay_port_stats(supervisor, &counters); i++) {
        (void)quay_send(quay_lookup(rt, names[i % 4]), TOY_CRASH, NULL, 0);
    }
    join_port(supervisor, -ECHILD);
}
END_TEST

START_TEST(a_killed_supervisor_takes_its_tree_along)
{
    spawn_tree(1);
    ck_assert_int_eq(quay_kill(supervisor, -EINTR), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_uint_eq(drained_stats(rt).alive, 0);
    join_port(supervisor, -EINTR);
}
END_TEST

START_TEST(a_plain_stop_is_in_reverse_order_too)
{
    toy slow = {.name = "slow", .slow = QUAY_MS(2)};
    quay_child children[] = {toy_child(&b, QUAY_PERMANENT), toy_child(&slow, QUAY_PERMANENT)};
    supervisor = family_spawn(&(quay_supervisor_options){.children = children, .count = COUNT_OF(children)});
    ck_assert_int_eq(quay_stop(supervisor), 0);
    join_port(supervisor, 0);
    ck_assert_str_eq(diary(), " +b +slow -slow -b");
}
END_TEST

START_TEST(a_plain_stop_ends_the_tree_too)
{
    spawn_tree(1);
    ck_assert_int_eq(quay_stop(supervisor), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_uint_eq(drained_stats(rt).alive, 0);
}
END_TEST

START_TEST(a_killed_part_of_a_tree_is_made_anew)
{
    spawn_tree(1);
    diary_clear();
    quay_port bottom = quay_lookup(rt, "bottom");
    ck_assert_int_eq(quay_kill(bottom, -EINTR), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert(toy_runs("c") && toy_runs("d"));
    ck_assert_uint_ne(quay_lookup(rt, "bottom").id, bottom.id);
    stop_supervisor();
}
END_TEST

START_TEST(a_runtime_stops_with_a_tree_in_it)
{
    spawn_tree(1);
    stop_runtime(rt);
    ck_assert_ptr_nonnull(strstr(diary(), "-a"));
    ck_assert_ptr_nonnull(strstr(diary(), "-d"));
    rt = start_runtime(2);
}
END_TEST

/* ---- from a handler ---- */

static void spawn_and_stop(quay_self *self, void *argument)
{
    quay_port port;
    EXPECT_EQ(quay_supervisor_spawn(quay_self_runtime(self), &port, argument), 0);
    EXPECT_EQ(quay_supervisor_ready(port, QUAY_FOREVER), 0);
    EXPECT_EQ(quay_supervisor_stop(port, QUAY_FOREVER), 0);
}

START_TEST(a_handler_may_wait_for_a_supervisor)
{
    quay_child child = toy_child(&a, QUAY_PERMANENT);
    run_in_handler(rt, quay_core(0), spawn_and_stop, &(quay_supervisor_options){.children = &child, .count = 1});
    ck_assert_str_eq(diary(), " +a -a");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        children_start_in_order_and_stop_in_reverse,
        a_supervisor_of_nobody_is_ready_and_stops,
        a_supervisor_heeds_no_messages_of_others,
        a_restarted_child_has_the_name_of_the_old,
        a_tree_starts_and_stops_whole,
        a_crash_storm_in_a_tree_escalates_level_by_level,
        a_storm_from_all_sides_ends_clean,
        a_killed_supervisor_takes_its_tree_along,
        a_plain_stop_is_in_reverse_order_too,
        a_plain_stop_ends_the_tree_too,
        a_killed_part_of_a_tree_is_made_anew,
        a_runtime_stops_with_a_tree_in_it,
        a_handler_may_wait_for_a_supervisor,
    };
    return run_family("supervisor", tests, COUNT_OF(tests));
}
