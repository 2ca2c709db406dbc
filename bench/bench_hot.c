/* bench_hot.c - what one hot port costs the others: their round trips beside it, and without it.
 *
 *   bench_hot [--quick]
 *
 * Two workers are at work, each with a crowd of ports that always have a message to handle. Three pairs of ports play
 * ping-pong: on the hot port's worker, on the other one, and across. A feeder on the other worker sends as fast as its
 * turns allow: to a port that is full and has it refused (*idle*), or to the hot port, which has a bounded mailbox or
 * none, and can handle less than it gets (*hot*). All else is the same. Idle and hot take turns, five times each; the
 * table has the medians of the 99th percentiles, and their ratio. Where the hot port's handler takes as long as those
 * of the crowd it should be no more than 2.
 *
 * Of pairs on one worker the time is the worker's own, so that what else runs on the machine does not count; across it
 * is the clock's, and says little on a busy machine. Read next: bench_overload.c */
#define _GNU_SOURCE
#include "bench.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORKERS 2
#define CROWD 16    /* ports on each worker, besides */
#define WORK_NS 100 /* of one of the crowd for each message */
#define PAIRS 3
#define ACROSS 2
#define ROUNDS 5
#define TRIPS 20000    /* of each pair in a round */
#define LIMIT 1000     /* of the hot port, when it is bounded */
#define BURST 32       /* sends of the feeder in a turn */
#define BACKLOG 100000 /* messages wait for it at the most, when it is not */

static const char *const pair_names[PAIRS] = {"same worker", "other worker", "across"};

struct pair {
    quay_port ports[2];
    quay_promise done;
    int64_t sent_at;
    uint32_t trips; /* to be measured, 0: none */
    uint32_t count;
    int64_t took[TRIPS];
};

struct stage {
    quay_runtime *rt;
    struct pair pairs[PAIRS];
    quay_port hot, wall, feeder;
    int64_t hot_ns;
    bool bounded;
    atomic_bool flooding;
    char line[BENCH_LINE];
    _Atomic uint64_t handled; /* by the hot port */
    _Atomic uint64_t sent;    /* to it */
};

static struct stage stage;

/* ---- the crowd ---- */

static int stay_busy(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    bench_idle(WORK_NS);
    return quay_send(quay_self_port(self), message->tag, NULL, 0);
}

/* ---- pairs ---- */

enum { BEGIN, PING, PONG };

