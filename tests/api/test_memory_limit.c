/* test_memory_limit.c - beyond quay_runtime_options.memory_limit sends fail and lose nothing, control flows, and what
 * was freed can be used again, whatever it was used for. */
#include <sched.h>

#include "counting.h"
#include "support.h"

#define LIMIT ((size_t)4 * 1024 * 1024)
#define SLACK ((size_t)64 * 1024 * 8) /* what several may take at the same time, and control */

static counting_allocator counting = COUNTING_ALLOCATOR;

static quay_runtime *start_limited(unsigned workers, size_t limit)
{
    quay_runtime_options options = runtime_options(workers);
    options.allocator = counting_seam(&counting);
    options.memory_limit = limit;
    return start_runtime_with(&options);
}

static void stop_limited(quay_runtime *rt)
{
    stop_runtime(rt);
    ck_assert_uint_eq(counting_live(&counting), 0);
}

START_TEST(a_limit_must_be_sensible)
{
    quay_runtime *rt = NULL;
    quay_runtime_options options = runtime_options(1);
    options.memory_limit = 1;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), -EINVAL);
    options.memory_limit = QUAY_MEMORY_LEAST - 1;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), -EINVAL);
    options = runtime_options(64);
    options.memory_limit = QUAY_MEMORY_LEAST;
    ck_assert_int_eq(quay_runtime_start(&rt, &options), -ENOMEM); /* so many workers take more */
    rt = start_limited(1, QUAY_MEMORY_LEAST);
    stop_limited(rt);
}
END_TEST

/* Send until there is no memory. Returns how many were accepted. */
static long fill(quay_port port, size_t size)
{
    static const char bytes[4096];
    long accepted = 0;
    int error;
    while ((error = quay_send(port, 0, bytes, size)) == 0) accepted++;
    EXPECT_EQ(error, -ENOMEM);
    return accepted;
}

/* Sends until it is accepted: hangs if the memory never comes back. */
static void send_at_last(quay_port port, const void *data, size_t size)
{
    int error;
    while ((error = quay_send(port, 0, data, size)) == -ENOMEM) sched_yield();
    ck_assert_int_eq(error, 0);
}

/* A keeper is a port that passes g, spawned early: what was full may have no memory for another for a moment. */
static void hold_by(quay_port keeper, gate *g)
{
    gate_init(g);
    send_at_last(keeper, NULL, 0);
    gate_await_entry(g);
}

typedef struct filling {
    quay_port port;
    long accepted;
} filling;

static void fill_in_handler(quay_self *self, void *argument)
{
    filling *f = argument;
    (void)self;
    f->accepted = fill(f->port, 8);
}

START_TEST(beyond_the_limit_sends_fail_and_nothing_is_lost)
{
    for (int from_port = 0; from_port < 2; from_port++) {
        quay_runtime *rt = start_limited(2, LIMIT);
        atomic_long handled = 0;
        gate g;
        quay_port keeper = spawn(rt, pass_gate, quay_core(1), &g);
        filling f = {.port = spawn(rt, count, quay_core(1), &handled)};
        for (int round = 0; round < 3; round++) {
            hold_by(keeper, &g);
            if (from_port) run_in_handler(rt, quay_core(0), fill_in_handler, &f);
            else f.accepted = fill(f.port, 8);
            ck_assert_int_gt(f.accepted, 1000);
            ck_assert_uint_le(counting_live(&counting), LIMIT + SLACK);
            gate_open(&g);
            drained_stats(rt);
            ck_assert_int_eq(atomic_exchange(&handled, 0), f.accepted);
        }
        stop_limited(rt);
    }
}
END_TEST

static void sleep_in_handler(quay_self *self, void *argument)
{
    (void)argument;
    EXPECT_EQ(quay_sleep(self, 1), 0);
}

/* Ask until there is no memory. */
static void fill_with_asks(quay_port port)
{
    int result = 0;
    while (!result) {
        quay_future *f = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
        if (quay_settled(f)) result = quay_await(f, NULL, 0);
        quay_drop(f);
    }
    ck_assert_int_eq(result, -ENOMEM);
}

