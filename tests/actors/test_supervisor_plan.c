/* test_supervisor_plan.c - options that make no sense are refused; those that do are copied, all the way down. */
#include "family.h"

static toy a = {.name = "a"}, b = {.name = "b"};

static void refuse(const quay_supervisor_options *options)
{
    quay_port port;
    ck_assert_int_eq(quay_supervisor_spawn(rt, &port, options), -EINVAL);
}

static void refuse_child(quay_child child)
{
    quay_child good = toy_child(&a, QUAY_PERMANENT);
    quay_child children[] = {good, child};
    quay_supervisor_options options = {.children = children, .count = 2};
    refuse(&options);
    quay_child parent = {.supervisor = &options};
    refuse(&(quay_supervisor_options){.children = &parent, .count = 1});
}

START_TEST(misuse_is_refused)
{
    quay_port port;
    quay_child good = toy_child(&a, QUAY_PERMANENT);
    quay_supervisor_options options = {.children = &good, .count = 1};
    ck_assert_int_eq(quay_supervisor_spawn(NULL, &port, &options), -EINVAL);
    ck_assert_int_eq(quay_supervisor_spawn(rt, NULL, &options), -EINVAL);
    refuse(NULL);
    refuse(&(quay_supervisor_options){.count = 1});
    refuse(&(quay_supervisor_options){.strategy = (quay_strategy)9});
    refuse(&(quay_supervisor_options){.intensity = QUAY_INTENSITY_MAX + 1});
    refuse(&(quay_supervisor_options){.period = -1});
    refuse(&(quay_supervisor_options){.name = ""});
}
END_TEST

START_TEST(children_that_make_no_sense_are_refused)
{
    char name[QUAY_NAME_MAX + 2];
    memset(name, 'x', sizeof name);
    name[QUAY_NAME_MAX + 1] = 0;
    quay_supervisor_options none = {.count = 0};
    refuse_child((quay_child){.name = "nothing"});
    refuse_child((quay_child){.handler = echo, .supervisor = &none});
    refuse_child((quay_child){.handler = echo, .patience = -1});
    refuse_child((quay_child){.handler = echo, .restart = (quay_restart)9});
    refuse_child((quay_child){.handler = echo, .name = ""});
    refuse_child((quay_child){.handler = echo, .name = name});
    refuse_child((quay_child){.handler = echo, .options.name = name});
}
END_TEST

/* What the options were made of is overwritten before the supervisor looks at it again. */
START_TEST(options_are_copied_all_the_way_down)
{
    char name[] = "b";
    quay_child low = toy_child(&b, QUAY_PERMANENT);
    low.name = name;
    quay_supervisor_options below = {.children = &low, .count = 1, .intensity = 1};
    quay_child children[] = {toy_child(&a, QUAY_PERMANENT), {.name = "below", .supervisor = &below}};
    quay_port supervisor = family_spawn(&(quay_supervisor_options){.children = children, .count = 2, .intensity = 1});
    name[0] = '?';
    memset(&low, 0xff, sizeof low);
    memset(&below, 0xff, sizeof below);
    memset(children, 0xff, sizeof children);
    tell_toy("b", TOY_CRASH);
    ck_assert(toy_runs("b"));
    tell_toy("b", TOY_CRASH); /* too much for the supervisor below, which is made anew from the copy of its copy */
    ck_assert(toy_runs("b") && toy_runs("a"));
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        misuse_is_refused,
        children_that_make_no_sense_are_refused,
        options_are_copied_all_the_way_down,
    };
    return run_family("supervisor_plan", tests, COUNT_OF(tests));
}
