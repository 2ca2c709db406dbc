/* bench_caf.cpp - the program of the C++ Actor Framework: its groups of measures, and where its threads run.
 *
 * The clock, the checks and the command line are those of the other programs (bench.h); of Quay nothing is called.
 *
 * Read next: fleet.hpp, rings.cpp */
#include "fleet.hpp"

#include <sched.h>

void peers::bind_to_cores(unsigned first, unsigned count)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (unsigned i = first; i < first + count && i < bench_cores(); i++) CPU_SET(bench_cpu(i), &set);
    bench_must(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

int main(int argc, char** argv)
{
    static const bench_measure* const groups[] = {
        caf_rings, caf_streams, caf_asks, caf_lives, caf_crowds, caf_stores, nullptr,
    };
    return bench_main(groups, argc, argv);
}
