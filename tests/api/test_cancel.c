/* test_cancel.c - futures given up, and whose they are: a port's is that port's, a thread's is the threads'.
 *
 * Read next: test_await_in_handler.c. */
#include "support.h"

/* ---- cancel ---- */

START_TEST(a_cancelled_future_is_settled)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    ck_assert_int_eq(quay_cancel(future), 0);
    ck_assert(quay_settled(future));
    ck_assert_int_eq(quay_cancel(future), -EALREADY);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), -EALREADY);
    ck_assert_int_eq(finish_future(future, NULL, 0), -ECANCELED);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_settled_future_is_not_cancelled)
{
    quay_runtime *rt = start_runtime(1);
    quay_promise promise;
    quay_future *future, *failed = quay_ask(QUAY_NOBODY, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_cancel(future), -EALREADY);
    ck_assert_int_eq(finish_future(future, NULL, 0), 0);
    ck_assert_int_eq(quay_cancel(failed), -EALREADY);
    ck_assert_int_eq(finish_future(failed, NULL, 0), -EPIPE);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_cancelled_ask_in_the_queue_never_runs)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    quay_future *f = quay_ask(port, 0, "data", 4, QUAY_FOREVER);
    ck_assert_int_eq(quay_cancel(f), 0);
    gate_open(&g);
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.dead[QUAY_DEAD_EXPIRED], 1);
    ck_assert_uint_eq(stats.late, 0);
    ck_assert_int_eq(finish_future(f, NULL, 0), -ECANCELED);
    stop_runtime(rt);
}
END_TEST

/* ---- cancelling what runs ---- */

typedef struct worker_bee {
    atomic_int at_work;
    quay_port helper; /* that never answers */
    int how;          /* it waits */
    int result;
    bool cancelled, ended;
} worker_bee;

static int work(quay_self *self, void *state, const quay_message *message)
{
    worker_bee *b = SHARED(state, worker_bee);
    (void)message;
    quay_future *f = quay_ask(b->helper, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(!quay_cancelled(self));
    atomic_store(&b->at_work, 1);
    b->result = b->how == 0   ? quay_await(f, NULL, 0)
                : b->how == 1 ? quay_await_any(&f, 1, QUAY_FOREVER)
                : b->how == 2 ? quay_await_all(&f, 1, quay_in(QUAY_SEC(1000)))
                              : quay_sleep(self, QUAY_SEC(1000));
    b->cancelled = quay_cancelled(self);
    EXPECT_EQ(quay_sleep(self, 1), -ECANCELED);
    quay_drop(f);
    b->ended = true;
    return 0;
}

static void until_set(atomic_int *flag)
{
    while (!atomic_load(flag))
        ; /* a worker is about to */
}

START_TEST(cancel_reaches_a_handler_at_work)
{
    for (int i = 0; i < 4; i++) {
        quay_runtime *rt = start_runtime(2);
        worker_bee b = {.helper = spawn(rt, never_answer, quay_core(0), NULL), .how = i};
        quay_port port = spawn(rt, work, quay_core(1), &b);
        quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
        until_set(&b.at_work);
        ck_assert_int_eq(quay_cancel(f), 0);
        ck_assert_int_eq(finish_future(f, NULL, 0), -ECANCELED);
        drained_stats(rt);
        ck_assert(b.ended && b.cancelled);
        ck_assert_int_eq(b.result, -ECANCELED);
        stop_runtime(rt);
    }
}
END_TEST

/* A port cancels what another port, near or far, is at work on. */
static int cancel_work(quay_self *self, void *state, const quay_message *message)
{
    quay_future *f = quay_ask(*SHARED(state, quay_port), 0, NULL, 0, QUAY_FOREVER);
    (void)message;
    EXPECT_EQ(quay_sleep(self, QUAY_MS(1)), 0);
    EXPECT_EQ(quay_cancel(f), 0);
    EXPECT_EQ(quay_await(f, NULL, 0), -ECANCELED);
    quay_drop(f);
    return quay_reply(self, NULL, 0);
}

START_TEST(a_port_cancels_a_port_at_work)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        worker_bee b = {.helper = spawn(rt, never_answer, quay_core(0), NULL), .result = -ECANCELED};
        quay_port at_work = spawn(rt, work, quay_core(1), &b), port = spawn(rt, cancel_work, quay_core(core), &at_work);
        ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
        drained_stats(rt);
        ck_assert_int_eq(b.result, -ECANCELED);
        stop_runtime(rt);
    }
}
END_TEST

