/* test_bounds.c - bounded mailboxes as a program sees them: each policy, from ports of any worker and from threads.
 *
 * A consumer here looks at its own mailbox in every handler call, so a limit that is passed by one is seen. */
#include "support.h"

/* ---- mailbox limits ---- */

#define LIMIT 4

static quay_port spawn_limited(quay_runtime *rt, quay_handler *handler, atomic_long *counter)
{
    quay_port_options options = {.place = quay_core(1),
                                 .mailbox_limit = LIMIT,
                                 .state_size = sizeof(void *),
                                 .init = keep_argument,
                                 .arg = counter};
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, handler, &options), 0);
    return port;
}

static void overfill(quay_self *self, void *argument)
{
    quay_port port = *(quay_port *)argument;
    (void)self;
    for (int i = 0; i < LIMIT; i++) EXPECT_EQ(quay_send(port, 0, NULL, 0), 0);
    for (int i = 0; i < 3; i++) EXPECT_EQ(quay_send(port, 0, NULL, 0), -EAGAIN);
    void *buffer = quay_buffer_new(100);
    EXPECT_EQ(quay_give(port, 0, &buffer, 100), -EAGAIN);
    EXPECT(buffer != NULL);
    quay_buffer_free(buffer);
    quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    EXPECT(quay_settled(f));
    EXPECT_EQ(quay_await(f, NULL, 0), -EAGAIN);
    quay_drop(f);
}

START_TEST(a_full_mailbox_refuses)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long handled = 0;
    quay_port port = spawn_limited(rt, count, &handled);
    for (int round = 1; round <= 10; round++) { /* it empties, and takes again */
        run_in_handler(rt, quay_core(1), overfill, &port);
        quay_stats stats = drained_stats(rt);
        ck_assert_int_eq(handled, round * LIMIT);
        ck_assert_uint_eq(quay_dead_total(&stats), 0); /* refused is not accepted */
    }
    stop_runtime(rt);
}
END_TEST

/* A worker that is held takes nothing, so what is on its way to it has to be counted as well. */
START_TEST(a_full_mailbox_refuses_threads_and_other_workers)
{
    quay_runtime *rt = start_runtime(2);
    for (int from_port = 0; from_port < 2; from_port++) {
        atomic_long handled = 0;
        gate g;
        hold_worker(rt, quay_core(1), &g);
        quay_port port = spawn_limited(rt, count, &handled);
        if (from_port) run_in_handler(rt, quay_core(0), overfill, &port);
        else overfill(NULL, &port);
        gate_open(&g);
        quay_stats stats = drained_stats(rt);
        ck_assert_int_eq(handled, LIMIT);
        ck_assert_uint_eq(quay_dead_total(&stats), 0);
    }
    stop_runtime(rt);
}
END_TEST

static void overfill_and_end(quay_self *self, void *argument)
{
    quay_port port = *(quay_port *)argument;
    (void)self;
    for (int i = 0; i < LIMIT + 1; i++) EXPECT_EQ(quay_send(port, 0, NULL, 0), i < LIMIT ? 0 : -EAGAIN);
    EXPECT_EQ(quay_kill(port, -EIO), 0);
}

START_TEST(a_full_mailbox_hears_control)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long handled = 0;
    quay_port port = spawn_limited(rt, count, &handled);
    run_in_handler(rt, quay_core(1), overfill_and_end, &port);
    join_port(port, -EIO);
    ck_assert_int_eq(handled, 0);
    ck_assert_uint_eq(drained_stats(rt).dead[QUAY_DEAD_ENDED], LIMIT);
    stop_runtime(rt);
}
END_TEST

/* ---- options ---- */

START_TEST(a_policy_needs_a_limit_and_no_limit_is_none)
{
    quay_runtime *rt = start_runtime(1);
    quay_port port;
    for (int overflow = QUAY_OVERFLOW_DROP_NEWEST; overflow <= QUAY_OVERFLOW_WAIT; overflow++) {
        quay_port_options options = {.overflow = (quay_overflow)overflow};
        ck_assert_int_eq(quay_spawn(rt, &port, ignore, &options), -EINVAL);
    }
    quay_port_options unknown = {.mailbox_limit = 1, .overflow = (quay_overflow)(QUAY_OVERFLOW_WAIT + 1)};
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &unknown), -EINVAL);
    quay_port_options none = {.mailbox_limit = 0};
    gate g;
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &none), 0);
    hold_worker(rt, QUAY_ANYWHERE, &g);
    for (int i = 0; i < 10000; i++) ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    gate_open(&g);
    stop_runtime(rt);
}
END_TEST

/* ---- threads that wait ---- */

