/* bench_overload.c - a consumer that gets ten times what it can handle, under each policy, and what a hot port costs
 * the others.
 *
 *   bench_overload [--quick]
 *
 * Two ports and two threads send ten million messages (--quick: a hundredth) to one port whose mailbox is bounded. The
 * table says how many became what; the program fails if one is unaccounted for, or if the mailbox ever held more than
 * the limit and five in a hundred. Then a port is called again and again, on an idle machine and beside a port that is
 * flooded. Read next: bench.h */
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENDS UINT64_C(10000000)
#define LIMIT 1000
#define SENDERS 4
#define WORK_NS 500 /* of the consumer for each message: about ten sends */
#define CALLS 20000

struct flood {
    quay_port to;
    uint64_t each;
    uint64_t handled; /* the consumer's */
    uint64_t most;    /* the consumer's: it ever found queued */
    struct {
        uint64_t accepted, refused;
        char line[BENCH_LINE];
    } by[SENDERS]; /* each its sender's */
};

static int keep(quay_self *self, void *state, void *argument)
{
    (void)self;
    *(void **)state = argument;
    return 0;
}

static quay_port spawn_keeping(quay_runtime *rt, quay_handler *handler, void *shared, quay_port_options options)
{
    quay_port port;
    options.state_size = sizeof(void *);
    options.init = keep;
    options.arg = shared;
    bench_must(quay_spawn(rt, &port, handler, &options), "quay_spawn");
    return port;
}

/* ---- floods ---- */

static int consume(quay_self *self, void *state, const quay_message *message)
{
    struct flood *f = *(struct flood **)state;
    quay_port_counters counters;
    (void)message;
    bench_must(quay_port_stats(quay_self_port(self), &counters), "quay_port_stats");
    if (counters.queued > f->most) f->most = counters.queued;
    f->handled++;
    bench_idle(WORK_NS);
    return 0;
}

static void send_all(struct flood *f, unsigned sender)
{
    for (uint64_t i = 0; i < f->each; i++) {
        int error = quay_send(f->to, 0, &i, sizeof i);
        if (error != -EAGAIN) bench_must(error, "quay_send");
        *(error ? &f->by[sender].refused : &f->by[sender].accepted) += 1;
    }
}

static int send_when_told(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    send_all(*(struct flood **)state, message->tag);
    return 0;
}

static void *send_from_thread(void *argument)
{
    send_all(argument, 2);
    return NULL;
}

static void flood_from_all(quay_runtime *rt, struct flood *f)
{
    pthread_t thread;
    for (unsigned i = 0; i < 2; i++) {
        quay_port sender = spawn_keeping(rt, send_when_told, f, (quay_port_options){.place = QUAY_SPREAD});
        bench_must(quay_send(sender, i, NULL, 0), "quay_send");
    }
    bench_must(-pthread_create(&thread, NULL, send_from_thread, f), "pthread_create");
    send_all(f, 3);
    pthread_join(thread, NULL);
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
}

static void run_flood(const char *name, quay_overflow overflow, uint64_t sends)
{
    struct flood f = {.each = sends / SENDERS};
    quay_stats stats;
    quay_runtime *rt = bench_start(bench_cores() < 2 ? 1 : 2);
    f.to = spawn_keeping(rt, consume, &f, (quay_port_options){.mailbox_limit = LIMIT, .overflow = overflow});
    int64_t from = bench_now();
    flood_from_all(rt, &f);
    int64_t took = bench_now() - from;
    bench_must(quay_runtime_stats(rt, &stats), "quay_runtime_stats");
    bench_must(quay_runtime_stop(rt, QUAY_FOREVER), "quay_runtime_stop");
    uint64_t accepted = 0, refused = 0;
    for (unsigned i = 0; i < SENDERS; i++) accepted += f.by[i].accepted, refused += f.by[i].refused;
    bench_check(accepted + refused == sends / SENDERS * SENDERS, "every send has its result");
    bench_check(accepted == f.handled + quay_dead_total(&stats), "every message is handled or counted as dead");
    bench_check(f.most <= LIMIT + LIMIT / 20, "the mailbox keeps its limit");
    printf("%-12s %10llu sent %10llu refused %10llu handled %10llu dead, at most %llu queued, %.0f ns a send\n", name,
           (unsigned long long)accepted, (unsigned long long)refused, (unsigned long long)f.handled,
           (unsigned long long)quay_dead_total(&stats), (unsigned long long)f.most,
           bench_ns_each(took, accepted + refused));
}

/* ---- a hot port ---- */

static int answer(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, message->data, message->size);
}

static int burn(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return 0;
}

/* Keeps the hot port's mailbox full, and lets others have their turn. */
static int heat(quay_self *self, void *state, const quay_message *message)
{
    const quay_port *hot = *(quay_port **)state;
    (void)message;
    for (int i = 0; i < LIMIT && !quay_send(*hot, 0, NULL, 0); i++) {
    }
    return quay_send(quay_self_port(self), 0, NULL, 0);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void call_often(quay_runtime *rt, const char *name)
{
    static int64_t took[CALLS];
    quay_port port = bench_spawn(rt, answer, 0, QUAY_ANYWHERE);
    for (int i = 0; i < CALLS; i++) {
        int64_t from = bench_now();
        bench_must(quay_call(port, 0, NULL, 0, NULL, 0, QUAY_FOREVER), "quay_call");
        took[i] = bench_now() - from;
    }
    qsort(took, CALLS, sizeof *took, compare);
    int64_t half = took[CALLS / 2], most = took[CALLS / 100 * 99];
    printf("%-28s p50 %6.1f us, p99 %6.1f us\n", name, (double)half / 1e3, (double)most / 1e3);
}

static void measure_hot_port(void)
{
    quay_port hot;
    quay_runtime *rt = bench_start(1);
    call_often(rt, "a call, idle");
    hot = spawn_keeping(rt, burn, NULL, (quay_port_options){.mailbox_limit = LIMIT});
    quay_port heater = spawn_keeping(rt, heat, &hot, (quay_port_options){0});
    bench_must(quay_send(heater, 0, NULL, 0), "quay_send");
    call_often(rt, "a call, beside a hot port");
    bench_must(quay_kill(heater, 0), "quay_kill");
    bench_must(quay_runtime_stop(rt, QUAY_FOREVER), "quay_runtime_stop");
}

int main(int argc, char **argv)
{
    uint64_t sends = argc > 1 && !strcmp(argv[1], "--quick") ? SENDS / 100 : SENDS;
    run_flood("refuse", QUAY_OVERFLOW_REFUSE, sends);
    run_flood("drop newest", QUAY_OVERFLOW_DROP_NEWEST, sends);
    run_flood("drop oldest", QUAY_OVERFLOW_DROP_OLDEST, sends);
    run_flood("wait", QUAY_OVERFLOW_WAIT, sends);
    measure_hot_port();
    return 0;
}
