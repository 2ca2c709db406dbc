/* test_forward.c - a message passed on keeps its sender, its payload and the duty to answer.
 *
 * Read next: test_ask.c. */
#include "support.h"

/* A handler that does with each message what its shared instructions say. */
typedef struct clerk {
    quay_port next;
    int expected;       /* of the forward */
    int expected_reply; /* of a reply after it; 1: give none */
    bool reply_first;
    bool take_first;
    atomic_long seen;
} clerk;

static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    clerk *c = SHARED(state, clerk);
    (void)message;
    c->seen++;
    void *taken = c->take_first ? quay_take(self) : NULL;
    if (c->reply_first) EXPECT_EQ(quay_reply(self, "first", 5), 0);
    EXPECT_EQ(quay_forward(self, c->next), c->expected);
    if (c->expected_reply != 1) EXPECT_EQ(quay_reply(self, "duty", 4), c->expected_reply);
    quay_buffer_free(taken);
    return 0;
}

static int reply_from(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    (void)message;
    return quay_reply(self, &message->from, sizeof message->from);
}

START_TEST(the_duty_to_answer_goes_along)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        clerk c = {.next = spawn(rt, echo, quay_core(core), NULL), .expected_reply = -EALREADY};
        quay_port port = spawn(rt, pass_on, quay_core(0), &c);
        for (long i = 0; i < 100; i++) {
            long out = -1;
            ck_assert_int_eq(quay_call(port, 0, &i, sizeof i, &out, sizeof out, QUAY_FOREVER), sizeof out);
            ck_assert_int_eq(out, i);
        }
        ck_assert_uint_eq(drained_stats(rt).handled, 200);
        stop_runtime(rt);
    }
}
END_TEST

typedef struct asker {
    quay_port to;
    atomic_long answers;
} asker;

static int ask_and_see(quay_self *self, void *state, const quay_message *message)
{
    asker *a = SHARED(state, asker);
    if (message->tag == 1) {
        const quay_port *from = QUAY_PAYLOAD(message, quay_port);
        EXPECT(from && from->id == quay_self_port(self).id);
        a->answers++;
        return 0;
    }
    quay_future *f = quay_ask(a->to, 0, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_then(f, quay_self_port(self), 1), 0);
    quay_drop(f);
    return 0;
}

START_TEST(the_sender_stays_the_same)
{
    quay_runtime *rt = start_runtime(2);
    clerk second = {.next = spawn(rt, reply_from, quay_core(0), NULL), .expected_reply = 1};
    clerk first = {.next = spawn(rt, pass_on, quay_core(1), &second), .expected_reply = 1};
    asker a = {.to = spawn(rt, pass_on, quay_core(0), &first)};
    quay_port asking = spawn(rt, ask_and_see, quay_core(0), &a);
    quay_port from = {1};
    ck_assert_int_eq(quay_call(a.to, 0, NULL, 0, &from, sizeof from, QUAY_FOREVER), sizeof from);
    ck_assert_uint_eq(from.id, 0);
    for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_send(asking, 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(a.answers, 100);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_plain_message_goes_along)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long received = 0;
    clerk c = {.next = spawn(rt, count, quay_core(1), &received), .expected_reply = -EINVAL};
    quay_port port = spawn(rt, pass_on, quay_core(0), &c);
    for (int i = 0; i < 100; i++) ck_assert_int_eq(quay_send(port, 0, &i, sizeof i), 0);
    drained_stats(rt);
    ck_assert_int_eq(received, 100);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_forward_to_nobody_leaves_the_duty)
{
    quay_runtime *rt = start_runtime(1);
    clerk c = {.next = QUAY_NOBODY, .expected = -EPIPE, .expected_reply = 0};
    quay_port port = spawn(rt, pass_on, QUAY_ANYWHERE, &c);
    char out[4];
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, out, sizeof out, QUAY_FOREVER), 4);
    ck_assert_mem_eq(out, "duty", 4);
    stop_runtime(rt);
}
END_TEST

