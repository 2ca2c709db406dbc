/* stories_actors.c - routers, tickers and aggregators: what goes in comes out, once, at the right places.
 * Ownership: see stories.h. Read next: stories_work.c. */
#include <quay/actors/aggregator.h>
#include <quay/actors/router.h>
#include <quay/actors/ticker.h>
#include <string.h>

#include "stories.h"

enum { ASK, TICK, FAIL, GO };

#define SERVERS 3
#define ASKS 9

static unsigned served[SERVERS];

static int answer_number(quay_self *self, void *state, const quay_message *message)
{
    unsigned me = role_of(state)->number;
    if (message->tag == FAIL) quay_exit(self, -EIO);
    if (message->tag != ASK) return 0;
    served[me]++;
    cast_of(state)->handled++;
    int error = quay_reply(self, &me, sizeof me);
    return error == -EINVAL ? 0 : error; /* nobody asked */
}

static void open_servers(cast *c)
{
    memset(served, 0, sizeof served);
    for (int i = 0; i < SERVERS; i++) c->port[i] = enter(c, answer_number, "server");
}

/* ---- routers; but for the one that hashes, whose choice follows from ids, which no seed decides ---- */

static unsigned ask_all(cast *c, quay_port router)
{
    quay_future *f[ASKS];
    unsigned answers = 0;
    for (uint32_t i = 0; i < ASKS; i++) f[i] = quay_ask(router, ASK, &i, sizeof i, QUAY_FOREVER);
    for (int i = 0; i < ASKS; i++) {
        unsigned who = SERVERS;
        int got = quay_await(f[i], &who, sizeof who);
        ALWAYS(got < 0 || (got == sizeof who && who < SERVERS));
        answers += got == sizeof who;
        quay_drop(f[i]);
    }
    ALWAYS(!quay_sim_run(c->rt));
    return answers;
}

/* Each ask is handled once; and when a server has ended the others have them all. */
static void play_router(cast *c, quay_router_policy policy)
{
    quay_port router = QUAY_NOBODY;
    open_servers(c);
    quay_router_options options = {.policy = policy, .ports = c->port, .count = SERVERS, .place = QUAY_SPREAD};
    EXPECT(!quay_router_spawn(c->rt, &router, &options));
    EXPECT(ask_all(c, router) == ASKS && c->handled == ASKS);
    for (int i = 0; i < SERVERS && policy == QUAY_ROUTER_ROUND_ROBIN; i++) EXPECT(served[i] == ASKS / SERVERS);
    end_for_sure(c->port[1], -EINTR);
    ALWAYS(!quay_sim_run(c->rt));
    unsigned before = served[1];
    EXPECT(ask_all(c, router) == ASKS && c->handled == 2 * ASKS);
    ALWAYS(served[1] == before);
    uint32_t count = 0;
    int error = quay_router_count(router, &count, QUAY_FOREVER);
    EXPECT(!error && count == SERVERS - 1);
    ALWAYS(error || count <= SERVERS - 1 || c->hard);
}

static void play_round_robin(cast *c)
{
    play_router(c, QUAY_ROUTER_ROUND_ROBIN);
}

static void play_least_loaded(cast *c)
{
    play_router(c, QUAY_ROUTER_LEAST_LOADED);
}

static void play_broadcast(cast *c)
{
    quay_port router = QUAY_NOBODY;
    open_servers(c);
    quay_router_options options = {.policy = QUAY_ROUTER_BROADCAST, .ports = c->port, .count = SERVERS};
    EXPECT(!quay_router_spawn(c->rt, &router, &options));
    for (unsigned round = 0; round < 2; round++) {
        uint32_t count = 9;
        int got = quay_call(router, ASK, NULL, 0, &count, sizeof count, QUAY_FOREVER);
        EXPECT(got == sizeof count && count == SERVERS - round);
        ALWAYS(got < 0 || count <= SERVERS - round);
        ALWAYS(!quay_sim_run(c->rt));
        EXPECT(c->handled == (round ? 2 * SERVERS - 1 : SERVERS));
        end_for_sure(c->port[round], -EINTR);
        ALWAYS(!quay_sim_run(c->rt));
    }
}

/* ---- a ticker: no beat comes twice, and those that do not come are counted ---- */

