/* test_ring.c - ports that wait for each other: who closed the ring is told, soon, and the log names them all; and
 * whoever only looks as if he were in one is left alone.
 *
 * QUAY_SEED=n repeats a seed's choices. Read next: tests/core/test_ring.c, where the clock is ours. */
#include <stdio.h>

#include "support.h"

#define MOST 50
#define NAMED 16          /* ports, beginning with who closed the ring */
#define SOON QUAY_SEC(20) /* what is 20 ms on an idle machine */

/* A port of the ring calls the next. */
typedef struct member {
    quay_port next;
    quay_port helper;  /* to be asked besides */
    atomic_int result; /* of its call; 1: it made none */
} member;

/* Once: what the victim asked for is still in a mailbox when the ring is broken. The answer is what the call gave. */
static int call_next(quay_self *self, void *state, const quay_message *message)
{
    member *m = SHARED(state, member);
    if (m->result != 1) return quay_reply(self, NULL, 0);
    int result = quay_call(m->next, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    m->result = result;
    (void)message;
    return result < 0 ? quay_fail(self, result) : quay_reply(self, NULL, 0);
}

static quay_port spawn_named(quay_runtime *rt, quay_handler *handler, unsigned core, void *shared, const char *name)
{
    quay_port_options options = {.place = quay_core(core), .state_size = sizeof(void *), .init = keep_argument};
    quay_port port;
    options.arg = shared;
    options.name = name;
    ck_assert_int_eq(quay_spawn(rt, &port, handler, &options), 0);
    return port;
}

static void make_ring(quay_runtime *rt, member *members, unsigned size, unsigned cores)
{
    quay_port ports[MOST];
    for (unsigned i = 0; i < size; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "ring-%u.", i);
        members[i] = (member){.result = 1};
        ports[i] = spawn_named(rt, call_next, i % cores, &members[i], name);
    }
    for (unsigned i = 0; i < size; i++) members[i].next = ports[(i + 1) % size];
}

static unsigned count_in_log(const char *text)
{
    unsigned times = 0;
    for (const char *at = runtime_log.text; (at = strstr(at, text)); at += strlen(text)) times++;
    return times;
}

/* A port that passes on what it is asked. */
static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    return quay_forward(self, SHARED(state, member)->next);
}

/* ---- rings ---- */

static void close_ring(unsigned size, unsigned cores)
{
    quay_runtime *rt = start_runtime(cores);
    member members[MOST];
    make_ring(rt, members, size, cores);
    quay_port first = members[size - 1].next;
    quay_time from = quay_now();
    ck_assert_int_eq(quay_call(first, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EDEADLK);
    ck_assert_int_lt(quay_now() - from, SOON);
    drained_stats(rt);
    ck_assert_int_eq(members[size - 1].result, -EDEADLK); /* the others pass it on */
    ck_assert_uint_eq(count_in_log("in a ring"), 1);
    for (unsigned i = 0; i < size && (size <= NAMED || i < NAMED - 1); i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "ring-%u.", i);
        ck_assert_msg(log_mentions(&runtime_log, name), "%s is not named", name);
    }
    stop_runtime(rt);
    runtime_log.length = 0;
    runtime_log.text[0] = 0;
}

START_TEST(who_closes_a_ring_is_told)
{
    static const unsigned sizes[] = {2, 3, 4, 5, 8, 13, 16, 17, 30, 50};
    for (unsigned cores = 1; cores <= 2; cores++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) close_ring(sizes[i], cores);
    }
}
END_TEST

