/* schedule.c - who goes on.
 *
 * Agents are what may go on: a thread that runs, a store buffer that is not empty (its oldest store reaches memory),
 * and the clock, where a thread is parked until a time (it is that time, then). At each step one that is able to is
 * chosen by the strategy. Where only one is, there is no choice.
 *
 * Thread-local variables of the runtime lie in a section of their own (instrument.h) and are exchanged at each switch.
 *
 * Ownership: threads and their stacks are this file's. Read next: run.c. */
#include "schedule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "buffer.h"
#include "memory.h"
#include "os/switch.h"
#include "sim/strategy.h"

#define STACK_BYTES ((size_t)64 * 1024)
#define STEPS_MOST 50000
#define LOCALS_MOST 64
#define NAME_BYTES 16
#define NS_A_LOOK 100000 /* the clock goes on by so much when it is looked at */

typedef struct thread {
    qy_context context;
    char name[NAME_BYTES];
    void (*body)(void *);
    void *argument;
    void (*hook)(void *); /* at its end */
    void *hook_argument;
    const uint32_t *word; /* it is parked on, or NULL */
    int64_t deadline;
    int result; /* of the park */
    uint32_t ended;
    char locals[LOCALS_MOST];
} thread;

static alignas(QY_CACHE_LINE) char stacks[EXPLORE_THREADS][STACK_BYTES];
static thread threads[EXPLORE_THREADS + 1]; /* the last one is the process's own, outside of a schedule */

unsigned explore_current = EXPLORE_NOBODY;
const void *explore_caller;

/* Of the running schedule. A mask has a bit a thread. */
static struct {
    unsigned threads;
    uint32_t alive;
    uint32_t running; /* may go on */
    uint32_t stalled; /* may when memory has changed */
    uint32_t buffers; /* are not empty */
    uint32_t timers;  /* are parked until some time */
    int64_t now;
    qy_strategy strategy;
    qy_rng rng; /* what is random besides */
    explore_result result;
    bool trace;
    /* From the seed. */
    bool buffering;
    unsigned depth;    /* 0: a walk */
    unsigned stay;     /* of 8 steps that a walk might go elsewhere it stays in so many */
    unsigned spurious; /* of 64 parks */
} now;

/* The linker's: where the program begins. */
extern const char __executable_start[];

/* … and where those variables lie. */
extern char __start_explore_locals[], __stop_explore_locals[];

/* ---- tracing ---- */

static const char *const step_names[] = {"load", "store", "change", "fence", "stall",
                                         "park", "wake",  "start",  "drain", "clock"};
enum { STEP_DRAIN = EXPLORE_START + 1, STEP_CLOCK };

static void note(unsigned who, unsigned step, const void *at)
{
    now.result.hash = (now.result.hash ^ (who << 8 | step)) * UINT64_C(0x100000001b3);
    if (QY_LIKELY(!now.trace)) return;
    size_t offset = (uintptr_t)at - (uintptr_t)explore_arena;
    char place[32] = "";
    if (offset < EXPLORE_ARENA) (void)snprintf(place, sizeof place, "memory+%zu", offset);
    else if (at) (void)snprintf(place, sizeof place, "elsewhere");
    (void)printf("%6llu  %-10s %-7s %-16s", (unsigned long long)now.result.steps, threads[who].name, step_names[step],
                 place);
    if (step <= EXPLORE_STALL) (void)printf("  %#zx", (size_t)((const char *)explore_caller - __executable_start));
    (void)puts("");
}

void explore_describe(char *text, size_t size)
{
    char strategy[48];
    if (now.depth) (void)snprintf(strategy, sizeof strategy, "PCT of depth %u", now.depth);
    else (void)snprintf(strategy, sizeof strategy, "a walk that stays in %u of 8", now.stay);
    (void)snprintf(text, size, "%s, %s store buffers; %s at step %llu", strategy, now.buffering ? "with" : "without",
                   explore_current == EXPLORE_NOBODY ? "nobody" : threads[explore_current].name,
                   (unsigned long long)now.result.steps);
}

/* ---- switching ---- */

static char first_locals[LOCALS_MOST]; /* what a new thread's are */

static size_t size_of_locals(void)
{
    size_t size = (size_t)(__stop_explore_locals - __start_explore_locals);
    QY_CHECK(size <= LOCALS_MOST);
    return size;
}

