/* await.c - handlers that wait: one call after the other, a hundred at a time, an answer that is there already, and
 * what a suspended handler takes in memory.
 *
 * An awaiter is a port that gets an order, does all its calls within that one handler call, and settles the order's
 * promise. Owns its runtimes. Read next: spawn.c. */
#include "bench.h"
#include "memory.h"

#include <stdlib.h>

enum { IN_TURN = BENCH_ORDER, AT_ONCE, SETTLED };
#define WINDOW 100

struct await_order {
    quay_port server;
    quay_promise done;
    uint64_t count;
    int how;
};

static int echo(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, message->data, message->size);
}

static int call_in_turn(const struct await_order *order)
{
    for (uint64_t i = 0; i < order->count; i++) {
        uint64_t answer = 0;
        int size = quay_call(order->server, 0, &i, sizeof i, &answer, sizeof answer, QUAY_FOREVER);
        if (size != sizeof answer || answer != i) return -EBADMSG;
    }
    return 0;
}

static int call_at_once(const struct await_order *order)
{
    quay_future *f[WINDOW];
    int error = 0;
    for (uint64_t i = 0; i < order->count && !error; i += WINDOW) {
        for (int k = 0; k < WINDOW; k++) f[k] = quay_ask(order->server, 0, &i, sizeof i, QUAY_FOREVER);
        error = quay_await_all(f, WINDOW, QUAY_FOREVER);
        for (int k = 0; k < WINDOW; k++) quay_drop(f[k]);
    }
    return error;
}

static int await_settled(const struct await_order *order)
{
    uint64_t answer;
    quay_future *f = quay_ask(order->server, 0, &order->count, sizeof order->count, QUAY_FOREVER);
    int size = quay_await(f, &answer, sizeof answer);
    for (uint64_t i = 0; i < order->count && size == sizeof answer; i++) size = quay_await(f, &answer, sizeof answer);
    quay_drop(f);
    return size == sizeof answer && answer == order->count ? 0 : -EBADMSG;
}

static int carry_out(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    (void)state;
    static int (*const ways[])(const struct await_order *) = {call_in_turn, call_at_once, await_settled};
    struct await_order order = *(const struct await_order *)message->data;
    return quay_settle(order.done, ways[order.how](&order), NULL, 0);
}

/* Nanoseconds for all. */
static int64_t run_awaiter(unsigned workers, int how, uint64_t count)
{
    quay_runtime *rt = bench_start(workers);
    struct await_order order = {.server = bench_spawn(rt, echo, 0, QUAY_SPREAD), .count = count, .how = how};
    quay_port awaiter = bench_spawn(rt, carry_out, 0, QUAY_SPREAD);
    int64_t took = bench_carry_out(rt, awaiter, &order, sizeof order, &order.done);
    bench_stop(rt);
    return took;
}

static double in_turn_on_one(uint64_t count)
{
    return bench_ns_each(run_awaiter(1, IN_TURN, count), count);
}

static double in_turn_across(uint64_t count)
{
    return bench_cores() < 2 ? BENCH_ABSENT : bench_ns_each(run_awaiter(2, IN_TURN, count), count);
}

static double at_once_on_one(uint64_t count)
{
    return bench_millions(run_awaiter(1, AT_ONCE, count), count);
}

static double at_once_across(uint64_t count)
{
    return bench_cores() < 2 ? BENCH_ABSENT : bench_millions(run_awaiter(2, AT_ONCE, count), count);
}

static double settled_on_one(uint64_t count)
{
    return bench_ns_each(run_awaiter(1, SETTLED, count), count);
}

/* ---- memory ---- */

static int sleep_long(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    (void)message;
    return quay_sleep(self, QUAY_SEC(3600)) == -ECANCELED ? 0 : -EBADMSG;
}

/* Resident bytes for each of count suspended handlers, their ports included. */
static double bytes_suspended(uint64_t count)
{
    quay_runtime *rt = bench_start(1);
    quay_port *sleepers = malloc(count * sizeof *sleepers);
    bench_check(sleepers, "there is memory");
    double before = bench_resident_bytes();
    for (uint64_t i = 0; i < count; i++) {
        sleepers[i] = bench_spawn(rt, sleep_long, 0, QUAY_ANYWHERE);
        bench_must(quay_send(sleepers[i], 0, NULL, 0), "quay_send");
    }
    quay_port last = bench_spawn(rt, echo, 0, QUAY_ANYWHERE); /* its answer comes when all the others sleep */
    bench_must(quay_call(last, 0, NULL, 0, NULL, 0, QUAY_FOREVER), "quay_call");
    double bytes = (bench_resident_bytes() - before) / (double)count;
    for (uint64_t i = 0; i < count; i++) bench_must(quay_kill(sleepers[i], 0), "quay_kill");
    free(sleepers);
    bench_stop(rt);
    return bytes;
}

const struct bench_measure bench_awaits[] = {
    {.name = "await in turn, one worker", .unit = "ns/call", .run = in_turn_on_one, .count = 5000000},
    {.name = "await in turn, across",
     .unit = "ns/call",
     .run = in_turn_across,
     .count = 500000,
     .floor = "floor: round trip, two lines"},
    {.name = "await 100 at once, one worker", .unit = "M/s", .rate = true, .run = at_once_on_one, .count = 5000000},
    {.name = "await 100 at once, across", .unit = "M/s", .rate = true, .run = at_once_across, .count = 3000000},
    {.name = "await what is settled", .unit = "ns", .run = settled_on_one, .count = 20000000},
    {.name = "a suspended handler", .unit = "bytes", .run = bytes_suspended, .count = 100000},
    {.name = NULL},
};
