/* stories_trees.c - supervisors: who is started again, who is not, and what is left of a tree that has ended.
 *
 * Every life that began ends, by fini; and no name leads to one of them then.
 * Ownership: see stories.h. Read next: stories_actors.c. */
#include <quay/actors/supervisor.h>
#include <string.h>

#include "stories.h"

enum { CRASH, ASK, UNHEARD, GORGE, CRUMB };

#define CHILDREN 3
#define LONG QUAY_SEC(1000000) /* whatever faults do to the clock */

static struct {
    unsigned born[CHILDREN], ended[CHILDREN];
    unsigned order[CHILDREN]; /* the when of the last end, counted */
    unsigned ends;
} lives;

static const char *const names[CHILDREN] = {"first", "second", "third"};

static unsigned numbers[CHILDREN] = {0, 1, 2};

static int be_born(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(unsigned *)state = *(const unsigned *)arg;
    lives.born[*(unsigned *)state]++;
    return 0;
}

static void die(void *state, int reason)
{
    unsigned me = *(unsigned *)state;
    (void)reason;
    lives.ended[me]++;
    lives.order[me] = ++lives.ends;
}

static int serve(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == CRASH) quay_exit(self, -EIO);
    return message->tag == ASK ? quay_reply(self, state, sizeof(unsigned)) : 0;
}

static void describe(quay_child *children)
{
    memset(&lives, 0, sizeof lives);
    for (int i = 0; i < CHILDREN; i++) {
        quay_port_options options = {.place = QUAY_SPREAD, .state_size = sizeof(unsigned), .init = be_born};
        options.fini = die;
        options.arg = &numbers[i];
        children[i] = (quay_child){.name = names[i], .handler = serve, .options = options};
    }
}

static quay_port start_tree(cast *c, const quay_supervisor_options *options)
{
    quay_port top = QUAY_NOBODY;
    EXPECT(!quay_supervisor_spawn(c->rt, &top, options));
    int error = quay_supervisor_ready(top, QUAY_FOREVER);
    EXPECT(!error);
    ALWAYS(!quay_sim_run(c->rt));
    return top;
}

static void crash(const cast *c, int child)
{
    (void)quay_send(quay_lookup(c->rt, names[child]), CRASH, NULL, 0);
    (void)quay_sim_run(c->rt);
}

/* All that were born have ended, and are not found any more. */
static void check_end(cast *c)
{
    ALWAYS(!quay_sim_run(c->rt));
    for (int i = 0; i < CHILDREN; i++) {
        ALWAYS(lives.born[i] == lives.ended[i]);
        ALWAYS(!quay_lookup(c->rt, names[i]).id);
    }
}

/* In hard times it has gone already, or its stop finds no memory. */
static void stop_tree(cast *c, quay_port top)
{
    int error = quay_supervisor_stop(top, QUAY_FOREVER);
    EXPECT(!error);
    if (error) end_for_sure(top, -ECANCELED);
    check_end(c);
}

/* ---- a plain stop ---- */

static void play_plain_stop(cast *c)
{
    quay_child children[CHILDREN];
    describe(children);
    quay_supervisor_options pair = {.children = &children[1], .count = 2};
    quay_child both[] = {children[0], {.name = "pair", .supervisor = &pair, .options.place = QUAY_SPREAD}};
    quay_supervisor_options options = {.children = both, .count = 2};
    quay_port top = start_tree(c, &options);
    while (quay_stop(top) == -ENOMEM) continue;
    check_end(c);
    EXPECT(lives.order[2] == 1 && lives.order[1] == 2 && lives.order[0] == 3);
}

/* ---- a stop that the children do not heed: each is killed when the patience with it is over ---- */

static int be_born_stubborn(quay_self *self, void *state, void *arg)
{
    int error = quay_trap_stop(self, UNHEARD);
    return error ? error : be_born(self, state, arg);
}

#define PATIENCE QUAY_MS(5)
#define CRUMBS 200