static quay_port spawn_waited_for(quay_runtime *rt, quay_handler *handler, void *shared, uint32_t limit)
{
    quay_port_options options = {.place = quay_core(1),
                                 .mailbox_limit = limit,
                                 .overflow = QUAY_OVERFLOW_WAIT,
                                 .state_size = sizeof(void *),
                                 .init = keep_argument,
                                 .arg = shared};
    quay_port port;
    ck_assert_int_eq(quay_spawn(rt, &port, handler, &options), 0);
    return port;
}

START_TEST(a_thread_waits_until_its_deadline)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long handled = 0;
    gate g;
    hold_worker(rt, quay_core(1), &g);
    quay_port port = spawn_waited_for(rt, count, &handled, 1);
    ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, 0), 0); /* there is room: it does not wait */
    ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, quay_in(QUAY_MS(5))), -ETIMEDOUT);
    ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, 1), -ETIMEDOUT);
    ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, 0), -ETIMEDOUT);
    ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, INT64_MIN), -ETIMEDOUT);
    quay_future *f = quay_ask(port, 0, NULL, 0, quay_in(QUAY_MS(5)));
    ck_assert_int_eq(finish_future(f, NULL, 0), -ETIMEDOUT);
    gate_open(&g);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(handled, 2);
    stop_runtime(rt);
}
END_TEST

typedef struct waiter {
    quay_port port;
    sem_t begun;
    int result;
} waiter;

static void send_and_wait(unsigned index, void *shared)
{
    waiter *w = shared;
    (void)index;
    sem_post(&w->begun);
    w->result = quay_send(w->port, 0, NULL, 0);
}

START_TEST(a_thread_that_waits_is_told_of_the_end)
{
    quay_runtime *rt = start_runtime(2);
    gate g;
    crew one;
    waiter w;
    hold_worker(rt, quay_core(1), &g);
    w.port = spawn_waited_for(rt, ignore, NULL, 1);
    ck_assert_int_eq(sem_init(&w.begun, 0, 0), 0);
    ck_assert_int_eq(quay_send(w.port, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_kill(w.port, 0), 0); /* before it handles anything */
    crew_start(&one, 1, send_and_wait, &w);
    sem_wait(&w.begun);
    gate_open(&g);
    crew_join(&one);
    ck_assert_int_eq(w.result, -EPIPE);
    stop_runtime(rt);
}
END_TEST

/* One turn later than the ports that are ready now: the sender waits by then. */
static int open_gate_later(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag < 100) return quay_send(quay_self_port(self), message->tag + 1, NULL, 0);
    gate_open(SHARED(state, gate));
    return 0;
}

static void send_three(quay_self *self, void *argument)
{
    const waiter *w = argument;
    (void)self;
    for (int i = 0; i < 3; i++) EXPECT_EQ(quay_send(w->port, 0, NULL, 0), 0);
}

/* The sender's runtime is another: it is told by a message from there. */
START_TEST(a_handler_waits_for_room_in_another_runtime)
{
    quay_runtime *rt = start_runtime(2), *other = start_runtime(1);
    atomic_long handled = 0;
    gate g;
    waiter w;
    hold_worker(rt, quay_core(1), &g);
    w.port = spawn_waited_for(rt, count, &handled, 1);
    ck_assert_int_eq(quay_send(w.port, 0, NULL, 0), 0);
    quay_port sender = spawn(other, open_gate_later, quay_core(0), &g);
    ck_assert_int_eq(quay_send(sender, 0, NULL, 0), 0);
    run_in_handler(other, quay_core(0), send_three, &w);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(handled, 4);
    stop_runtime(other);
    stop_runtime(rt);
}
END_TEST

/* ---- floods ---- */

#define FLOOD_LIMIT 20
#define SENDERS 6 /* two ports of the consumer's worker, two of another, two threads */
#define PORTS 4

typedef struct flood {
    quay_port to;
    uint64_t each;
    uint64_t next[SENDERS]; /* the consumer's: what is to come from each */
    uint64_t handled;       /* the consumer's */
    uint32_t most;          /* the consumer's: it ever found queued */
    bool orderly, all;      /* in order; and nothing missing */
    atomic_ulong accepted, refused;
} flood;

typedef struct numbered {
    uint64_t sender, number;
} numbered;

static int consume(quay_self *self, void *state, const quay_message *message)
{
    flood *f = SHARED(state, flood);
    const numbered *n = QUAY_PAYLOAD(message, numbered);
    quay_port_counters counters;
    EXPECT_EQ(quay_port_stats(quay_self_port(self), &counters), 0);
    if (counters.queued > f->most) f->most = (uint32_t)counters.queued;
    f->orderly &= n->number >= f->next[n->sender];
    f->all &= n->number == f->next[n->sender];
    f->next[n->sender] = n->number + 1;
    f->handled++;
    for (volatile int work = 0; work < 200; work++) {
    } /* slower than who sends */
    return 0;
}

