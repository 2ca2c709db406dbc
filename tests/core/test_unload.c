/* test_unload.c - what lies on a belt is received as it was sent, waits while there is no memory, and does not hold up
 * the end. */
#include "core/unload.h"

#include "fixture.h"

static quay_port there;

static void send_numbered(uint32_t number)
{
    as_worker(0);
    ck_assert_int_eq(quay_send(there, number, &(uint64_t){number}, sizeof(uint64_t)), 0);
    as_nobody();
}

static qy_belt *belt(void)
{
    return m.rt->workers[1]->belts[0];
}

/* With a belt to the other worker, where a port of this handler is. */
static void start(quay_handler *handler)
{
    machine_start(&m, 2);
    there = spawn_on(1, note_message, NULL);
    for (uint32_t i = 0; i < 2; i++) { /* the first one by the lane */
        send_numbered(i);
        settle_down();
    }
    ck_assert_uint_eq(belt()->put, 1);
    noted.count = 0;
    if (handler != note_message) there = spawn_on(1, handler, NULL);
}

/* The other worker ends all its ports, without memory. */
static void end_starved(void)
{
    starve(1);
    ck_pr_or_32(&m.rt->workers[1]->parking.orders, QY_ORDER_KILL);
    for (int i = 0; i < 3; i++) step(1);
}

/* ---- messages ---- */

START_TEST(a_message_without_memory_waits_on_the_belt)
{
    start(note_message);
    for (uint32_t i = 0; i < 10; i++) send_numbered(i);
    starve(1);
    for (int i = 0; i < 3; i++) step(1);
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT);
    feed();
    settle_down();
    ck_assert_uint_eq(noted.count, 10);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(a_larger_block_will_do)
{
    start(note_message);
    send_numbered(2);
    qy_pool *pool = &m.rt->workers[1]->station.pool;
    void *large = qy_pool_take(pool, QY_CLASSES - 1);
    starve(1);
    qy_pool_put(pool, QY_CLASSES - 1, large);
    step(1);
    ck_assert_uint_eq(noted.count, 1);
    feed();
    machine_stop(&m);
}
END_TEST

START_TEST(what_waits_for_memory_does_not_hold_up_the_end)
{
    start(note_message);
    for (int i = 0; i < 2; i++) send_numbered(2);
    end_starved();
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 2);
    assert_all_accounted();
    feed();
    machine_stop(&m);
}
END_TEST

static quay_future *answer;

static void ask_there(quay_self *self)
{
    (void)self;
    answer = quay_ask(there, 0, "question", 8, QUAY_FOREVER);
}

static int answer_at_length(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    (void)message;
    static const char data[QY_FUTURE_INLINE] = "as much as a future has room for";
    return quay_reply(self, data, sizeof data);
}

START_TEST(an_answer_wants_no_memory)
{
    start(answer_at_length);
    for (int i = 0; i < 2; i++) { /* the first answer has a belt laid */
        run_in_port(0, ask_there);
        step(1);
        if (!i) settle_down();
    }
    starve(0);
    step(0);
    qy_port_future *f = (qy_port_future *)answer;
    ck_assert(f->settled);
    ck_assert_int_eq(f->status, 0);
    ck_assert_str_eq((const char *)f->data, "as much as a future has room for");
    feed();
    machine_stop(&m);
}
END_TEST

/* ---- asks ---- */

static const char text[] = "what comes to the other side is what was asked, whatever the number of lines";

/* What is asked next, and how often somebody has been asked. */
static size_t size_asked;
static quay_time deadline_asked;
static unsigned times_asked;

static int answer_the_same(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    times_asked++;
    ck_assert_uint_eq(message->tag, 7);
    ck_assert_uint_eq(message->size, size_asked);
    if (message->size) ck_assert_mem_eq(message->data, text, message->size);
    ck_assert_int_eq(quay_deadline(self), deadline_asked);
    return quay_reply(self, message->data, message->size);
}

static void ask_for_text(quay_self *self)
{
    (void)self;
    char got[sizeof text];
    quay_future *f = quay_ask(there, 7, text, size_asked, deadline_asked);
    ck_assert_int_eq(quay_await(f, got, sizeof got), (int)size_asked);
    ck_assert_mem_eq(got, text, size_asked);
    quay_drop(f);
    noted.count++;
}

/* Returns how many lines the ask took. */
static uint64_t ask_of(size_t size, quay_time deadline)
{
    size_asked = size;
    deadline_asked = deadline;
    uint64_t before = belt()->put;
    run_in_port(0, ask_for_text);
    return belt()->put - before;
}

START_TEST(asks_of_all_sizes_cross)
{
    start(answer_the_same);
    unsigned asks = 0;
    for (size_t size = 0; size < sizeof text; size++) {
        for (unsigned late = 0; late < 2; late++) {
            ask_of(size, late ? m.now + 1000 : QUAY_FOREVER);
            settle_down();
            ck_assert_uint_eq(noted.count, ++asks);
        }
    }
    ck_assert_uint_eq(times_asked, asks);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(an_ask_of_a_word_without_a_deadline_is_one_line)
{
    start(answer_the_same);
    static const size_t words[] = {0, 1, 7, 8};
    for (unsigned i = 0; i < COUNT_OF(words); i++) {
        ck_assert_uint_eq(ask_of(words[i], QUAY_FOREVER), 1);
        settle_down();
    }
    ck_assert_uint_eq(ask_of(9, QUAY_FOREVER), 2);
    settle_down();
    ck_assert_uint_eq(ask_of(8, m.now + 1000), 2);
    settle_down();
    ck_assert_uint_eq(noted.count, COUNT_OF(words) + 2);
    machine_stop(&m);
}
END_TEST

START_TEST(a_short_ask_without_memory_waits_on_the_belt)
{
    start(answer_the_same);
    ask_of(8, QUAY_FOREVER);
    starve(1);
    for (int i = 0; i < 3; i++) step(1);
    ck_assert_uint_eq(times_asked, 0);
    feed();
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static void ask_thrice(quay_self *self)
{
    for (int i = 0; i < 3; i++) ask_there(self);
}

START_TEST(short_asks_do_not_hold_up_the_end)
{
    start(note_message);
    run_in_port(0, ask_thrice);
    end_starved();
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_NO_PORT], 3);
    assert_all_accounted();
    feed();
    machine_stop(&m);
}
END_TEST

START_TEST(nobody_takes_what_is_discarded)
{
    start(note_message);
    run_in_port(0, ask_thrice);
    send_numbered(1);
    ck_assert_ptr_nonnull(qy_belt_first(belt()));
    qy_belt_discard(belt());
    ck_assert_ptr_null(qy_belt_first(belt()));
    settle_down();
    ck_assert_uint_eq(noted.count, 0);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_message_without_memory_waits_on_the_belt,
                            a_larger_block_will_do,
                            what_waits_for_memory_does_not_hold_up_the_end,
                            an_answer_wants_no_memory,
                            asks_of_all_sizes_cross,
                            an_ask_of_a_word_without_a_deadline_is_one_line,
                            a_short_ask_without_memory_waits_on_the_belt,
                            short_asks_do_not_hold_up_the_end,
                            nobody_takes_what_is_discarded};
    return run_tests("unload", tests, COUNT_OF(tests));
}
