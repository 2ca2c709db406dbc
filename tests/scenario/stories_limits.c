/* stories_limits.c - bounded mailboxes under each policy, waits for room, ports that are ahead, the limit of memory.
 *
 * Wherever a handler looks, no more wait than the limit allows, and no more were accepted and are under way. What was
 * accepted is handled, or counted by the policy that dropped it.
 * Ownership: see stories.h. Read next: stories_trees.c. */
#include <string.h>

#include "stories.h"

#define SENDERS 3
#define EACH 6
#define LIMIT 2

enum { LETTER, ASK, GO };

static struct {
    quay_overflow overflow;
    int64_t patience;  /* ns a sender waits at most; 0: for ever */
    unsigned accepted; /* … and not known to be handled: what was sent before the handler saw it is counted late */
    unsigned refused;  /* sends that returned an error */
    unsigned late;     /* of those, for want of room in time */
    unsigned asks;     /* that ended */
    uint32_t next[SENDERS];
} post;

/* ---- who sends, and who cannot keep up ---- */

static bool may_fail(int error)
{
    if (post.overflow == QUAY_OVERFLOW_REFUSE) return error == -EAGAIN;
    return post.overflow == QUAY_OVERFLOW_WAIT && post.patience && error == -ETIMEDOUT;
}

static int send_many(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    uint32_t me = role_of(state)->number - 1;
    (void)self, (void)message;
    for (uint32_t i = 0; i < EACH; i++) {
        uint32_t body[] = {me, i};
        quay_time until = post.patience ? quay_in(post.patience) : QUAY_FOREVER;
        int error = quay_send_until(c->port[0], LETTER, body, sizeof body, until);
        EXPECT(!error || may_fail(error));
        if (error) post.refused++;
        else post.accepted++;
        if (error == -ETIMEDOUT) post.late++;
    }
    quay_future *f = quay_ask(c->port[0], ASK, NULL, 0, QUAY_FOREVER);
    int got = quay_await(f, NULL, 0);
    EXPECT(!got || got == -EAGAIN);
    quay_drop(f);
    post.asks++;
    return 0;
}

/* What the limit counts: messages that wait. The one at work has left its place. */
static void look_at_mailbox(cast *c)
{
    quay_port_counters counters;
    ALWAYS(!quay_port_stats(c->port[0], &counters));
    ALWAYS(counters.queued <= LIMIT + 1);
    bool takes_places = post.overflow != QUAY_OVERFLOW_DROP_OLDEST;
    uint64_t dropped = stats_of(c).dead[QUAY_DEAD_REFUSED];
    ALWAYS(!takes_places || c->handled + dropped + LIMIT + 1 >= post.accepted);
}

static int take_letter(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    look_at_mailbox(c);
    if (message->tag == ASK) return quay_reply(self, NULL, 0);
    const uint32_t *body = message->data;
    ALWAYS(message->size == 8 && body[0] < SENDERS && body[1] >= post.next[body[0]]);
    if (c->wrong) return 0;
    post.next[body[0]] = body[1] + 1;
    c->handled++;
    if (body[1] % 2) (void)quay_sleep(self, QUAY_US(100));
    return 0;
}

static void send_to_port(cast *c, quay_overflow overflow, int64_t patience)
{
    memset(&post, 0, sizeof post);
    post.overflow = overflow;
    post.patience = patience;
    quay_port_options options = {.mailbox_limit = LIMIT, .overflow = overflow};
    c->port[0] = enter_by(c, take_letter, "bounded", options);
    for (int i = 1; i <= SENDERS; i++) c->port[i] = enter(c, send_many, "sender");
    for (int i = 1; i <= SENDERS; i++) EXPECT(!quay_send(c->port[i], GO, NULL, 0));
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(post.asks == SENDERS);
    ALWAYS(c->handled <= post.accepted);
}

static void play_refusal(cast *c)
{
    send_to_port(c, QUAY_OVERFLOW_REFUSE, 0);
    EXPECT(c->handled == post.accepted && post.accepted + post.refused == SENDERS * EACH);
    EXPECT(stats_of(c).dead[QUAY_DEAD_REFUSED] == 0);
}