START_TEST(beyond_the_limit_control_flows)
{
    quay_runtime *rt = start_limited(2, LIMIT);
    quay_promise promise;
    quay_future *future;
    gate g;
    quay_port victim = spawn(rt, ignore, quay_core(0), NULL);
    quay_port asked = spawn(rt, echo, quay_core(0), NULL);
    quay_port stuffed = spawn(rt, ignore, quay_core(1), NULL);
    ck_assert_int_eq(quay_promise_new(rt, &promise, &future), 0);
    quay_future *early = quay_ask(asked, 0, NULL, 0, QUAY_FOREVER);
    hold_worker(rt, quay_core(1), &g);
    while (fill(stuffed, 8)) { /* what a shortage has given back, too */
    }
    fill(stuffed, 4000);
    fill_with_asks(stuffed);
    ck_assert_int_eq(finish_future(early, NULL, 0), 0);
    ck_assert_int_eq(quay_settle(promise, -EIO, NULL, 0), 0);
    ck_assert_int_eq(finish_future(future, NULL, 0), -EIO);
    for (int i = 0; i < 3000; i++) ck_assert_int_eq(quay_stop(stuffed), 0); /* more than pools have at hand */
    ck_assert_int_eq(quay_kill(victim, -EXDEV), 0);
    join_port(victim, -EXDEV);
    gate_open(&g);
    drained_stats(rt);
    run_in_handler(rt, quay_core(0), sleep_in_handler, NULL);
    stop_limited(rt);
}
END_TEST

/* ---- spawns ---- */

static void spawn_large(quay_self *self, void *argument)
{
    quay_port port;
    EXPECT_EQ(quay_spawn(quay_self_runtime(self), &port, ignore, argument), -ENOMEM);
}

START_TEST(large_states_count)
{
    quay_port port;
    quay_runtime *rt = start_limited(2, LIMIT);
    quay_port_options large = {.state_size = 2 * LIMIT, .place = quay_core(0)};
    run_in_handler(rt, quay_core(0), spawn_large, &large);
    run_in_handler(rt, quay_core(1), spawn_large, &large);
    ck_assert_int_eq(quay_spawn(rt, &port, ignore, &large), -ENOMEM);
    stop_limited(rt);
}
END_TEST

/* Ports until there is no memory, each of which is larger than the largest block by what a port takes itself. */
static void spawn_many(quay_self *self, void *argument)
{
    quay_port port;
    quay_port_options options = {.place = quay_core(0), .state_size = 4096};
    int error;
    (void)argument;
    while (!(error = quay_spawn(quay_self_runtime(self), &port, ignore, &options))) continue;
    EXPECT_EQ(error, -ENOMEM);
}

START_TEST(states_that_fill_a_block_count)
{
    quay_runtime *rt = start_limited(1, LIMIT);
    run_in_handler(rt, quay_core(0), spawn_many, NULL);
    ck_assert_uint_le(counting_live(&counting), LIMIT + SLACK / 8);
    stop_limited(rt);
}
END_TEST

/* ---- what a worker's own pool keeps for messages is memory for all else, or these hang ---- */

typedef struct stuffing {
    quay_port port;
    size_t size;
} stuffing;

static void spawn_in_the_end(quay_self *self, void *argument)
{
    const stuffing *s = argument;
    quay_port port;
    quay_port_options options = {.place = quay_core(0), .state_size = s->size};
    int error;
    fill(s->port, 8);
    while ((error = quay_spawn(quay_self_runtime(self), &port, ignore, &options)) == -ENOMEM)
        EXPECT_EQ(quay_sleep(self, QUAY_US(100)), 0);
    EXPECT_EQ(error, 0);
}

START_TEST(memory_of_messages_serves_ports)
{
    static const size_t sizes[] = {3000, LIMIT / 2};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        quay_runtime *rt = start_limited(1, LIMIT);
        stuffing s = {.port = spawn(rt, ignore, quay_core(0), NULL), .size = sizes[i]};
        run_in_handler(rt, quay_core(0), spawn_in_the_end, &s);
        stop_limited(rt);
    }
}
END_TEST