/* What each asks comes to the next one by way of a port on either core, which is not waited for, nor named. */
START_TEST(a_ring_through_forwards_is_found)
{
    for (unsigned size = 1; size <= 8; size++) {
        for (unsigned cores = 1; cores <= 2; cores++) {
            quay_runtime *rt = start_runtime(2);
            member members[MOST], ways[MOST];
            make_ring(rt, members, size, cores);
            quay_port first = members[size - 1].next;
            for (unsigned i = 0; i < size; i++) {
                ways[i] = (member){.next = members[i].next};
                members[i].next = spawn_named(rt, pass_on, i / 2 % 2, &ways[i], "way");
            }
            ck_assert_int_eq(quay_call(first, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EDEADLK);
            drained_stats(rt);
            ck_assert(!log_mentions(&runtime_log, "way"));
            stop_runtime(rt);
        }
    }
}
END_TEST

/* All of the ring call at once, each with its own first message in hand: nobody knows who is last, but one is. */
typedef struct start {
    atomic_uint ready;
    unsigned size;
    member members[MOST];
} start;

typedef struct runner {
    start *start;
    member *member;
} runner;

static int call_at_once(quay_self *self, void *state, const quay_message *message)
{
    runner *r = SHARED(state, runner);
    if (message->tag == 0) return quay_reply(self, NULL, 0);
    atomic_fetch_add(&r->start->ready, 1);
    while (atomic_load(&r->start->ready) < r->start->size) EXPECT_EQ(quay_sleep(self, QUAY_US(50)), 0);
    r->member->result = quay_call(r->member->next, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return quay_reply(self, NULL, 0);
}

static void close_at_once(unsigned size, unsigned cores)
{
    quay_runtime *rt = start_runtime(cores);
    start s = {.size = size};
    runner runners[MOST];
    quay_port ports[MOST];
    quay_future *f[MOST];
    for (unsigned i = 0; i < size; i++) {
        runners[i] = (runner){&s, &s.members[i]};
        ports[i] = spawn(rt, call_at_once, quay_core(i % cores), &runners[i]);
    }
    for (unsigned i = 0; i < size; i++) s.members[i] = (member){.next = ports[(i + 1) % size], .result = 1};
    for (unsigned i = 0; i < size; i++) f[i] = quay_ask(ports[i], 1, NULL, 0, QUAY_FOREVER);
    ck_assert_int_eq(quay_await_all(f, size, quay_in(SOON)), 0);
    unsigned victims = 0;
    for (unsigned i = 0; i < size; i++) {
        ck_assert_int_eq(finish_future(f[i], NULL, 0), 0);
        victims += s.members[i].result == -EDEADLK;
        ck_assert(s.members[i].result == 0 || s.members[i].result == -EDEADLK);
    }
    ck_assert_uint_eq(victims, 1);
    stop_runtime(rt);
}

START_TEST(a_ring_has_one_victim)
{
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned cores = 1; cores <= 2; cores++) {
            close_at_once(2, cores);
            close_at_once(3, cores);
            close_at_once(MOST, cores);
        }
    }
}
END_TEST

/* ---- rings that close late ---- */

/* `one` waits for `other` long before that asks back, on a worker that has sent fewer asks. */
typedef struct couple {
    quay_port one, other;
    atomic_int result[2];
    atomic_bool begun[2]; /* before either asks, both have */
    bool early;           /* the other asks before it sleeps, and awaits after */
} couple;