/* ---- deadlines travel ---- */

typedef struct traveller {
    quay_port next;
    quay_time own, seen, after;
    atomic_int how; /* 0 as it is; 1 an earlier one of its own; 2 outlive the ask; 3 a deadline set by itself */
    int result;
} traveller;

static int see_deadline(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    SHARED(state, traveller)->after = quay_deadline(self);
    return quay_reply(self, NULL, 0);
}

static int pass_deadline(quay_self *self, void *state, const quay_message *message)
{
    traveller *t = SHARED(state, traveller);
    (void)message;
    t->seen = quay_deadline(self);
    t->own = QUAY_FOREVER;
    if (t->how == 1) t->own = quay_in(QUAY_SEC(10));
    if (t->how == 2) quay_set_deadline(self, QUAY_FOREVER);
    if (t->how == 3) quay_set_deadline(self, t->own = quay_in(QUAY_SEC(20)));
    t->result = quay_call(t->next, 0, NULL, 0, NULL, 0, t->how == 1 ? t->own : QUAY_FOREVER);
    return quay_reply(self, NULL, 0);
}

START_TEST(an_ask_inherits_the_earlier_deadline)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        traveller t = {0};
        quay_port port = spawn(rt, pass_deadline, quay_core(0), &t);
        t.next = spawn(rt, see_deadline, quay_core(core), &t);
        for (int how = 0; how < 4; how++) {
            quay_time deadline = quay_in(QUAY_SEC(100));
            t.how = how;
            ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, deadline), 0);
            ck_assert_int_eq(t.result, 0);
            ck_assert(t.seen == deadline);
            ck_assert(t.after == (how == 0 ? deadline : t.own));
        }
        t.how = 0;
        ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
        ck_assert(t.seen == QUAY_FOREVER && t.after == QUAY_FOREVER);
        stop_runtime(rt);
    }
}
END_TEST

static void look_at_no_deadline(quay_self *self, void *argument)
{
    (void)argument;
    EXPECT(quay_deadline(self) == QUAY_FOREVER);
    EXPECT(quay_deadline(NULL) == QUAY_FOREVER);
    EXPECT(!quay_cancelled(NULL));
    quay_set_deadline(NULL, 0);
    quay_set_deadline(self, 0);
    EXPECT_EQ(quay_call(quay_self_port(self), 0, NULL, 0, NULL, 0, QUAY_FOREVER), -ETIMEDOUT); /* it is past */
}

START_TEST(a_deadline_of_ones_own_may_be_past)
{
    quay_runtime *rt = start_runtime(1);
    run_in_handler(rt, quay_core(0), look_at_no_deadline, NULL);
    stop_runtime(rt);
}
END_TEST

/* A chain of asks with one deadline at its head: the tail, which would never answer, lets go with the head. */
START_TEST(a_chain_ends_at_the_deadline_of_its_head)
{
    for (unsigned core = 0; core < 2; core++) {
        quay_runtime *rt = start_runtime(2);
        traveller t[2] = {{.result = 1}, {.result = 1}};
        quay_port head = spawn(rt, pass_deadline, quay_core(0), &t[0]);
        t[0].next = spawn(rt, pass_deadline, quay_core(core), &t[1]);
        t[1].next = spawn(rt, never_answer, quay_core(0), NULL);
        int result = quay_call(head, 0, NULL, 0, NULL, 0, quay_in(QUAY_MS(10)));
        ck_assert(result == -ETIMEDOUT || result == 0); /* the head, too, was let go at that time, and answers */
        drained_stats(rt);
        ck_assert(t[0].result == -ETIMEDOUT || t[0].result == 0 || t[0].result == 1);
        ck_assert(t[1].result == -ETIMEDOUT || t[1].result == 1);
        stop_runtime(rt);
    }
}
END_TEST