START_TEST(an_answered_ask_is_not_forwarded)
{
    quay_runtime *rt = start_runtime(1);
    atomic_long received = 0;
    clerk c = {.next = spawn(rt, count, QUAY_ANYWHERE, &received),
               .expected = -EALREADY,
               .expected_reply = -EALREADY,
               .reply_first = true};
    quay_port port = spawn(rt, pass_on, QUAY_ANYWHERE, &c);
    char out[5];
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, out, sizeof out, QUAY_FOREVER), 5);
    ck_assert_mem_eq(out, "first", 5);
    drained_stats(rt);
    ck_assert_int_eq(received, 0);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_forward_to_the_dead_fails_the_ask)
{
    quay_runtime *rt = start_runtime(2);
    quay_port dead = spawn(rt, ignore, quay_core(1), NULL);
    ck_assert_int_eq(quay_stop(dead), 0);
    join_port(dead, 0);
    clerk c = {.next = dead, .expected_reply = 1};
    quay_port port = spawn(rt, pass_on, quay_core(0), &c);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EPIPE);
    ck_assert_int_eq(c.seen, 1);
    stop_runtime(rt);
}
END_TEST

/* ---- buffers ---- */

#define SIZE 200000

typedef struct archive {
    const void *buffer;
    atomic_long received;
} archive;

static int expect_buffer(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    archive *a = SHARED(state, archive);
    EXPECT(message->data == a->buffer);
    EXPECT_EQ(message->size, SIZE);
    EXPECT_EQ(((const char *)message->data)[SIZE - 1], 'f');
    a->received++;
    return 0;
}

START_TEST(a_buffer_moves_along)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        void *buffer = quay_buffer_new(SIZE);
        archive a = {.buffer = buffer};
        clerk last = {.next = spawn(rt, expect_buffer, quay_core(core), &a), .expected_reply = 1};
        clerk first = {.next = spawn(rt, pass_on, quay_core(1), &last), .expected_reply = 1};
        quay_port port = spawn(rt, pass_on, quay_core(0), &first);
        memset(buffer, 'f', SIZE);
        ck_assert_int_eq(quay_give(port, 0, &buffer, SIZE), 0);
        drained_stats(rt);
        ck_assert_int_eq(a.received, 1);
        stop_runtime(rt);
    }
}
END_TEST

START_TEST(a_taken_buffer_is_not_forwarded)
{
    quay_runtime *rt = start_runtime(1);
    atomic_long received = 0;
    clerk c = {.next = spawn(rt, count, QUAY_ANYWHERE, &received),
               .expected = -EALREADY,
               .expected_reply = 1,
               .take_first = true};
    quay_port port = spawn(rt, pass_on, QUAY_ANYWHERE, &c);
    void *buffer = quay_buffer_new(SIZE);
    ck_assert_int_eq(quay_give(port, 0, &buffer, SIZE), 0);
    drained_stats(rt);
    ck_assert_int_eq(received, 0);
    stop_runtime(rt);
}
END_TEST

static int forward_in_full(quay_self *self, void *state, const quay_message *message)
{
    clerk *c = SHARED(state, clerk);
    (void)message;
    c->seen++;
    return quay_forward(self, c->next);
}

static int check_and_answer(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const unsigned char *bytes = message->data;
    size_t i = 0;
    while (i < message->size && bytes[i] == (unsigned char)i) i++;
    return quay_reply(self, &i, sizeof i);
}

START_TEST(copied_payloads_of_any_size_go_along)
{
    static const size_t sizes[] = {0, 1, 16, 17, 100, 1000, 4096, 10000, 65536, (size_t)1 << 20};
    unsigned char *bytes = malloc((size_t)1 << 20);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < (size_t)1 << 20; i++) bytes[i] = (unsigned char)i;
    quay_runtime *rt = start_runtime(2);
    clerk third = {.next = spawn(rt, check_and_answer, quay_core(0), NULL)};
    clerk second = {.next = spawn(rt, forward_in_full, quay_core(1), &third)};
    clerk first = {.next = spawn(rt, forward_in_full, quay_core(0), &second)};
    quay_port port = spawn(rt, forward_in_full, quay_core(0), &first);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        size_t arrived = 1;
        int got = quay_call(port, 0, bytes, sizes[i], &arrived, sizeof arrived, QUAY_FOREVER);
        ck_assert_int_eq(got, sizeof arrived);
        ck_assert_uint_eq(arrived, sizes[i]);
    }
    ck_assert_int_eq(third.seen, COUNT_OF(sizes));
    stop_runtime(rt);
    free(bytes);
}
END_TEST

