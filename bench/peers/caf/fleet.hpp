/* fleet.hpp - an actor system with so many workers, and a collector that waits for results.
 *
 * Flags: NDEBUG, -O3. The scheduler is the default one (work stealing), with max-threads set; with one worker the
 * process is bound to one core. Owns the system, which ends with it. Read next: rings.cpp */
#ifndef PEERS_FLEET_HPP
#define PEERS_FLEET_HPP

#include "bench.h"

#include <caf/all.hpp>
#include <cstdint>

extern "C" const bench_measure caf_rings[], caf_streams[], caf_asks[], caf_lives[], caf_crowds[], caf_stores[];

namespace peers {

using caf::actor;
using caf::atom;
using caf::atom_constant;
using caf::behavior;
using caf::event_based_actor;
using caf::stateful_actor;

using start_atom = atom_constant<atom("start")>;
using done_atom = atom_constant<atom("done")>;

/* Bind the calling thread, and those it starts, to the first core, or to one of the first two. */
void bind_to_cores(unsigned first, unsigned count);

struct config : caf::actor_system_config {
    explicit config(unsigned workers)
    {
        set("scheduler.max-threads", workers);
    }
};

struct fleet {
    explicit fleet(unsigned workers) : cfg(bound(workers)), system(cfg), collector(system)
    {
    }

    /* Wait until something sends done, with a number. */
    uint64_t wait()
    {
        uint64_t result = 0;
        collector->receive([&](done_atom, uint64_t value) { result = value; });
        return result;
    }

    config cfg;
    caf::actor_system system;
    caf::scoped_actor collector;

private:
    static unsigned bound(unsigned workers)
    {
        bind_to_cores(0, workers);
        return workers;
    }
};

/* Milliseconds for a Savina program of its own size, where one of its operations took so long. */
inline double savina_ms(double ns_each, double operations)
{
    return ns_each * operations / 1e6;
}

inline uint64_t draw(uint64_t& seed)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 33;
}

/* Like a field of bench_measure; C++17 has no names for them. */
inline constexpr bench_measure measure(const char* name, const char* unit, bool rate, uint64_t count,
                                       double (*run)(uint64_t))
{
    return {name, unit, rate, count, run, nullptr, 0, nullptr};
}

inline constexpr bench_measure absent(const char* name, const char* why)
{
    return {name, nullptr, false, 0, nullptr, nullptr, 0, why};
}

inline constexpr bench_measure end_of_measures()
{
    return absent(nullptr, nullptr);
}

} // namespace peers

#endif
