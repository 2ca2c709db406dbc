/* test_ask.c - asking, and every way an answer comes or does not.
 *
 * Read next: test_promise.c for answers given later, test_await.c for waiting, test_deadline.c. */
#include "support.h"

/* ---- a handler that does with an ask what the tag says ---- */

enum {
    ANSWER, /* the payload */
    ANSWER_TWICE,
    ANSWER_AND_FAIL, /* answer, then return an error */
    ANSWER_BADLY,    /* in ways that are refused, then well */
    FAIL,            /* quay_fail(-EDOM) */
    FAIL_BADLY,
    RETURN_ERROR, /* -ERANGE */
    RETURN_NOTHING,
};

static int answer_badly(quay_self *self, const quay_message *message)
{
    EXPECT_EQ(quay_reply(self, NULL, 1), -EINVAL);
    EXPECT_EQ(quay_reply(self, "", QUAY_MESSAGE_MAX + 1), -EMSGSIZE);
    return quay_reply(self, message->data, message->size);
}

static int fail_badly(quay_self *self)
{
    EXPECT_EQ(quay_fail(self, 0), -EINVAL);
    EXPECT_EQ(quay_fail(self, EIO), -EINVAL);
    EXPECT_EQ(quay_fail(self, -EIO), 0);
    EXPECT_EQ(quay_fail(self, -EIO), -EALREADY);
    EXPECT_EQ(quay_reply(self, NULL, 0), -EALREADY);
    return 0;
}

static int obey(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    int error = 0;
    switch (message->tag) {
    case ANSWER:
        return quay_reply(self, message->data, message->size);
    case ANSWER_TWICE:
        error = quay_reply(self, message->data, message->size);
        EXPECT_EQ(quay_reply(self, "no", 2), -EALREADY);
        EXPECT_EQ(quay_fail(self, -EIO), -EALREADY);
        return error;
    case ANSWER_AND_FAIL:
        EXPECT_EQ(quay_reply(self, message->data, message->size), 0);
        return -ERANGE;
    case ANSWER_BADLY:
        return answer_badly(self, message);
    case FAIL:
        return quay_fail(self, -EDOM);
    case FAIL_BADLY:
        return fail_badly(self);
    case RETURN_ERROR:
        return -ERANGE;
    default:
        return 0;
    }
}

typedef struct outcome {
    uint32_t tag;
    int result;
} outcome;

static const outcome outcomes[] = {
    {ANSWER, sizeof(long)}, {ANSWER_TWICE, sizeof(long)}, {ANSWER_AND_FAIL, sizeof(long)}, {ANSWER_BADLY, sizeof(long)},
    {FAIL, -EDOM},          {FAIL_BADLY, -EIO},           {RETURN_ERROR, -ERANGE},         {RETURN_NOTHING, -ENOMSG},
};

START_TEST(an_ask_comes_out_one_way)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, obey, quay_core(1), NULL);
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        long in = 1000 + (long)i, out = 0;
        quay_future *f = quay_ask(port, outcomes[i].tag, &in, sizeof in, QUAY_FOREVER);
        ck_assert_int_eq(finish_future(f, &out, sizeof out), outcomes[i].result);
        ck_assert_int_eq(out, outcomes[i].result > 0 ? in : 0);
    }
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.failed, 2); /* handlers that returned an error */
    ck_assert_uint_eq(stats.late, 0);
    stop_runtime(rt);
}
END_TEST

/* ---- the same, asked by a port ---- */

typedef struct asker {
    quay_port to;
    atomic_long answers;
} asker;