static void await_cancelled(unsigned index, void *shared)
{
    (void)index;
    EXPECT_EQ(quay_await(shared, NULL, 0), -ECANCELED);
}

START_TEST(cancel_wakes_who_waits)
{
    quay_runtime *rt = start_runtime(1);
    for (int i = 0; i < REPEAT(200) + 10; i++) {
        quay_promise promise;
        quay_future *future;
        crew waiting;
        ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
        crew_start(&waiting, 4, await_cancelled, future);
        ck_assert_int_eq(quay_cancel(future), 0);
        crew_join(&waiting);
        quay_drop(future);
    }
    stop_runtime(rt);
}
END_TEST

typedef struct race {
    quay_runtime *rt;
    quay_promise promise;
    quay_future *future;
    sem_t start, done;
    int settled;
    int rounds;
} race;

static void settle_each(unsigned index, void *shared)
{
    (void)index;
    race *r = shared;
    for (int i = 0; i < r->rounds; i++) {
        while (sem_wait(&r->start) != 0)
            ;
        r->settled = quay_settle(r->promise, 0, NULL, 0);
        sem_post(&r->done);
    }
}

START_TEST(cancel_and_settle_race_to_one_outcome)
{
    race r = {.rt = start_runtime(1), .rounds = REPEAT(20000)};
    int outcomes[2] = {0, 0};
    sem_init(&r.start, 0, 0);
    sem_init(&r.done, 0, 0);
    crew settling;
    crew_start(&settling, 1, settle_each, &r);
    for (int i = 0; i < r.rounds; i++) {
        ck_assert_int_eq(quay_promise_new(r.rt, &r.promise, &r.future), 0);
        sem_post(&r.start);
        int cancelled = quay_cancel(r.future);
        while (sem_wait(&r.done) != 0)
            ;
        ck_assert(cancelled == 0 || cancelled == -EALREADY);
        ck_assert_int_eq(finish_future(r.future, NULL, 0), cancelled == 0 ? -ECANCELED : 0);
        ck_assert_int_eq(r.settled, cancelled == 0 ? -EALREADY : 0);
        outcomes[cancelled == 0]++;
    }
    crew_join(&settling);
    ck_assert_int_eq(outcomes[0] + outcomes[1], r.rounds);
    stop_runtime(r.rt);
}
END_TEST

static int ask_and_cancel(quay_self *self, void *state, const quay_message *message)
{
    quay_port to = *SHARED(state, quay_port);
    (void)message;
    quay_future *f = quay_ask(to, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(!quay_settled(f));
    EXPECT_EQ(quay_cancel(f), 0);
    EXPECT(quay_settled(f));
    EXPECT_EQ(quay_cancel(f), -EALREADY);
    EXPECT_EQ(quay_await(f, NULL, 0), -ECANCELED);
    quay_drop(f);
    return quay_reply(self, NULL, 0);
}

START_TEST(a_port_may_cancel_its_asks)
{
    quay_runtime *rt = start_runtime(2);
    for (unsigned core = 0; core < 2; core++) {
        quay_port to = spawn(rt, echo, quay_core(core), NULL);
        quay_port port = spawn(rt, ask_and_cancel, quay_core(0), &to);
        for (int i = 0; i < 1000; i++) ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    }
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.late + stats.dead[QUAY_DEAD_EXPIRED], 2000);
    stop_runtime(rt);
}
END_TEST

/* ---- whose future it is ---- */

static void use_anothers(quay_future *f)
{
    char out[8];
    EXPECT_EQ(quay_await(f, out, sizeof out), -EPERM);
    EXPECT_EQ(quay_await_until(f, out, sizeof out, 0), -EPERM);
    EXPECT_EQ(quay_await_any(&f, 1, 0), -EPERM);
    EXPECT_EQ(quay_await_all(&f, 1, 0), -EPERM);
    EXPECT_EQ(quay_cancel(f), -EPERM);
    EXPECT_EQ(quay_then(f, QUAY_NOBODY, 0), -EPERM);
    EXPECT(!quay_settled(f));
}

/* The port: makes a future when asked, and drops it when told. The others try it meanwhile. */
typedef struct owner {
    quay_future *future;
    quay_promise promise;
} owner;

