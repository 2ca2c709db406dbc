/* stories.h - short programs for the simulator: each uses one part of the API from several ports and workers at once.
 *
 * A story returns 0, or the number of the line where something was not as promised. With faults (`hard`) what a call
 * returns is left open, and only what holds in any case is looked at; the simulator's own checks are on either way.
 * Ownership: a cast is its story's. Read next: stories.c, test_seeds.c. */
#ifndef STORIES_H
#define STORIES_H

#include <quay/quay.h>

/* What the ports of a story share; they are all on one thread. */
typedef struct cast {
    quay_runtime *rt;
    quay_port port[8];
    uint32_t next[8]; /* what is expected, by sender */
    unsigned handled;
    unsigned ended;
    int wrong; /* the first line where something was */
    bool hard;
} cast;

typedef struct story {
    const char *name;
    void (*play)(cast *c);
} story;

extern const story stories[];
extern const unsigned stories_count;

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
