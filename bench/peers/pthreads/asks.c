/* asks.c - a thread puts questions to a server's queue, and waits at its own for the answers. Owns its threads.
 *
 * Read next: lives.c */
#include "team.h"

struct asker {
    struct member member;
    struct member *server;
    uint64_t count;
    unsigned window; /* questions under way at a time */
    bool parked;     /* let the server fall asleep before each question */
    int64_t took;
    bool in_order;
};

static void *serve(void *argument)
{
    struct member *server = argument;
    for (;;) {
        struct item item = queue_take(&server->in);
        if (item.tag == TEAM_STOP) return NULL;
        queue_put(item.from, item);
    }
}

/* A window of questions, then their answers. */
static void ask_window(struct asker *asker, uint64_t first)
{
    struct queue *in = &asker->member.in;
    for (unsigned i = 0; i < asker->window; i++)
        queue_put(&asker->server->in, (struct item){.value = first + i, .from = in});
    for (unsigned i = 0; i < asker->window; i++) asker->in_order &= queue_take(in).value == first + i;
}

static void *ask(void *argument)
{
    struct asker *asker = argument;
    for (uint64_t i = 0; i < asker->count; i += asker->window) {
        if (asker->parked) bench_idle(QUAY_US(100));
        int64_t start = bench_now();
        ask_window(asker, i);
        asker->took += bench_now() - start;
    }
    return NULL;
}

/* Nanoseconds for all. */
static double run_asker(enum placing placing, unsigned window, bool parked, uint64_t count)
{
    struct member server;
    struct asker asker = {.server = &server, .count = count, .window = window, .parked = parked, .in_order = true};
    if (!team_fits(placing)) return BENCH_ABSENT;
    team_add(&server, placing, 0, serve);
    team_add(&asker.member, placing, 1, ask);
    team_join(&asker.member);
    team_stop(&server);
    bench_check(asker.in_order, "every answer is right");
    return (double)asker.took;
}

static double await_1_on_one(uint64_t count)
{
    return run_asker(ON_ONE, 1, false, count) / (double)count;
}

static double await_1_on_two(uint64_t count)
{
    return run_asker(ON_TWO, 1, false, count) / (double)count;
}

static double await_100_on_one(uint64_t count)
{
    return 1e3 * (double)count / run_asker(ON_ONE, 100, false, count);
}

static double await_100_on_two(uint64_t count)
{
    return 1e3 * (double)count / run_asker(ON_TWO, 100, false, count);
}

static double ask_parked(uint64_t count)
{
    return run_asker(IN_TURN, 1, true, count) / (double)count / 1e3;
}

static double ask_back_to_back(uint64_t count)
{
    return run_asker(IN_TURN, 1, false, count) / (double)count / 1e3;
}

#define NO_THEN "a thread has nothing to go on with when an answer comes but itself; see await"

const struct bench_measure peers_asks[] = {
    {.name = "then/1", .absent = NO_THEN},
    {.name = "then/2", .absent = NO_THEN},
    {.name = "then-100/1", .absent = NO_THEN},
    {.name = "then-100/2", .absent = NO_THEN},
    {.name = "await/1", .unit = "ns/call", .run = await_1_on_one, .count = 200000},
    {.name = "await/2", .unit = "ns/call", .run = await_1_on_two, .count = 50000},
    {.name = "await-100/1", .unit = "M/s", .rate = true, .run = await_100_on_one, .count = 5000000},
    {.name = "await-100/2", .unit = "M/s", .rate = true, .run = await_100_on_two, .count = 3000000},
    {.name = "ask-thread/parked", .unit = "us", .run = ask_parked, .count = 2000},
    {.name = "ask-thread/busy", .unit = "us", .run = ask_back_to_back, .count = 10000},
    {.name = NULL},
};
