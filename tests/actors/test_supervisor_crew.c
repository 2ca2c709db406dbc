/* test_supervisor_crew.c - which children run after one has ended: every strategy, every restart, every intensity. */
#include "family.h"

static quay_port supervisor;
static toy a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"}, d = {.name = "d"};

static void spawn_four(quay_strategy strategy, unsigned intensity)
{
    quay_child children[] = {
        toy_child(&a, QUAY_PERMANENT),
        toy_child(&b, QUAY_PERMANENT),
        toy_child(&c, QUAY_PERMANENT),
        toy_child(&d, QUAY_TEMPORARY),
    };
    supervisor = family_spawn(&(quay_supervisor_options){.strategy = strategy,
                                                         .intensity = intensity,
                                                         .period = QUAY_FOREVER,
                                                         .children = children,
                                                         .count = COUNT_OF(children)});
    diary_clear();
}

static void stop_supervisor(void)
{
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
}

/* ---- strategies ---- */

START_TEST(one_for_one)
{
    spawn_four(QUAY_ONE_FOR_ONE, 1);
    tell_toy("b", TOY_CRASH);
    ck_assert_str_eq(diary(), " -b +b");
    stop_supervisor();
}
END_TEST

START_TEST(one_for_all)
{
    spawn_four(QUAY_ONE_FOR_ALL, 2);
    tell_toy("b", TOY_CRASH);
    ck_assert_str_eq(diary(), " -b -d -c -a +a +b +c");
    diary_clear();
    tell_toy("c", TOY_CRASH);
    ck_assert_str_eq(diary(), " -c -b -a +a +b +c");
    stop_supervisor();
}
END_TEST

START_TEST(rest_for_one)
{
    spawn_four(QUAY_REST_FOR_ONE, 1);
    tell_toy("b", TOY_CRASH);
    ck_assert_str_eq(diary(), " -b -d -c +b +c");
    stop_supervisor();
}
END_TEST

/* ---- restarts ---- */

/* What is in the diary after the child has been told, under that restart. */
static void assert_after(quay_restart restart, uint32_t tag, const char *expected)
{
    quay_child child = toy_child(&a, restart);
    supervisor = family_spawn(&(quay_supervisor_options){.children = &child, .count = 1, .intensity = 1});
    diary_clear();
    tell_toy("a", tag);
    ck_assert_str_eq(diary(), expected);
    ck_assert_int_eq(quay_supervisor_ready(supervisor, QUAY_FOREVER), 0);
    stop_supervisor();
}

START_TEST(permanent_children_always_run_again)
{
    assert_after(QUAY_PERMANENT, TOY_CRASH, " -a +a");
    assert_after(QUAY_PERMANENT, TOY_LEAVE, " -a +a");
}
END_TEST

START_TEST(transient_children_run_again_if_they_failed)
{
    assert_after(QUAY_TRANSIENT, TOY_CRASH, " -a +a");
    assert_after(QUAY_TRANSIENT, TOY_LEAVE, " -a");
}
END_TEST

START_TEST(temporary_children_never_run_again)
{
    assert_after(QUAY_TEMPORARY, TOY_CRASH, " -a");
    assert_after(QUAY_TEMPORARY, TOY_LEAVE, " -a");
}
END_TEST

static atomic_int tries;

static int fail_at_first(quay_self *self, void *state, void *argument)
{
    (void)self, (void)state, (void)argument;
    return tries++ ? 0 : -EIO;
}

/* What fails before a temporary child had its turn does not cost it that. */
START_TEST(temporary_children_run_once_whatever_fails_before_them)
{
    static const quay_strategy strategies[] = {QUAY_ONE_FOR_ONE, QUAY_ONE_FOR_ALL, QUAY_REST_FOR_ONE};
    for (unsigned i = 0; i < COUNT_OF(strategies); i++) {
        quay_child children[] = {{.handler = echo, .options = {.init = fail_at_first}}, toy_child(&b, QUAY_TEMPORARY)};
        tries = 0;
        diary_clear();
        supervisor = family_spawn(&(quay_supervisor_options){
            .strategy = strategies[i], .intensity = 1, .children = children, .count = COUNT_OF(children)});
        ck_assert_str_eq(diary(), " +b");
        stop_supervisor();
    }
}
END_TEST

START_TEST(kills_and_stops_by_others_count_as_ends)
{
    spawn_four(QUAY_ONE_FOR_ONE, 2);
    ck_assert_int_eq(quay_kill(quay_lookup(rt, "a"), 0), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_stop(quay_lookup(rt, "a")), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_str_eq(diary(), " -a +a -a +a");
    stop_supervisor();
}
END_TEST

/* ---- intensity ---- */

/* Exactly so many crashes are survived, and one more is not. */
static void assert_survives(unsigned intensity)
{
    spawn_four(QUAY_ONE_FOR_ONE, intensity);
    for (unsigned i = 0; i < intensity; i++) {
        tell_toy(i % 2 ? "a" : "c", TOY_CRASH);
        ck_assert(toy_runs("a") && toy_runs("b") && toy_runs("c"));
    }
    tell_toy("d", TOY_CRASH); /* is temporary, so no restart */
    ck_assert(toy_runs("a"));
    diary_clear();
    tell_toy("b", TOY_CRASH);
    ck_assert_str_eq(diary(), " -b -c -a");
    join_port(supervisor, -ECHILD);
}

START_TEST(the_intensity_is_exact)
{
    assert_survives(1);
    assert_survives(2);
    assert_survives(17);
}
END_TEST

START_TEST(with_intensity_0_the_first_failure_is_one_too_many)
{
    assert_survives(0);
}
END_TEST

/* In a period of a nanosecond no two restarts fall. */
START_TEST(restarts_of_long_ago_do_not_count)
{
    quay_child child = toy_child(&a, QUAY_PERMANENT);
    supervisor = family_spawn(&(quay_supervisor_options){.children = &child, .count = 1, .intensity = 1, .period = 1});
    for (unsigned i = 0; i < 100; i++) tell_toy("a", TOY_CRASH);
    ck_assert(toy_runs("a"));
    stop_supervisor();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        one_for_one,
        one_for_all,
        rest_for_one,
        permanent_children_always_run_again,
        transient_children_run_again_if_they_failed,
        temporary_children_never_run_again,
        temporary_children_run_once_whatever_fails_before_them,
        kills_and_stops_by_others_count_as_ends,
        the_intensity_is_exact,
        with_intensity_0_the_first_failure_is_one_too_many,
        restarts_of_long_ago_do_not_count,
    };
    return run_family("supervisor_crew", tests, COUNT_OF(tests));
}
