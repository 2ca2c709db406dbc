/* test_add_server.c - the add-server: its sums, its errors, and its callers' helpers. */
#include <quay/actors/add_server.h>

#include "support.h"

#define CALLS 1000

static quay_runtime *runtime;
static quay_port server;

static void start_with_server(void)
{
    runtime = start_runtime(2);
    ck_assert_int_eq(quay_add_server_spawn(runtime, &server, quay_core(0)), 0);
}

static void stop(void)
{
    stop_runtime(runtime);
}

/* A sum that must succeed. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    ck_assert_int_eq(quay_add_server_call(server, a, b, &sum, QUAY_FOREVER), 0);
    return sum;
}

static uint64_t sums_given(void)
{
    uint64_t sums;
    ck_assert_int_eq(quay_add_server_count(server, &sums, QUAY_FOREVER), 0);
    return sums;
}

/* ---- sums ---- */

START_TEST(sums_are_right)
{
    ck_assert_int_eq(add(1, 2), 3);
    ck_assert_int_eq(add(-2, -3), -5);
    ck_assert_int_eq(add(INT64_MAX, 0), INT64_MAX);
    ck_assert_int_eq(add(INT64_MIN, INT64_MAX), -1);
    ck_assert_int_eq(add(INT64_MAX, INT64_MIN), -1);
    ck_assert_int_eq(add(INT64_MIN + 1, -1), INT64_MIN);
}
END_TEST

START_TEST(sum_that_does_not_fit_is_an_error_and_the_server_goes_on)
{
    int64_t sum = 7;
    ck_assert_int_eq(quay_add_server_call(server, INT64_MAX, 1, &sum, QUAY_FOREVER), -ERANGE);
    ck_assert_int_eq(quay_add_server_call(server, INT64_MIN, -1, &sum, QUAY_FOREVER), -ERANGE);
    ck_assert_int_eq(sum, 7);
    ck_assert_int_eq(add(20, 22), 42);
    ck_assert_uint_eq(drained_stats(runtime).failed, 2);
}
END_TEST

START_TEST(count_is_of_sums_given)
{
    int64_t sum;
    ck_assert_uint_eq(sums_given(), 0);
    add(1, 1);
    ck_assert_int_eq(quay_add_server_call(server, INT64_MAX, 1, &sum, QUAY_FOREVER), -ERANGE);
    add(2, 2);
    ck_assert_uint_eq(sums_given(), 2);
}
END_TEST

START_TEST(many_under_way_are_answered_each_to_its_own_future)
{
    quay_future *futures[CALLS];
    int64_t sum;
    for (int i = 0; i < CALLS; i++) futures[i] = quay_add_server_ask(server, i, 1000000, QUAY_FOREVER);
    for (int i = CALLS; i-- > 0;) {
        ck_assert_int_eq(quay_add_server_await(futures[i], &sum), 0);
        ck_assert_int_eq(sum, 1000000 + i);
        quay_drop(futures[i]);
    }
    ck_assert_uint_eq(sums_given(), CALLS);
}
END_TEST

/* ---- messages it does not understand ---- */

START_TEST(malformed_asks_fail)
{
    int64_t one = 1, sum;
    ck_assert_int_eq(quay_call(server, QUAY_ADD_SERVER_ADD, &one, sizeof one, &sum, sizeof sum, QUAY_FOREVER),
                     -EBADMSG);
    ck_assert_int_eq(quay_call(server, QUAY_ADD_SERVER_ADD, NULL, 0, &sum, sizeof sum, QUAY_FOREVER), -EBADMSG);
    ck_assert_int_eq(quay_call(server, 12345, NULL, 0, &sum, sizeof sum, QUAY_FOREVER), -EBADMSG);
    ck_assert_int_eq(add(1, 2), 3);
}
END_TEST

START_TEST(plain_message_has_nobody_to_answer)
{
    quay_add_server_operands x = {1, 2};
    ck_assert_int_eq(quay_send(server, QUAY_ADD_SERVER_ADD, &x, sizeof x), 0);
    ck_assert_uint_eq(drained_stats(runtime).failed, 1);
    ck_assert_uint_eq(sums_given(), 0);
}
END_TEST

/* ---- the server is not there, or too late ---- */

START_TEST(stopped_server_is_an_error)
{
    int64_t sum;
    uint64_t sums;
    ck_assert_int_eq(quay_stop(server), 0);
    ck_assert_int_eq(quay_join(server, QUAY_FOREVER, NULL), 0);
    ck_assert_int_eq(quay_add_server_call(server, 1, 2, &sum, QUAY_FOREVER), -EPIPE);
    ck_assert_int_eq(quay_add_server_count(server, &sums, QUAY_FOREVER), -EPIPE);
}
END_TEST

START_TEST(past_deadline_is_an_error_and_adds_nothing)
{
    int64_t sum;
    ck_assert_int_eq(quay_add_server_call(server, 1, 2, &sum, quay_now() - 1), -ETIMEDOUT);
    ck_assert_uint_eq(sums_given(), 0);
}
END_TEST