enum { ASKS = 1000 };

static int ask_once(quay_port port, quay_future **future)
{
    *future = quay_ask(port, 0, NULL, 0, QUAY_FOREVER);
    if (!quay_settled(*future)) return 0;
    int error = quay_await(*future, NULL, 0);
    quay_drop(*future);
    return error;
}

static void ask_many(quay_port port)
{
    static quay_future *futures[ASKS];
    for (int i = 0; i < ASKS; i++) {
        while (ask_once(port, &futures[i]) == -ENOMEM) continue; /* none of them is handled meanwhile */
    }
    for (int i = 0; i < ASKS; i++) quay_drop(futures[i]);
}

/* What was sent to the port has been handled. */
static void wait_until_handled(quay_self *self, quay_port port)
{
    int error;
    while ((error = quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER)) == -ENOMEM)
        EXPECT_EQ(quay_sleep(self, QUAY_US(100)), 0);
    EXPECT_EQ(error, -ENOMSG);
}

/* The second time the futures are there, and the asks need memory. */
static void ask_in_the_end(quay_self *self, void *argument)
{
    const stuffing *s = argument;
    ask_many(s->port);
    wait_until_handled(self, s->port);
    fill(s->port, 8);
    wait_until_handled(self, s->port);
    ask_many(s->port);
}

START_TEST(memory_of_messages_serves_asks)
{
    quay_runtime *rt = start_limited(1, LIMIT);
    stuffing s = {.port = spawn(rt, ignore, quay_core(0), NULL)};
    run_in_handler(rt, quay_core(0), ask_in_the_end, &s);
    stop_limited(rt);
}
END_TEST

/* The worker has handled what filled the memory, and futures are all that is wanted. */
static void promise_in_the_end(quay_self *self, void *argument)
{
    static quay_future *futures[ASKS];
    const stuffing *s = argument;
    quay_port_counters counters = {.queued = 1};
    quay_promise promise;
    fill(s->port, 8);
    while (!quay_port_stats(s->port, &counters) && counters.queued) EXPECT_EQ(quay_sleep(self, QUAY_US(100)), 0);
    for (int i = 0; i < ASKS; i++) {
        while (quay_promise_new(quay_self_runtime(self), &promise, &futures[i]) == -ENOMEM)
            EXPECT_EQ(quay_sleep(self, QUAY_US(100)), 0);
    }
    for (int i = 0; i < ASKS; i++) quay_drop(futures[i]);
}

START_TEST(memory_of_messages_serves_futures)
{
    quay_runtime *rt = start_limited(1, LIMIT);
    stuffing s = {.port = spawn(rt, ignore, quay_core(0), NULL)};
    run_in_handler(rt, quay_core(0), promise_in_the_end, &s);
    stop_limited(rt);
}
END_TEST

/* What was taken from who spawned is not refused where it is to be born: nobody would free what init was to free. */
START_TEST(ports_that_were_accepted_are_born)
{
    enum { PORTS = 3000 };
    static quay_port ports[PORTS];
    int *shared;
    gate g;
    quay_runtime *rt = start_limited(2, LIMIT);
    quay_port stuffed = spawn(rt, ignore, quay_core(1), NULL);
    hold_worker(rt, quay_core(1), &g);
    for (int i = 0; i < PORTS; i++) {
        quay_port_options options = {
            .place = quay_core(1), .state_size = sizeof shared, .init = keep_argument, .arg = &shared};
        ck_assert_int_eq(quay_spawn(rt, &ports[i], ignore, &options), 0);
    }
    fill(stuffed, 8);
    gate_open(&g);
    drained_stats(rt);
    for (int i = 0; i < PORTS; i++) {
        ck_assert_int_eq(quay_stop(ports[i]), 0);
        join_port(ports[i], 0);
    }
    stop_limited(rt);
}
END_TEST

/* ---- who watches whom is control ---- */

enum { BEGIN, DOWN, PLAIN_PORTS = 3000 };

static quay_port stuffed, target[PLAIN_PORTS];
static atomic_int notices;

