/* test_buffer.c - payloads that move: give, take, and messages that are passed on.
 *
 * Read next: test_forward.c. */
#include "support.h"

#define SIZE 100000

START_TEST(buffers_have_sensible_sizes)
{
    static const size_t sizes[] = {1, 16, 100, 4096, 1000000};
    ck_assert_ptr_null(quay_buffer_new(0));
    ck_assert_ptr_null(quay_buffer_new(QUAY_MESSAGE_MAX + 1));
    ck_assert_ptr_null(quay_buffer_new(SIZE_MAX));
    quay_buffer_free(NULL);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *buffer = quay_buffer_new(sizes[i]);
        ck_assert_ptr_nonnull(buffer);
        ck_assert_uint_eq((uintptr_t)buffer % 16, 0);
        memset(buffer, 'b', sizes[i]);
        quay_buffer_free(buffer);
    }
}
END_TEST

typedef struct expected {
    void *buffer;
    size_t size;
    atomic_long seen;
} expected;

static int expect_buffer(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    expected *e = SHARED(state, expected);
    EXPECT(message->data == e->buffer);
    EXPECT_EQ(message->size, e->size);
    EXPECT(((const char *)message->data)[e->size - 1] == 'b');
    e->seen++;
    return 0;
}

START_TEST(a_given_buffer_is_not_copied)
{
    static const size_t sizes[] = {1, 8, 16, 17, 1000, SIZE};
    quay_runtime *rt = start_runtime(2);
    expected e = {.seen = 0};
    quay_port port = spawn(rt, expect_buffer, quay_core(1), &e);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        void *buffer = quay_buffer_new(sizes[i] + i);
        memset(buffer, 'b', sizes[i]);
        e.buffer = buffer;
        e.size = sizes[i]; /* less than it has may be sent */
        ck_assert_int_eq(quay_give(port, 0, &buffer, sizes[i]), 0);
        ck_assert_ptr_null(buffer);
        drained_stats(rt);
    }
    ck_assert_int_eq(e.seen, COUNT_OF(sizes));
    stop_runtime(rt);
}
END_TEST

static void give_badly(quay_port port)
{
    void *buffer = quay_buffer_new(100), *none = NULL, *same = buffer;
    EXPECT_EQ(quay_give(port, 0, &none, 100), -EINVAL);
    EXPECT_EQ(quay_give(port, 0, &buffer, 0), -EINVAL);
    EXPECT_EQ(quay_give(port, 0, &buffer, 101), -EINVAL);
    int error = quay_give(port, 0, &buffer, QUAY_MESSAGE_MAX + 1);
    EXPECT(error == -EINVAL || error == -EMSGSIZE);
    EXPECT_EQ(quay_give(QUAY_NOBODY, 0, &buffer, 100), -EPIPE);
    EXPECT(buffer == same);
    quay_buffer_free(buffer);
}

static void give_badly_inside(quay_self *self, void *argument)
{
    (void)self;
    give_badly(*(quay_port *)argument);
}

START_TEST(a_refused_buffer_stays_the_callers)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    quay_port port = spawn(rt, count, quay_core(1), &reached);
    give_badly(port);
    run_in_handler(rt, quay_core(0), give_badly_inside, &port);
    run_in_handler(rt, quay_core(1), give_badly_inside, &port);
    drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    stop_runtime(rt);
}
END_TEST

/* What nobody handles, and what nobody takes, is freed by the runtime: the leak check of a sanitizer sees to it. */
START_TEST(buffers_for_the_dead_are_freed)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    uint64_t accepted = 0; /* for a port that will have ended */
    for (int i = 0; i < 10; i++) {
        if (i == 5) ck_assert_int_eq(quay_kill(port, 0), 0);
        void *buffer = quay_buffer_new(SIZE);
        int error = quay_give(port, 0, &buffer, SIZE);
        ck_assert(error == 0 || error == -EPIPE);
        accepted += i >= 5 && error == 0;
        quay_buffer_free(buffer);
    }
    gate_open(&g);
    join_port(port, 0);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_ge(quay_dead_total(&stats), accepted);
    ck_assert_uint_le(quay_dead_total(&stats), accepted + 5);
    stop_runtime(rt);
}
END_TEST

