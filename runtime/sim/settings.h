/* settings.h - what a run is made of: the options, and all that is drawn from the seed before it begins.
 *
 * QUAY_SIM, in the environment, in reports and in quay_sim_replay, is  SEED[,NAME=VALUE]...  with
 *
 *     workers=4   strategy=walk | strategy=pct:3   faults=memory+kill+deadline+clock   limit=100000
 *     chart       keep=12+31 (keep= for no choice)
 *
 * What is drawn besides varies from seed to seed (swarm testing: Groce, Zhang, Eide, Chen, Regehr 2012): a run that
 * delays lanes all the time finds other things than one that never does, and one that does a little of everything
 * finds neither. Ownership: a value, but for `keep`, which its simulation copies. Read next: settings.c. */
#ifndef QY_SETTINGS_H
#define QY_SETTINGS_H

#include <quay/sim.h>

#include "sim/strategy.h"

typedef struct qy_settings {
    quay_sim_options options; /* complete: no defaults left in what a replay needs */
    qy_strategy_kind kind;
    /* Swarm. Chances are one in so many, 0 is never. */
    uint64_t length;     /* choices of a run, about, for PCT */
    unsigned batch;      /* messages a batch holds before it is pushed */
    unsigned preempt;    /* a worker is left between two messages of a step */
    unsigned short_step; /* a step ends after this port's turn */
    unsigned lane_delay; /* a lane is not looked at for a while */
    unsigned spurious;   /* a sleep ends for no reason */
    unsigned stray;      /* a port that may live anywhere is born elsewhere */
} qy_settings;

#define QY_SETTINGS_KEEP_MOST 256

/* Read a QUAY_SIM value; `keep` has room for QY_SETTINGS_KEEP_MOST numbers. 0; or -EINVAL, and *wrong is the part, up
 * to the next comma, that was not understood. */
int qy_settings_parse(const char *text, quay_sim_options *options, uint64_t *keep, const char **wrong);

/* Complete the options and draw the rest from the seed. 0 or -EINVAL. */
int qy_settings_draw(const quay_sim_options *options, qy_settings *settings);

/* The QUAY_SIM value. Returns its length as snprintf does. */
int qy_settings_print(const qy_settings *settings, char *text, size_t size);

#endif
