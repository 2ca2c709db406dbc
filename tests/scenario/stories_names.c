/* stories_names.c - names, groups, and who is told of dead letters.
 * Ownership: see stories.h. Read next: stories_limits.c. */
#include <string.h>

#include "stories.h"

enum { TAKE, JOIN, LEAVE, SING, WATCH, DOWN, CRASH };

/* ---- a name that several want, and that outlives whoever has it ---- */

#define BEARERS 4

/* Nobody who has ended is ever found. */
static void look_up(cast *c)
{
    quay_port found = quay_lookup(c->rt, "crown");
    for (int i = 0; i < BEARERS; i++) ALWAYS(!c->roles[i].ended || found.id != c->port[i].id);
}

static int bear_name(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    look_up(c);
    if (message->tag == TAKE) {
        int error = quay_register(c->rt, "crown", quay_self_port(self));
        EXPECT(!error || error == -EEXIST);
        ALWAYS(error || quay_lookup(c->rt, "crown").id == quay_self_port(self).id || c->hard);
    } else {
        quay_exit(self, -EIO);
    }
    return 0;
}

/* Who is told of an end finds the name free, or another's. */
static int await_succession(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    look_up(c);
    if (message->tag == WATCH) return quay_monitor(self, c->port[message->size / 4], DOWN, NULL);
    ALWAYS(!message->from.id || quay_lookup(c->rt, "crown").id != message->from.id);
    c->handled++;
    for (int i = 0; i < BEARERS; i++) (void)quay_send(c->port[i], TAKE, NULL, 0);
    return 0;
}

static void end_bearer(quay_port bearer, int how)
{
    if (how == 0) (void)quay_send(bearer, CRASH, NULL, 0);
    else if (how == 1) (void)quay_stop(bearer);
    else end_for_sure(bearer, -EINTR);
}

static void play_names(cast *c)
{
    static const uint32_t zeros[BEARERS];
    for (int i = 0; i < BEARERS; i++) c->port[i] = enter(c, bear_name, "bearer");
    c->port[BEARERS] = enter(c, await_succession, "witness");
    for (unsigned i = 0; i < BEARERS; i++) EXPECT(!quay_send(c->port[BEARERS], WATCH, zeros, 4 * i));
    for (int i = 0; i < BEARERS; i++) EXPECT(!quay_send(c->port[i], TAKE, NULL, 0));
    for (int i = 0; i < BEARERS; i++) {
        ALWAYS(!quay_sim_run(c->rt));
        look_up(c);
        quay_port bearer = quay_lookup(c->rt, "crown");
        EXPECT(bearer.id);
        if (bearer.id) end_bearer(bearer, i);
    }
    ALWAYS(!quay_sim_run(c->rt));
    look_up(c);
    EXPECT(c->handled == BEARERS && !quay_lookup(c->rt, "crown").id);
}

/* ---- a group whose members come, leave and end ---- */

#define SINGERS 4

static struct {
    bool member[SINGERS];
    unsigned sung[SINGERS];
} choir;

static int sing(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    unsigned me = role_of(state)->number;
    int error = 0;
    if (message->tag == JOIN) {
        error = quay_group_join(c->rt, "choir", quay_self_port(self));
        if (!error) choir.member[me] = true;
    } else if (message->tag == LEAVE) {
        error = quay_group_leave(c->rt, "choir", quay_self_port(self));
        if (!error) choir.member[me] = false;
    } else if (message->tag == SING) {
        choir.sung[me]++;
    } else {
        quay_exit(self, -EIO);
    }
    EXPECT(!error);
    return error;
}

static bool is_member(const cast *c, int i)
{
    return choir.member[i] && !c->roles[i].ended;
}

/* The group is who joined, and has neither left nor ended. */
static unsigned count_members(cast *c)
{
    quay_port found[SINGERS];
    int count = quay_group_members(c->rt, "choir", found, SINGERS);
    unsigned members = 0;
    for (int i = 0; i < SINGERS; i++) {
        bool in = false;
        for (int k = 0; k < count; k++) in |= found[k].id == c->port[i].id;
        ALWAYS(in == is_member(c, i));
        members += is_member(c, i);
    }
    ALWAYS(count == (int)members);
    return members;
}

