/* strategy.c - a walk, and PCT. */
#include "sim/strategy.h"

#include "base/check.h"

/* Distinct, and above those that fall below all others, which are negative. */
static void draw_priorities(qy_strategy *strategy)
{
    for (unsigned i = 0; i < QY_STRATEGY_AGENTS; i++) {
        unsigned other = (unsigned)qy_rng_below(&strategy->rng, i + 1);
        strategy->priority[i] = strategy->priority[other];
        strategy->priority[other] = i;
    }
}

void qy_strategy_init(qy_strategy *strategy, qy_strategy_kind kind, uint64_t seed, unsigned depth, uint64_t length)
{
    *strategy = (qy_strategy){.kind = kind, .rng = {seed}};
    if (kind == QY_STRATEGY_WALK) return;
    QY_CHECK(depth > 0 && depth <= QY_STRATEGY_DEPTH_MOST && length > 0);
    draw_priorities(strategy);
    strategy->changes = depth - 1;
    for (unsigned i = 0; i < strategy->changes; i++) {
        strategy->change[i] = 1 + qy_rng_below(&strategy->rng, length);
    }
}

void qy_strategy_yield(qy_strategy *strategy, unsigned agent)
{
    QY_CHECK(agent < QY_STRATEGY_AGENTS);
    strategy->priority[agent] = --strategy->lowest;
}

static unsigned highest(const qy_strategy *strategy, const unsigned *runnable, unsigned count)
{
    unsigned best = runnable[0];
    for (unsigned i = 1; i < count; i++) {
        if (strategy->priority[runnable[i]] > strategy->priority[best]) best = runnable[i];
    }
    return best;
}

static bool changes_now(const qy_strategy *strategy)
{
    for (unsigned i = 0; i < strategy->changes; i++) {
        if (strategy->change[i] == strategy->step) return true;
    }
    return false;
}

unsigned qy_strategy_choose(qy_strategy *strategy, const unsigned *runnable, unsigned count)
{
    QY_CHECK(count > 0);
    strategy->step++;
    if (strategy->kind == QY_STRATEGY_WALK) return runnable[qy_rng_below(&strategy->rng, count)];
    if (changes_now(strategy)) qy_strategy_yield(strategy, highest(strategy, runnable, count));
    return highest(strategy, runnable, count);
}