static void play_drop_newest(cast *c)
{
    send_to_port(c, QUAY_OVERFLOW_DROP_NEWEST, 0);
    EXPECT(post.accepted == SENDERS * EACH);
    EXPECT(c->handled + stats_of(c).dead[QUAY_DEAD_REFUSED] == post.accepted);
}

/* Asks that are dropped are answered, and counted as well. */
static void play_drop_oldest(cast *c)
{
    send_to_port(c, QUAY_OVERFLOW_DROP_OLDEST, 0);
    uint64_t dropped = stats_of(c).dead[QUAY_DEAD_DROPPED];
    EXPECT(post.accepted == SENDERS * EACH);
    EXPECT(c->handled + dropped >= post.accepted && c->handled + dropped <= post.accepted + SENDERS);
}

static void play_wait(cast *c)
{
    send_to_port(c, QUAY_OVERFLOW_WAIT, 0);
    EXPECT(c->handled == SENDERS * EACH && !post.refused);
}

/* A send that was too late has sent nothing. */
static void play_short_wait(cast *c)
{
    send_to_port(c, QUAY_OVERFLOW_WAIT, QUAY_US(30));
    EXPECT(c->handled == post.accepted && post.refused == post.late);
    EXPECT(post.accepted + post.refused == SENDERS * EACH);
}

/* ---- two that wait for room at each other, and one that waits at itself ---- */

#define MORE 4

static struct {
    unsigned sent[3]; /* by each to whom it sends */
    unsigned given_up[3];
} circle;

static int send_in_circle(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    unsigned me = role_of(state)->number;
    (void)self;
    if (message->tag == LETTER) {
        c->handled++;
        return 0;
    }
    quay_port to = c->port[me == 2 ? 2 : 1 - me];
    for (int i = 0; i < MORE; i++) {
        int error = quay_send(to, LETTER, NULL, 0);
        EXPECT(!error || error == -EDEADLK);
        if (error) circle.given_up[me]++;
        else circle.sent[me]++;
    }
    return 0;
}

static void play_circle(cast *c)
{
    memset(&circle, 0, sizeof circle);
    quay_port_options options = {.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_WAIT};
    for (int i = 0; i < 3; i++) c->port[i] = enter_by(c, send_in_circle, "in a circle", options);
    for (int i = 0; i < 3; i++) EXPECT(!quay_send(c->port[i], GO, NULL, 0));
    ALWAYS(!quay_sim_run(c->rt));
    for (int i = 0; i < 3; i++) EXPECT(circle.sent[i] + circle.given_up[i] == MORE);
    EXPECT(circle.sent[2] == 1);
    EXPECT(c->handled == circle.sent[0] + circle.sent[1] + circle.sent[2]);
    ALWAYS(c->handled <= circle.sent[0] + circle.sent[1] + circle.sent[2]);
}

/* ---- each sends to all behind it, faster than they handle: who is ahead stands by, and all arrives in order ---- */

#define CROWD 6
#define ROUNDS 8
#define AT_ONCE 4

static uint32_t crowd_next[CROWD][CROWD]; /* by who gets it, from whom */

static void take_in_turn(cast *c, unsigned me, const uint32_t *body)
{
    ALWAYS(body[1] >= crowd_next[me][body[0]]);
    EXPECT(body[1] == crowd_next[me][body[0]]);
    if (!c->wrong) crowd_next[me][body[0]] = body[1] + 1;
    c->handled++;
}

/* Small to half of them, and to the others too large for a belt. */
static void send_to_all(cast *c, uint32_t me, uint32_t number)
{
    uint32_t body[64] = {me, number};
    for (uint32_t to = me + 1; to < CROWD; to++) {
        EXPECT(!quay_send(c->port[to], LETTER, body, to % 2 ? sizeof body : 2 * sizeof *body));
    }
}

