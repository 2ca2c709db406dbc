/* test_then.c - results that arrive as messages: before and after they are there, of threads' futures and ports'.
 *
 * Read next: test_await.c. */
#include "support.h"

#define TAG 77

typedef struct inbox {
    quay_port asked;
    atomic_long results;
    int status;
    uint32_t size;
    long value;
} inbox;

static int receive_result(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    inbox *in = SHARED(state, inbox);
    EXPECT_EQ(message->tag, TAG);
    in->status = message->status;
    in->size = message->size;
    EXPECT((message->data == NULL) == (message->size == 0));
    if (message->size == sizeof in->value) memcpy(&in->value, message->data, sizeof in->value);
    in->results++;
    return 0;
}

static void expect_result(quay_runtime *rt, inbox *in, int status, long value)
{
    drained_stats(rt);
    ck_assert_int_eq(in->results, 1);
    ck_assert_int_eq(in->status, status);
    ck_assert_uint_eq(in->size, status ? 0 : sizeof value);
    ck_assert_int_eq(in->value, value);
}

typedef struct fixture {
    quay_runtime *rt;
    inbox in;
    quay_port receiver;
    quay_promise promise;
    quay_future *future;
} fixture;

static fixture *fixture_start(void)
{
    fixture *f = calloc(1, sizeof *f);
    ck_assert_ptr_nonnull(f);
    f->rt = start_runtime(2);
    f->receiver = spawn(f->rt, receive_result, quay_core(1), &f->in);
    ck_assert_int_eq(quay_promise_new(f->rt, &f->promise, &f->future), 0);
    return f;
}

static void fixture_end(fixture *f)
{
    stop_runtime(f->rt);
    free(f);
}

/* ---- a thread's future ---- */

START_TEST(then_before_it_is_settled)
{
    fixture *f = fixture_start();
    long value = 7, out = 0;
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0);
    drained_stats(f->rt);
    ck_assert_int_eq(f->in.results, 0);
    ck_assert_int_eq(quay_settle(f->promise, 0, &value, sizeof value), 0);
    expect_result(f->rt, &f->in, 0, 7);
    ck_assert_int_eq(finish_future(f->future, &out, sizeof out), sizeof out); /* it remains */
    ck_assert_int_eq(out, 7);
    fixture_end(f);
}
END_TEST

START_TEST(then_after_it_was_settled)
{
    fixture *f = fixture_start();
    long value = 8;
    ck_assert_int_eq(quay_settle(f->promise, 0, &value, sizeof value), 0);
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0);
    expect_result(f->rt, &f->in, 0, 8);
    quay_drop(f->future);
    fixture_end(f);
}
END_TEST

START_TEST(then_and_drop)
{
    fixture *f = fixture_start();
    long value = 9;
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0);
    quay_drop(f->future);
    ck_assert_int_eq(quay_settle(f->promise, 0, &value, sizeof value), 0);
    expect_result(f->rt, &f->in, 0, 9);
    fixture_end(f);
}
END_TEST

START_TEST(then_only_once)
{
    fixture *f = fixture_start();
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0);
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), -EALREADY);
    ck_assert_int_eq(quay_settle(f->promise, -EIO, NULL, 0), 0);
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), -EALREADY);
    expect_result(f->rt, &f->in, -EIO, 0);
    quay_drop(f->future);
    fixture_end(f);
}
END_TEST

START_TEST(then_brings_a_cancel)
{
    fixture *f = fixture_start();
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0);
    ck_assert_int_eq(quay_cancel(f->future), 0);
    expect_result(f->rt, &f->in, -ECANCELED, 0);
    quay_drop(f->future);
    fixture_end(f);
}
END_TEST

START_TEST(then_brings_an_error_known_at_once)
{
    fixture *f = fixture_start();
    quay_future *failed = quay_ask(f->receiver, 0, NULL, 0, 0);
    ck_assert_int_eq(quay_then(failed, f->receiver, TAG), 0);
    expect_result(f->rt, &f->in, -ETIMEDOUT, 0);
    quay_drop(failed);
    quay_drop(f->future);
    fixture_end(f);
}
END_TEST

START_TEST(then_wants_a_future_and_a_receiver)
{
    fixture *f = fixture_start();
    ck_assert_int_eq(quay_then(NULL, f->receiver, TAG), -EINVAL);
    ck_assert_int_eq(quay_then(f->future, QUAY_NOBODY, TAG), -EPIPE);
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0); /* it had no receiver */
    ck_assert_int_eq(quay_settle(f->promise, -EIO, NULL, 0), 0);
    expect_result(f->rt, &f->in, -EIO, 0);
    quay_drop(f->future);
    fixture_end(f);
}
END_TEST

START_TEST(a_receiver_that_ended_makes_a_dead_letter)
{
    fixture *f = fixture_start();
    ck_assert_int_eq(quay_then(f->future, f->receiver, TAG), 0);
    ck_assert_int_eq(quay_stop(f->receiver), 0);
    join_port(f->receiver, 0);
    ck_assert_int_eq(quay_settle(f->promise, 0, NULL, 0), 0);
    quay_stats stats = drained_stats(f->rt);
    ck_assert_int_eq(f->in.results, 0);
    ck_assert_uint_eq(quay_dead_total(&stats), 1);
    ck_assert_int_eq(finish_future(f->future, NULL, 0), 0);
    fixture_end(f);
}
END_TEST

