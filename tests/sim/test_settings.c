/* test_settings.c - QUAY_SIM is read and written alike, and what is drawn depends on the seed alone. */
#include "sim/settings.h"

#include <errno.h>
#include <string.h>

#include "../suite.h"

static uint64_t keep[QY_SETTINGS_KEEP_MOST];
static const char *wrong;

static int parse(const char *text, quay_sim_options *options)
{
    *options = (quay_sim_options){0};
    return qy_settings_parse(text, options, keep, &wrong);
}

START_TEST(what_is_written_is_read)
{
    static const char *const texts[] = {
        "7,workers=3,strategy=walk", "18446744073709551615,workers=63,strategy=pct:4,faults=memory+kill+deadline+clock",
        "0,workers=1,strategy=pct:2,faults=clock,limit=500,keep=", "1,workers=4,strategy=walk,keep=12+9000000000"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char text[256];
        quay_sim_options options;
        qy_settings settings;
        ck_assert_int_eq(parse(texts[i], &options), 0);
        ck_assert_int_eq(qy_settings_draw(&options, &settings), 0);
        ck_assert_int_eq(qy_settings_print(&settings, text, sizeof text), (int)strlen(texts[i]));
        ck_assert_str_eq(text, texts[i]);
        char part[8];
        ck_assert_int_eq(qy_settings_print(&settings, part, sizeof part), (int)strlen(texts[i]));
        ck_assert_int_eq(strncmp(part, texts[i], sizeof part - 1), 0);
        ck_assert_int_eq(qy_settings_print(&settings, NULL, 0), (int)strlen(texts[i]));
    }
}
END_TEST

START_TEST(short_forms_are_read)
{
    quay_sim_options options;
    ck_assert_int_eq(parse("5", &options), 0);
    ck_assert_uint_eq(options.seed, 5);
    ck_assert_uint_eq(options.workers, 0);
    ck_assert_int_eq(parse("5,strategy=pct,chart", &options), 0);
    ck_assert_int_eq(options.strategy, QUAY_SIM_PCT);
    ck_assert_uint_eq(options.depth, 0);
    ck_assert(options.chart);
    ck_assert_int_eq(parse("5,keep=,chart", &options), 0);
    ck_assert_uint_eq(options.keep_count, 0);
    ck_assert(options.keep && options.chart);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "-1",
                                        "1,",
                                        "1,what=3",
                                        "1 ",
                                        "1,chartx",
                                        "1,workers=",
                                        "1,workers=64",
                                        "1,faults=",
                                        "1,faults=rain",
                                        "1,keep=a",
                                        "1,strategy=luck",
                                        "1,strategy=pct:9",
                                        "1,strategy=pct:1",
                                        "18446744073709551616",
                                        "1,keep=1+"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        quay_sim_options options;
        ck_assert_msg(parse(texts[i], &options) == -EINVAL, "\"%s\"", texts[i]);
    }
}
END_TEST

START_TEST(the_part_that_is_nonsense_is_shown)
{
    quay_sim_options options;
    ck_assert_int_eq(parse("x1,chart", &options), -EINVAL);
    ck_assert_str_eq(wrong, "x1,chart");
    ck_assert_int_eq(parse("1,workers=3,strategy=pct:1,chart", &options), -EINVAL);
    ck_assert_str_eq(wrong, "strategy=pct:1,chart");
    ck_assert_int_eq(parse("1,chartx", &options), -EINVAL);
    ck_assert_str_eq(wrong, "chartx");
}
END_TEST

START_TEST(no_more_choices_are_kept_than_there_is_room_for)
{
    char text[8 * QY_SETTINGS_KEEP_MOST] = "1,keep=1";
    quay_sim_options options;
    for (int i = 1; i < QY_SETTINGS_KEEP_MOST; i++) strcat(text, "+1");
    ck_assert_int_eq(parse(text, &options), 0);
    ck_assert_uint_eq(options.keep_count, QY_SETTINGS_KEEP_MOST);
    ck_assert_int_eq(parse(strcat(text, "+1"), &options), -EINVAL);
}
END_TEST

START_TEST(options_that_make_no_sense_are_refused)
{
    qy_settings settings;
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.workers = 64}, &settings), -EINVAL);
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.faults = 16}, &settings), -EINVAL);
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.strategy = (quay_sim_strategy)3}, &settings), -EINVAL);
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.depth = 1}, &settings), -EINVAL);
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.depth = 9}, &settings), -EINVAL);
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.keep_count = 1}, &settings), -EINVAL);
}
END_TEST

/* Both strategies, all depths of 2 to 4, and each chance both never and often. */
START_TEST(seeds_differ_and_repeat)
{
    unsigned strategies = 0, depths = 0, batches = 0;
    int never = 0, often = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        qy_settings a, b;
        ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.seed = seed}, &a), 0);
        ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.seed = seed}, &b), 0);
        ck_assert_int_eq(a.kind, b.kind);
        ck_assert_uint_eq(a.batch, b.batch);
        ck_assert_uint_eq(a.stray, b.stray);
        strategies |= 1u << a.kind;
        depths |= 1u << a.options.depth;
        batches |= a.batch;
        never += !a.preempt + !a.short_step + !a.lane_delay + !a.spurious + !a.stray;
        often += (a.preempt == 2) + (a.short_step == 2) + (a.lane_delay == 2) + (a.spurious == 2) + (a.stray == 2);
    }
    ck_assert_uint_eq(strategies, 3);
    ck_assert_uint_eq(depths, 4 + 8 + 16);
    ck_assert_uint_eq(batches, 127);
    ck_assert_int_gt(never, 100);
    ck_assert_int_gt(often, 100);
}
END_TEST

/* A replay names what an option had left to the seed; the rest must stay what it was. */
START_TEST(naming_what_was_drawn_changes_nothing_else)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        char text[128];
        qy_settings drawn, named;
        quay_sim_options options;
        ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.seed = seed}, &drawn), 0);
        (void)qy_settings_print(&drawn, text, sizeof text);
        ck_assert_int_eq(parse(text, &options), 0);
        ck_assert_int_eq(qy_settings_draw(&options, &named), 0);
        ck_assert_int_eq(drawn.kind, named.kind);
        ck_assert_uint_eq(drawn.batch, named.batch);
        ck_assert_uint_eq(drawn.length, named.length);
        ck_assert_uint_eq(drawn.preempt, named.preempt);
        ck_assert_uint_eq(drawn.spurious, named.spurious);
        if (drawn.kind == QY_STRATEGY_PCT) ck_assert_uint_eq(drawn.options.depth, named.options.depth);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_is_written_is_read,
                            short_forms_are_read,
                            nonsense_is_refused,
                            the_part_that_is_nonsense_is_shown,
                            no_more_choices_are_kept_than_there_is_room_for,
                            options_that_make_no_sense_are_refused,
                            seeds_differ_and_repeat,
                            naming_what_was_drawn_changes_nothing_else};
    return run_tests("settings", tests, COUNT_OF(tests));
}