/* A port with nothing but its handler, whose first monitor so takes the most memory. */
static int watch_beyond(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == DOWN) {
        notices++;
        return 0;
    }
    while (fill(stuffed, 8)) { /* what a shortage has given back, too */
    }
    EXPECT_EQ(quay_trap_exits(self, DOWN), 0);
    for (int i = 0; i < PLAIN_PORTS; i++) {
        EXPECT_EQ(i % 2 ? quay_link(self, target[i]) : quay_monitor(self, target[i], DOWN, NULL), 0);
        EXPECT_EQ(quay_kill(target[i], -EIO), 0);
    }
    return 0;
}

START_TEST(beyond_the_limit_notices_come)
{
    quay_runtime *rt = start_limited(2, LIMIT);
    quay_port watcher;
    gate g;
    notices = 0;
    ck_assert_int_eq(quay_spawn(rt, &watcher, watch_beyond, &(quay_port_options){.place = quay_core(0)}), 0);
    for (int i = 0; i < PLAIN_PORTS; i++)
        ck_assert_int_eq(quay_spawn(rt, &target[i], ignore, &(quay_port_options){.place = quay_core(0)}), 0);
    stuffed = spawn(rt, ignore, quay_core(1), NULL);
    hold_worker(rt, quay_core(1), &g);
    ck_assert_int_eq(quay_send(watcher, BEGIN, NULL, 0), 0);
    while (notices < PLAIN_PORTS) sched_yield(); /* hangs if one waits for memory */
    gate_open(&g);
    drained_stats(rt);
    stop_limited(rt);
}
END_TEST

/* What small messages of one worker took serves large ones of another, once they are handled; else this hangs. */
START_TEST(memory_does_not_stay_where_it_was_used)
{
    static const size_t sizes[] = {8, 3000, 400, 8, 1000};
    static const char bytes[4096];
    quay_runtime *rt = start_limited(2, LIMIT);
    gate g;
    quay_port keeper = spawn(rt, pass_gate, quay_core(1), &g);
    quay_port port = spawn(rt, ignore, quay_core(1), NULL);
    quay_port other = spawn(rt, ignore, quay_core(0), NULL);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        hold_by(keeper, &g);
        for (long accepted = 0; accepted <= 100;)
            accepted += fill(port, sizes[i]); /* what was used last comes home yet */
        gate_open(&g);
        drained_stats(rt);
        for (int sent = 0; sent < 100; sent++) send_at_last(other, bytes, sizes[(i + 1) % COUNT_OF(sizes)]);
    }
    stop_limited(rt);
}
END_TEST

static void want_buffers(quay_self *self, void *argument)
{
    enum { MOST = 100 };
    void *buffers[MOST];
    size_t size = LIMIT / 16;
    int got = 0;
    (void)self;
    while (got < MOST && (buffers[got] = quay_buffer_new(size))) got++;
    EXPECT(got > 8 && got < 16);
    for (int i = 1; i < got; i++) quay_buffer_free(buffers[i]);
    *(void **)argument = buffers[0];
}

START_TEST(buffers_count_and_outlive_the_runtime)
{
    quay_runtime *rt = start_limited(1, LIMIT);
    void *kept = NULL;
    run_in_handler(rt, QUAY_ANYWHERE, want_buffers, &kept);
    stop_runtime(rt);
    ck_assert_ptr_nonnull(kept);
    memset(kept, 1, LIMIT / 16);
    ck_assert_uint_gt(counting_live(&counting), 0);
    quay_buffer_free(kept);
    ck_assert_uint_eq(counting_live(&counting), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_limit_must_be_sensible,
        beyond_the_limit_sends_fail_and_nothing_is_lost,
        beyond_the_limit_control_flows,
        beyond_the_limit_notices_come,
        large_states_count,
        states_that_fill_a_block_count,
        memory_of_messages_serves_ports,
        memory_of_messages_serves_asks,
        memory_of_messages_serves_futures,
        ports_that_were_accepted_are_born,
        memory_does_not_stay_where_it_was_used,
        buffers_count_and_outlive_the_runtime,
    };
    return run_tests("memory_limit", tests, COUNT_OF(tests));
}