static void swap_locals(thread *from, const thread *to)
{
    memcpy(from->locals, __start_explore_locals, size_of_locals());
    memcpy(__start_explore_locals, to->locals, size_of_locals());
}

static void switch_to(unsigned next)
{
    if (next == explore_current) return;
    thread *from = &threads[explore_current];
    thread *to = &threads[next];
    swap_locals(from, to);
    explore_current = next;
    explore_buffers_switch();
    qy_transfer back = jump_fcontext(to->context, from);
    ((thread *)back.data)->context = back.from;
}

/* ---- choosing ---- */

static unsigned lowest_of(uint32_t mask)
{
    return (unsigned)__builtin_ctz(mask);
}

/* Agents: threads from 0, their buffers after them, their clocks behind these. */
static unsigned list_agents(unsigned *agents)
{
    unsigned count = 0;
    for (uint32_t left = now.running; left; left &= left - 1) agents[count++] = lowest_of(left);
    for (uint32_t left = now.buffers; left; left &= left - 1) agents[count++] = lowest_of(left) + EXPLORE_THREADS;
    for (uint32_t left = now.timers; left; left &= left - 1) agents[count++] = lowest_of(left) + 2 * EXPLORE_THREADS;
    return count;
}

static bool stays(void)
{
    return now.stay && !now.depth && (now.running >> explore_current & 1) && explore_random(8) < now.stay;
}

static unsigned choose(void)
{
    unsigned agents[3 * EXPLORE_THREADS];
    unsigned count = list_agents(agents);
    if (count == 1) return agents[0];
    if (stays()) return explore_current;
    return qy_strategy_choose(&now.strategy, agents, count);
}

static void unpark(unsigned who, int result)
{
    threads[who].word = NULL;
    threads[who].result = result;
    now.timers &= ~(1U << who);
    now.running |= 1U << who;
}

static void time_passes(unsigned who)
{
    note(who, STEP_CLOCK, NULL);
    if (now.now < threads[who].deadline) now.now = threads[who].deadline;
    unpark(who, -ETIMEDOUT);
}

static void stuck(void)
{
    char names[256] = "";
    for (uint32_t left = now.alive; left; left &= left - 1) {
        size_t length = strlen(names);
        (void)snprintf(names + length, sizeof names - length, " %s", threads[lowest_of(left)].name);
    }
    explore_fail("nobody can go on; parked for ever:%s", names);
}

/* Until a thread is chosen, or none is left: EXPLORE_NOBODY. */
static unsigned choose_thread(void)
{
    for (;;) {
        if (!(now.running | now.buffers | now.timers)) {
            if (!now.alive) return EXPLORE_NOBODY;
            if (!now.stalled) stuck();
            explore_changed();
        }
        if (++now.result.steps > STEPS_MOST) explore_fail("no end after %d steps", STEPS_MOST);
        unsigned agent = choose();
        unsigned who = agent % EXPLORE_THREADS;
        if (agent < EXPLORE_THREADS) return who;
        if (agent >= 2 * EXPLORE_THREADS) {
            time_passes(who);
        } else {
            note(who, STEP_DRAIN, NULL);
            explore_buffer_drain_one(who);
        }
    }
}

void explore_point(explore_step step, const void *at)
{
    if (explore_current == EXPLORE_NOBODY) return;
    const void *caller = explore_caller;
    switch_to(choose_thread());
    explore_caller = caller;
    note(explore_current, step, at);
}

void explore_changed(void)
{
    now.running |= now.stalled;
    now.stalled = 0;
}

void explore_buffering(unsigned who, bool pending)
{
    if (pending) now.buffers |= 1U << who;
    else now.buffers &= ~(1U << who);
}

void explore_stall(void)
{
    if (explore_current == EXPLORE_NOBODY) return;
    now.stalled |= 1U << explore_current;
    now.running &= ~(1U << explore_current);
    if (now.depth) qy_strategy_yield(&now.strategy, explore_current);
    explore_point(EXPLORE_STALL, NULL);
}

unsigned explore_random(unsigned bound)
{
    return (unsigned)((qy_rng_next(&now.rng) >> 32) * bound >> 32);
}

/* ---- parking ---- */

int64_t explore_now(void)
{
    return now.now += NS_A_LOOK;
}

