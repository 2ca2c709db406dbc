/* 02_add_server.c - one add-server a core, under load from threads and from ports.
 *
 * The load, in turn:
 *   - threads that wait for every answer before they ask again (a hundredth of the calls: it is that much slower);
 *   - threads that keep a hundred calls under way;
 *   - ports that keep a hundred under way to the add-server of their own core;
 *   - ports that do so to the add-server of the next core.
 * Every answer is checked. Simulated (QUAY_SIM), where there is one thread, that one makes the threads' calls.
 *
 * A thread awaits a future. A handler does not: it would hold up its core. It gives the future to quay_then and
 * returns; the answer comes as a message whose tag says which call it belongs to.
 *
 * Run:       samples/02_add_server [-n calls]      about four million if not said
 * Read next: actors/add_server.h, the server; then 03_port_exercise.c */
#define _POSIX_C_SOURCE 200809L
#include <quay/actors/add_server.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WINDOW 100 /* calls a caller keeps under way */
#define SERVERS_MAX 64
#define THREADS 4 /* callers that are threads */

static quay_runtime *runtime;
static quay_port servers[SERVERS_MAX];
static unsigned server_count;

static void or_die(int error, const char *what)
{
    if (error >= 0) return;
    fprintf(stderr, "%s: %s: %s\n", what, quay_strerror(error), quay_explain(error));
    exit(1);
}

/* ---- callers that are threads ---- */

struct thread_order {
    pthread_t thread;
    int64_t calls;
    int64_t window;
    int64_t wrong; /* the result */
};

/* Ask for `window` sums, then check them all. The servers take turns. */
static int64_t call_window(int64_t first, int64_t window)
{
    quay_future *futures[WINDOW];
    int64_t sum, wrong = 0;
    for (int64_t i = 0; i < window; i++)
        futures[i] = quay_add_server_ask(servers[(first + i) % server_count], first, i, QUAY_FOREVER);
    for (int64_t i = 0; i < window; i++) {
        wrong += quay_add_server_await(futures[i], &sum) != 0 || sum != first + i;
        quay_drop(futures[i]);
    }
    return wrong;
}

static void *thread_caller(void *argument)
{
    struct thread_order *order = argument;
    for (int64_t left = order->calls; left > 0; left -= order->window)
        order->wrong += call_window(left, left < order->window ? left : order->window);
    return NULL;
}

static void start_caller(struct thread_order *order)
{
    if (quay_simulated(runtime)) (void)thread_caller(order);
    else or_die(-pthread_create(&order->thread, NULL, thread_caller, order), "pthread_create");
}

