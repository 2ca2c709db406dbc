/* rng.c - splitmix64. */
#include "base/rng.h"

#include "base/check.h"

uint64_t qy_rng_next(qy_rng *rng)
{
    uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t qy_rng_below(qy_rng *rng, uint64_t bound)
{
    QY_CHECK(bound > 0);
    uint64_t skewed = UINT64_MAX - UINT64_MAX % bound;
    uint64_t value;
    do value = qy_rng_next(rng);
    while (value >= skewed);
    return value % bound;
}
