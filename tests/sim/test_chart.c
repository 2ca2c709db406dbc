/* test_chart.c - events as lines. */
#include "support.h"

#include <string.h>

static int reply(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_reply(self, NULL, 0);
}

static void expect_line(qy_event event, const char *expected)
{
    char line[QY_CHART_BYTES];
    event.time = QUAY_SEC(1000) + 1234567;
    qy_chart_line(qy_simulation_here, &event, line);
    ck_assert_str_eq(line, expected);
}

START_TEST(arrows_go_where_messages_go)
{
    char line[QY_CHART_BYTES];
    quay_runtime *rt = simulate(1, 1, 0);
    (void)spawn_at(rt, reply, 0, "alice", NULL);
    (void)spawn_at(rt, reply, 0, "a name of some length", NULL);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    qy_chart_heading(qy_simulation_here, line);
    ck_assert_str_eq(line, "         ms worker   outside     alice       a name of s");
    expect_line((qy_event){.kind = QY_EVENT_BORN, .to = 1},
                "       1.234      0       |           o           |     alice is born");
    expect_line((qy_event){.kind = QY_EVENT_HANDLED, .to = 2, .tag = 7, .size = 8, .worker = 3},
                "       1.234      3       |---------------------->|     a name of some : tag 7, 8 bytes");
    expect_line((qy_event){.kind = QY_EVENT_HANDLED, .from = 2, .to = 1, .asked = true},
                "       1.234      0       |           |<----------|     alice: tag 0, 0 bytes, asked");
    expect_line((qy_event){.kind = QY_EVENT_HANDLED, .from = 1, .to = 1, .status = -ETIMEDOUT},
                "       1.234      0       |           @           |     alice: tag 0, 0 bytes, ETIMEDOUT");
    expect_line((qy_event){.kind = QY_EVENT_ANSWERED, .from = 2, .to = 1, .tag = 4},
                "       1.234      0       |           | - - - - ->|     alice answered tag 4");
    expect_line((qy_event){.kind = QY_EVENT_ANSWERED, .to = 1, .tag = 4, .status = -EPIPE},
                "       1.234      0       |<- - - - - |           |     alice answered tag 4: EPIPE");
    expect_line((qy_event){.kind = QY_EVENT_ENDED, .to = 1, .status = -EPIPE},
                "       1.234      0       |           x           |     alice has ended: EPIPE");
    stop(rt);
}
END_TEST

START_TEST(the_last_column_is_for_all_others)
{
    char line[QY_CHART_BYTES];
    quay_runtime *rt = simulate(1, 1, 0);
    for (int i = 0; i < 20; i++) (void)spawn_at(rt, reply, 0, NULL, NULL);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    qy_chart_heading(qy_simulation_here, line);
    ck_assert_ptr_nonnull(strstr(line, "port 6"));
    ck_assert_ptr_null(strstr(line, "port 7"));
    ck_assert_ptr_nonnull(strstr(line, "all others"));
    expect_line((qy_event){.kind = QY_EVENT_HANDLED, .from = 19, .to = 20},
                "       1.234      0       |           |           |           |           |           |           |"
                "           @     port 20: tag 0, 0 bytes, from port 19");
    expect_line(
        (qy_event){.kind = QY_EVENT_ANSWERED, .from = 19, .to = 1, .tag = 3},
        "       1.234      0       |           | - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
        "- - ->|     port 1 answered port 19 tag 3");
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {arrows_go_where_messages_go, the_last_column_is_for_all_others};
    return run_tests("chart", tests, COUNT_OF(tests));
}