static int64_t load_by_threads(int64_t calls, int64_t window)
{
    struct thread_order orders[THREADS];
    int64_t wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        orders[i] = (struct thread_order){.calls = calls / THREADS, .window = window};
        start_caller(&orders[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        if (!quay_simulated(runtime)) pthread_join(orders[i].thread, NULL);
        wrong += orders[i].wrong;
    }
    return wrong;
}

/* ---- callers that are ports ---- */

/* What a caller understands: the order to begin, and from ANSWER on the answers, one tag for each call that can
 * be under way. */
enum { BEGIN, ANSWER };

struct port_order {
    quay_port server;
    int64_t calls;
};

struct port_caller {
    quay_port server;
    quay_promise done; /* to be settled with `wrong` after the last answer */
    int64_t left;      /* calls not yet made */
    int64_t flying;    /* calls made and not yet answered */
    int64_t wrong;
    int64_t expected[WINDOW];
};

static void call_next(quay_self *self, struct port_caller *caller, uint32_t slot)
{
    int64_t a = caller->left--, b = 2 * slot;
    caller->expected[slot] = a + b;
    quay_future *f = quay_add_server_ask(caller->server, a, b, QUAY_FOREVER);
    if (quay_then(f, quay_self_port(self), ANSWER + slot))
        caller->wrong++; /* no memory: this answer will never be seen */
    else caller->flying++;
    quay_drop(f);
}

/* Tell who gave the order, once no answer is awaited. */
static int report_if_done(const struct port_caller *caller)
{
    int64_t wrong = caller->wrong + caller->left;
    return caller->flying > 0 ? 0 : quay_settle(caller->done, 0, &wrong, sizeof wrong);
}

static int begin(quay_self *self, struct port_caller *caller, const quay_message *message)
{
    const struct port_order *order = QUAY_PAYLOAD(message, struct port_order);
    if (!order) return -EBADMSG;
    *caller = (struct port_caller){.server = order->server, .left = order->calls, .done = quay_defer(self)};
    for (uint32_t slot = 0; slot < WINDOW && caller->left > 0; slot++) call_next(self, caller, slot);
    return report_if_done(caller);
}

static int take_answer(quay_self *self, struct port_caller *caller, const quay_message *message)
{
    uint32_t slot = message->tag - ANSWER;
    int64_t sum;
    caller->wrong += quay_add_server_result(message, &sum) != 0 || sum != caller->expected[slot];
    caller->flying--;
    if (caller->left > 0) call_next(self, caller, slot);
    return report_if_done(caller);
}

static int port_caller(quay_self *self, void *state, const quay_message *message)
{
    return message->tag == BEGIN ? begin(self, state, message) : take_answer(self, state, message);
}

/* One caller on the core of each server; it calls the server `distance` cores on. */
static int64_t load_by_ports(int64_t calls, int64_t distance)
{
    quay_future *futures[SERVERS_MAX];
    quay_port callers[SERVERS_MAX];
    int64_t wrong = 0, answer;
    for (unsigned i = 0; i < server_count; i++) {
        struct port_order order = {servers[(i + distance) % server_count], calls / server_count};
        or_die(quay_spawn(runtime, &callers[i], port_caller,
                          &(quay_port_options){.name = "caller",
                                               .place = quay_near(servers[i]),
                                               .state_size = sizeof(struct port_caller)}),
               "spawn");
        futures[i] = quay_ask(callers[i], BEGIN, &order, sizeof order, QUAY_FOREVER);
    }
    for (unsigned i = 0; i < server_count; i++) {
        or_die(quay_await(futures[i], &answer, sizeof answer), "a caller");
        wrong += answer;
        quay_drop(futures[i]);
        or_die(quay_stop(callers[i]), "stop");
        or_die(quay_join(callers[i], QUAY_FOREVER, NULL), "join");
    }
    return wrong;
}

/* ---- the show ---- */

static int64_t show_load(const char *kind, int64_t (*load)(int64_t, int64_t), int64_t calls, int64_t argument)
{
    quay_time start = quay_now();
    int64_t wrong = load(calls, argument);
    double seconds = (double)(quay_now() - start) / 1e9;
    printf("%-31s %9lld calls %7.3f s %10.0f calls/s\n", kind, (long long)calls, seconds, (double)calls / seconds);
    return wrong;
}

/* A line a worker; the bar is its share of all messages handled. */
static void show_workers(void)
{
    static const char bar[] = "##################################################";
    quay_stats all, one;
    or_die(quay_runtime_stats(runtime, &all), "stats");
    printf("\nworker   ports       sent    handled      parks\n");
    for (unsigned i = 0; i < quay_runtime_workers(runtime); i++) {
        or_die(quay_worker_stats(runtime, i, &one), "stats");
        int length = (int)(one.handled * (sizeof bar - 1) / (all.handled ? all.handled : 1));
        printf("%6u %7llu %10llu %10llu %10llu  %.*s\n", i, (unsigned long long)one.alive, (unsigned long long)one.sent,
               (unsigned long long)one.handled, (unsigned long long)one.parks, length, bar);
    }
}

static void show_machine(void)
{
    char text[4096];
    or_die(quay_runtime_describe(runtime, text, sizeof text), "describe");
    printf("\n%s\n", text);
}

/* How many sums the servers themselves say they gave. */
static uint64_t count_sums(void)
{
    uint64_t total = 0, sums;
    for (unsigned i = 0; i < server_count; i++) {
        or_die(quay_add_server_count(servers[i], &sums, QUAY_FOREVER), "count");
        total += sums;
    }
    return total;
}

/* A multiple of whatever the callers divide their load by, so that no call is lost to rounding. */
static int64_t round_up(int64_t calls)
{
    int64_t unit = THREADS * (int64_t)server_count;
    return (calls + unit - 1) / unit * unit;
}

static int play(int64_t calls)
{
    int64_t few = round_up(calls / 100), many = round_up((calls - few) / 3), asked = few + 3 * many;
    int64_t wrong = show_load("threads, one call at a time", load_by_threads, few, 1);
    wrong += show_load("threads, 100 under way", load_by_threads, many, WINDOW);
    wrong += show_load("ports, own core, 100 under way", load_by_ports, many, 0);
    wrong += show_load("ports, next core, 100 under way", load_by_ports, many, 1);
    show_workers();
    show_machine();
    printf("%lld calls, %llu sums given, %lld answers wrong\n", (long long)asked, (unsigned long long)count_sums(),
           (long long)wrong);
    return wrong != 0 || count_sums() != (uint64_t)asked;
}

int main(int argc, char **argv)
{
    int64_t calls = 4000000;
    for (int option; (option = getopt(argc, argv, "n:")) != -1;) calls = option == 'n' ? atoll(optarg) : 0;
    if (calls <= 0 || optind != argc) {
        fprintf(stderr, "usage: %s [-n calls]\n", argv[0]);
        return 2;
    }
    or_die(quay_runtime_start(&runtime, NULL), "start");
    server_count = quay_runtime_workers(runtime) < SERVERS_MAX ? quay_runtime_workers(runtime) : SERVERS_MAX;
    for (unsigned i = 0; i < server_count; i++)
        or_die(quay_add_server_spawn(runtime, &servers[i], QUAY_SPREAD), "spawn");
    int failed = play(calls);
    or_die(quay_runtime_stop(runtime, QUAY_FOREVER), "stop");
    return failed;
}
