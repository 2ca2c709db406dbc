/* test_blocking.c - blocking ports: a thread of their own, and otherwise ports like any other. */
#include "counting.h"
#include "support.h"

#define CALLS REPEAT(2000)

static quay_port spawn_blocking(quay_runtime *rt, quay_handler *handler, void *shared)
{
    quay_port port = QUAY_NOBODY;
    quay_port_options options = {
        .name = "blocking", .state_size = sizeof(void *), .init = keep_argument, .arg = shared, .blocking = true};
    ck_assert_int_eq(quay_spawn(rt, &port, handler, &options), 0);
    ck_assert(port.id != 0);
    return port;
}

/* ---- a thread of its own ---- */

START_TEST(a_blocked_handler_holds_nobody_up)
{
    enum { PORTS = 8 };
    gate gates[PORTS];
    quay_runtime *rt = start_runtime(1);
    quay_port port = spawn(rt, echo, QUAY_ANYWHERE, NULL);
    for (int i = 0; i < PORTS; i++) {
        gate_init(&gates[i]);
        ck_assert_int_eq(quay_send(spawn_blocking(rt, pass_gate, &gates[i]), 0, NULL, 0), 0);
    }
    for (int i = 0; i < PORTS; i++) gate_await_entry(&gates[i]);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    for (int i = 0; i < PORTS; i++) gate_open(&gates[i]);
    stop_runtime(rt);
}
END_TEST

static int tell_thread(quay_self *self, void *state, const quay_message *message)
{
    pthread_t me = pthread_self();
    return quay_reply(self, &me, sizeof me);
}

static pthread_t thread_of(quay_port port)
{
    pthread_t thread;
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, &thread, sizeof thread, QUAY_FOREVER), sizeof thread);
    return thread;
}

