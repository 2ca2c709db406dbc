/* ask.c - questions and answers: from a thread to a parked and to a busy worker, and between ports.
 *
 * Read next: spawn.c */
#include "bench.h"

static int echo(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, message->data, message->size);
}

/* ---- from a thread ---- */

struct thread_asker {
    quay_runtime *rt;
    quay_port server;
    uint64_t count;
    double figure; /* microseconds a call */
};

static void call_echo(const struct thread_asker *asker, uint64_t value)
{
    uint64_t answer = ~value;
    bench_must(quay_call(asker->server, 0, &value, sizeof value, &answer, sizeof answer, QUAY_FOREVER), "quay_call");
    bench_check(answer == value, "the echo is right");
}

/* The worker has gone to sleep more often than `parks`, and had the time to really be asleep. */
static uint64_t await_park(const quay_runtime *rt, uint64_t parks)
{
    quay_stats stats;
    do {
        bench_must(quay_worker_stats(rt, 0, &stats), "quay_worker_stats");
    } while (stats.parks == parks);
    bench_idle(QUAY_US(100));
    return stats.parks;
}

static void ask_parked(void *argument)
{
    struct thread_asker *asker = argument;
    int64_t total = 0;
    uint64_t parks = 0;
    for (uint64_t i = 0; i < asker->count; i++) {
        parks = await_park(asker->rt, parks);
        int64_t start = bench_now();
        call_echo(asker, i);
        total += bench_now() - start;
    }
    asker->figure = bench_ns_each(total, asker->count) / 1e3;
}

static void ask_back_to_back(void *argument)
{
    struct thread_asker *asker = argument;
    int64_t start = bench_now();
    for (uint64_t i = 0; i < asker->count; i++) call_echo(asker, i);
    asker->figure = bench_ns_each(bench_now() - start, asker->count) / 1e3;
}

/* The worker is on core 0, the thread that asks on core 1. */
static double run_thread_asker(void (*body)(void *), uint64_t count)
{
    if (bench_cores() < 2) return BENCH_ABSENT;
    struct thread_asker asker = {.rt = bench_start(1), .count = count};
    asker.server = bench_spawn(asker.rt, echo, 0, QUAY_ANYWHERE);
    call_echo(&asker, 1);
    bench_run_on(1, body, &asker);
    bench_stop(asker.rt);
    return asker.figure;
}

static double parked(uint64_t count)
{
    return run_thread_asker(ask_parked, count);
}

static double back_to_back(uint64_t count)
{
    return run_thread_asker(ask_back_to_back, count);
}

/* ---- from a port, the answers by quay_then ---- */

enum { BEGIN = BENCH_ORDER, ANSWER };

struct asker_order {
    quay_port server;
    quay_promise done;
    uint64_t count;
    uint64_t window; /* asks under way at a time */
};

struct asker {
    struct asker_order order;
    uint64_t asked, answered;
};

static int ask_next(quay_self *self, struct asker *asker)
{
    quay_future *f = quay_ask(asker->order.server, 0, &asker->asked, sizeof asker->asked, QUAY_FOREVER);
    int error = quay_then(f, quay_self_port(self), ANSWER);
    quay_drop(f);
    asker->asked++;
    return error;
}

/* One server and one sender: the answers come back in the order of the questions. */
static int take_answer(quay_self *self, struct asker *asker, const quay_message *message)
{
    const uint64_t *answer = QUAY_PAYLOAD(message, uint64_t);
    if (message->status || !answer || *answer != asker->answered)
        return quay_settle(asker->order.done, -EBADMSG, NULL, 0);
    asker->answered++;
    if (asker->asked < asker->order.count) return ask_next(self, asker);
    return asker->answered < asker->order.count ? 0 : quay_settle(asker->order.done, 0, NULL, 0);
}

static int ask_on(quay_self *self, void *state, const quay_message *message)
{
    struct asker *asker = state;
    if (message->tag == ANSWER) return take_answer(self, asker, message);
    int error = 0;
    asker->order = *(const struct asker_order *)message->data;
    while (asker->asked < asker->order.window && !error) error = ask_next(self, asker);
    return error;
}

/* Millions of calls a second. */
static double run_port_asker(unsigned workers, uint64_t window, uint64_t count)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    quay_runtime *rt = bench_start(workers);
    struct asker_order order = {.server = bench_spawn(rt, echo, 0, QUAY_SPREAD), .count = count, .window = window};
    quay_port asker = bench_spawn(rt, ask_on, sizeof(struct asker), QUAY_SPREAD);
    int64_t took = bench_carry_out(rt, asker, &order, sizeof order, &order.done);
    bench_stop(rt);
    return bench_millions(took, count);
}

static double then_1_on_one(uint64_t count)
{
    return run_port_asker(1, 1, count);
}

static double then_100_on_one(uint64_t count)
{
    return run_port_asker(1, 100, count);
}

static double then_1_across(uint64_t count)
{
    return run_port_asker(2, 1, count);
}

static double then_100_across(uint64_t count)
{
    return run_port_asker(2, 100, count);
}

const struct bench_measure bench_asks[] = {
    {.name = "ask from a thread, worker parked",
     .unit = "us",
     .run = parked,
     .count = 2000,
     .floor = "floor: two futex wakes"},
    {.name = "ask from a thread, back to back", .unit = "us", .run = back_to_back, .count = 500000},
    {.name = "ask + then, 1 in flight, one worker",
     .unit = "M/s",
     .rate = true,
     .run = then_1_on_one,
     .count = 5000000},
    {.name = "ask + then, 100 in flight, one worker",
     .unit = "M/s",
     .rate = true,
     .run = then_100_on_one,
     .count = 5000000},
    {.name = "ask + then, 1 in flight, across", .unit = "M/s", .rate = true, .run = then_1_across, .count = 500000},
    {.name = "ask + then, 100 in flight, across",
     .unit = "M/s",
     .rate = true,
     .run = then_100_across,
     .count = 3000000},
    {.name = NULL},
};
