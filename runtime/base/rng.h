/* rng.h - small fast random numbers: splitmix64 (Steele, Lea, Flood 2014). Not for secrets. */
#ifndef QY_RNG_H
#define QY_RNG_H

#include <stdint.h>

typedef struct qy_rng {
    uint64_t state; /* any value is a seed */
} qy_rng;

uint64_t qy_rng_next(qy_rng *rng);

/* A number below `bound`, which is not 0; without the bias of a plain remainder. */
uint64_t qy_rng_below(qy_rng *rng, uint64_t bound);

#endif