/* Each is picked in turn, and gets what is sent to all. */
static void address(cast *c)
{
    unsigned before[SINGERS], members = count_members(c);
    memcpy(before, choir.sung, sizeof before);
    for (unsigned i = 0; i < members; i++) {
        quay_port picked = quay_group_pick(c->rt, "choir");
        EXPECT(!quay_send(picked, SING, NULL, 0));
    }
    int count = quay_group_send(c->rt, "choir", SING, NULL, 0);
    EXPECT(count == (int)members);
    ALWAYS(!quay_sim_run(c->rt));
    for (int i = 0; i < SINGERS; i++) EXPECT(choir.sung[i] == before[i] + 2 * is_member(c, i));
}

static void play_groups(cast *c)
{
    memset(&choir, 0, sizeof choir);
    for (int i = 0; i < SINGERS; i++) {
        c->port[i] = enter(c, sing, "singer");
        EXPECT(!quay_send(c->port[i], JOIN, NULL, 0));
    }
    ALWAYS(!quay_sim_run(c->rt));
    address(c);
    EXPECT(!quay_send(c->port[0], LEAVE, NULL, 0));
    EXPECT(!quay_send(c->port[1], CRASH, NULL, 0));
    ALWAYS(!quay_sim_run(c->rt));
    address(c);
    end_for_sure(c->port[2], -EINTR);
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(count_members(c) == 1);
}

/* ---- letters of each kind that nobody handles: the subscriber is told of each ---- */

enum { LETTER, GO, SLEEP };

static uint64_t told_of[QUAY_DEAD_REASONS];

static int listen(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)self;
    const quay_dead_letter *letter = QUAY_PAYLOAD(message, quay_dead_letter);
    ALWAYS(letter && letter->reason < QUAY_DEAD_REASONS);
    if (!letter) return -EBADMSG;
    EXPECT(letter->tag == LETTER && !letter->skipped);
    told_of[letter->reason]++;
    return 0;
}

/* Port 1 has ended, 2 will be killed in its sleep, 3 drops what comes, 4 what it has; and one ask is too late. */
static int write_letters(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)self, (void)message;
    for (int to = 1; to <= 4; to++) {
        for (int i = 0; i < 3; i++) {
            int error = quay_send(c->port[to], LETTER, NULL, 0);
            EXPECT(!error || error == -EPIPE);
        }
    }
    quay_future *f = quay_ask(c->port[2], LETTER, NULL, 0, quay_in(QUAY_US(10)));
    (void)quay_await(f, NULL, 0);
    quay_drop(f);
    return 0;
}

static int fall_asleep(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return message->tag == SLEEP ? quay_sleep(self, QUAY_MS(20)) : 0;
}

static void play_dead_letters(cast *c)
{
    memset(told_of, 0, sizeof told_of);
    c->port[0] = enter(c, listen, "subscriber");
    c->port[1] = enter(c, fall_asleep, "gone");
    c->port[2] = enter(c, fall_asleep, "sleeper");
    quay_port_options newest = {.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_DROP_NEWEST};
    quay_port_options oldest = {.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_DROP_OLDEST};
    c->port[3] = enter_by(c, fall_asleep, "drops the newest", newest);
    c->port[4] = enter_by(c, fall_asleep, "drops the oldest", oldest);
    c->port[5] = enter(c, write_letters, "writer");
    EXPECT(!quay_dead_subscribe(c->rt, c->port[0], 0));
    end_for_sure(c->port[1], 0);
    for (int i = 2; i <= 4; i++) EXPECT(!quay_send(c->port[i], SLEEP, NULL, 0));
    ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_US(300))));
    EXPECT(!quay_send(c->port[5], GO, NULL, 0));
    ALWAYS(!quay_sim_run_until(c->rt, quay_in(QUAY_MS(5)))); /* the writer may be held in between */
    end_for_sure(c->port[2], -EINTR);
    ALWAYS(!quay_sim_run(c->rt));
    quay_stats stats = stats_of(c);
    for (int i = 0; i < QUAY_DEAD_REASONS; i++) {
        ALWAYS(told_of[i] <= stats.dead[i]);
        EXPECT(told_of[i] == stats.dead[i]);
    }
    EXPECT(stats.dead[QUAY_DEAD_ENDED] + stats.dead[QUAY_DEAD_EXPIRED] >= 3);
}

/* ---- the list ---- */

const story stories_of_names[] = {{"a name outlives its bearers", play_names},
                                  {"a group comes and goes", play_groups},
                                  {"dead letters are told of", play_dead_letters},
                                  {0}};