static int make_stamps(quay_self *self, void *state, const quay_message *message)
{
    couple *c = SHARED(state, couple);
    if (message->tag == 0) return 0;
    c->begun[0] = true;
    while (!c->begun[1]) EXPECT_EQ(quay_sleep(self, QUAY_US(50)), 0);
    for (int i = 0; i < 100; i++) quay_drop(quay_ask(quay_self_port(self), 0, NULL, 0, QUAY_FOREVER));
    c->result[0] = quay_call(c->other, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return 0;
}

static int ask_back_late(quay_self *self, void *state, const quay_message *message)
{
    couple *c = SHARED(state, couple);
    if (message->tag == 0) return quay_reply(self, NULL, 0);
    c->begun[1] = true;
    while (!c->begun[0]) EXPECT_EQ(quay_sleep(self, QUAY_US(50)), 0);
    quay_future *f = c->early ? quay_ask(c->one, 0, NULL, 0, QUAY_FOREVER) : NULL;
    EXPECT_EQ(quay_sleep(self, QUAY_MS(60)), 0); /* the other has been looked at by then */
    if (!f) f = quay_ask(c->one, 0, NULL, 0, QUAY_FOREVER);
    c->result[1] = quay_await(f, NULL, 0);
    quay_drop(f);
    return 0;
}

START_TEST(a_ring_that_closes_late_is_found)
{
    for (unsigned i = 0; i < 8; i++) {
        quay_runtime *rt = start_runtime(2);
        couple c = {.early = i >= 4, .result = {1, 1}};
        c.one = spawn(rt, make_stamps, quay_core(i % 2), &c);
        c.other = spawn(rt, ask_back_late, quay_core(i / 2 % 2), &c);
        ck_assert_int_eq(quay_send(c.other, 1, NULL, 0), 0);
        ck_assert_int_eq(quay_send(c.one, 1, NULL, 0), 0);
        ck_assert_int_eq(quay_runtime_drain(rt, quay_in(SOON)), 0);
        ck_assert_int_eq((c.result[0] == -EDEADLK) + (c.result[1] == -EDEADLK), 1);
        stop_runtime(rt);
    }
}
END_TEST

/* ---- rings across runtimes ---- */

START_TEST(a_ring_through_two_runtimes_is_found)
{
    quay_runtime *rt = start_runtime(1), *second = start_runtime(1);
    member m[2] = {{.result = 1}, {.result = 1}};
    quay_port one = spawn(rt, call_next, quay_core(0), &m[0]), other = spawn(second, call_next, quay_core(0), &m[1]);
    m[0].next = other;
    m[1].next = one;
    ck_assert_int_eq(quay_call(one, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EDEADLK);
    drained_stats(second);
    stop_runtime(rt);
    stop_runtime(second);
}
END_TEST

/* ---- one of several asks closes a ring ---- */

static int await_both(quay_self *self, void *state, const quay_message *message)
{
    member *m = SHARED(state, member);
    if (m->result != 1) return quay_reply(self, NULL, 0);
    quay_future *f[] = {quay_ask(m->next, 0, NULL, 0, QUAY_FOREVER), quay_ask(m->helper, 0, NULL, 0, QUAY_FOREVER)};
    (void)message;
    m->result = quay_await_all(f, 2, QUAY_FOREVER);
    quay_drop(f[0]);
    quay_drop(f[1]);
    return m->result < 0 ? quay_fail(self, m->result) : quay_reply(self, NULL, 0);
}

START_TEST(a_ring_through_one_of_several_asks_is_found)
{
    for (unsigned cores = 1; cores <= 2; cores++) {
        quay_runtime *rt = start_runtime(cores);
        quay_port helper = spawn(rt, echo, quay_core(0), NULL);
        member m[2] = {{.result = 1, .helper = helper}, {.result = 1}};
        quay_port one = spawn(rt, await_both, quay_core(0), &m[0]);
        m[0].next = spawn(rt, call_next, quay_core(cores - 1), &m[1]);
        m[1].next = one;
        (void)quay_call(one, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
        drained_stats(rt);
        ck_assert_int_eq((m[0].result == -EDEADLK) + (m[1].result == -EDEADLK), 1);
        stop_runtime(rt);
    }
}
END_TEST

/* ---- no false alarm ---- */

#define LONG_ENOUGH QUAY_MS(80) /* for a ring to be looked for */

/* How a ring breaks by itself. */
typedef enum escape { AWAIT_UNTIL, ASK_UNTIL, ANY, LATE_REPLY, ESCAPES } escape;

typedef struct breaking {
    escape how;
    quay_port one, other, breaker;
    quay_promise late;
    int first, second;
} breaking;

static int wait_with_a_way_out(quay_self *self, breaking *b)
{
    quay_time until = quay_in(LONG_ENOUGH);
    quay_promise promise;
    quay_future *f[2] = {quay_ask(b->other, 0, NULL, 0, b->how == ASK_UNTIL ? until : QUAY_FOREVER)};
    int result;
    switch (b->how) {
    case AWAIT_UNTIL:
        result = quay_await_until(f[0], NULL, 0, until);
        break;
    case ANY:
        EXPECT_EQ(quay_promise_new(quay_self_runtime(self), &promise, &f[1]), 0);
        b->late = promise;
        result = quay_await_any(f, 2, QUAY_FOREVER);
        quay_drop(f[1]);
        break;
    default:
        result = quay_await(f[0], NULL, 0);
        break;
    }
    quay_drop(f[0]);
    return result;
}

static int begin_ring(quay_self *self, void *state, const quay_message *message)
{
    breaking *b = SHARED(state, breaking);
    if (message->tag == 0) return quay_reply(self, NULL, 0);
    b->first = wait_with_a_way_out(self, b);
    return 0;
}

static int settle_late(quay_self *self, void *state, const quay_message *message)
{
    breaking *b = SHARED(state, breaking);
    (void)message;
    EXPECT_EQ(quay_sleep(self, LONG_ENOUGH), 0);
    return quay_settle(b->late, 0, NULL, 0);
}

static int complete_ring(quay_self *self, void *state, const quay_message *message)
{
    breaking *b = SHARED(state, breaking);
    (void)message;
    if (b->how == LATE_REPLY) b->late = quay_defer(self);
    if (b->how == LATE_REPLY || b->how == ANY) EXPECT_EQ(quay_send(b->breaker, 0, NULL, 0), 0);
    quay_set_deadline(self, QUAY_FOREVER);
    b->second = quay_call(b->one, 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return b->how == LATE_REPLY ? 0 : quay_reply(self, NULL, 0);
}

START_TEST(a_ring_that_will_break_by_itself_is_none)
{
    static const int expected[ESCAPES][2] = {
        [AWAIT_UNTIL] = {-ETIMEDOUT, 0}, [ASK_UNTIL] = {-ETIMEDOUT, 0}, [ANY] = {1, 0}, [LATE_REPLY] = {0, 0}};
    for (unsigned cores = 1; cores <= 2; cores++) {
        for (escape how = 0; how < ESCAPES; how++) {
            quay_runtime *rt = start_runtime(cores);
            breaking b = {.how = how, .first = 99, .second = 99};
            b.one = spawn(rt, begin_ring, quay_core(0), &b);
            b.other = spawn(rt, complete_ring, quay_core(cores - 1), &b);
            b.breaker = spawn(rt, settle_late, quay_core(0), &b);
            ck_assert_int_eq(quay_send(b.one, 1, NULL, 0), 0);
            drained_stats(rt);
            ck_assert_msg(b.first == expected[how][0] && b.second == expected[how][1], "way %d on %u: %d, %d", (int)how,
                          cores, b.first, b.second);
            stop_runtime(rt);
        }
    }
    ck_assert_uint_eq(count_in_log("in a ring"), 0);
}
END_TEST

START_TEST(a_ring_that_is_killed_at_once_is_none)
{
    for (unsigned i = 0; i < REPEAT(200) + 20; i++) {
        quay_runtime *rt = start_runtime(2);
        member m[2] = {{.result = 1}, {.result = 1}};
        quay_port one = spawn(rt, call_next, quay_core(0), &m[0]),
                  other = spawn(rt, call_next, quay_core(i % 2), &m[1]);
        m[0].next = other;
        m[1].next = one;
        quay_future *f = quay_ask(one, 0, NULL, 0, QUAY_FOREVER);
        ck_assert_int_eq(quay_kill(i / 2 % 2 ? one : other, -EINTR), 0);
        int result = finish_future(f, NULL, 0);
        ck_assert_msg(result == -EOWNERDEAD || result == -EPIPE || result == -ECANCELED, "%s", quay_strerror(result));
        stop_runtime(rt);
    }
}
END_TEST

/* ---- graphs without a ring ---- */

#define NODES 24

typedef struct graph {
    quay_port nodes[NODES];
    _Atomic uint64_t seed;
    atomic_long calls;
} graph;

typedef struct node {
    graph *graph;
    unsigned index;
} node;

static uint32_t chance(uint64_t *state, uint32_t sides)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % sides;
}

/* Pass it on to a node further on, or ask two, or sleep for longer than a ring would be left alone. */
static int call_further(quay_self *self, void *state, const quay_message *message)
{
    const node *n = SHARED(state, node);
    uint64_t rng = (atomic_fetch_add(&n->graph->seed, 1) + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
    quay_future *f[2];
    (void)message;
    atomic_fetch_add(&n->graph->calls, 1);
    if (chance(&rng, 40) == 0) EXPECT_EQ(quay_sleep(self, QUAY_MS(1 + chance(&rng, 30))), 0);
    if (n->index + 1 < NODES && chance(&rng, 3) == 0) {
        return quay_forward(self, n->graph->nodes[n->index + 1 + chance(&rng, NODES - 1 - n->index)]);
    }
    if (n->index + 1 < NODES && chance(&rng, 4)) {
        for (int i = 0; i < 2; i++) {
            unsigned to = n->index + 1 + chance(&rng, NODES - 1 - n->index);
            f[i] = quay_ask(n->graph->nodes[to], 0, NULL, 0, QUAY_FOREVER);
        }
        EXPECT_EQ(quay_await_all(f, 2, QUAY_FOREVER), 0);
        for (int i = 0; i < 2; i++) {
            EXPECT_EQ(quay_await(f[i], NULL, 0), 0);
            quay_drop(f[i]);
        }
    }
    return quay_reply(self, NULL, 0);
}

static void call_graph(uint64_t seed)
{
    quay_runtime *rt = start_runtime(2);
    graph g = {.seed = seed << 32};
    node nodes[NODES];
    quay_future *f[8];
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i] = (node){&g, i};
        g.nodes[i] = spawn(rt, call_further, quay_core(i % 2), &nodes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(f); i++) f[i] = quay_ask(g.nodes[i % 3], 0, NULL, 0, QUAY_FOREVER);
    for (size_t i = 0; i < COUNT_OF(f); i++) ck_assert_int_eq(finish_future(f[i], NULL, 0), 0);
    stop_runtime(rt);
    ck_assert_int_ge(g.calls, (long)COUNT_OF(f));
}

START_TEST(a_graph_without_a_ring_has_none)
{
    const char *text = getenv("QUAY_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
    for (uint64_t i = 0; i < 5; i++) call_graph(seed + i);
    ck_assert_uint_eq(count_in_log("in a ring"), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        who_closes_a_ring_is_told,
        a_ring_through_forwards_is_found,
        a_ring_has_one_victim,
        a_ring_that_closes_late_is_found,
        a_ring_through_two_runtimes_is_found,
        a_ring_through_one_of_several_asks_is_found,
        a_ring_that_will_break_by_itself_is_none,
        a_ring_that_is_killed_at_once_is_none,
        a_graph_without_a_ring_has_none,
    };
    return run_tests("ring", tests, COUNT_OF(tests));
}
