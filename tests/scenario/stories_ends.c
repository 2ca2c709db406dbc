/* stories_ends.c - monitors and links: who is told of an end, how often, and who ends with whom.
 * Ownership: see stories.h. Read next: stories_names.c. */
#include <string.h>

#include "stories.h"

/* ---- monitors set before an end, during it and after it; half of them taken back ---- */

#define WATCHERS 3
#define VICTIMS 4
#define EACH (2 * VICTIMS)

enum { WATCH, TAKE_BACK = 100, CRASH = 200, NOTICE = 300 };

static struct {
    bool set[WATCHERS][EACH];
    unsigned told[WATCHERS][EACH];
    quay_monitor_id ids[WATCHERS][EACH];
} watched;

/* Each tag holds which of its monitors is meant. */
static int watch(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    unsigned me = role_of(state)->number, index = message->tag % 100;
    const quay_exit_notice *notice = QUAY_PAYLOAD(message, quay_exit_notice);
    if (message->tag >= NOTICE) {
        ALWAYS(notice && notice->monitor.id == watched.ids[me][index].id);
        ALWAYS(watched.set[me][index]);
        ALWAYS(!watched.told[me][index]++);
    } else if (message->tag >= TAKE_BACK) {
        int error = quay_demonitor(self, watched.ids[me][index]);
        ALWAYS(error == -EALREADY || !watched.told[me][index]);
        EXPECT(!error || watched.told[me][index]);
        if (!error) watched.set[me][index] = false;
    } else {
        int error = quay_monitor(self, c->port[WATCHERS + index % VICTIMS], NOTICE + index, &watched.ids[me][index]);
        EXPECT(!error);
        watched.set[me][index] = !error;
    }
    return 0;
}

static int fall(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == CRASH) quay_exit_because(self, -EIO, "it fell");
    return 0;
}

static void send_watchers(const cast *c, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (int w = 0; w < WATCHERS; w++) (void)quay_send(c->port[w], first + i, NULL, 0);
    }
}

/* One exits, one is stopped, one killed; the last is gone when the watchers begin. */
static void end_victims(const cast *c)
{
    (void)quay_send(c->port[WATCHERS], CRASH, NULL, 0);
    while (quay_stop(c->port[WATCHERS + 1]) == -ENOMEM) continue;
    end_for_sure(c->port[WATCHERS + 2], -EINTR);
}

static void play_monitors(cast *c)
{
    memset(&watched, 0, sizeof watched);
    for (int i = 0; i < WATCHERS; i++) c->port[i] = enter(c, watch, "watcher");
    for (int i = 0; i < VICTIMS; i++) c->port[WATCHERS + i] = enter(c, fall, "victim");
    end_for_sure(c->port[WATCHERS + 3], -EINTR);
    send_watchers(c, WATCH, VICTIMS);
    end_victims(c);
    send_watchers(c, WATCH + VICTIMS, VICTIMS);
    send_watchers(c, TAKE_BACK + VICTIMS, VICTIMS);
    ALWAYS(!quay_sim_run(c->rt));
    end_for_sure(c->port[WATCHERS], -EIO); /* its crash may have found no memory */
    ALWAYS(!quay_sim_run(c->rt));
    for (int w = 0; w < WATCHERS; w++) {
        for (int i = 0; i < EACH && !c->roles[w].ended; i++) ALWAYS(watched.told[w][i] == watched.set[w][i]);
    }
}

/* ---- a chain of links: the failure of one ends all, up to who traps exits ---- */

enum { LINK, UNLINK, TRAP, LINKED_ONE_ENDED };

#define TRAPS 3    /* ports 0 to 3 are the chain, the last traps exits */
#define UNLINKED 4 /* was linked to the first */
#define LATE 5     /* links to who has failed */

static struct {
    bool linked[6]; /* to the next in the chain; the others: to whom they are told */
    bool traps;
    unsigned told;
} chain;

static int be_linked(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    unsigned me = role_of(state)->number;
    const quay_port *other = QUAY_PAYLOAD(message, quay_port);
    int error = 0;
    switch (message->tag) {
    case LINK:
        chain.linked[me] = !(error = other ? quay_link(self, *other) : -EBADMSG);
        break;
    case UNLINK:
        error = other ? quay_unlink(self, *other) : -EBADMSG;
        if (!error) chain.linked[me] = false;
        break;
    case TRAP:
        chain.traps = !(error = quay_trap_exits(self, LINKED_ONE_ENDED));
        break;
    case LINKED_ONE_ENDED:
        ALWAYS(me == TRAPS && chain.traps && !chain.told++);
        EXPECT(message->status == -EIO && message->from.id == c->port[2].id);
        break;
    default:
        quay_exit(self, -EIO);
    }
    EXPECT(!error);
    return error;
}

static void link_to(const cast *c, int from, uint32_t tag, int to)
{
    (void)quay_send(c->port[from], tag, &c->port[to], sizeof *c->port);
}

/* The others are alive. */
static bool is_gone(const role *r)
{
    return !r->began || r->ended;
}

/* Whoever failed has taken along whom it was linked to. */
static void check_chain(cast *c)
{
    const role *r = c->roles;
    for (int i = 0; i < TRAPS; i++) {
        if (!chain.linked[i]) continue;
        bool next_stays = i + 1 == TRAPS && chain.traps;
        ALWAYS(!is_gone(&r[i]) || is_gone(&r[i + 1]) || next_stays);
        ALWAYS(!is_gone(&r[i + 1]) || is_gone(&r[i]));
    }
    ALWAYS(!chain.linked[2] || !is_gone(&r[2]) || is_gone(&r[TRAPS]) || !chain.traps || chain.told == 1);
    ALWAYS(!chain.linked[LATE] || is_gone(&r[LATE]) || !is_gone(&r[2]));
}

static void play_links(cast *c)
{
    memset(&chain, 0, sizeof chain);
    for (int i = 0; i < 6; i++) c->port[i] = enter(c, be_linked, "linked");
    (void)quay_send(c->port[TRAPS], TRAP, NULL, 0);
    link_to(c, UNLINKED, LINK, 0);
    for (int i = 0; i < TRAPS; i++) link_to(c, i, LINK, i + 1);
    link_to(c, UNLINKED, UNLINK, 0);
    ALWAYS(!quay_sim_run(c->rt));
    (void)quay_send(c->port[2], CRASH, NULL, 0);
    link_to(c, LATE, LINK, 2);
    ALWAYS(!quay_sim_run(c->rt));
    check_chain(c);
    for (int i = 0; i < TRAPS; i++) EXPECT(c->roles[i].ended && c->roles[i].reason == -EIO);
    EXPECT(c->roles[LATE].ended && c->roles[LATE].reason == -EIO);
    EXPECT(!c->roles[TRAPS].ended && !c->roles[UNLINKED].ended && chain.told == 1);
}

/* ---- the list ---- */

const story stories_of_ends[] = {
    {"monitors of the quick and the dead", play_monitors}, {"a chain of links", play_links}, {0}};
