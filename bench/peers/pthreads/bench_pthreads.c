/* bench_pthreads.c - the peer that everybody has: threads, each with a queue of a mutex and two condition variables.
 *
 * The clock, the checks and the command line are those of the other programs (bench.h); of Quay nothing is called.
 *
 * Read next: queue.h, team.h, rings.c */
#include "team.h"

int main(int argc, char **argv)
{
    static const struct bench_measure *const groups[] = {
        peers_rings, peers_streams, peers_asks, peers_lives, peers_crowds, peers_stores, NULL,
    };
    return bench_main(groups, argc, argv);
}
