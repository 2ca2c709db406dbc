/* test_ticker.c - beats, those that are missed, subscribers that come, go, dawdle and die. */
#include <quay/actors/ticker.h>

#include "support.h"

#define PERIOD QUAY_US(500)
#define TICK 42

static quay_runtime *runtime;
static quay_port ticker;

static void start(void)
{
    runtime = start_runtime(2);
    ck_assert_int_eq(quay_ticker_spawn(runtime, &ticker, PERIOD, quay_core(0)), 0);
}

/* While it ticks there is no moment at which the counters agree. */
static void stop(void)
{
    int error = quay_kill(ticker, 0);
    ck_assert(error == 0 || error == -EPIPE);
    error = quay_join(ticker, QUAY_FOREVER, NULL);
    ck_assert(error == 0 || error == -EPIPE);
    stop_runtime(runtime);
}

/* What a subscriber has seen; the semaphore counts ticks. All are static: ticks go on until the ticker ends. */
typedef struct seen {
    sem_t ticks;
    quay_tick last;
    unsigned count;
    uint32_t tag;
} seen;

static int see(quay_self *self, void *state, const quay_message *message)
{
    seen *s = SHARED(state, seen);
    const quay_tick *tick = QUAY_PAYLOAD(message, quay_tick);
    if (!tick) return -EBADMSG;
    EXPECT(quay_now() >= tick->due);
    if (s->count) {
        EXPECT_EQ(tick->beat, s->last.beat + 1 + tick->missed);
        EXPECT_EQ(tick->due, s->last.due + (quay_time)(1 + tick->missed) * PERIOD);
    }
    EXPECT(message->tag == s->tag);
    EXPECT(message->from.id == ticker.id);
    s->last = *tick;
    s->count++;
    sem_post(&s->ticks);
    return 0;
}

static quay_port spawn_seer(seen *s, quay_place place)
{
    *s = (seen){.tag = TICK};
    ck_assert_int_eq(sem_init(&s->ticks, 0, 0), 0);
    return spawn(runtime, see, place, s);
}

static void await_ticks(seen *s, unsigned count)
{
    while (count > 0) {
        if (sem_wait(&s->ticks) == 0) count--;
    }
}

static void subscribe(quay_port port)
{
    ck_assert_int_eq(quay_ticker_subscribe(ticker, port, TICK, QUAY_FOREVER), 0);
}

START_TEST(each_subscriber_is_told_each_beat_and_how_many_it_missed)
{
    static seen both[2];
    for (unsigned i = 0; i < 2; i++) subscribe(spawn_seer(&both[i], quay_core(i)));
    for (unsigned i = 0; i < 2; i++) await_ticks(&both[i], 20);
}
END_TEST

START_TEST(no_more_ticks_come_to_whom_is_unsubscribed)
{
    static seen s;
    quay_port port = spawn_seer(&s, quay_core(1));
    for (int round = 0; round < 3; round++) {
        subscribe(port);
        await_ticks(&s, 2);
        ck_assert_int_eq(quay_ticker_unsubscribe(ticker, port, QUAY_FOREVER), 0);
        drained_stats(runtime); /* one was on its way */
        while (sem_trywait(&s.ticks) == 0)
            ;
        s.count = 0;
    }
    ck_assert_int_eq(quay_ticker_unsubscribe(ticker, port, QUAY_FOREVER), -EALREADY);
    static seen other; /* whose ticks tell that beats go on */
    subscribe(spawn_seer(&other, quay_core(1)));
    await_ticks(&other, 5);
    drained_stats(runtime);
    ck_assert_uint_eq(s.count, 0);
}
END_TEST

START_TEST(who_subscribes_again_gets_another_tag)
{
    static seen s;
    quay_port port = spawn_seer(&s, quay_core(1));
    subscribe(port);
    await_ticks(&s, 1);
    ck_assert_int_eq(quay_ticker_unsubscribe(ticker, port, QUAY_FOREVER), 0);
    drained_stats(runtime);
    s.tag = TICK + 1;
    s.count = 0;
    ck_assert_int_eq(quay_ticker_subscribe(ticker, port, TICK + 1, QUAY_FOREVER), 0); /* a beat may come in between */
    ck_assert_int_eq(quay_ticker_unsubscribe(ticker, port, QUAY_FOREVER), 0);
    drained_stats(runtime);
    s.tag = TICK + 2;
    s.count = 0;
    ck_assert_int_eq(quay_ticker_subscribe(ticker, port, TICK + 2, QUAY_FOREVER), 0);
    await_ticks(&s, 3);
}
END_TEST