static int answer_large(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const size_t *size = QUAY_PAYLOAD(message, size_t);
    unsigned char *bytes = malloc(*size);
    EXPECT(bytes != NULL);
    memset(bytes, (int)(*size & 0x7F), *size);
    int error = quay_reply(self, bytes, *size);
    free(bytes);
    return error;
}

typedef struct sizes {
    quay_port asked;
    atomic_long checked;
} sizes;

static int check_large(quay_self *self, void *state, const quay_message *message)
{
    sizes *s = SHARED(state, sizes);
    if (message->tag == 0) {
        quay_future *f = quay_ask(s->asked, 0, message->data, message->size, QUAY_FOREVER);
        EXPECT_EQ(quay_then(f, quay_self_port(self), TAG), 0);
        quay_drop(f);
        return 0;
    }
    const unsigned char *bytes = message->data;
    for (size_t i = 0; i < message->size; i++)
        if (bytes[i] != (message->size & 0x7F)) EXPECT_EQ(bytes[i], message->size & 0x7F);
    s->checked += (long)message->size;
    return 0;
}

static const size_t answer_sizes[] = {1, 8, 16, 31, 32, 33, 64, 1000, 4096, 65536, 1000000};

START_TEST(then_brings_results_of_any_size)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned where = 0; where < 4; where++) {
        sizes s = {.asked = spawn(rt, answer_large, quay_core(where & 1), NULL)};
        quay_port checking = spawn(rt, check_large, quay_core(where >> 1), &s);
        long total = 0;
        for (size_t i = 0; i < COUNT_OF(answer_sizes); i++) {
            total += 2 * (long)answer_sizes[i];
            ck_assert_int_eq(quay_send(checking, 0, &answer_sizes[i], sizeof(size_t)), 0);
            quay_future *f = quay_ask(s.asked, 0, &answer_sizes[i], sizeof(size_t), QUAY_FOREVER);
            ck_assert_int_eq(quay_then(f, checking, TAG), 0);
            quay_drop(f);
        }
        drained_stats(rt);
        ck_assert_int_eq(s.checked, total);
    }
    stop_runtime(rt);
}
END_TEST

/* ---- a port's future ---- */

static void then_in_handler(quay_self *self, void *argument)
{
    inbox *in = argument;
    quay_promise promise;
    quay_future *future;
    quay_port receiver = in->asked;
    EXPECT_EQ(quay_then(NULL, receiver, TAG), -EINVAL);
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &future), 0);
    EXPECT_EQ(quay_then(future, QUAY_NOBODY, TAG), -EPIPE);
    EXPECT_EQ(quay_then(future, receiver, TAG), 0);
    EXPECT_EQ(quay_then(future, receiver, TAG), -EALREADY);
    quay_drop(future);
    EXPECT_EQ(quay_settle(promise, 0, &in->value, sizeof in->value), 0);
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &future), 0);
    EXPECT_EQ(quay_settle(promise, 0, &in->value, sizeof in->value), 0);
    EXPECT_EQ(quay_then(future, receiver, TAG), 0); /* settled before */
    quay_drop(future);
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &future), 0);
    EXPECT_EQ(quay_then(future, receiver, TAG), 0);
    EXPECT_EQ(quay_cancel(future), 0);
    quay_drop(future);
}

START_TEST(a_ports_future_tells_another_port)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        inbox in = {.value = 11};
        in.asked = spawn(rt, receive_result, quay_core(core), &in);
        run_in_handler(rt, quay_core(0), then_in_handler, &in);
        drained_stats(rt);
        ck_assert_int_eq(in.results, 3);
        ck_assert_int_eq(in.status, -ECANCELED); /* the last */
    }
    stop_runtime(rt);
}
END_TEST

/* The port that asked ends first; whoever is to be told is told. */
static int ask_then_exit(quay_self *self, void *state, const quay_message *message)
{
    inbox *in = SHARED(state, inbox);
    const quay_port *receiver = QUAY_PAYLOAD(message, quay_port);
    quay_future *f = quay_ask(in->asked, 0, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_then(f, *receiver, TAG), 0);
    quay_drop(f);
    quay_exit(self, 0);
    return 0;
}

START_TEST(a_result_outlives_the_port_that_asked)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    gate_init(&g);
    inbox in = {.asked = spawn(rt, pass_gate, quay_core(1), &g)};
    quay_port receiver = spawn(rt, receive_result, quay_core(0), &in);
    quay_port asking = spawn(rt, ask_then_exit, quay_core(0), &in);
    ck_assert_int_eq(quay_send(asking, 0, &receiver, sizeof receiver), 0);
    join_port(asking, 0);
    gate_await_entry(&g);
    gate_open(&g);
    drained_stats(rt);
    ck_assert_int_eq(in.results, 1);
    ck_assert_int_eq(in.status, 0);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        then_before_it_is_settled,
        then_after_it_was_settled,
        then_and_drop,
        then_only_once,
        then_brings_a_cancel,
        then_brings_an_error_known_at_once,
        then_wants_a_future_and_a_receiver,
        a_receiver_that_ended_makes_a_dead_letter,
        then_brings_results_of_any_size,
        a_ports_future_tells_another_port,
        a_result_outlives_the_port_that_asked,
    };
    return run_tests("then", tests, COUNT_OF(tests));
}
