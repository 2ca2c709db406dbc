/* stories.h - short programs for the simulator: each uses one part of the API from several ports and workers at once.
 *
 * A story returns 0, or the number of the line where something was not as promised. With faults (`hard`) what a call
 * returns is left open, and only what holds in any case is looked at; the simulator's own checks are on either way.
 * Ownership: a cast is its story's; what else a story's ports share is in its file, and new each time it is played.
 * Read next: cast.c, stories.c, test_seeds.c. */
#ifndef STORIES_H
#define STORIES_H

#include <quay/quay.h>

/* A port of the cast, and what has become of it. */
typedef struct role {
    struct cast *cast;
    unsigned number; /* in the order of entering */
    bool began;
    bool ended;
    int reason; /* of its end */
} role;

#define ROLES 16

/* What the ports of a story share; they are all on one thread. */
typedef struct cast {
    quay_runtime *rt;
    quay_port port[8];
    uint32_t next[8]; /* what is expected, by sender */
    unsigned handled;
    unsigned ended;
    int wrong; /* the first line where something was */
    bool hard;
    unsigned entered;
    role roles[ROLES];
} cast;

/* Holds in any case; holds if nothing is made to fail. */
#define ALWAYS(x) ((x) || c->wrong ? (void)0 : (void)(c->wrong = __LINE__))
#define EXPECT(x) ((x) || c->hard || c->wrong ? (void)0 : (void)(c->wrong = __LINE__))

/* ---- ports of the cast: their state is a pointer to their role ---- */

role *role_of(void *state);
cast *cast_of(void *state);
quay_init take_role; /* its arg is the role */

/* On any worker, by these options besides; the init of a port that memory failed for does not run. */
#define enter(c, handler, name) enter_by(c, handler, name, (quay_port_options){0})
#define enter_by(c, handler, name, options) enter_from(c, handler, name, options, __LINE__)
quay_port enter_from(cast *c, quay_handler *handler, const char *name, quay_port_options options, int line);

/* Until it is ended: a kill may find no memory. */
void end_for_sure(quay_port port, int reason);

/* What stats say of the runtime. */
quay_stats stats_of(const cast *c);

/* ---- stories ---- */

typedef struct story {
    const char *name; /* NULL: the list ends */
    void (*play)(cast *c);
} story;

extern const story stories_of_ports[], stories_of_ends[], stories_of_names[], stories_of_limits[], stories_of_trees[],
    stories_of_actors[], stories_of_work[], stories_of_forwards[];

/* By number, or NULL; *file (may be NULL) is where it is told. */
const story *find_story(unsigned number, const char **file);

/* A quay_sim_story: context is a told. Ports are there until the runtime is stopped, and so is their cast. */
typedef struct told {
    const story *story;
    bool hard;
    cast cast;
} told;

int tell_story(quay_runtime *rt, void *context);

/* A log for runs among thousands. */
quay_log say_nothing;

#endif