START_TEST(spawn_reports_bad_arguments)
{
    quay_port port;
    ck_assert_int_eq(quay_add_server_spawn(runtime, &port, quay_core(1u << 20)), -EINVAL);
    ck_assert_int_eq(quay_add_server_spawn(runtime, NULL, QUAY_ANYWHERE), -EINVAL);
}
END_TEST

/* ---- answers that are no sums ---- */

/* Await, as a sum, an answer of `size` bytes. */
static int await_answer_of(size_t size, int status)
{
    static const char bytes[16];
    quay_promise promise;
    quay_future *future;
    int64_t sum;
    ck_assert_int_eq(quay_promise_new(runtime, &promise, &future), 0);
    ck_assert_int_eq(quay_settle(promise, status, bytes, size), 0);
    int error = quay_add_server_await(future, &sum);
    quay_drop(future);
    return error;
}

START_TEST(await_takes_nothing_but_sums)
{
    int64_t sum;
    ck_assert_int_eq(await_answer_of(sizeof(int64_t), 0), 0);
    ck_assert_int_eq(await_answer_of(0, 0), -EBADMSG);
    ck_assert_int_eq(await_answer_of(4, 0), -EBADMSG);
    ck_assert_int_eq(await_answer_of(16, 0), -EBADMSG);
    ck_assert_int_eq(await_answer_of(0, -ENOENT), -ENOENT);
    ck_assert_int_eq(quay_add_server_await(NULL, &sum), -EINVAL);
}
END_TEST

START_TEST(result_takes_nothing_but_sums)
{
    int64_t forty_two = 42, sum = 7;
    quay_message error = {.status = -EPIPE}, empty = {.size = 0}, half = {.size = 4, .data = &forty_two};
    quay_message good = {.size = sizeof forty_two, .data = &forty_two};
    ck_assert_int_eq(quay_add_server_result(&error, &sum), -EPIPE);
    ck_assert_int_eq(quay_add_server_result(&empty, &sum), -EBADMSG);
    ck_assert_int_eq(quay_add_server_result(&half, &sum), -EBADMSG);
    ck_assert_int_eq(sum, 7);
    ck_assert_int_eq(quay_add_server_result(&good, &sum), 0);
    ck_assert_int_eq(sum, 42);
}
END_TEST

/* ---- callers that are ports ---- */

/* A port that adds by the server and hands the sum, or the error, to who asked it. */
struct go_between {
    quay_promise duty;
};

enum { BEGIN, ANSWER };

static int go_between(quay_self *self, void *state, const quay_message *message)
{
    struct go_between *between = state;
    if (message->tag == ANSWER) {
        int64_t sum = 0;
        int error = quay_add_server_result(message, &sum);
        return quay_settle(between->duty, error, &sum, sizeof sum);
    }
    const quay_add_server_operands *x = message->data;
    between->duty = quay_defer(self);
    quay_future *f = quay_add_server_ask(server, x->a, x->b, QUAY_FOREVER);
    int error = quay_then(f, quay_self_port(self), ANSWER);
    quay_drop(f);
    return error;
}

static int add_by_port(quay_place place, int64_t a, int64_t b, int64_t *sum)
{
    quay_port port;
    quay_add_server_operands x = {a, b};
    quay_port_options options = {.place = place, .state_size = sizeof(struct go_between)};
    ck_assert_int_eq(quay_spawn(runtime, &port, go_between, &options), 0);
    quay_future *f = quay_ask(port, BEGIN, &x, sizeof x, QUAY_FOREVER);
    int error = quay_add_server_await(f, sum);
    quay_drop(f);
    return error;
}

START_TEST(ports_of_both_workers_call_by_then)
{
    int64_t sum;
    for (unsigned core = 0; core < 2; core++) {
        ck_assert_int_eq(add_by_port(quay_core(core), 5, core, &sum), 0);
        ck_assert_int_eq(sum, 5 + core);
        ck_assert_int_eq(add_by_port(quay_core(core), INT64_MAX, 1, &sum), -ERANGE);
    }
}
END_TEST

static Suite *add_server_suite(void)
{
    Suite *suite = suite_create("add_server");
    TCase *all = tcase_create("add_server");
    tcase_add_checked_fixture(all, start_with_server, stop);
    tcase_add_test(all, sums_are_right);
    tcase_add_test(all, sum_that_does_not_fit_is_an_error_and_the_server_goes_on);
    tcase_add_test(all, count_is_of_sums_given);
    tcase_add_test(all, many_under_way_are_answered_each_to_its_own_future);
    tcase_add_test(all, malformed_asks_fail);
    tcase_add_test(all, plain_message_has_nobody_to_answer);
    tcase_add_test(all, stopped_server_is_an_error);
    tcase_add_test(all, past_deadline_is_an_error_and_adds_nothing);
    tcase_add_test(all, spawn_reports_bad_arguments);
    tcase_add_test(all, await_takes_nothing_but_sums);
    tcase_add_test(all, result_takes_nothing_but_sums);
    tcase_add_test(all, ports_of_both_workers_call_by_then);
    suite_add_tcase(suite, all);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(add_server_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