static int ask_in_turn(quay_self *self, void *state, const quay_message *message)
{
    asker *a = SHARED(state, asker);
    if (message->tag < COUNT_OF(outcomes)) {
        int expected = outcomes[message->tag].result;
        EXPECT_EQ(message->status, expected < 0 ? expected : 0);
        EXPECT_EQ(message->size, expected < 0 ? 0 : expected);
        const long *answer = QUAY_PAYLOAD(message, long);
        if (expected > 0) EXPECT(answer && *answer == 1000 + (long)message->tag);
        a->answers++;
        return 0;
    }
    for (uint32_t i = 0; i < COUNT_OF(outcomes); i++) {
        long in = 1000 + (long)i;
        quay_future *f = quay_ask(a->to, outcomes[i].tag, &in, sizeof in, QUAY_FOREVER);
        EXPECT_EQ(quay_then(f, quay_self_port(self), i), 0);
        quay_drop(f);
    }
    return 0;
}

START_TEST(a_ports_ask_comes_out_the_same_way)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        asker a = {.to = spawn(rt, obey, quay_core(core), NULL)};
        quay_port asking = spawn(rt, ask_in_turn, quay_core(0), &a);
        for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_send(asking, 100, NULL, 0), 0);
        drained_stats(rt);
        ck_assert_int_eq(a.answers, 100 * (long)COUNT_OF(outcomes));
        stop_runtime(rt);
    }
}
END_TEST

/* ---- nobody asked ---- */

static int answer_the_silent(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    EXPECT_EQ(quay_reply(self, NULL, 0), -EINVAL);
    EXPECT_EQ(quay_reply(self, "answer", 6), -EINVAL);
    EXPECT_EQ(quay_fail(self, -EIO), -EINVAL);
    EXPECT_EQ(quay_defer(self).id, 0);
    atomic_fetch_add(SHARED(state, atomic_long), 1);
    return 0;
}

START_TEST(a_plain_message_has_no_answer)
{
    quay_runtime *rt = start_runtime(1);
    atomic_long handled = 0;
    quay_port port = spawn(rt, answer_the_silent, QUAY_ANYWHERE, &handled);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    ck_assert_uint_eq(drained_stats(rt).late, 0);
    ck_assert_int_eq(handled, 1);
    stop_runtime(rt);
}
END_TEST

/* ---- the dead do not answer ---- */

START_TEST(asking_the_dead_fails)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    ck_assert_int_eq(quay_stop(port), 0);
    join_port(port, 0);
    for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_call(port, 0, &i, sizeof i, NULL, 0, QUAY_FOREVER), -EPIPE);
    stop_runtime(rt);
}
END_TEST

/* The kill comes last: some may be answered before it does, but no more from the first that was not. */
START_TEST(asks_that_a_killed_port_has_not_answered_fail)
{
    enum { asks = 1000 };
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    quay_future *f[asks];
    for (int i = 0; i < asks; i++) f[i] = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_kill(port, 0), 0);
    gate_open(&g);
    ck_assert_int_eq(quay_await_all(f, asks, QUAY_FOREVER), 0);
    uint64_t answered = 0, failed = 0;
    for (int i = 0; i < asks; i++) {
        int result = finish_future(f[i], NULL, 0);
        ck_assert_int_eq(result, result == 0 && failed == 0 ? 0 : -EOWNERDEAD);
        answered += result == 0;
        failed += result != 0;
    }
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.handled, 1 + answered);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_ENDED], failed);
    stop_runtime(rt);
}
END_TEST

/* ---- which answer is whose ---- */

typedef struct sum {
    long a, b;
} sum;

static int add(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const sum *s = QUAY_PAYLOAD(message, sum);
    if (!s) return -EBADMSG;
    return quay_reply(self, &(long){s->a + s->b}, sizeof(long));
}

START_TEST(a_payload_of_another_size_is_no_such_payload)
{
    quay_runtime *rt = start_runtime(1);
    quay_port port = spawn(rt, add, QUAY_ANYWHERE, NULL);
    long out = 0;
    ck_assert_int_eq(quay_call(port, 0, "12", 2, &out, sizeof out, QUAY_FOREVER), -EBADMSG);
    ck_assert_int_eq(quay_call(port, 0, &(sum){1, 2}, sizeof(sum), &out, sizeof out, QUAY_FOREVER), sizeof out);
    ck_assert_int_eq(out, 3);
    stop_runtime(rt);
}
END_TEST