static int own(quay_self *self, void *state, const quay_message *message)
{
    owner *o = SHARED(state, owner);
    if (message->tag == 0) {
        EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &o->promise, &o->future), 0);
    } else {
        EXPECT(!quay_settled(o->future));
        EXPECT_EQ(quay_settle(o->promise, 0, NULL, 0), 0);
        EXPECT_EQ(quay_await(o->future, NULL, 0), 0);
        quay_drop(o->future);
    }
    return quay_reply(self, NULL, 0);
}

static void use_anothers_inside(quay_self *self, void *argument)
{
    (void)self;
    use_anothers(argument);
}

START_TEST(a_ports_future_is_its_own)
{
    quay_runtime *rt = start_runtime(2), *other = start_runtime(1);
    owner o = {.future = NULL};
    quay_port port = spawn(rt, own, quay_core(0), &o);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    use_anothers(o.future);
    run_in_handler(rt, quay_core(0), use_anothers_inside, o.future);
    run_in_handler(rt, quay_core(1), use_anothers_inside, o.future);
    run_in_handler(other, quay_core(0), use_anothers_inside, o.future);
    ck_assert_int_eq(quay_call(port, 1, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop_runtime(other);
    stop_runtime(rt);
}
END_TEST

START_TEST(a_threads_future_is_for_threads)
{
    quay_runtime *rt = start_runtime(2);
    quay_promise promise;
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    run_in_handler(rt, quay_core(0), use_anothers_inside, future);
    run_in_handler(rt, quay_core(1), use_anothers_inside, future);
    ck_assert_int_eq(quay_settle(promise, 0, NULL, 0), 0);
    run_in_handler(rt, quay_core(1), use_anothers_inside, future); /* also when it is settled */
    ck_assert_int_eq(finish_future(future, NULL, 0), 0);
    stop_runtime(rt);
}
END_TEST

typedef struct strangers {
    atomic_int waiting;
    quay_future *future;
    quay_promise promise;
} strangers;

static int own_and_wait(quay_self *self, void *state, const quay_message *message)
{
    strangers *s = SHARED(state, strangers);
    (void)message;
    EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &s->promise, &s->future), 0);
    atomic_store(&s->waiting, 1);
    EXPECT_EQ(quay_await(s->future, NULL, 0), 0);
    quay_drop(s->future);
    return 0;
}

static void meddle(quay_self *self, void *argument)
{
    strangers *s = argument;
    (void)self;
    EXPECT_EQ(quay_await(s->future, NULL, 0), -EPERM);
    EXPECT_EQ(quay_await_any(&s->future, 1, QUAY_FOREVER), -EPERM);
    EXPECT_EQ(quay_cancel(s->future), -EPERM);
    quay_drop(s->future); /* does nothing */
}

START_TEST(nobody_joins_in_anothers_wait_or_ends_it)
{
    quay_runtime *rt = start_runtime(2), *foreign = start_runtime(1);
    strangers s = {.future = NULL};
    ck_assert_int_eq(quay_send(spawn(rt, own_and_wait, quay_core(0), &s), 0, NULL, 0), 0);
    until_set(&s.waiting);
    run_in_handler(rt, quay_core(0), meddle, &s);
    run_in_handler(rt, quay_core(1), meddle, &s);
    run_in_handler(foreign, quay_core(0), meddle, &s);
    meddle(NULL, &s);
    ck_assert_int_eq(quay_settle(s.promise, 0, NULL, 0), 0);
    stop_runtime(foreign);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_cancelled_future_is_settled,
        a_settled_future_is_not_cancelled,
        a_cancelled_ask_in_the_queue_never_runs,
        cancel_reaches_a_handler_at_work,
        a_port_cancels_a_port_at_work,
        an_ask_inherits_the_earlier_deadline,
        a_deadline_of_ones_own_may_be_past,
        a_chain_ends_at_the_deadline_of_its_head,
        cancel_wakes_who_waits,
        cancel_and_settle_race_to_one_outcome,
        a_port_may_cancel_its_asks,
        a_ports_future_is_its_own,
        a_threads_future_is_for_threads,
        nobody_joins_in_anothers_wait_or_ends_it,
    };
    return run_tests("cancel", tests, COUNT_OF(tests));
}
