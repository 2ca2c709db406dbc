/* test_timer.c - messages sent later, once or again and again, and taken back: by handlers near and far, by threads.
 *
 * What is asserted of time is that nothing comes early. Read next: tests/core/test_alarm.c, where the clock is ours. */
#include "support.h"

/* A port that counts its messages, and checks that each carries a time that is past. */
typedef struct clock_watcher {
    atomic_long count;
    atomic_long wanted; /* messages, then `enough` is settled */
    quay_promise enough;
} clock_watcher;

static int watch_clock(quay_self *self, void *state, const quay_message *message)
{
    clock_watcher *w = SHARED(state, clock_watcher);
    const quay_time *due = QUAY_PAYLOAD(message, quay_time);
    (void)self;
    EXPECT(due && *due <= quay_now());
    if (atomic_fetch_add(&w->count, 1) + 1 == w->wanted) EXPECT_EQ(quay_settle(w->enough, 0, NULL, 0), 0);
    return 0;
}

static quay_future *want(quay_runtime *rt, clock_watcher *w, long wanted)
{
    quay_future *enough;
    ck_assert_int_eq(quay_promise_new(rt, &w->enough, &enough), 0);
    w->wanted = wanted;
    return enough;
}

static int send_at(quay_port to, quay_time at, quay_timer *timer)
{
    return quay_send_after(to, 0, &at, sizeof at, at, timer);
}

/* ---- once ---- */

/* Its worker, its port, and who sets the timers: a thread, or a handler of worker 0. */
typedef struct scene {
    quay_runtime *rt;
    quay_port port;
    clock_watcher watcher;
    long sent; /* by cancels that came too late */
} scene;

typedef void scene_act(scene *s);

typedef struct scene_call {
    scene *scene;
    scene_act *act;
} scene_call;

static void act_inside(quay_self *self, void *argument)
{
    scene_call *call = argument;
    (void)self;
    call->act(call->scene);
}

/* Act as a thread and as a handler, to a port of the handler's worker and to one of another. */
static void in_every_way(scene_act *act, long wanted)
{
    for (unsigned way = 0; way < 4; way++) {
        scene s = {.rt = start_runtime(2)};
        s.port = spawn(s.rt, watch_clock, quay_core(way / 2), &s.watcher);
        quay_future *enough = wanted ? want(s.rt, &s.watcher, wanted) : NULL;
        scene_call call = {&s, act};
        if (way % 2) run_in_handler(s.rt, quay_core(0), act_inside, &call);
        else act(&s);
        if (enough) ck_assert_int_eq(finish_future(enough, NULL, 0), 0);
        quay_stats stats = drained_stats(s.rt);
        ck_assert_int_eq(s.watcher.count, wanted);
        ck_assert_uint_eq(quay_dead_total(&stats), 0);
        stop_runtime(s.rt);
        ck_assert_int_eq(s.watcher.count, wanted);
    }
}

static void set_some(scene *s)
{
    for (int i = 0; i < 200; i++) EXPECT_EQ(send_at(s->port, quay_in(QUAY_US(i * 7919 % 20000)), NULL), 0);
}

START_TEST(messages_are_sent_once_and_never_early)
{
    in_every_way(set_some, 200);
}
END_TEST

static void set_past_ones(scene *s)
{
    static const quay_time past[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1};
    quay_timer timer = {77};
    for (size_t i = 0; i < COUNT_OF(past); i++) {
        EXPECT_EQ(send_at(s->port, past[i], &timer), 0);
        EXPECT_EQ(quay_timer_cancel(timer), -EALREADY);
    }
    EXPECT_EQ(send_at(s->port, quay_now() - 1, NULL), 0);
}

START_TEST(a_time_that_is_past_is_now)
{
    in_every_way(set_past_ones, 6);
}
END_TEST

