/* strategy.h - which of those that could go on goes on next, drawn from a seed.
 *
 * A walk gives each the same chance at every step. PCT (Burckhardt, Kothari, Musuvathi, Nagarakatti 2010) gives each a
 * random priority, always lets the highest go on, and at depth - 1 random steps puts the one that would have gone below
 * all others: a bug that needs `depth` steps in one order is found with a probability of at least
 * 1 / (agents * length^(depth-1)) a run, where a walk's chance shrinks with every step that is not part of the bug.
 *
 * Agents are named by small numbers, and only those are looked at: the same seed and the same runnable agents make the
 * same choice on every machine. Knows nothing but base/; what an agent is, is its user's.
 * Ownership: a strategy is a value. Read next: sim.h. */
#ifndef QY_STRATEGY_H
#define QY_STRATEGY_H

#include <stdbool.h>

#include "base/rng.h"

typedef enum qy_strategy_kind { QY_STRATEGY_WALK, QY_STRATEGY_PCT } qy_strategy_kind;

#define QY_STRATEGY_AGENTS 64
#define QY_STRATEGY_DEPTH_MOST 8

typedef struct qy_strategy {
    qy_strategy_kind kind;
    qy_rng rng;
    uint64_t step;
    int64_t priority[QY_STRATEGY_AGENTS]; /* the highest goes on */
    int64_t lowest;
    unsigned changes; /* depth - 1 */
    uint64_t change[QY_STRATEGY_DEPTH_MOST];
} qy_strategy;

/* `length` is about how many choices a run takes; PCT spreads its changes over it. A walk ignores depth and length. */
void qy_strategy_init(qy_strategy *strategy, qy_strategy_kind kind, uint64_t seed, unsigned depth, uint64_t length);

/* One of runnable[0 .. count), count > 0, in any order; the agents' numbers are below QY_STRATEGY_AGENTS. */
unsigned qy_strategy_choose(qy_strategy *strategy, const unsigned *runnable, unsigned count);

/* An agent may only spin: under PCT every other goes on before it does, or those it waits for never would. */
void qy_strategy_yield(qy_strategy *strategy, unsigned agent);

#endif