#define WINDOW 50
#define ADDERS 4

typedef struct callers {
    quay_port adders[ADDERS];
} callers;

/* Many asks in the air, answered by several ports. */
static void call_in_windows(unsigned index, void *shared)
{
    const callers *c = shared;
    for (long round = 0; round < REPEAT(400); round++) {
        quay_future *f[WINDOW];
        for (long i = 0; i < WINDOW; i++) {
            sum s = {(long)index * 1000000 + round * 1000, i};
            f[i] = quay_ask(c->adders[(i + round) % ADDERS], 0, &s, sizeof s, QUAY_FOREVER);
        }
        for (long i = WINDOW - 1; i >= 0; i--) {
            long out = -1;
            EXPECT_EQ(quay_await(f[i], &out, sizeof out), sizeof out);
            EXPECT_EQ(out, (long)index * 1000000 + round * 1000 + i);
            quay_drop(f[i]);
        }
    }
}

START_TEST(answers_find_the_right_caller)
{
    quay_runtime *rt = start_runtime(2);
    callers c;
    for (unsigned i = 0; i < ADDERS; i++) c.adders[i] = spawn(rt, add, quay_core(i % 2), NULL);
    crew calling;
    crew_start(&calling, 4, call_in_windows, &c);
    crew_join(&calling);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.handled, (uint64_t)(4 * WINDOW * REPEAT(400)));
    ck_assert_uint_eq(stats.late, 0);
    stop_runtime(rt);
}
END_TEST

/* ---- futures that nobody keeps ---- */

static void ask_and_drop(quay_self *self, void *argument)
{
    (void)self;
    for (int i = 0; i < 100; i++) quay_drop(quay_ask(*(quay_port *)argument, 0, &i, sizeof i, QUAY_FOREVER));
}

START_TEST(answers_to_dropped_futures_are_counted)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    for (int i = 0; i < 100; i++) quay_drop(quay_ask(port, 0, &i, sizeof i, QUAY_FOREVER));
    run_in_handler(rt, quay_core(0), ask_and_drop, &port);
    gate_open(&g);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.handled, 1 + 1 + 200);
    ck_assert_uint_eq(stats.late, 200);
    stop_runtime(rt);
}
END_TEST

static int ask_and_forget(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    for (int i = 0; i < 100; i++) {
        quay_future *f = quay_ask(*SHARED(state, quay_port), 0, &i, sizeof i, QUAY_FOREVER);
        EXPECT(f != NULL);
    }
    quay_exit(self, 0);
    return 0;
}

START_TEST(a_port_that_ends_drops_its_futures)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        quay_port answering = spawn(rt, echo, quay_core(core), NULL);
        quay_port asking = spawn(rt, ask_and_forget, quay_core(0), &answering);
        ck_assert_int_eq(quay_send(asking, 0, NULL, 0), 0);
        join_port(asking, 0);
        drained_stats(rt);
    }
    stop_runtime(rt);
}
END_TEST

static void ask_and_die(unsigned index, void *shared)
{
    (void)index;
    for (int i = 0; i < 100; i++) quay_drop(quay_ask(*(quay_port *)shared, 0, &i, sizeof i, QUAY_FOREVER));
}

START_TEST(a_thread_may_end_before_its_answers_come)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    crew asking;
    crew_start(&asking, 4, ask_and_die, &port);
    crew_join(&asking);
    gate_open(&g);
    ck_assert_uint_eq(drained_stats(rt).late, 400);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        an_ask_comes_out_one_way,
        a_ports_ask_comes_out_the_same_way,
        a_plain_message_has_no_answer,
        asking_the_dead_fails,
        asks_that_a_killed_port_has_not_answered_fail,
        a_payload_of_another_size_is_no_such_payload,
        answers_find_the_right_caller,
        answers_to_dropped_futures_are_counted,
        a_port_that_ends_drops_its_futures,
        a_thread_may_end_before_its_answers_come,
    };
    return run_tests("ask", tests, COUNT_OF(tests));
}
