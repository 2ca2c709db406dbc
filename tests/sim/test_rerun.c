/* test_rerun.c - what a message carries is the same when its seed is run again, or it is told. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static kept_log log_of_search;
static unsigned runs;

/* What a story does before all that was started has come to rest. */
typedef void deed(quay_runtime *rt, quay_port to);

static int swallow(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return 0;
}

static int tell_story(quay_runtime *rt, void *context)
{
    runs++;
    (*(deed **)context)(rt, spawn_at(rt, swallow, 0, "listener", NULL));
    (void)quay_sim_run(rt);
    return 0;
}

static int search(deed *what)
{
    quay_sim_options options = {.seed = 7, .log = keep_log, .log_context = &log_of_search};
    log_of_search = (kept_log){.lines = 0};
    runs = 0;
    return quay_sim_search(&options, 1, tell_story, &what, NULL);
}

static void assert_told(const char *text)
{
    ck_assert_msg(strstr(log_of_search.text, text) != NULL, "it said: %s", log_of_search.text);
}

/* ---- what differs ---- */

static void send_the_time(quay_runtime *rt, quay_port to)
{
    (void)rt;
    const uint64_t time = UINT64_C(1700000000000000000) + runs;
    (void)quay_send(to, 1, &(int){5}, sizeof(int));
    (void)quay_send(to, 4, &time, sizeof time);
}

START_TEST(a_clock_in_a_message_is_told)
{
    ck_assert_int_eq(search(send_the_time), 0); /* nothing depends on it */
    ck_assert_uint_eq(runs, 2);
    assert_told("1 seed 7 was run twice, and a message carried something else the second time");
    assert_told("The first: listener: tag 4, 8 bytes, from outside");
    ck_assert_uint_eq(log_of_search.lines, 1);
}
END_TEST

static void send_an_odd_byte(quay_runtime *rt, quay_port to)
{
    char bytes[11] = "0123456789";
    (void)rt;
    bytes[10] = (char)runs;
    (void)quay_send(to, 9, bytes, sizeof bytes);
}

START_TEST(each_byte_counts)
{
    ck_assert_int_eq(search(send_an_odd_byte), 0);
    assert_told("The first: listener: tag 9, 11 bytes, from outside");
}
END_TEST

static void send_otherwise(quay_runtime *rt, quay_port to)
{
    (void)rt;
    (void)quay_send(to, 1, NULL, 0);
    (void)quay_send(to, runs, NULL, 0);
}

START_TEST(what_happens_otherwise_is_an_error)
{
    ck_assert_int_eq(search(send_otherwise), -EPROTO);
    assert_told("0 seed 7 was run twice, and not the same happened");
    assert_told("What differed first: listener: tag 2, 0 bytes, from outside");
}
END_TEST

static int change_its_mind(quay_runtime *rt, void *context)
{
    (void)rt, (void)context;
    return (int)++runs;
}

START_TEST(another_result_is_an_error)
{
    quay_sim_options options = {.log = keep_log, .log_context = &log_of_search};
    ck_assert_int_eq(quay_sim_search(&options, 1, change_its_mind, NULL, NULL), -EPROTO);
    assert_told("What differed first: what the story returned, or what was not sent again");
}
END_TEST

/* ---- what rightly differs ---- */

/* More than there is room for at first. */
static void send_much(quay_runtime *rt, quay_port to)
{
    (void)rt;
    for (uint64_t i = 0; i < 300; i++) (void)quay_send(to, 0, &i, sizeof i);
}

static void send_ids(quay_runtime *rt, quay_port to)
{
    quay_promise promise;
    quay_future *future;
    quay_timer timer;
    const uint64_t like_a_monitors = to.id + 1000 * (uint64_t)runs; /* these count in the same numbers */
    (void)quay_send(to, 0, &to, sizeof to);
    (void)quay_send(to, 0, &like_a_monitors, sizeof like_a_monitors);
    if (!quay_promise_new(rt, &promise, &future)) (void)quay_send(to, 1, &promise, sizeof promise);
    quay_drop(future);
    (void)quay_send_after(to, 2, NULL, 0, quay_in(QUAY_MS(1)), &timer);
    (void)quay_send(to, 3, &timer, sizeof timer);
}

/* Of memory that is elsewhere each time, as the one before is still there. */
static void send_addresses(quay_runtime *rt, quay_port to)
{
    static void *kept[8];
    void *on_stack = &rt;
    void **at = &kept[runs % COUNT_OF(kept)];
    *at = malloc(100);
    (void)quay_send(to, 0, at, sizeof *at);
    (void)quay_send(to, 0, &on_stack, sizeof on_stack);
    if (runs > 1) {
        ck_assert_ptr_ne(kept[1], kept[2]);
        free(kept[1]);
        free(kept[2]);
    }
}

START_TEST(ids_and_addresses_may_be_others)
{
    deed *const deeds[] = {send_much, send_ids, send_addresses};
    for (unsigned i = 0; i < COUNT_OF(deeds); i++) {
        ck_assert_int_eq(search(deeds[i]), 0);
        ck_assert_uint_eq(runs, 2);
        ck_assert_str_eq(log_of_search.text, "");
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_clock_in_a_message_is_told, each_byte_counts, what_happens_otherwise_is_an_error,
                            another_result_is_an_error, ids_and_addresses_may_be_others};
    return run_tests("rerun", tests, COUNT_OF(tests));
}