static void set_far_ones(scene *s)
{
    static const quay_time far[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX / 2};
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        quay_timer timer = {0};
        EXPECT_EQ(send_at(s->port, far[i], &timer), 0);
        EXPECT(timer.id != 0);
        EXPECT_EQ(send_at(s->port, far[i], NULL), 0);
        EXPECT_EQ(quay_timer_cancel(timer), 0);
    }
}

START_TEST(what_is_far_off_hinders_neither_drain_nor_stop)
{
    in_every_way(set_far_ones, 0);
}
END_TEST

static void misuse(scene *s)
{
    quay_time now = quay_now();
    quay_timer timer = {0};
    EXPECT_EQ(quay_send_after(s->port, 0, NULL, 1, quay_in(QUAY_SEC(1)), &timer), -EINVAL);
    EXPECT_EQ(quay_send_after(s->port, 0, &now, QUAY_MESSAGE_MAX + 1, 0, &timer), -EMSGSIZE);
    EXPECT_EQ(quay_send_after(QUAY_NOBODY, 0, NULL, 0, 0, &timer), -EPIPE);
    EXPECT_EQ(quay_send_every(s->port, 0, NULL, 0, now, 0, &timer), -EINVAL);
    EXPECT_EQ(quay_send_every(s->port, 0, NULL, 0, now, -1, &timer), -EINVAL);
    EXPECT_EQ(quay_send_every(s->port, 0, NULL, 0, now, INT64_MIN, &timer), -EINVAL);
    EXPECT_EQ(timer.id, 0);
    EXPECT_EQ(quay_timer_cancel(timer), -EALREADY);
    EXPECT_EQ(quay_timer_cancel((quay_timer){UINT64_MAX}), -EALREADY);
}

START_TEST(misuse_sets_nothing)
{
    in_every_way(misuse, 0);
}
END_TEST

/* ---- cancelling ---- */

static void cancel_in_time(scene *s)
{
    quay_timer timers[100];
    for (size_t i = 0; i < COUNT_OF(timers); i++) EXPECT_EQ(send_at(s->port, quay_in(QUAY_SEC(1000)), &timers[i]), 0);
    for (size_t i = 0; i < COUNT_OF(timers); i++) EXPECT_EQ(quay_timer_cancel(timers[i]), 0);
    for (size_t i = 0; i < COUNT_OF(timers); i++) {
        int again = quay_timer_cancel(timers[i]); /* what is known here */
        EXPECT(again == 0 || again == -EALREADY);
    }
}

START_TEST(what_is_cancelled_in_time_is_not_sent)
{
    in_every_way(cancel_in_time, 0);
}
END_TEST

/* As many messages as cancels that came too late. */
static void cancel_about_now(quay_self *self, void *argument)
{
    scene *s = argument;
    for (long i = 0; i < REPEAT(2000); i++) {
        quay_timer timer;
        EXPECT_EQ(send_at(s->port, quay_in(QUAY_US(i % 60)), &timer), 0);
        EXPECT_EQ(quay_sleep(self, QUAY_US(i % 31)), 0);
        int error = quay_timer_cancel(timer);
        EXPECT(error == 0 || error == -EALREADY);
        s->sent += error != 0;
    }
}

START_TEST(a_timer_fires_or_is_cancelled)
{
    for (unsigned core = 0; core < 2; core++) {
        scene s = {.rt = start_runtime(2)};
        s.port = spawn(s.rt, watch_clock, quay_core(core), &s.watcher);
        run_in_handler(s.rt, quay_core(0), cancel_about_now, &s);
        drained_stats(s.rt);
        ck_assert_int_eq(s.watcher.count, s.sent);
        stop_runtime(s.rt);
    }
}
END_TEST

static void cancel_from_a_thread(unsigned index, void *shared)
{
    scene *s = shared;
    (void)index;
    for (long i = 0; i < REPEAT(5000); i++) {
        quay_timer timer;
        EXPECT_EQ(send_at(s->port, quay_in(QUAY_US(i % 60)), &timer), 0);
        int error = quay_timer_cancel(timer);
        EXPECT(error == 0 || error == -EALREADY);
    }
}

