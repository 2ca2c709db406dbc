/* test_await_in_handler.c - a handler that awaits: its port stands still, its worker goes on; what ends a wait besides
 * the answer; and what may not be awaited at all.
 *
 * Read next: test_cancel.c, test_ring.c. */
#include "support.h"

/* ---- the answer ---- */

static void call_echo(quay_self *self, void *argument)
{
    const quay_port *to = argument;
    for (long i = 0; i < 100; i++) {
        long out = -1;
        EXPECT_EQ(quay_call(*to, 0, &i, sizeof i, &out, sizeof out, QUAY_FOREVER), sizeof out);
        EXPECT_EQ(out, i);
    }
    EXPECT(!quay_cancelled(self));
}

START_TEST(a_handler_calls_others_near_and_far)
{
    quay_runtime *rt = start_runtime(2), *second = start_runtime(1);
    quay_port to[] = {spawn(rt, echo, quay_core(0), NULL), spawn(rt, echo, quay_core(1), NULL),
                      spawn(second, echo, quay_core(0), NULL)};
    for (size_t i = 0; i < COUNT_OF(to); i++) {
        run_in_handler(rt, quay_core(0), call_echo, &to[i]);
        run_in_handler(rt, quay_core(1), call_echo, &to[i]);
    }
    stop_runtime(rt);
    stop_runtime(second);
}
END_TEST

/* Of every road an answer may take: a line, some lines, a block, a buffer. */
static void call_echo_with_all_sizes(quay_self *self, void *argument)
{
    static const size_t sizes[] = {0,   1,   16,   17,   24,   25,   40,   41,   64,   80,   136,  191,   192,
                                   193, 500, 1000, 4000, 4023, 4024, 4025, 4047, 4048, 4049, 5000, 65536, 100000};
    static unsigned char in[100000], out[100000];
    const quay_port *to = argument;
    (void)self;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        memset(in, (int)i + 1, sizeof in);
        memset(out, 0, sizeof out);
        EXPECT_EQ(quay_call(*to, 0, in, sizes[i], out, sizeof out, QUAY_FOREVER), (int)sizes[i]);
        EXPECT_EQ(memcmp(in, out, sizes[i]), 0);
    }
}

START_TEST(answers_of_every_size_come_whole)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        quay_port to = spawn(rt, echo, quay_core(core), NULL);
        for (unsigned from = 0; from < 2; from++) run_in_handler(rt, quay_core(from), call_echo_with_all_sizes, &to);
    }
    stop_runtime(rt);
}
END_TEST

static void await_settled(quay_self *self, void *argument)
{
    quay_promise promise;
    quay_future *f[2];
    char out[100];
    (void)argument;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f[0]), 0);
    f[1] = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    memset(out, 's', sizeof out);
    EXPECT_EQ(quay_settle(promise, 0, out, sizeof out), 0);
    memset(out, 0, sizeof out);
    EXPECT_EQ(quay_await_any(f, 2, QUAY_FOREVER), 0);
    EXPECT_EQ(quay_await_all(f, 2, 0), 0);
    EXPECT_EQ(quay_await(f[0], out, sizeof out - 1), -EMSGSIZE);
    EXPECT_EQ(quay_await(f[0], NULL, 1), -EINVAL);
    EXPECT_EQ(quay_await(f[0], out, sizeof out), sizeof out);
    EXPECT_EQ(out[99], 's');
    EXPECT_EQ(quay_await_until(f[1], out, sizeof out, 0), -EPIPE);
    EXPECT_EQ(quay_await(NULL, NULL, 0), -EINVAL);
    EXPECT_EQ(quay_await_any(f, 0, 0), -EINVAL);
    quay_drop(f[0]);
    quay_drop(f[1]);
}

START_TEST(a_handler_awaits_what_is_settled)
{
    quay_runtime *rt = start_runtime(2);
    run_in_handler(rt, quay_core(0), await_settled, NULL);
    run_in_handler(rt, quay_core(1), await_settled, NULL);
    stop_runtime(rt);
}
END_TEST

/* ---- several at once ---- */

/* Ask i is answered by who holds back until told, or at once. */
typedef struct some {
    quay_port slow, fast;
    quay_promise held[4];
    unsigned count;
} some;

static int hold_back(quay_self *self, void *state, const quay_message *message)
{
    some *s = SHARED(state, some);
    (void)message;
    s->held[s->count++] = quay_defer(self);
    return 0;
}

