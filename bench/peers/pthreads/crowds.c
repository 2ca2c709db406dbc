/* crowds.c - Savina's chameneos and big: many threads that talk to any other. Owns its threads.
 *
 * Read next: stores.c */
#include "team.h"

#include <stdlib.h>

/* ---- chameneos: creatures meet two by two in a mall ---- */

#define CREATURES 100
#define SAVINA_MEETINGS 200000

enum { MEET, PARTNER, CHANGE, CLOSED, MET };

struct creature {
    struct member member;
    struct queue *mall;
    uint32_t colour; /* 0, 1, 2 */
};

static void go_to_mall(struct creature *creature)
{
    queue_put(creature->mall, (struct item){.tag = MEET, .number = creature->colour, .from = &creature->member.in});
}

static uint32_t complement(uint32_t a, uint32_t b)
{
    return a == b ? a : 3 - a - b;
}

static void *live(void *argument)
{
    struct creature *creature = argument;
    uint64_t met = 0;
    for (;; met++) {
        go_to_mall(creature);
        struct item item = queue_take(&creature->member.in);
        if (item.tag == CLOSED) break;
        creature->colour = item.tag == PARTNER ? complement(creature->colour, item.number) : item.number;
        if (item.tag == PARTNER) queue_put(item.from, (struct item){.tag = CHANGE, .number = creature->colour});
    }
    queue_put(creature->mall, (struct item){.tag = MET, .value = met});
    return NULL;
}

/* Returns how often anyone met anyone. */
static uint64_t run_mall(struct queue *mall, uint64_t meetings)
{
    struct queue *waits = NULL;
    uint64_t met = 0;
    for (unsigned gone = 0; gone < CREATURES;) {
        struct item item = queue_take(mall);
        if (item.tag == MET) {
            met += item.value;
            gone++;
        } else if (!meetings) {
            queue_put(item.from, (struct item){.tag = CLOSED});
        } else if (!waits) {
            waits = item.from;
        } else {
            queue_put(waits, (struct item){.tag = PARTNER, .number = item.number, .from = item.from});
            waits = NULL;
            meetings--;
        }
    }
    return met;
}

struct mall {
    struct member member;
    uint64_t meetings, met;
};

static void *keep_mall(void *argument)
{
    struct mall *mall = argument;
    mall->met = run_mall(&mall->member.in, mall->meetings);
    return NULL;
}

/* Milliseconds for Savina's number of meetings. */
static double run_chameneos(enum placing placing, uint64_t meetings)
{
    static struct creature creatures[CREATURES];
    struct mall mall = {.meetings = meetings};
    if (!team_fits(placing)) return BENCH_ABSENT;
    int64_t start = bench_now();
    team_add(&mall.member, placing, 0, keep_mall);
    for (uint32_t i = 0; i < CREATURES; i++) {
        creatures[i] = (struct creature){.mall = &mall.member.in, .colour = i % 3};
        team_add(&creatures[i].member, placing, i + 1, live);
    }
    pthread_join(mall.member.thread, NULL); /* its queue stays open for the last of the creatures */
    int64_t took = bench_now() - start;
    for (uint32_t i = 0; i < CREATURES; i++) team_join(&creatures[i].member);
    queue_close(&mall.member.in);
    bench_check(mall.met == 2 * meetings, "both who met counted every meeting");
    return savina_ms(bench_ns_each(took, meetings), SAVINA_MEETINGS);
}

static double chameneos_on_one(uint64_t meetings)
{
    return run_chameneos(ON_ONE, meetings);
}

static double chameneos_on_two(uint64_t meetings)
{
    return run_chameneos(ON_TWO, meetings);
}

/* ---- big: everybody pings everybody ---- */

#define PINGERS 120
#define SAVINA_PINGS 20000

enum { PING, PONG };

struct pinger {
    struct member member;
    struct queue *sink;
    uint64_t left;
    uint64_t seed;
};

static struct pinger pingers[PINGERS];

static void send_ping(struct pinger *pinger)
{
    if (pinger->left-- == 0) {
        queue_put(pinger->sink, (struct item){0});
        return;
    }
    pinger->seed = pinger->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    struct pinger *other = &pingers[(pinger->seed >> 33) % PINGERS];
    queue_put(&other->member.in, (struct item){.tag = PING, .from = &pinger->member.in});
}

static void *ping(void *argument)
{
    struct pinger *pinger = argument;
    for (;;) {
        struct item item = queue_take(&pinger->member.in);
        if (item.tag == TEAM_STOP) return NULL;
        if (item.tag == PING) queue_put(item.from, (struct item){.tag = PONG});
        else send_ping(pinger);
    }
}

/* Milliseconds for Savina's number of pings each. All are there before the first is told to begin. */
static double run_big(enum placing placing, uint64_t pings)
{
    struct queue sink;
    if (!team_fits(placing)) return BENCH_ABSENT;
    queue_open(&sink, PINGERS, false);
    for (unsigned i = 0; i < PINGERS; i++) {
        pingers[i] = (struct pinger){.sink = &sink, .left = pings, .seed = i};
        team_add(&pingers[i].member, placing, i, ping);
    }
    int64_t start = bench_now();
    for (unsigned i = 0; i < PINGERS; i++) queue_put(&pingers[i].member.in, (struct item){.tag = PONG});
    for (unsigned i = 0; i < PINGERS; i++) queue_take(&sink);
    int64_t took = bench_now() - start;
    for (unsigned i = 0; i < PINGERS; i++) team_stop(&pingers[i].member);
    queue_close(&sink);
    return savina_ms(bench_ns_each(took, pings), SAVINA_PINGS);
}

static double big_on_one(uint64_t pings)
{
    return run_big(ON_ONE, pings);
}

static double big_on_two(uint64_t pings)
{
    return run_big(ON_TWO, pings);
}

const struct bench_measure peers_crowds[] = {
    {.name = "savina.chameneos/1", .unit = "ms", .run = chameneos_on_one, .count = 100000},
    {.name = "savina.chameneos/2", .unit = "ms", .run = chameneos_on_two, .count = 50000},
    {.name = "savina.big/1", .unit = "ms", .run = big_on_one, .count = 2000},
    {.name = "savina.big/2", .unit = "ms", .run = big_on_two, .count = 2000},
    {.name = NULL},
};