START_TEST(threads_set_and_cancel)
{
    scene s = {.rt = start_runtime(2)};
    s.port = spawn(s.rt, watch_clock, quay_core(1), &s.watcher);
    crew threads;
    crew_start(&threads, 3, cancel_from_a_thread, &s);
    crew_join(&threads);
    ck_assert_int_eq(quay_runtime_stop(s.rt, QUAY_FOREVER), 0); /* what is left is forgotten */
    ck_assert_int_le(s.watcher.count, 3 * REPEAT(5000));
    assert_expectations();
}
END_TEST

typedef struct distant {
    quay_port to;
    quay_timer timer;
} distant;

static void set_distant(quay_self *self, void *argument)
{
    distant *d = argument;
    (void)self;
    EXPECT_EQ(quay_send_after(d->to, 0, NULL, 0, quay_in(QUAY_MS(50)), &d->timer), 0);
}

static void cancel_distant(quay_self *self, void *argument)
{
    (void)self;
    EXPECT_EQ(quay_timer_cancel(((distant *)argument)->timer), 0);
}

/* Set on worker 0, or by a thread on worker 1; cancelled by a thread and by either worker. */
START_TEST(a_timer_is_cancelled_from_afar)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    distant d = {.to = spawn(rt, count, quay_core(1), &reached)};
    for (int i = 0; i < 4; i++) {
        if (i % 2) run_in_handler(rt, quay_core(0), set_distant, &d);
        else set_distant(NULL, &d);
        if (i / 2) run_in_handler(rt, quay_core((unsigned)i % 2), cancel_distant, &d);
        else cancel_distant(NULL, &d);
    }
    set_distant(NULL, &d); /* one that is not, to wait for */
    while (!reached)
        ;
    drained_stats(rt);
    ck_assert_int_eq(reached, 1);
    stop_runtime(rt);
}
END_TEST

/* ---- again and again ---- */

static void beat(scene *s)
{
    quay_time first = quay_in(QUAY_US(500));
    EXPECT_EQ(quay_send_every(s->port, 0, &first, sizeof first, first, QUAY_US(100), NULL), 0);
}

START_TEST(beats_come_until_the_stop)
{
    for (unsigned core = 0; core < 2; core++) {
        scene s = {.rt = start_runtime(2)};
        s.port = spawn(s.rt, watch_clock, quay_core(core), &s.watcher);
        quay_future *enough = want(s.rt, &s.watcher, 50);
        scene_call call = {&s, beat};
        run_in_handler(s.rt, quay_core(0), act_inside, &call);
        ck_assert_int_eq(finish_future(enough, NULL, 0), 0);
        ck_assert_int_eq(quay_runtime_stop(s.rt, QUAY_FOREVER), 0);
        ck_assert_int_ge(s.watcher.count, 50);
        assert_expectations();
    }
}
END_TEST

/* A port that beats, and takes its beat back at the fifth. */
typedef struct drummer {
    quay_timer timer;
    quay_time first, period;
    quay_promise over;
    atomic_int beats;
} drummer;

static int drum(quay_self *self, void *state, const quay_message *message)
{
    drummer *d = SHARED(state, drummer);
    if (message->tag == 0) {
        d->first = quay_in(QUAY_US(200));
        return quay_send_every(quay_self_port(self), 1, NULL, 0, d->first, d->period, &d->timer);
    }
    EXPECT(quay_now() >= d->first + d->period * d->beats);
    if (++d->beats < 5) return 0;
    EXPECT_EQ(quay_timer_cancel(d->timer), 0);
    EXPECT_EQ(quay_timer_cancel(d->timer), -EALREADY);
    return quay_settle(d->over, 0, NULL, 0);
}