START_TEST(its_thread_is_its_own_and_the_next_ones_when_it_has_ended)
{
    quay_runtime *rt = start_runtime(2);
    quay_port a = spawn_blocking(rt, tell_thread, NULL);
    quay_port b = spawn_blocking(rt, tell_thread, NULL);
    pthread_t of_a = thread_of(a);
    ck_assert(pthread_equal(of_a, thread_of(a)));
    ck_assert(!pthread_equal(of_a, thread_of(b)));
    ck_assert_int_eq(quay_stop(a), 0);
    join_port(a, 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    quay_port c = spawn_blocking(rt, tell_thread, NULL);
    ck_assert(pthread_equal(of_a, thread_of(c)));
    ck_assert(a.id != c.id);
    send_in_vain(a);
    ck_assert_int_eq(quay_call(a, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EPIPE);
    ck_assert_uint_eq(quay_runtime_workers(rt), 2);
    stop_runtime(rt);
}
END_TEST

/* ---- talking ---- */

/* Asked with a port, it asks that one, and adds one to the answer. */
static int ask_on(quay_self *self, void *state, const quay_message *message)
{
    const quay_port *to = QUAY_PAYLOAD(message, quay_port);
    long answer = 0;
    if (!to) return -EBADMSG;
    if (!to->id) return quay_reply(self, &answer, sizeof answer);
    int got = quay_call(*to, 0, &QUAY_NOBODY, sizeof QUAY_NOBODY, &answer, sizeof answer, QUAY_FOREVER);
    if (got < 0) return got;
    answer++;
    return quay_reply(self, &answer, sizeof answer);
}

START_TEST(workers_hosts_and_threads_ask_each_other)
{
    quay_runtime *rt = start_runtime(2);
    quay_port ports[4] = {spawn_blocking(rt, ask_on, NULL), spawn_blocking(rt, ask_on, NULL),
                          spawn(rt, ask_on, quay_core(0), NULL), spawn(rt, ask_on, quay_core(1), NULL)};
    for (int i = 0; i < CALLS; i++) {
        long answer = 0;
        quay_port from = ports[i % 4], to = ports[i / 4 % 4];
        int got = quay_call(from, 0, &to, sizeof to, &answer, sizeof answer, QUAY_FOREVER);
        if (from.id == to.id) {
            ck_assert_int_eq(got, -EDEADLK);
            continue;
        }
        ck_assert_int_eq(got, sizeof answer);
        ck_assert_int_eq(answer, 1);
    }
    stop_runtime(rt);
}
END_TEST

struct order {
    uint32_t next[2];
};

static int check_order(quay_self *self, void *state, const quay_message *message)
{
    struct order *o = SHARED(state, struct order);
    const uint32_t *number = QUAY_PAYLOAD(message, uint32_t);
    EXPECT_EQ(*number, o->next[message->tag]++);
    return 0;
}

struct flood {
    quay_port to;
    uint32_t tag;
};

static void send_flood(quay_self *self, void *argument)
{
    const struct flood *f = argument;
    for (uint32_t i = 0; i < (uint32_t)CALLS; i++) EXPECT_EQ(quay_send(f->to, f->tag, &i, sizeof i), 0);
}

START_TEST(messages_of_one_sender_arrive_in_order)
{
    struct order o = {{0}};
    quay_runtime *rt = start_runtime(2);
    struct flood f = {.to = spawn_blocking(rt, check_order, &o)};
    run_in_handler(rt, quay_core(0), send_flood, &f);
    f.tag = 1;
    send_flood(NULL, &f);
    drained_stats(rt);
    ck_assert_uint_eq(o.next[0], CALLS);
    ck_assert_uint_eq(o.next[1], CALLS);
    stop_runtime(rt);
}
END_TEST

enum { BEGIN, RESULT, BEAT };

/* Uses all there is: a promise, quay_then, timers, sleep, a spawn of its own. */
static int use_everything(quay_self *self, void *state, const quay_message *message)
{
    quay_promise *duty = SHARED(state, quay_promise);
    quay_port child;
    quay_runtime *rt = quay_self_runtime(self);
    if (message->tag == BEAT) return quay_settle(*duty, 0, message->data, message->size);
    if (message->tag == RESULT)
        return quay_send_after(quay_self_port(self), BEAT, message->data, message->size, quay_in(1), NULL);
    *duty = quay_defer(self);
    EXPECT_EQ(quay_sleep(self, QUAY_US(10)), 0);
    EXPECT_EQ(quay_spawn(rt, &child, echo, NULL), 0);
    quay_future *f = quay_ask(child, 0, message->data, message->size, QUAY_FOREVER);
    EXPECT_EQ(quay_then(f, quay_self_port(self), RESULT), 0);
    quay_drop(f);
    return quay_stop(child);
}

START_TEST(its_handler_may_do_what_every_handler_may)
{
    quay_promise duty;
    char text[100] = "";
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn_blocking(rt, use_everything, &duty);
    ck_assert_int_eq(quay_call(port, BEGIN, "all of it", 10, text, sizeof text, QUAY_FOREVER), 10);
    ck_assert_str_eq(text, "all of it");
    quay_port_counters counters;
    ck_assert_int_eq(quay_port_stats(port, &counters), 0);
    ck_assert_str_eq(counters.name, "blocking");
    ck_assert_uint_eq(counters.handled, 3);
    stop_runtime(rt);
}
END_TEST

static void spawn_one(quay_self *self, void *argument)
{
    quay_port_options options = {.blocking = true};
    EXPECT_EQ(quay_spawn(quay_self_runtime(self), argument, echo, &options), 0);
    EXPECT_EQ(quay_send(*(quay_port *)argument, 0, NULL, 0), 0);
}

START_TEST(handlers_spawn_them_too)
{
    quay_port first, second;
    quay_runtime *rt = start_runtime(2);
    run_in_handler(rt, quay_core(1), spawn_one, &first);
    ck_assert_int_eq(quay_call(first, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    run_in_handler(rt, quay_core(0), spawn_one, &second);
    ck_assert_int_eq(quay_call(second, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop_runtime(rt);
}
END_TEST

/* ---- a bounded mailbox ---- */

/* A host has no lanes, but its mailbox has a limit for who sends from a thread or a worker. */
START_TEST(its_mailbox_may_be_bounded)
{
    gate g;
    gate *shared = &g;
    quay_port port;
    gate_init(&g);
    quay_runtime *rt = start_runtime(1);
    quay_port_options options = {.state_size = sizeof shared,
                                 .init = keep_argument,
                                 .arg = shared,
                                 .blocking = true,
                                 .mailbox_limit = 2,
                                 .overflow = QUAY_OVERFLOW_WAIT};
    ck_assert_int_eq(quay_spawn(rt, &port, pass_gate, &options), 0);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    gate_await_entry(&g);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, 0), 0);
    ck_assert_int_eq(quay_send_until(port, 0, NULL, 0, 0), -ETIMEDOUT);
    gate_open(&g);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0); /* waits for room */
    for (int i = 0; i < 3; i++) gate_open(&g);
    stop_runtime(rt);
}
END_TEST

/* ---- ending ---- */

START_TEST(it_is_killed_and_joined_like_any_other)
{
    gate g;
    int reason = 0;
    gate_init(&g);
    quay_runtime *rt = start_runtime(1);
    quay_port port = spawn_blocking(rt, pass_gate, &g);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    gate_await_entry(&g);
    quay_future *queued = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_kill(port, -EINTR), 0);
    gate_open(&g); /* a handler that runs is let finish */
    ck_assert_int_eq(quay_join(port, QUAY_FOREVER, &reason), 0);
    ck_assert_int_eq(reason, -EINTR);
    ck_assert_int_eq(finish_future(queued, NULL, 0), -EOWNERDEAD);
    stop_runtime(rt);
}
END_TEST

static int refuse_to_begin(quay_self *self, void *state, void *argument)
{
    return -ENOENT;
}

START_TEST(a_host_survives_ports_that_fail_to_begin)
{
    quay_runtime *rt = start_runtime(1);
    for (int i = 0; i < 20; i++) {
        quay_port port;
        quay_port_options options = {.init = refuse_to_begin, .blocking = true};
        ck_assert_int_eq(quay_spawn(rt, &port, echo, &options), 0);
        int reason = 0;
        ck_assert_int_eq(quay_join(port, QUAY_FOREVER, &reason), 0);
        ck_assert_int_eq(reason, -ENOENT);
    }
    quay_port port = spawn_blocking(rt, echo, NULL);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop_runtime(rt);
}
END_TEST

static counting_allocator laggard_memory = COUNTING_ALLOCATOR;

START_TEST(a_stop_waits_for_it_until_the_deadline)
{
    gate g;
    gate_init(&g);
    quay_runtime_options options = runtime_options(1);
    options.allocator = counting_seam(&laggard_memory);
    quay_runtime *rt = start_runtime_with(&options);
    quay_port port = spawn_blocking(rt, pass_gate, &g);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    gate_await_entry(&g);
    quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_runtime_stop(rt, quay_in(QUAY_MS(1))), -ETIMEDOUT);
    ck_assert(log_mentions(&runtime_log, "port blocking (worker 1) holds up the stop"));
    gate_open(&g);
    int error = finish_future(f, NULL, 0);
    ck_assert(error == -ECANCELED || error == -EOWNERDEAD);
    counting_await_empty(&laggard_memory); /* its threads are gone, too */
}
END_TEST

/* ---- limits ---- */

START_TEST(a_place_makes_no_sense_for_it)
{
    quay_port port = QUAY_NOBODY;
    quay_runtime *rt = start_runtime(1);
    const quay_place places[] = {QUAY_SPREAD, quay_core(0), quay_numa(0), quay_near((quay_port){1})};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        quay_port_options options = {.place = places[i], .blocking = true};
        ck_assert_int_eq(quay_spawn(rt, &port, echo, &options), -EINVAL);
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(near_it_is_anywhere)
{
    quay_port port = QUAY_NOBODY;
    quay_runtime *rt = start_runtime(2);
    quay_port_options near = {.place = quay_near(spawn_blocking(rt, echo, NULL))};
    ck_assert_int_eq(quay_spawn(rt, &port, echo, &near), 0);
    ck_assert_int_eq(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop_runtime(rt);
}
END_TEST

/* Runtimes that use so many numbers, one more each than they have workers. */
static size_t start_crowd(quay_runtime **crowd, unsigned numbers)
{
    enum { MOST = 33 };
    size_t count = 0;
    for (unsigned take; numbers; numbers -= take) {
        take = numbers < MOST ? numbers : numbers - MOST == 1 ? MOST - 1 : MOST;
        quay_runtime_options options = runtime_options(take - 1);
        options.stuck_after = QUAY_FOREVER;
        crowd[count++] = start_runtime_with(&options);
    }
    return count;
}

START_TEST(there_are_so_many_and_then_an_error)
{
    enum { LEFT = 3 };
    quay_port ports[LEFT + 1];
    quay_runtime *crowd[64];
    quay_runtime *rt = start_runtime(1);
    size_t runtimes = start_crowd(crowd, QUAY_WORKERS_MAX - 2 - LEFT);
    for (int i = 0; i < LEFT; i++) ports[i] = spawn_blocking(rt, echo, NULL);
    quay_port_options blocking = {.blocking = true};
    ck_assert_int_eq(quay_spawn(rt, &ports[LEFT], echo, &blocking), -EAGAIN);
    ck_assert(log_mentions(&runtime_log, "a blocking port needs a worker of its own, and all 1023 are taken"));
    ck_assert_int_eq(quay_stop(ports[0]), 0);
    join_port(ports[0], 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ports[LEFT] = spawn_blocking(rt, echo, NULL);
    for (int i = 1; i <= LEFT; i++) ck_assert_int_eq(quay_call(ports[i], 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    stop_runtime(rt);
    while (runtimes) stop_runtime(crowd[--runtimes]);
}
END_TEST

/* ---- coming and going ---- */

static void come_and_go(unsigned index, void *shared)
{
    quay_runtime *rt = shared;
    quay_port_options options = {.blocking = index % 2 == 0};
    for (int i = 0; i < CALLS / 10; i++) {
        quay_port port;
        EXPECT_EQ(quay_spawn(rt, &port, echo, &options), 0);
        quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
        if (i % 2) EXPECT_EQ(quay_stop(port), 0);
        else EXPECT_EQ(quay_kill(port, 0), 0);
        int got = finish_future(f, NULL, 0);
        EXPECT(got == 0 || (i % 2 == 0 && (got == -EOWNERDEAD || got == -EPIPE)));
    }
}

START_TEST(many_come_and_go_and_nothing_is_lost)
{
    crew c;
    quay_runtime *rt = start_runtime(2);
    crew_start(&c, 4, come_and_go, rt);
    crew_join(&c);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_blocked_handler_holds_nobody_up,
                            its_thread_is_its_own_and_the_next_ones_when_it_has_ended,
                            workers_hosts_and_threads_ask_each_other,
                            messages_of_one_sender_arrive_in_order,
                            its_handler_may_do_what_every_handler_may,
                            handlers_spawn_them_too,
                            it_is_killed_and_joined_like_any_other,
                            a_host_survives_ports_that_fail_to_begin,
                            a_stop_waits_for_it_until_the_deadline,
                            a_place_makes_no_sense_for_it,
                            near_it_is_anywhere,
                            there_are_so_many_and_then_an_error,
                            many_come_and_go_and_nothing_is_lost,
                            its_mailbox_may_be_bounded};
    return run_tests("blocking", tests, COUNT_OF(tests));
}