/* ---- cancels ---- */

/* Passed on twice, to a port that is at work until it is cancelled. */
typedef struct labour {
    clerk first, second;
    quay_port front, end;
    sem_t begun;
    int result;
    bool cancelled;
} labour;

static int work_for_ages(quay_self *self, void *state, const quay_message *message)
{
    labour *l = SHARED(state, labour);
    (void)message;
    sem_post(&l->begun);
    l->result = quay_sleep(self, QUAY_SEC(1000));
    l->cancelled = quay_cancelled(self);
    return l->result;
}

static void start_labour(quay_runtime *rt, labour *l, unsigned core)
{
    *l = (labour){.result = 1};
    sem_init(&l->begun, 0, 0);
    l->end = spawn(rt, work_for_ages, quay_core(core), l);
    l->second.next = l->end;
    l->first.next = spawn(rt, forward_in_full, quay_core(1), &l->second);
    l->front = spawn(rt, forward_in_full, quay_core(0), &l->first);
}

static void until_begun(labour *l)
{
    while (sem_wait(&l->begun) != 0)
        ;
}

static void expect_cancelled(quay_runtime *rt, labour *l)
{
    drained_stats(rt);
    ck_assert_int_eq(l->result, -ECANCELED);
    ck_assert(l->cancelled);
    sem_destroy(&l->begun);
}

START_TEST(a_threads_cancel_follows)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        labour l;
        start_labour(rt, &l, core);
        quay_future *f = quay_ask(l.front, 0, NULL, 0, QUAY_FOREVER);
        until_begun(&l);
        ck_assert_int_eq(quay_cancel(f), 0);
        ck_assert_int_eq(finish_future(f, NULL, 0), -ECANCELED);
        expect_cancelled(rt, &l);
        stop_runtime(rt);
    }
}
END_TEST

/* The wait is over before the answer is there; the future goes with it. */
static int ask_in_vain(quay_self *self, void *state, const quay_message *message)
{
    labour *l = SHARED(state, labour);
    quay_future *f = quay_ask(l->front, 0, NULL, 0, QUAY_FOREVER);
    (void)message;
    EXPECT_EQ(quay_await_until(f, NULL, 0, quay_in(QUAY_US(20))), -ETIMEDOUT);
    EXPECT_EQ(quay_cancel(f), 0);
    quay_drop(f);
    return quay_reply(self, NULL, 0);
}

START_TEST(a_ports_cancel_follows)
{
    for (unsigned core = 0; core < 2; core++) {
        for (unsigned i = 0; i < REPEAT(200) + 10; i++) {
            quay_runtime *rt = start_runtime(2);
            labour l;
            start_labour(rt, &l, core);
            quay_port port = spawn(rt, ask_in_vain, quay_core(i % 2), &l);
            ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
            drained_stats(rt); /* at once, or the work would take its time */
            ck_assert(l.result == -ECANCELED || l.result == 1);
            sem_destroy(&l.begun);
            stop_runtime(rt);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        the_duty_to_answer_goes_along,
        the_sender_stays_the_same,
        a_plain_message_goes_along,
        a_forward_to_nobody_leaves_the_duty,
        an_answered_ask_is_not_forwarded,
        a_forward_to_the_dead_fails_the_ask,
        a_buffer_moves_along,
        a_taken_buffer_is_not_forwarded,
        copied_payloads_of_any_size_go_along,
        a_threads_cancel_follows,
        a_ports_cancel_follows,
    };
    return run_tests("forward", tests, COUNT_OF(tests));
}
