/* lives.c - threads that live for one message, with or without some work to do, and threads that wait for one. Owns its
 * threads.
 *
 * Read next: crowds.c */
#include "memory.h"
#include "team.h"

#include <math.h>
#include <stdlib.h>

#define BURST 64

/* ---- a life of one message ---- */

static void *live_once(void *argument)
{
    struct member *member = argument;
    queue_take(&member->in);
    return NULL;
}

static void *work_once(void *argument)
{
    struct member *member = argument;
    queue_take(&member->in);
    volatile double angle = 37.2, result = sin(angle) * sin(angle);
    (void)result;
    return NULL;
}

/* Born, messaged and joined in bursts, so that the system has room for them all. Millions of lives a second. */
static double run_lives(enum placing placing, team_body *body, uint64_t count)
{
    struct member burst[BURST];
    if (!team_fits(placing)) return BENCH_ABSENT;
    int64_t start = bench_now();
    for (uint64_t done = 0; done < count; done += BURST) {
        for (unsigned i = 0; i < BURST; i++) team_add(&burst[i], placing, i, body);
        for (unsigned i = 0; i < BURST; i++) team_stop(&burst[i]);
    }
    return bench_millions(bench_now() - start, (count + BURST - 1) / BURST * BURST);
}

static double spawn_on_one(uint64_t count)
{
    return run_lives(ON_ONE, live_once, count);
}

static double spawn_on_two(uint64_t count)
{
    return run_lives(ON_TWO, live_once, count);
}

/* Savina's fork-join, of 40,000 threads. */
static double create_on_one(uint64_t count)
{
    return savina_ms(1e3 / run_lives(ON_ONE, work_once, count), 40000);
}

static double create_on_two(uint64_t count)
{
    return savina_ms(1e3 / run_lives(ON_TWO, work_once, count), 40000);
}

/* ---- an idle thread ---- */

static double bytes_idle(uint64_t count)
{
    struct idler {
        struct member member;
        uint64_t state;
    } *idlers = PEERS_MEMORY(count, struct idler);
    double before = bench_resident_bytes();
    for (uint64_t i = 0; i < count; i++) team_add(&idlers[i].member, ON_TWO, 0, live_once);
    bench_idle(QUAY_MS(50)); /* until the last of them waits */
    double bytes = (bench_resident_bytes() - before) / (double)count;
    for (uint64_t i = 0; i < count; i++) team_stop(&idlers[i].member);
    free(idlers);
    return bytes;
}

#define NO_TREE "a system has no room for a million threads"

const struct bench_measure peers_lives[] = {
    {.name = "skynet/1", .absent = NO_TREE},
    {.name = "skynet/2", .absent = NO_TREE},
    {.name = "spawn/1", .unit = "M/s", .rate = true, .run = spawn_on_one, .count = 10000},
    {.name = "spawn/2", .unit = "M/s", .rate = true, .run = spawn_on_two, .count = 20000},
    {.name = "savina.fjcreate/1", .unit = "ms", .run = create_on_one, .count = 10000},
    {.name = "savina.fjcreate/2", .unit = "ms", .run = create_on_two, .count = 20000},
    {.name = "idle", .unit = "bytes", .run = bytes_idle, .count = 10000},
    {.name = NULL},
};