/* It takes what memory there is just before it is to be killed. */
static int be_stubborn(quay_self *self, void *state, const quay_message *message)
{
    quay_port me = quay_self_port(self);
    (void)state;
    if (message->tag == UNHEARD) (void)quay_send_after(me, GORGE, NULL, 0, quay_in(PATIENCE - QUAY_US(50)), NULL);
    for (int i = 0; message->tag == GORGE && i < CRUMBS; i++) (void)quay_send(me, CRUMB, NULL, 0);
    return 0;
}

static void play_stubborn(cast *c)
{
    quay_child children[CHILDREN];
    describe(children);
    for (int i = 0; i < CHILDREN; i++) {
        children[i].handler = be_stubborn;
        children[i].options.init = be_born_stubborn;
        children[i].options.place = quay_core(0);
        children[i].patience = PATIENCE;
    }
    quay_supervisor_options options = {.place = quay_core(0), .children = children, .count = CHILDREN};
    quay_port top = start_tree(c, &options);
    while (quay_stop(top) == -ENOMEM) continue;
    check_end(c);
    EXPECT(lives.order[2] == 1 && lives.order[1] == 2 && lives.order[0] == 3);
}

/* ---- three strategies ---- */

/* The second crashes, and with it are started anew those from first to last. */
static void play_strategy(cast *c, quay_strategy strategy, int first, int last)
{
    quay_child children[CHILDREN];
    describe(children);
    quay_supervisor_options options = {.strategy = strategy, .intensity = 100, .period = LONG, .children = children};
    options.count = CHILDREN;
    quay_port top = start_tree(c, &options);
    for (int i = 0; i < 2; i++) crash(c, 1);
    for (int i = 0; i < CHILDREN; i++) {
        unsigned answer = 9;
        int got = quay_call(quay_lookup(c->rt, names[i]), ASK, NULL, 0, &answer, sizeof answer, QUAY_FOREVER);
        EXPECT(got == sizeof answer);
        ALWAYS(got < 0 || answer == (unsigned)i);
        EXPECT(lives.born[i] == (i >= first && i <= last ? 3 : 1));
    }
    stop_tree(c, top);
    EXPECT(lives.order[2] < lives.order[1] && lives.order[1] < lives.order[0]);
}

static void play_one_for_one(cast *c)
{
    play_strategy(c, QUAY_ONE_FOR_ONE, 1, 1);
}

static void play_one_for_all(cast *c)
{
    play_strategy(c, QUAY_ONE_FOR_ALL, 0, 2);
}

static void play_rest_for_one(cast *c)
{
    play_strategy(c, QUAY_REST_FOR_ONE, 1, 2);
}

/* ---- a storm in a tree of three: each allows one restart of what is below it ---- */

static void play_storm(cast *c)
{
    quay_child leaves[CHILDREN];
    describe(leaves);
    quay_supervisor_options low = {.intensity = 1, .period = LONG, .children = leaves, .count = 2};
    quay_child below[] = {{.name = "low", .supervisor = &low, .options.place = QUAY_SPREAD}};
    quay_supervisor_options middle = {.intensity = 1, .period = LONG, .children = below, .count = 1};
    quay_child children[] = {{.name = "middle", .supervisor = &middle, .options.place = QUAY_SPREAD}, leaves[2]};
    quay_supervisor_options high = {.intensity = 1, .period = LONG, .children = children, .count = 2};
    unsigned crashes = 0;
    int reason = 0;
    quay_port top = start_tree(c, &high);
    while (crashes < 9 && quay_lookup(c->rt, names[1]).id) {
        crash(c, 1);
        crashes++;
    }
    EXPECT(crashes == 8 && lives.born[0] == 4 && lives.born[1] == 8 && lives.born[2] == 1);
    if (c->hard) end_for_sure(top, -ECHILD);
    int error = quay_join(top, quay_in(QUAY_SEC(1)), &reason);
    EXPECT(!error && reason == -ECHILD);
    check_end(c);
}

/* ---- the list ---- */

const story stories_of_trees[] = {{"one for one", play_one_for_one},
                                  {"one for all", play_one_for_all},
                                  {"rest for one", play_rest_for_one},
                                  {"a storm in a tree", play_storm},
                                  {"a plain stop of a tree", play_plain_stop},
                                  {"children that do not stop", play_stubborn},
                                  {0}};
