/* memory.c - what an idle port costs in resident memory.
 *
 * Every measure runs in a fresh process, so nothing that was freed before is used again and hides the cost.
 *
 * Read next: bench_kernel.c */
#define _GNU_SOURCE
#include "memory.h"

#include <stdio.h>
#include <unistd.h>

#define BURST 1000

double bench_resident_bytes(void)
{
    double pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    bench_check(statm && fscanf(statm, "%*s %lf", &pages) == 1, "the system tells our resident memory");
    fclose(statm);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

double bench_peak_bytes(void)
{
    char line[256];
    double kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %lf", &kib) != 1) continue;
    bench_check(status && kib > 0, "the system tells the most memory we held");
    fclose(status);
    return kib * 1024;
}

static int idle(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return 0;
}

/* Spawn a burst of idle ports, then go on by a message that says how many are left. */
static int spawn_idle(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    uint64_t left = *(const uint64_t *)message->data;
    quay_port_options options = {.state_size = sizeof(uint64_t), .place = QUAY_SPREAD};
    quay_port port;
    int error = 0;
    for (int i = 0; i < BURST && left > 0 && !error; i++, left--)
        error = quay_spawn(quay_self_runtime(self), &port, idle, &options);
    if (error || left == 0) return error;
    return quay_send(quay_self_port(self), 0, &left, sizeof left);
}

static double idle_port(uint64_t count)
{
    quay_runtime *rt = bench_start(bench_cores());
    quay_stats stats;
    double before = bench_resident_bytes();
    quay_port spawner = bench_spawn(rt, spawn_idle, 0, QUAY_ANYWHERE);
    bench_must(quay_send(spawner, 0, &count, sizeof count), "quay_send");
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
    double bytes = (bench_resident_bytes() - before) / (double)count;
    bench_must(quay_runtime_stats(rt, &stats), "quay_runtime_stats");
    bench_check(stats.alive == count + 1, "every port is there");
    bench_stop(rt);
    return bytes;
}

const struct bench_measure bench_memories[] = {
    {.name = "an idle port with 8 bytes of state", .unit = "bytes", .run = idle_port, .count = 1000000},
    {.name = NULL},
};