static void await_some(quay_self *self, void *argument)
{
    some *s = argument;
    long out = 0;
    quay_future *f[3] = {quay_ask(s->slow, 0, NULL, 0, QUAY_FOREVER), quay_ask(s->slow, 0, NULL, 0, QUAY_FOREVER),
                         quay_ask(s->fast, 0, &(long){5}, sizeof(long), QUAY_FOREVER)};
    EXPECT_EQ(quay_await_any(f, 3, QUAY_FOREVER), 2);
    EXPECT_EQ(quay_await_all(f, 3, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    EXPECT_EQ(quay_await_any(f, 2, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    EXPECT_EQ(quay_await_until(f[0], NULL, 0, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    EXPECT_EQ(s->count, 2);
    EXPECT_EQ(quay_settle(s->held[1], 0, NULL, 0), 0);
    EXPECT_EQ(quay_await_any(f, 2, QUAY_FOREVER), 1);
    EXPECT_EQ(quay_settle(s->held[0], -EXDEV, NULL, 0), 0);
    EXPECT_EQ(quay_await_all(f, 3, QUAY_FOREVER), 0);
    EXPECT_EQ(quay_await(f[0], NULL, 0), -EXDEV);
    EXPECT_EQ(quay_await(f[1], NULL, 0), 0);
    EXPECT_EQ(quay_await(f[2], &out, sizeof out), sizeof out);
    EXPECT_EQ(out, 5);
    for (size_t i = 0; i < 3; i++) quay_drop(f[i]);
}

START_TEST(any_and_all_wait)
{
    quay_runtime *rt = start_runtime(1);
    some s = {.fast = spawn(rt, echo, quay_core(0), NULL)};
    s.slow = spawn(rt, hold_back, quay_core(0), &s);
    run_in_handler(rt, quay_core(0), await_some, &s);
    stop_runtime(rt);
}
END_TEST

static void await_twice_the_same(quay_self *self, void *argument)
{
    quay_future *f = quay_ask(*(quay_port *)argument, 0, NULL, 0, QUAY_FOREVER), *both[] = {f, f};
    (void)self;
    EXPECT_EQ(quay_await_all(both, 2, QUAY_FOREVER), 0);
    quay_drop(f);
    f = both[0] = both[1] = quay_ask(*(quay_port *)argument, 0, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_await_any(both, 2, QUAY_FOREVER), 0);
    quay_drop(f);
}

START_TEST(the_same_future_may_be_named_twice)
{
    quay_runtime *rt = start_runtime(2);
    quay_port to = spawn(rt, echo, quay_core(1), NULL);
    run_in_handler(rt, quay_core(0), await_twice_the_same, &to);
    quay_future *f = quay_ask(to, 0, NULL, 0, QUAY_FOREVER), *both[] = {f, f};
    ck_assert_int_eq(quay_await_all(both, 2, QUAY_FOREVER), 0);
    quay_drop(f);
    stop_runtime(rt);
}
END_TEST

/* ---- the port stands still, the worker does not ---- */

/* A port that waits for its first message's promise, and notes the order of the others. */
typedef struct still {
    quay_promise promise;
    atomic_int waiting;
    unsigned seen;
    bool over;
} still;

static int wait_once(quay_self *self, void *state, const quay_message *message)
{
    still *s = SHARED(state, still);
    if (message->tag) {
        EXPECT(s->over); /* nothing else was handled meanwhile */
        EXPECT_EQ(message->tag, ++s->seen);
        return 0;
    }
    quay_future *f;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &s->promise, &f), 0);
    atomic_store(&s->waiting, 1);
    EXPECT_EQ(quay_await(f, NULL, 0), 0);
    quay_drop(f);
    s->over = true;
    return 0;
}

static void until_set(atomic_int *flag)
{
    while (!atomic_load(flag))
        ; /* the other thread is about to */
}

START_TEST(a_mailbox_grows_while_its_port_waits)
{
    enum { messages = 1000 };
    quay_runtime *rt = start_runtime(1);
    still s = {.over = false};
    quay_port port = spawn(rt, wait_once, quay_core(0), &s), other = spawn(rt, echo, quay_core(0), NULL);
    quay_port_counters counters;
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    until_set(&s.waiting);
    for (uint32_t i = 1; i <= messages; i++) ck_assert_int_eq(quay_send(port, i, NULL, 0), 0);
    ck_assert_int_eq(quay_call(other, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0); /* the worker goes on */
    ck_assert_int_eq(quay_port_stats(port, &counters), 0);
    ck_assert_uint_ge(counters.queued, messages);
    ck_assert_int_eq(quay_settle(s.promise, 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_uint_eq(s.seen, messages);
    stop_runtime(rt);
}
END_TEST

START_TEST(stop_waits_its_turn)
{
    quay_runtime *rt = start_runtime(1);
    still s = {.over = false};
    quay_port port = spawn(rt, wait_once, quay_core(0), &s);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    until_set(&s.waiting);
    ck_assert_int_eq(quay_send(port, 1, NULL, 0), 0);
    ck_assert_int_eq(quay_stop(port), 0);
    ck_assert_int_eq(quay_send(port, 2, NULL, 0), 0);
    ck_assert_int_eq(quay_join(port, quay_in(QUAY_MS(5)), NULL), -ETIMEDOUT);
    ck_assert_int_eq(quay_settle(s.promise, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_uint_eq(s.seen, 1);
    ck_assert_uint_eq(drained_stats(rt).dead[QUAY_DEAD_ENDED], 1);
    stop_runtime(rt);
}
END_TEST

/* ---- kill ---- */

typedef struct victim {
    atomic_int waiting;
    int how; /* it waits */
    bool cleaned;
} victim;

static int wait_in_some_way(quay_self *self, victim *v)
{
    quay_promise promise;
    quay_future *f;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f), 0);
    atomic_store(&v->waiting, 1);
    int result = 0;
    switch (v->how) {
    case 0:
        result = quay_await(f, NULL, 0);
        break;
    case 1:
        result = quay_await_until(f, NULL, 0, quay_in(QUAY_SEC(1000)));
        break;
    case 2:
        result = quay_await_any(&f, 1, QUAY_FOREVER);
        break;
    case 3:
        result = quay_await_all(&f, 1, quay_in(QUAY_SEC(1000)));
        break;
    case 4:
        result = quay_sleep(self, QUAY_SEC(1000));
        break;
    default:
        result = quay_sleep(self, INT64_MAX);
        break;
    }
    EXPECT(quay_cancelled(self));
    EXPECT_EQ(quay_await(f, NULL, 0), -ECANCELED); /* and every wait from now on */
    EXPECT_EQ(quay_sleep(self, 1), -ECANCELED);
    quay_drop(f);
    return result;
}
#define WAYS 6

static int wait_to_be_killed(quay_self *self, void *state, const quay_message *message)
{
    victim *v = SHARED(state, victim);
    (void)message;
    EXPECT_EQ(wait_in_some_way(self, v), -ECANCELED);
    v->cleaned = true;
    return 0;
}

START_TEST(kill_ends_a_wait_and_the_ask_in_hand)
{
    for (int how = 0; how < WAYS; how++) {
        quay_runtime *rt = start_runtime(2);
        victim v = {.how = how};
        quay_port port = spawn(rt, wait_to_be_killed, quay_core(1), &v);
        quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER), *queued = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
        until_set(&v.waiting);
        ck_assert_int_eq(quay_kill(port, -EINTR), 0);
        ck_assert_int_eq(finish_future(f, NULL, 0), -EOWNERDEAD);
        ck_assert_int_eq(finish_future(queued, NULL, 0), -EOWNERDEAD);
        join_port(port, -EINTR);
        ck_assert(v.cleaned);
        stop_runtime(rt);
    }
}
END_TEST

START_TEST(a_stop_of_the_runtime_past_its_deadline_ends_waits)
{
    quay_runtime *rt = start_runtime(2);
    victim v[2] = {{.how = 0}, {.how = 5}};
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(quay_send(spawn(rt, wait_to_be_killed, quay_core(i), &v[i]), 0, NULL, 0), 0);
        until_set(&v[i].waiting);
    }
    ck_assert_int_eq(quay_runtime_stop(rt, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    ck_assert(v[0].cleaned && v[1].cleaned);
    assert_expectations();
}
END_TEST

/* ---- init and fini ---- */

typedef struct life {
    quay_runtime *rt;
    quay_port to;
    int in_init, in_fini, timed_in_fini;
} life;

static int call_in_init(quay_self *self, void *state, void *argument)
{
    life *l = SHARED(state, life) = argument;
    long out = 0;
    EXPECT_EQ(quay_sleep(self, QUAY_US(100)), 0);
    l->in_init = quay_call(l->to, 0, &(long){7}, sizeof(long), &out, sizeof out, QUAY_FOREVER);
    EXPECT_EQ(out, 7);
    return 0;
}

static void call_in_fini(void *state, int reason)
{
    life *l = SHARED(state, life);
    quay_promise promise;
    quay_future *f;
    (void)reason;
    l->in_fini = quay_call(l->to, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    EXPECT_EQ(quay_promise_new(l->rt, &promise, &f), 0);
    l->timed_in_fini = quay_await_until(f, NULL, 0, quay_in(QUAY_MS(1)));
    EXPECT_EQ(quay_settle(promise, 0, NULL, 0), 0);
    EXPECT_EQ(quay_await(f, NULL, 0), 0); /* as it is settled */
    quay_drop(f);
}

START_TEST(init_may_wait_and_fini_may_not)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        life l = {.rt = rt, .to = spawn(rt, echo, quay_core(core), NULL)};
        quay_port_options options = {
            .state_size = sizeof(void *), .init = call_in_init, .fini = call_in_fini, .arg = &l};
        quay_port port;
        options.place = quay_core(0);
        ck_assert_int_eq(quay_spawn(rt, &port, echo, &options), 0);
        ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
        ck_assert_int_eq(l.in_init, sizeof(long));
        ck_assert_int_eq(quay_stop(port), 0);
        join_port(port, 0);
        ck_assert_int_eq(l.in_fini, -EDEADLK);
        ck_assert_int_eq(l.timed_in_fini, -EDEADLK);
        stop_runtime(rt);
    }
}
END_TEST

static int wait_in_init(quay_self *self, void *state, void *argument)
{
    (void)state;
    EXPECT_EQ(wait_in_some_way(self, argument), -ECANCELED);
    return 0;
}

START_TEST(kill_ends_a_wait_in_init)
{
    quay_runtime *rt = start_runtime(1);
    victim v = {.how = 0};
    quay_port_options options = {.init = wait_in_init, .arg = &v};
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &options), 0);
    until_set(&v.waiting);
    ck_assert_int_eq(quay_kill(port, -EINTR), 0);
    join_port(port, -EINTR);
    stop_runtime(rt);
}
END_TEST

/* ---- what does not end, or cannot be waited for ---- */

static void call_oneself(quay_self *self, void *argument)
{
    quay_port me = quay_self_port(self);
    (void)argument;
    EXPECT_EQ(quay_call(me, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EDEADLK);
    EXPECT_EQ(quay_call(me, 0, NULL, 0, NULL, 0, quay_in(QUAY_SEC(100))), -EDEADLK);
    quay_exit(self, 0);
}

START_TEST(nobody_calls_himself)
{
    quay_runtime *rt = start_runtime(1);
    run_in_handler(rt, quay_core(0), call_oneself, NULL);
    stop_runtime(rt);
}
END_TEST

/* It asks itself, takes the duty out when the ask comes, and waits for whom it gave the promise to. */
typedef struct loop {
    quay_port helper;
    quay_future *future;
    quay_promise promise;
    int result;
} loop;

static int settle_promise(quay_self *self, void *state, const quay_message *message)
{
    const quay_promise *promise = QUAY_PAYLOAD(message, quay_promise);
    (void)self, (void)state;
    return quay_settle(*promise, 0, NULL, 0);
}

static int ask_oneself_in_a_roundabout_way(quay_self *self, void *state, const quay_message *message)
{
    loop *l = SHARED(state, loop);
    switch (message->tag) {
    case 0:
        l->future = quay_ask(quay_self_port(self), 1, NULL, 0, QUAY_FOREVER);
        return quay_send(quay_self_port(self), 2, NULL, 0);
    case 1:
        l->promise = quay_defer(self);
        return quay_send(l->helper, 0, &l->promise, sizeof l->promise);
    default:
        l->result = quay_await(l->future, NULL, 0);
        quay_drop(l->future);
        return 0;
    }
}

START_TEST(who_gave_his_own_ask_away_may_wait_for_it)
{
    quay_runtime *rt = start_runtime(2);
    loop l = {.helper = spawn(rt, settle_promise, quay_core(1), NULL), .result = 1};
    ck_assert_int_eq(quay_send(spawn(rt, ask_oneself_in_a_roundabout_way, quay_core(0), &l), 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(l.result, 0);
    stop_runtime(rt);
}
END_TEST

/* ---- sleeping ---- */

static void sleep_well(quay_self *self, void *argument)
{
    (void)argument;
    EXPECT_EQ(quay_sleep(NULL, 1), -EINVAL);
    EXPECT_EQ(quay_sleep(self, 0), 0);
    EXPECT_EQ(quay_sleep(self, -1), 0);
    EXPECT_EQ(quay_sleep(self, INT64_MIN), 0);
    quay_time from = quay_now();
    EXPECT_EQ(quay_sleep(self, QUAY_MS(2)), 0);
    EXPECT(quay_now() - from >= QUAY_MS(2));
}

START_TEST(a_sleep_is_never_short)
{
    quay_runtime *rt = start_runtime(1);
    run_in_handler(rt, quay_core(0), sleep_well, NULL);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_handler_calls_others_near_and_far,
        answers_of_every_size_come_whole,
        a_handler_awaits_what_is_settled,
        any_and_all_wait,
        the_same_future_may_be_named_twice,
        a_mailbox_grows_while_its_port_waits,
        stop_waits_its_turn,
        kill_ends_a_wait_and_the_ask_in_hand,
        a_stop_of_the_runtime_past_its_deadline_ends_waits,
        init_may_wait_and_fini_may_not,
        kill_ends_a_wait_in_init,
        nobody_calls_himself,
        who_gave_his_own_ask_away_may_wait_for_it,
        a_sleep_is_never_short,
    };
    return run_tests("await in handler", tests, COUNT_OF(tests));
}