static int crowd(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    uint32_t me = role_of(state)->number, round;
    if (message->tag == LETTER) {
        take_in_turn(c, me, message->data);
        return 0;
    }
    memcpy(&round, message->data, sizeof round);
    for (uint32_t i = 0; i < AT_ONCE; i++) send_to_all(c, me, round * AT_ONCE + i);
    if (me == 0) (void)quay_sleep(self, QUAY_US(10)); /* it may be ahead as it goes to wait, and not any more after */
    return ++round < ROUNDS ? quay_send(quay_self_port(self), GO, &round, sizeof round) : 0;
}

static void let_all_send(cast *c)
{
    const uint32_t first = 0;
    memset(crowd_next, 0, sizeof crowd_next);
    for (int i = 0; i < CROWD; i++) c->port[i] = enter(c, crowd, "in a crowd");
    for (int i = 0; i < CROWD; i++) EXPECT(!quay_send(c->port[i], GO, &first, sizeof first));
}

static void play_crowd(cast *c)
{
    let_all_send(c);
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(c->handled == CROWD * (CROWD - 1) / 2 * ROUNDS * AT_ONCE);
}

/* The first, whom nobody sends to, is killed, whatever it is doing, and ends for that. */
static void play_kill_in_crowd(cast *c)
{
    let_all_send(c);
    ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_US(2))));
    end_for_sure(c->port[0], -EINTR);
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(c->roles[0].ended && c->roles[0].reason == -EINTR);
}

/* ---- no memory is left: sends fail, a kill does not; and then there is some again ---- */

#define BULK_MOST 4000
#define BULKS_MOST 1000

static int pile_up(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return message->tag == GO ? quay_sleep(self, QUAY_MS(1)) : 0;
}

static int fill_memory(quay_self *self, void *state, const quay_message *message)
{
    static const char bulk[BULK_MOST];
    static const size_t sizes[] = {
        1500, BULK_MOST}; /* the first are of no use for the second, before they are put together */
    cast *c = cast_of(state);
    (void)self;
    unsigned refused = 0;
    for (unsigned i = 0; i < BULKS_MOST && refused < 2; i++) { /* the first may have some found for the next */
        int error = quay_send(c->port[message->tag], LETTER, bulk, sizes[message->tag]);
        EXPECT(!error || error == -ENOMEM);
        if (error) refused++;
        else c->handled++;
    }
    EXPECT(refused == 2);
    return 0;
}

static void play_short_memory(cast *c)
{
    quay_runtime *first = c->rt;
    quay_runtime_options options = {.workers = 2, .memory_limit = QUAY_MEMORY_LEAST};
    options.log = say_nothing;
    int error = quay_runtime_start(&c->rt, &options);
    EXPECT(!error);
    for (int i = 0; i < 2 && !error; i++) c->port[i] = enter(c, pile_up, "piles up");
    if (!error) c->port[2] = enter(c, fill_memory, "fills");
    for (uint32_t to = 0; to < 2 && !error; to++) {
        for (int i = 0; i < 2; i++) EXPECT(!quay_send(c->port[i], GO, NULL, 0));
        EXPECT(!quay_send(c->port[2], to, NULL, 0));
        ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_US(500))));
        EXPECT(c->handled > 50);
        c->handled = 0;
        end_for_sure(c->port[to], -EINTR);
        ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_MS(2))));
    }
    if (!error) ALWAYS(!quay_runtime_stop(c->rt, QUAY_FOREVER));
    c->rt = first;
}

/* ---- the list ---- */

const story stories_of_limits[] = {{"a full mailbox refuses", play_refusal},
                                   {"a full mailbox drops the newest", play_drop_newest},
                                   {"a full mailbox drops the oldest", play_drop_oldest},
                                   {"senders wait for room", play_wait},
                                   {"senders wait for room, not long", play_short_wait},
                                   {"a circle of full mailboxes", play_circle},
                                   {"a crowd sends faster than it handles", play_crowd},
                                   {"one of a crowd is killed", play_kill_in_crowd},
                                   {"memory is short", play_short_memory},
                                   {0}};
