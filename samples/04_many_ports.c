/* 04_many_ports.c - a million ports: each spawned, messaged once, and stopped.
 *
 * A port is a few cache lines, not a thread, so a program may have one for every customer, socket or cell of a
 * grid. This one spawns them over all cores, looks at what the idle ones cost in resident memory, sends each its
 * one message, and ends them all. A port that ends reports through its fini whether it saw exactly one message.
 *
 * Run:       samples/04_many_ports [-n ports]      a million if not said
 * Read next: 05_await.c, or include/quay/port.h for what else a port can do. */
#define _POSIX_C_SOURCE 200809L
#include <quay/quay.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct account {
    uint64_t messages;
};

/* The ports of all cores end at the same time, so what they add up to must be atomic. */
static atomic_size_t messaged_once;

static int count_message(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    struct account *account = state;
    account->messages++;
    return 0;
}

static void report_account(void *state, int reason)
{
    (void)reason;
    const struct account *account = state;
    if (account->messages == 1) atomic_fetch_add(&messaged_once, 1);
}

/* ---- what is done with each port ---- */

static int spawn_one(quay_runtime *rt, quay_port *port)
{
    return quay_spawn(
        rt, port, count_message,
        &(quay_port_options){.place = QUAY_SPREAD, .state_size = sizeof(struct account), .fini = report_account});
}

static int message_one(quay_runtime *rt, quay_port *port)
{
    (void)rt;
    return quay_send(*port, 0, NULL, 0);
}

static int stop_one(quay_runtime *rt, quay_port *port)
{
    (void)rt;
    return quay_stop(*port);
}

/* Do one thing to every port, wait until all of it has happened, and print how fast that was. */
static int for_each(quay_runtime *rt, quay_port *ports, size_t count, const char *done,
                    int (*act)(quay_runtime *, quay_port *))
{
    int error = 0;
    quay_time start = quay_now();
    for (size_t i = 0; i < count && !error; i++) error = act(rt, &ports[i]);
    if (!error) error = quay_runtime_drain(rt, QUAY_FOREVER);
    double seconds = (double)(quay_now() - start) / 1e9;
    printf("%-8s %zu ports in %.3f s: %9.0f ports/s\n", done, count, seconds, (double)count / seconds);
    return error;
}

/* ---- the measure ---- */

static double resident_bytes(void)
{
    double pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm && fscanf(statm, "%*s %lf", &pages) != 1) pages = 0;
    if (statm) fclose(statm);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

static int play(quay_runtime *rt, quay_port *ports, size_t count)
{
    quay_stats stats = {0};
    double before = resident_bytes();
    int error = for_each(rt, ports, count, "spawned", spawn_one);
    printf("idle     %.0f bytes resident each, %zu of them its state\n", (resident_bytes() - before) / (double)count,
           sizeof(struct account));
    if (!error) error = for_each(rt, ports, count, "messaged", message_one);
    if (!error) error = for_each(rt, ports, count, "stopped", stop_one);
    if (!error) error = quay_runtime_stats(rt, &stats);
    printf("handled  %llu messages; %zu ports saw exactly one; %llu ports left\n", (unsigned long long)stats.handled,
           atomic_load(&messaged_once), (unsigned long long)stats.alive);
    return error;
}

int main(int argc, char **argv)
{
    int count = 1000000;
    for (int option; (option = getopt(argc, argv, "n:")) != -1;) count = option == 'n' ? atoi(optarg) : 0;
    if (count <= 0 || optind != argc) {
        fprintf(stderr, "usage: %s [-n ports]\n", argv[0]);
        return 2;
    }
    size_t bytes = (size_t)count * sizeof(quay_port);
    quay_port *ports = malloc(bytes);
    quay_runtime *rt;
    int error = ports ? quay_runtime_start(&rt, NULL) : -ENOMEM;
    if (!error) {
        memset(ports, 0xff, bytes); /* resident now, so that they do not count as the ports' memory */
        error = play(rt, ports, (size_t)count);
        int stopped = quay_runtime_stop(rt, QUAY_FOREVER);
        error = error ? error : stopped;
    }
    if (error) fprintf(stderr, "%s: %s\n", quay_strerror(error), quay_explain(error));
    free(ports);
    return error || atomic_load(&messaged_once) != (size_t)count;
}