static void send_all(unsigned sender, flood *f)
{
    for (uint64_t i = 0; i < f->each; i++) {
        numbered n = {sender, i};
        int error = quay_send(f->to, 0, &n, sizeof n);
        EXPECT(error == 0 || error == -EAGAIN);
        atomic_fetch_add(error ? &f->refused : &f->accepted, 1);
    }
}

static int send_when_told(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    send_all(message->tag, SHARED(state, flood));
    return 0;
}

static void send_from_thread(unsigned index, void *shared)
{
    send_all(PORTS + index, shared);
}

static quay_stats run_flood(flood *f, quay_overflow overflow)
{
    quay_runtime *rt = start_runtime(2);
    *f = (flood){.each = (uint64_t)REPEAT(20000), .orderly = true, .all = true};
    quay_port_options options = {.place = quay_core(1),
                                 .mailbox_limit = FLOOD_LIMIT,
                                 .overflow = overflow,
                                 .state_size = sizeof(void *),
                                 .init = keep_argument,
                                 .arg = f};
    ck_assert_int_eq(quay_spawn(rt, &f->to, consume, &options), 0);
    for (unsigned i = 0; i < PORTS; i++) {
        quay_port port = spawn(rt, send_when_told, quay_core(i % 2), f);
        ck_assert_int_eq(quay_send(port, i, NULL, 0), 0);
    }
    crew threads;
    crew_start(&threads, SENDERS - PORTS, send_from_thread, f);
    crew_join(&threads);
    quay_stats stats = drained_stats(rt);
    stop_runtime(rt);
    ck_assert_uint_le(f->most, FLOOD_LIMIT + FLOOD_LIMIT / 20);
    ck_assert_uint_eq(f->accepted + f->refused, SENDERS * f->each);
    ck_assert(f->orderly);
    ck_assert_uint_eq(f->accepted + PORTS, stats.sent);
    ck_assert_uint_eq(f->handled + PORTS, stats.handled);
    return stats;
}

START_TEST(refusing_loses_nothing_that_was_accepted)
{
    flood f;
    quay_stats stats = run_flood(&f, QUAY_OVERFLOW_REFUSE);
    ck_assert_uint_gt(f.refused, 0);
    ck_assert_uint_eq(f.handled, f.accepted);
    ck_assert_uint_eq(quay_dead_total(&stats), 0);
}
END_TEST

START_TEST(dropping_the_newest_counts_each)
{
    flood f;
    quay_stats stats = run_flood(&f, QUAY_OVERFLOW_DROP_NEWEST);
    ck_assert_uint_eq(f.refused, 0);
    ck_assert_uint_gt(stats.dead[QUAY_DEAD_REFUSED], 0);
    ck_assert_uint_eq(f.handled + stats.dead[QUAY_DEAD_REFUSED], f.accepted);
}
END_TEST

START_TEST(dropping_the_oldest_counts_each_and_keeps_the_last)
{
    flood f;
    quay_stats stats = run_flood(&f, QUAY_OVERFLOW_DROP_OLDEST);
    ck_assert_uint_eq(f.refused, 0);
    ck_assert_uint_gt(stats.dead[QUAY_DEAD_DROPPED], 0);
    ck_assert_uint_eq(f.handled + stats.dead[QUAY_DEAD_DROPPED], f.accepted);
    unsigned whole = 0;
    for (int i = 0; i < SENDERS; i++) whole += f.next[i] == f.each;
    ck_assert_uint_gt(whole, 0); /* the very last of all that was sent is handled */
}
END_TEST

START_TEST(waiting_loses_nothing)
{
    flood f;
    quay_stats stats = run_flood(&f, QUAY_OVERFLOW_WAIT);
    ck_assert_uint_eq(f.refused, 0);
    ck_assert_uint_eq(f.handled, SENDERS * f.each);
    ck_assert(f.all);
    ck_assert_uint_eq(quay_dead_total(&stats), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_full_mailbox_refuses,
        a_full_mailbox_refuses_threads_and_other_workers,
        a_full_mailbox_hears_control,
        a_policy_needs_a_limit_and_no_limit_is_none,
        a_thread_waits_until_its_deadline,
        a_thread_that_waits_is_told_of_the_end,
        a_handler_waits_for_room_in_another_runtime,
        refusing_loses_nothing_that_was_accepted,
        dropping_the_newest_counts_each,
        dropping_the_oldest_counts_each_and_keeps_the_last,
        waiting_loses_nothing,
    };
    return run_tests("bounds", tests, COUNT_OF(tests));
}