int explore_park(uint32_t *word, uint32_t expect, int64_t deadline)
{
    explore_point(EXPLORE_PARK, word);
    explore_touch(word, "a park");
    QY_CHECK(explore_current != EXPLORE_NOBODY);
    explore_buffer_drain();
    if (*word != expect || explore_random(64) < now.spurious) return 0;
    if (deadline <= now.now) return -ETIMEDOUT;
    thread *me = &threads[explore_current];
    me->word = word;
    me->deadline = deadline;
    now.running &= ~(1U << explore_current);
    if (deadline != INT64_MAX) now.timers |= 1U << explore_current;
    switch_to(choose_thread());
    return me->result;
}

static uint32_t parked_on(const uint32_t *word)
{
    uint32_t mask = 0;
    for (uint32_t left = now.alive & ~now.running; left; left &= left - 1) {
        if (threads[lowest_of(left)].word == word) mask |= 1U << lowest_of(left);
    }
    return mask;
}

void explore_wake(uint32_t *word, int count)
{
    explore_point(EXPLORE_WAKE, word);
    explore_buffer_drain();
    for (uint32_t parked; count > 0 && (parked = parked_on(word)); count--) {
        for (unsigned skip = explore_random((unsigned)__builtin_popcount(parked)); skip > 0; skip--) {
            parked &= parked - 1;
        }
        unpark(lowest_of(parked), 0);
    }
}

/* ---- threads ---- */

static void entry(qy_transfer transfer)
{
    ((thread *)transfer.data)->context = transfer.from;
    thread *me = &threads[explore_current];
    note(explore_current, EXPLORE_START, NULL);
    me->body(me->argument);
    if (me->hook) me->hook(me->hook_argument);
    explore_buffer_drain(); /* who joins it sees what it did */
    me->ended = 1;
    explore_wake(&me->ended, INT32_MAX);
    now.alive &= ~(1U << explore_current);
    now.running &= ~(1U << explore_current);
    switch_to(choose_thread());
    explore_fail("a thread that has ended goes on");
}

unsigned explore_thread(const char *name, void (*body)(void *), void *argument)
{
    unsigned number = now.threads++;
    QY_CHECK(number < EXPLORE_THREADS);
    threads[number] = (thread){.body = body, .argument = argument};
    (void)snprintf(threads[number].name, NAME_BYTES, "%s", name);
    memcpy(threads[number].locals, first_locals, LOCALS_MOST);
    threads[number].context = make_fcontext(stacks[number] + STACK_BYTES, STACK_BYTES, entry);
    explore_buffer_drain(); /* a new thread sees what its maker did */
    now.alive |= 1U << number;
    now.running |= 1U << number;
    return number;
}

void explore_join(unsigned number)
{
    while (!threads[number].ended) (void)explore_park(&threads[number].ended, 0, INT64_MAX);
}

void explore_at_exit(void (*hook)(void *), void *argument)
{
    threads[explore_current].hook = hook;
    threads[explore_current].hook_argument = argument;
}

/* ---- a schedule ---- */

static void draw_options(const explore_scenario *scenario, uint64_t seed)
{
    now.rng = (qy_rng){seed};
    now.buffering = explore_random(4) > 0;
    now.depth = explore_random(2) ? 2 + explore_random(3) : 0;
    now.stay = 3 * explore_random(3);
    now.spurious = 8 * explore_random(2);
    qy_strategy_init(&now.strategy, now.depth ? QY_STRATEGY_PCT : QY_STRATEGY_WALK, qy_rng_next(&now.rng),
                     now.depth ? now.depth : 1, scenario->steps);
}

void explore_begin(void)
{
    memcpy(first_locals, __start_explore_locals, size_of_locals());
}

explore_result explore_schedule(const explore_scenario *scenario, uint64_t seed, bool trace)
{
    memset(&now, 0, sizeof now);
    now.now = INT64_C(1) << 40;
    now.result = (explore_result){.hash = UINT64_C(0xcbf29ce484222325)};
    now.trace = trace;
    draw_options(scenario, seed);
    explore_memory_start();
    explore_buffers_start(now.buffering);
    scenario->start();
    switch_to(choose_thread());
    if (scenario->check) scenario->check();
    if (explore_memory_live()) explore_fail("%zu bytes were not released", explore_memory_live());
    return now.result;
}