static gate in_hand;

/* The first tick is held as long as the test likes. */
static int dawdle(quay_self *self, void *state, const quay_message *message)
{
    seen *s = SHARED(state, seen);
    bool first = s->count == 0;
    int error = see(self, state, message);
    if (first) gate_pass(&in_hand);
    return error;
}

START_TEST(a_slow_subscriber_is_not_flooded)
{
    static seen slow, quick;
    (void)spawn_seer(&slow, quay_core(1));
    gate_init(&in_hand);
    quay_port_options options = {.state_size = sizeof(void *), .init = keep_argument, .arg = &slow, .blocking = true};
    quay_port port;
    quay_port_counters counters;
    ck_assert_int_eq(quay_spawn(runtime, &port, dawdle, &options), 0);
    subscribe(port);
    gate_await_entry(&in_hand);
    subscribe(spawn_seer(&quick, quay_core(1)));
    await_ticks(&quick, 10);
    ck_assert_uint_eq(slow.count, 1);
    gate_open(&in_hand);
    await_ticks(&slow, 2);
    ck_assert_int_eq(quay_port_stats(port, &counters), 0);
    ck_assert_uint_eq(counters.failed, 0);
    ck_assert_uint_ge(slow.last.beat, 9);
}
END_TEST

/* Here and on another core. */
START_TEST(the_dead_are_forgotten)
{
    static seen gone[2], other;
    for (unsigned i = 0; i < 2; i++) {
        quay_port port = spawn_seer(&gone[i], quay_core(i));
        subscribe(port);
        await_ticks(&gone[i], 1);
        ck_assert_int_eq(quay_kill(port, 0), 0);
        quay_port next = spawn_seer(&other, quay_core(1));
        subscribe(next);
        await_ticks(&other, 3); /* the ticker has found out by the second */
        ck_assert_int_eq(quay_ticker_unsubscribe(ticker, port, QUAY_FOREVER), -EALREADY);
        ck_assert_int_eq(quay_ticker_unsubscribe(ticker, next, QUAY_FOREVER), 0);
        drained_stats(runtime);
    }
}
END_TEST

START_TEST(it_ends_when_it_is_stopped)
{
    static seen s;
    subscribe(spawn_seer(&s, quay_core(1)));
    await_ticks(&s, 1);
    ck_assert_int_eq(quay_stop(ticker), 0);
    join_port(ticker, 0);
    ck_assert_int_eq(quay_ticker_unsubscribe(ticker, ticker, QUAY_FOREVER), -EPIPE);
}
END_TEST

START_TEST(misuse_is_refused)
{
    quay_port port;
    ck_assert_int_eq(quay_ticker_spawn(runtime, &port, 0, QUAY_ANYWHERE), -EINVAL);
    ck_assert_int_eq(quay_ticker_spawn(runtime, &port, -1, QUAY_ANYWHERE), -EINVAL);
    ck_assert_int_eq(quay_ticker_spawn(runtime, NULL, PERIOD, QUAY_ANYWHERE), -EINVAL);
    ck_assert_int_eq(quay_ticker_spawn(runtime, &port, PERIOD, quay_core(1u << 20)), -EINVAL);
    ck_assert_int_eq(quay_ticker_subscribe(ticker, QUAY_NOBODY, 0, QUAY_FOREVER), -EINVAL);
    ck_assert_int_eq(quay_ticker_unsubscribe(ticker, QUAY_NOBODY, QUAY_FOREVER), -EALREADY);
    for (uint32_t tag = 0; tag < 5; tag++) {
        ck_assert_int_eq(quay_call(ticker, tag, "x", 1, NULL, 0, QUAY_FOREVER), -EBADMSG);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {each_subscriber_is_told_each_beat_and_how_many_it_missed,
                            no_more_ticks_come_to_whom_is_unsubscribed,
                            who_subscribes_again_gets_another_tag,
                            a_slow_subscriber_is_not_flooded,
                            the_dead_are_forgotten,
                            it_ends_when_it_is_stopped,
                            misuse_is_refused};
    return run_tests_between("ticker", tests, COUNT_OF(tests), start, stop);
}