/* ---- take ---- */

typedef struct taker {
    void *held;
    quay_port next;
    atomic_long rounds;
} taker;

static int take_and_keep(quay_self *self, void *state, const quay_message *message)
{
    taker *t = SHARED(state, taker);
    if (t->held) { /* what was taken before is still whole */
        EXPECT_EQ(((char *)t->held)[SIZE - 1], 'k');
        quay_buffer_free(t->held);
        t->held = NULL;
        return 0;
    }
    t->held = quay_take(self);
    EXPECT(t->held == message->data);
    EXPECT(quay_take(self) == NULL);
    EXPECT_EQ(((const char *)message->data)[SIZE - 1], 'k');
    return 0;
}

START_TEST(a_taken_buffer_outlives_its_message)
{
    quay_runtime *rt = start_runtime(1);
    taker t = {.held = NULL};
    quay_port port = spawn(rt, take_and_keep, QUAY_ANYWHERE, &t);
    for (int i = 0; i < 5; i++) {
        void *buffer = quay_buffer_new(SIZE);
        memset(buffer, 'k', SIZE);
        ck_assert_int_eq(quay_give(port, 0, &buffer, SIZE), 0);
        ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    }
    void *last = quay_buffer_new(SIZE);
    memset(last, 'k', SIZE);
    ck_assert_int_eq(quay_give(port, 0, &last, SIZE), 0);
    stop_runtime(rt);
    ck_assert_ptr_nonnull(t.held);
    ck_assert_int_eq(((char *)t.held)[0], 'k'); /* and its runtime */
    quay_buffer_free(t.held);
}
END_TEST

static int take_nothing(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    (void)message;
    EXPECT(quay_take(self) == NULL);
    return 0;
}

START_TEST(only_a_buffer_can_be_taken)
{
    quay_runtime *rt = start_runtime(1);
    quay_port port = spawn(rt, take_nothing, QUAY_ANYWHERE, NULL);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_send(port, 0, "12345678", 8), 0);
    ck_assert_int_eq(quay_send(port, 0, (char[200]){0}, 200), 0);
    ck_assert_uint_eq(drained_stats(rt).handled, 3);
    stop_runtime(rt);
}
END_TEST

/* One buffer, round and round: taken, changed and given on. */
static int take_and_give(quay_self *self, void *state, const quay_message *message)
{
    taker *t = SHARED(state, taker);
    size_t size = message->size;
    long *numbers = quay_take(self);
    EXPECT(numbers == message->data);
    t->rounds++;
    if (numbers[0]-- == 0) {
        quay_buffer_free(numbers);
        return 0;
    }
    void *buffer = numbers;
    return quay_give(t->next, 0, &buffer, size);
}

START_TEST(a_buffer_goes_round)
{
    const long rounds = REPEAT(20000);
    quay_runtime *rt = start_runtime(2);
    taker ring[6];
    memset(ring, 0, sizeof ring);
    for (unsigned i = 0; i < COUNT_OF(ring); i++)
        ring[(i + 1) % COUNT_OF(ring)].next = spawn(rt, take_and_give, quay_core(i / 3), &ring[i]);
    long *numbers = quay_buffer_new(SIZE);
    ck_assert_ptr_nonnull(numbers);
    numbers[0] = rounds;
    void *buffer = numbers;
    ck_assert_int_eq(quay_give(ring[0].next, 0, &buffer, SIZE), 0);
    drained_stats(rt);
    long seen = 0;
    for (size_t i = 0; i < COUNT_OF(ring); i++) seen += ring[i].rounds;
    ck_assert_int_eq(seen, rounds + 1);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        buffers_have_sensible_sizes,
        a_given_buffer_is_not_copied,
        a_refused_buffer_stays_the_callers,
        buffers_for_the_dead_are_freed,
        a_taken_buffer_outlives_its_message,
        only_a_buffer_can_be_taken,
        a_buffer_goes_round,
    };
    return run_tests("buffer", tests, COUNT_OF(tests));
}