/* What this thread has had of a processor: a pair on one worker is not concerned by what else runs on the machine. */
static int64_t thread_time(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int serve(quay_self *self, void *state, const quay_message *message)
{
    struct pair *p = &stage.pairs[message->tag / 4];
    (void)self, (void)state;
    return quay_send(p->ports[0], message->tag - PING + PONG, NULL, 0);
}

static int play(quay_self *self, void *state, const quay_message *message)
{
    struct pair *p = &stage.pairs[message->tag / 4];
    int64_t now = p == &stage.pairs[ACROSS] ? bench_now() : thread_time();
    (void)self, (void)state;
    if (message->tag % 4 == PONG) p->took[p->count++] = now - p->sent_at;
    if (p->count == p->trips) return quay_settle(p->done, 0, NULL, 0);
    p->sent_at = now;
    return quay_send(p->ports[1], message->tag / 4 * 4 + PING, NULL, 0);
}

static void spawn_pair(unsigned number, unsigned first, unsigned second)
{
    struct pair *p = &stage.pairs[number];
    p->ports[0] = bench_spawn(stage.rt, play, 0, quay_core(first));
    p->ports[1] = bench_spawn(stage.rt, serve, 0, quay_core(second));
}

static void play_all(uint32_t trips)
{
    quay_future *done[PAIRS];
    for (uint32_t i = 0; i < PAIRS; i++) {
        struct pair *p = &stage.pairs[i];
        p->count = 0;
        p->trips = trips;
        bench_must(quay_promise_new(stage.rt, &p->done, &done[i]), "quay_promise_new");
        bench_must(quay_send(p->ports[0], 4 * i + BEGIN, NULL, 0), "quay_send");
    }
    bench_must(quay_await_all(done, PAIRS, QUAY_FOREVER), "quay_await_all");
    for (unsigned i = 0; i < PAIRS; i++) quay_drop(done[i]);
}

/* ---- the hot port ---- */

static int be_hot(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    bench_idle(stage.hot_ns);
    atomic_store_explicit(&stage.handled, stage.handled + 1, memory_order_relaxed);
    return 0;
}

/* Is full for ever. */
static int block(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return quay_sleep(self, QUAY_SEC(3600));
}

static int feed(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    for (int i = 0; i < BURST; i++) {
        bool wait = !stage.flooding || (!stage.bounded && stage.sent - stage.handled >= BACKLOG);
        int error = quay_send(wait ? stage.wall : stage.hot, 0, NULL, 0);
        if (!error && !wait) stage.sent++;
        if (error && error != -EAGAIN && error != -EPIPE) bench_must(error, "quay_send");
    }
    return quay_send(quay_self_port(self), message->tag, NULL, 0);
}

static void begin_flood(bool bounded, int64_t hot_ns)
{
    quay_port_options options = {.place = quay_core(0), .mailbox_limit = bounded ? LIMIT : 0};
    stage.bounded = bounded;
    stage.hot_ns = hot_ns;
    stage.handled = stage.sent = 0;
    bench_must(quay_spawn(stage.rt, &stage.hot, be_hot, &options), "quay_spawn");
    stage.flooding = true;
    while (stage.handled < 100) bench_idle(1000);
}

static void end_flood(void)
{
    stage.flooding = false;
    bench_must(quay_kill(stage.hot, 0), "quay_kill");
    bench_must(quay_join(stage.hot, QUAY_FOREVER, NULL), "quay_join");
}

/* ---- figures ---- */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t p99_of(struct pair *p)
{
    qsort(p->took, p->count, sizeof *p->took, compare);
    return p->took[p->count - 1 - p->count / 100];
}

static double median(int64_t figures[ROUNDS])
{
    qsort(figures, ROUNDS, sizeof *figures, compare);
    int64_t middle = figures[ROUNDS / 2];
    return (double)middle;
}

static void measure(bool bounded, int64_t hot_ns, uint32_t trips)
{
    int64_t idle[PAIRS][ROUNDS], hot[PAIRS][ROUNDS];
    for (unsigned round = 0; round < ROUNDS; round++) {
        play_all(trips);
        for (unsigned i = 0; i < PAIRS; i++) idle[i][round] = p99_of(&stage.pairs[i]);
        begin_flood(bounded, hot_ns);
        play_all(trips);
        for (unsigned i = 0; i < PAIRS; i++) hot[i][round] = p99_of(&stage.pairs[i]);
        end_flood();
    }
    for (unsigned i = 0; i < PAIRS; i++) {
        double calm = median(idle[i]), busy = median(hot[i]);
        printf("%-9s %6lld ns %-12s p99 idle %8.1f us, hot %8.1f us, %5.2f times\n", bounded ? "bounded" : "unbounded",
               (long long)hot_ns, pair_names[i], calm / 1e3, busy / 1e3, busy / calm);
    }
}

static void start_crowd(unsigned workers)
{
    for (unsigned i = 0; i < CROWD * workers; i++) {
        quay_port port = bench_spawn(stage.rt, stay_busy, 0, quay_core(i % workers));
        bench_must(quay_send(port, 0, NULL, 0), "quay_send");
    }
}

static void start_feeder(unsigned worker)
{
    quay_port_options options = {.place = quay_core(0), .mailbox_limit = 1};
    bench_must(quay_spawn(stage.rt, &stage.wall, block, &options), "quay_spawn");
    while (quay_send(stage.wall, 0, NULL, 0) != -EAGAIN) continue;
    stage.feeder = bench_spawn(stage.rt, feed, 0, quay_core(worker));
    bench_must(quay_send(stage.feeder, 0, NULL, 0), "quay_send");
}

static void log_nothing(void *context, quay_log_level level, const char *text)
{
    (void)context, (void)level, (void)text;
}

int main(int argc, char **argv)
{
    uint32_t trips = argc > 1 && !strcmp(argv[1], "--quick") ? TRIPS / 20 : TRIPS;
    static const int64_t works[] = {WORK_NS, 10 * WORK_NS, 100 * WORK_NS};
    unsigned workers = bench_cores() < WORKERS ? 1 : WORKERS;
    quay_runtime_options options = {.workers = workers, .log = log_nothing}; /* the stop kills all that goes on */
    bench_must(quay_runtime_start(&stage.rt, &options), "quay_runtime_start");
    start_crowd(workers);
    start_feeder(workers - 1);
    spawn_pair(0, 0, 0);
    spawn_pair(1, workers - 1, workers - 1);
    spawn_pair(2, workers - 1, 0);
    for (unsigned i = 0; i < sizeof works / sizeof *works; i++) {
        for (int bounded = 0; bounded < 2; bounded++) measure(bounded, works[i], trips);
    }
    (void)quay_runtime_stop(stage.rt, quay_now());
    return 0;
}
