/* test_choices.c - the plain course, what leaves it, and a clock that jumps. */
#include "support.h"

#include <string.h>

static uint32_t word;

static void sleep_long(void *ns)
{
    qy_simulation *sim = qy_simulation_here;
    order[said++] = *(int64_t *)ns == QUAY_SEC(3600) ? 'l' : 's';
    int64_t until = sim->clock + *(int64_t *)ns;
    ck_assert_int_eq(qy_agent_sleep(sim, &word, until), -ETIMEDOUT);
    ck_assert_int_ge(sim->clock, until);
    order[said++] = *(int64_t *)ns == QUAY_SEC(3600) ? 'L' : 'S';
}

START_TEST(the_clock_jumps_to_the_next_deadline)
{
    static int64_t hour = QUAY_SEC(3600), second = QUAY_SEC(1);
    qy_simulation *sim = begin(2);
    int64_t start = sim->clock;
    said = 0;
    qy_agent *a = qy_agent_new(sim, sleep_long, &hour);
    qy_agent *b = qy_agent_new(sim, sleep_long, &second);
    qy_agent_join(sim, a);
    qy_agent_join(sim, b);
    ck_assert_int_eq(order[2], 'S');
    ck_assert_int_eq(order[3], 'L');
    ck_assert_int_lt(sim->clock - start, QUAY_SEC(3600) + QUAY_MS(1));
    qy_simulation_end(sim);
}
END_TEST

START_TEST(without_choices_whoever_runs_goes_on)
{
    qy_settings settings;
    qy_simulation *sim;
    uint64_t none = 0;
    ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.keep = &none}, &settings), 0);
    ck_assert_int_eq(qy_simulation_begin(&settings, &sim), 0);
    said = 0;
    qy_agent *a = qy_agent_new(sim, say_three_times, "a");
    qy_agent *b = qy_agent_new(sim, say_three_times, "b");
    qy_agent_join(sim, b);
    qy_agent_join(sim, a);
    order[said] = 0;
    ck_assert_str_eq(order, "aaabbb");
    ck_assert_uint_eq(sim->deviations_count, 0);
    qy_simulation_end(sim);
}
END_TEST

START_TEST(what_is_not_kept_does_not_happen)
{
    static const uint64_t third = 3;
    qy_settings settings;
    qy_simulation *sim;
    for (unsigned kept = 0; kept < 2; kept++) {
        ck_assert_int_eq(qy_settings_draw(&(quay_sim_options){.keep = &third, .keep_count = kept}, &settings), 0);
        ck_assert_int_eq(qy_simulation_begin(&settings, &sim), 0);
        for (int i = 1; i <= 10; i++) ck_assert_int_eq(qy_sim_chance(sim, 1), kept && i == 3);
        ck_assert_uint_eq(sim->deviations_count, kept);
        if (kept) ck_assert_uint_eq(sim->deviations[0], 3);
        qy_simulation_end(sim);
    }
}
END_TEST

START_TEST(chances_are_as_they_are_said_to_be)
{
    qy_simulation *sim = begin(4);
    unsigned happened = 0;
    for (int i = 0; i < 4000; i++) {
        ck_assert(!qy_sim_chance(sim, 0));
        happened += qy_sim_chance(sim, 4);
    }
    ck_assert_uint_gt(happened, 850);
    ck_assert_uint_lt(happened, 1150);
    ck_assert_uint_eq(sim->deviations_count, happened);
    qy_simulation_end(sim);
}
END_TEST

static bool answered;

/* It sends to itself until the other has answered. */
static int poll_other(quay_self *self, void *state, const quay_message *message)
{
    answered |= message->tag == 2;
    if (message->tag == 0) ck_assert_int_eq(quay_send(*SHARED(state, quay_port), 1, NULL, 0), 0);
    return answered || message->tag == 2 ? 0 : quay_send(quay_self_port(self), 1, NULL, 0);
}

static int answer_poll(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    return quay_send(*SHARED(state, quay_port), 2, NULL, 0);
}

static void poll_under(const quay_sim_options *options, unsigned lane_delay)
{
    quay_runtime *rt;
    ck_assert_int_eq(quay_sim_start(&rt, options), 0);
    be_plain();
    qy_simulation_here->settings.lane_delay = lane_delay;
    quay_port asker, answerer;
    asker = spawn_at(rt, poll_other, 0, "asker", &answerer);
    answerer = spawn_at(rt, answer_poll, 1, "answerer", &asker);
    answered = false;
    ck_assert_int_eq(quay_send(asker, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert(answered);
    stop(rt);
}

START_TEST(what_is_delayed_comes_though_somebody_is_busy)
{
    quay_sim_options options = {.workers = 2, .strategy = QUAY_SIM_WALK, .limit = 100000};
    for (; options.seed < 50; options.seed++) poll_under(&options, 2);
}
END_TEST

/* By its priority, or in what a search has left of a seed, the one that polls would go on for ever. */
START_TEST(who_polls_lets_others_have_a_turn)
{
    static const uint64_t none;
    quay_sim_options pct = {.workers = 2, .strategy = QUAY_SIM_PCT, .limit = 100000}, plain = pct;
    plain.keep = &none;
    for (; pct.seed < 50; plain.seed = ++pct.seed) {
        poll_under(&pct, 0);
        poll_under(&plain, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {the_clock_jumps_to_the_next_deadline, without_choices_whoever_runs_goes_on,
                            what_is_not_kept_does_not_happen,     what_is_delayed_comes_though_somebody_is_busy,
                            who_polls_lets_others_have_a_turn,    chances_are_as_they_are_said_to_be};
    return run_tests("choices", tests, COUNT_OF(tests));
}