START_TEST(beats_come_no_faster_than_their_period_and_end_when_cancelled)
{
    quay_runtime *rt = start_runtime(1);
    drummer d = {.period = QUAY_US(500)};
    quay_future *over;
    ck_assert_int_eq(quay_promise_new(rt, &d.over, &over), 0);
    ck_assert_int_eq(quay_send(spawn(rt, drum, quay_core(0), &d), 0, NULL, 0), 0);
    ck_assert_int_eq(finish_future(over, NULL, 0), 0);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(d.beats, 5);
    assert_expectations();
}
END_TEST

/* One beat, then none for all of time. */
static void beat_at_the_extremes(scene *s)
{
    static const quay_time first[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1};
    for (size_t i = 0; i < COUNT_OF(first); i++)
        EXPECT_EQ(quay_send_every(s->port, 0, &first[i], sizeof *first, first[i], INT64_MAX, NULL), 0);
    quay_time now = quay_now();
    EXPECT_EQ(quay_send_every(s->port, 0, &now, sizeof now, now, INT64_MAX, NULL), 0);
    EXPECT_EQ(quay_send_every(s->port, 0, &now, sizeof now, INT64_MAX, 1, NULL), 0);
}

START_TEST(beats_at_the_ends_of_time)
{
    in_every_way(beat_at_the_extremes, 6);
}
END_TEST

/* ---- who is gone, and how many there may be ---- */

START_TEST(a_port_that_has_ended_makes_a_dead_letter)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    for (int i = 0; i < 10; i++) ck_assert_int_eq(quay_send_after(port, 0, NULL, 0, quay_in(QUAY_MS(2)), NULL), 0);
    ck_assert_int_eq(quay_kill(port, 0), 0);
    for (quay_stats stats = {0}; quay_dead_total(&stats) < 10;) {
        ck_assert_int_eq(quay_runtime_stats(rt, &stats), 0);
        ck_assert_uint_eq(stats.handled, 0);
    }
    stop_runtime(rt);
}
END_TEST

static void set_and_cancel_many(quay_self *self, void *argument)
{
    const long many = REPEAT(1000000);
    scene *s = argument;
    quay_timer *timers = malloc(sizeof *timers * (size_t)many);
    (void)self;
    for (long i = 0; i < many; i++)
        EXPECT_EQ(quay_send_after(s->port, 0, NULL, 0, quay_in(QUAY_SEC(1000 + i * 7919 % 10007)), &timers[i]), 0);
    for (long i = 0; i < many; i += 2) EXPECT_EQ(quay_timer_cancel(timers[i]), 0);
    for (long i = 0; i < many; i += 2) EXPECT_EQ(quay_timer_cancel(timers[i]), -EALREADY);
    EXPECT_EQ(send_at(s->port, quay_in(QUAY_US(100)), NULL), 0);
    free(timers);
}

START_TEST(a_million_live)
{
    scene s = {.rt = start_runtime(2)};
    s.port = spawn(s.rt, watch_clock, quay_core(0), &s.watcher);
    quay_future *enough = want(s.rt, &s.watcher, 1);
    run_in_handler(s.rt, quay_core(0), set_and_cancel_many, &s);
    ck_assert_int_eq(finish_future(enough, NULL, 0), 0);
    stop_runtime(s.rt);
    ck_assert_int_eq(s.watcher.count, 1);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        messages_are_sent_once_and_never_early,
        a_time_that_is_past_is_now,
        what_is_far_off_hinders_neither_drain_nor_stop,
        misuse_sets_nothing,
        what_is_cancelled_in_time_is_not_sent,
        a_timer_fires_or_is_cancelled,
        threads_set_and_cancel,
        a_timer_is_cancelled_from_afar,
        beats_come_until_the_stop,
        beats_come_no_faster_than_their_period_and_end_when_cancelled,
        beats_at_the_ends_of_time,
        a_port_that_has_ended_makes_a_dead_letter,
        a_million_live,
    };
    return run_tests("timer", tests, COUNT_OF(tests));
}
