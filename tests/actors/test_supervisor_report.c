/* test_supervisor_report.c - the tree as text. */
#include "family.h"

static quay_port supervisor;
static toy a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"};

static void spawn_tree(void)
{
    quay_child low = toy_child(&c, QUAY_TRANSIENT);
    quay_supervisor_options below = {.name = "below",
                                     .strategy = QUAY_REST_FOR_ONE,
                                     .intensity = 3,
                                     .period = QUAY_SEC(2),
                                     .children = &low,
                                     .count = 1};
    quay_child children[] = {toy_child(&a, QUAY_PERMANENT), {.supervisor = &below}, toy_child(&b, QUAY_TEMPORARY)};
    supervisor =
        family_spawn(&(quay_supervisor_options){.name = "top", .children = children, .count = 3, .intensity = 9});
}

static void stop_tree(void)
{
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
}

static const char expected[] =
    "top, one for one, 1 of its children's restarts, at most 9 in 5000 ms\n"
    "  a: up, permanent, restarts 1\n"
    "  below: up, permanent, restarts 0, rest for one, 2 of its children's restarts, at most 3 in 2000 ms\n"
    "    c: up, transient, restarts 2\n"
    "  b: down, temporary, restarts 0\n";

START_TEST(a_tree_is_shown_with_its_restarts)
{
    char text[1024];
    spawn_tree();
    tell_toy("a", TOY_CRASH);
    tell_toy("c", TOY_CRASH);
    tell_toy("c", TOY_CRASH);
    tell_toy("b", TOY_CRASH);
    ck_assert_int_eq(quay_supervisor_describe(supervisor, text, sizeof text, QUAY_FOREVER), sizeof expected - 1);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(quay_supervisor_describe(supervisor, NULL, 0, QUAY_FOREVER), sizeof expected - 1);
    ck_assert_int_eq(quay_supervisor_describe(supervisor, text, 10, QUAY_FOREVER), sizeof expected - 1);
    ck_assert_str_eq(text, "top, one ");
    stop_tree();
}
END_TEST

static void describe(quay_self *self, void *argument)
{
    char text[1024];
    (void)self;
    EXPECT(quay_supervisor_describe(*(quay_port *)argument, text, sizeof text, QUAY_FOREVER) > 0);
    EXPECT(strstr(text, "below: up") != NULL);
}

START_TEST(a_handler_may_ask_for_it)
{
    spawn_tree();
    run_in_handler(rt, quay_core(1), describe, &supervisor);
    stop_tree();
}
END_TEST

START_TEST(a_wide_tree_is_shown_whole)
{
    static quay_child children[500];
    for (size_t i = 0; i < COUNT_OF(children); i++) children[i] = (quay_child){.handler = echo};
    supervisor = family_spawn(&(quay_supervisor_options){.children = children, .count = COUNT_OF(children)});
    int length = quay_supervisor_describe(supervisor, NULL, 0, QUAY_FOREVER);
    ck_assert_int_gt(length, 500 * (int)strlen("  unnamed: up, permanent, restarts 0"));
    stop_tree();
}
END_TEST

START_TEST(what_is_no_supervisor_has_no_tree)
{
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    ck_assert_int_eq(quay_supervisor_describe(QUAY_NOBODY, NULL, 0, QUAY_FOREVER), -EPIPE);
    ck_assert_int_eq(quay_supervisor_describe(port, NULL, 0, QUAY_FOREVER), -ENOMSG);
    ck_assert_int_eq(quay_stop(port), 0);
    port = spawn(rt, echo, quay_core(1), NULL);
    ck_assert_int_eq(quay_supervisor_describe(port, NULL, 0, QUAY_FOREVER), -EBADMSG);
    ck_assert_int_eq(quay_stop(port), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_tree_is_shown_with_its_restarts,
        a_handler_may_ask_for_it,
        a_wide_tree_is_shown_whole,
        what_is_no_supervisor_has_no_tree,
    };
    return run_family("supervisor_report", tests, COUNT_OF(tests));
}