static struct {
    uint64_t next[2];
    uint64_t got[2], missed[2];
} beats;

static int hear(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    unsigned me = role_of(state)->number;
    const quay_tick *tick = QUAY_PAYLOAD(message, quay_tick);
    ALWAYS(tick && message->tag == TICK);
    if (!tick) return -EBADMSG;
    ALWAYS(quay_now() >= tick->due);
    ALWAYS(beats.got[me] ? tick->beat == beats.next[me] + tick->missed : !tick->missed);
    beats.next[me] = tick->beat + 1;
    beats.got[me]++;
    beats.missed[me] += tick->missed;
    if (me && tick->beat % 3 == 0) (void)quay_sleep(self, QUAY_US(2500));
    return 0;
}

static void play_ticker(cast *c)
{
    memset(&beats, 0, sizeof beats);
    quay_port ticker = QUAY_NOBODY;
    for (int i = 0; i < 2; i++) c->port[i] = enter(c, hear, "hears");
    EXPECT(!quay_ticker_spawn(c->rt, &ticker, QUAY_MS(1), QUAY_SPREAD));
    for (int i = 0; i < 2; i++) {
        int error = quay_ticker_subscribe(ticker, c->port[i], TICK, quay_in(QUAY_SEC(100)));
        EXPECT(!error);
    }
    ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_MS(12))));
    int error = quay_ticker_unsubscribe(ticker, c->port[0], quay_in(QUAY_SEC(100)));
    EXPECT(!error && beats.got[0] >= 10 && beats.got[1] >= 3 && beats.missed[1] >= 2);
    uint64_t got = beats.got[0];
    ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_MS(5))));
    ALWAYS(error || beats.got[0] <= got + 1);
    end_for_sure(ticker, 0);
    for (int i = 0; i < 2; i++) end_for_sure(c->port[i], 0);
    ALWAYS(!quay_sim_run(c->rt));
}

/* ---- an aggregator: of three, one answers, one ends, and one takes too long ---- */

static int answer_badly(quay_self *self, void *state, const quay_message *message)
{
    if (role_of(state)->number == 0) return answer_number(self, state, message);
    if (role_of(state)->number == 1) return -EIO;
    int error = quay_sleep(self, QUAY_SEC(1));
    return error ? error : quay_reply(self, NULL, 0);
}

static void check_answer(cast *c, const char *answer, int size)
{
    quay_aggregator_part part[SERVERS];
    for (uint32_t i = 0; i < SERVERS; i++) part[i] = quay_aggregator_at(answer, (size_t)size, i);
    EXPECT(!part[0].status && part[0].size == sizeof(unsigned));
    ALWAYS(part[0].status || *(const unsigned *)part[0].data == 0);
    EXPECT(part[1].status == -EIO && part[2].status == -ETIMEDOUT);
    ALWAYS(part[1].status < 0 && part[1].status != -EBADMSG && part[2].status <= 0);
}

static void play_aggregator(cast *c)
{
    quay_port aggregator = QUAY_NOBODY;
    quay_future *f[2];
    memset(served, 0, sizeof served);
    for (int i = 0; i < SERVERS; i++) c->port[i] = enter(c, answer_badly, "server");
    quay_aggregator_options options = {
        .ports = c->port, .count = SERVERS, .room = 4, .patience = QUAY_MS(10), .place = QUAY_SPREAD};
    EXPECT(!quay_aggregator_spawn(c->rt, &aggregator, &options));
    for (int i = 0; i < 2; i++) f[i] = quay_ask(aggregator, ASK, NULL, 0, QUAY_FOREVER);
    for (int i = 0; i < 2; i++) {
        _Alignas(8) char answer[QUAY_AGGREGATOR_SIZE(SERVERS, 4)];
        int got = quay_await(f[i], answer, sizeof answer);
        EXPECT(got == sizeof answer);
        if (got == sizeof answer) check_answer(c, answer, got);
        quay_drop(f[i]);
    }
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(served[0] == 2);
    ALWAYS(served[0] <= 2);
}

/* ---- the list ---- */

const story stories_of_actors[] = {
    {"a router goes round", play_round_robin}, {"a router counts the load", play_least_loaded},
    {"a router tells all", play_broadcast},    {"a ticker", play_ticker},
    {"an aggregator", play_aggregator},        {0}};
