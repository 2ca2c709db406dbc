/* bench_kernel.c - the program of the kernel's measures and of the floors.
 *
 * Read next: program.c, for what it does when it is run; floors.c. */
#include "bench.h"

int main(int argc, char **argv)
{
    static const struct bench_measure *const groups[] = {
        bench_floors, bench_floors_alone, bench_rings,   bench_streams,  bench_asks,
        bench_awaits, bench_spawns,       bench_skynets, bench_memories, NULL,
    };
    return bench_main(groups, argc, argv);
}
