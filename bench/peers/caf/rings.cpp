/* rings.cpp - a token goes round a ring of actors. A ring of two is ping-pong.
 *
 * Placed: the actors are detached, each a thread of its own, and bind it to the two cores in turn; a worker of the
 * scheduler cannot be chosen. Read next: streams.cpp */
#include "fleet.hpp"

#include <vector>

using namespace peers;

namespace {

struct node_state {
    actor next, collector;
};

behavior ring_node(stateful_actor<node_state>* self)
{
    return {
        [=](start_atom, const actor& next, const actor& collector) {
            self->state.next = next;
            self->state.collector = collector;
        },
        [=](uint64_t hops) {
            if (hops == 0) self->send(self->state.collector, done_atom::value, hops);
            else self->send(self->state.next, hops - 1);
        },
    };
}

behavior placed_node(stateful_actor<node_state>* self, unsigned core)
{
    bind_to_cores(core, 1);
    return ring_node(self);
}

actor spawn_node(fleet& fleet, bool placed, unsigned index)
{
    if (placed) return fleet.system.spawn<caf::detached>(placed_node, index % 2);
    return fleet.system.spawn(ring_node);
}

/* Nanoseconds a hop. */
double run_ring(unsigned workers, bool placed, unsigned size, uint64_t hops)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    fleet fleet(workers);
    std::vector<actor> nodes;
    for (unsigned i = 0; i < size; i++) nodes.push_back(spawn_node(fleet, placed, i));
    for (unsigned i = 0; i < size; i++)
        fleet.collector->send(nodes[i], start_atom::value, nodes[(i + 1) % size], actor(fleet.collector));
    fleet.collector->send(nodes[0], uint64_t(size)); /* once round to warm up */
    fleet.wait();
    int64_t start = bench_now();
    fleet.collector->send(nodes[0], hops);
    fleet.wait();
    double figure = bench_ns_each(bench_now() - start, hops);
    for (auto& node : nodes) fleet.collector->send_exit(node, caf::exit_reason::user_shutdown);
    return figure;
}

template <unsigned Workers, bool Placed> double ring(uint64_t hops)
{
    return run_ring(Workers, Placed, 100, hops);
}

template <unsigned Workers, bool Placed> double ping_pong(uint64_t trips)
{
    return 2 * run_ring(Workers, Placed, 2, 2 * trips);
}

template <unsigned Workers> double savina_ring(uint64_t hops)
{
    return savina_ms(ring<Workers, false>(hops), 100000);
}

template <unsigned Workers> double savina_ping_pong(uint64_t trips)
{
    return savina_ms(ping_pong<Workers, false>(trips), 40000);
}

} // namespace

extern "C" const bench_measure caf_rings[] = {
    measure("ring/1", "ns/hop", false, 3000000, ring<1, false>),
    measure("ring/2", "ns/hop", false, 3000000, ring<2, false>),
    measure("ring/placed", "ns/hop", false, 20000, ring<2, true>),
    measure("ping-pong/1", "ns/trip", false, 2000000, ping_pong<1, false>),
    measure("ping-pong/2", "ns/trip", false, 1000000, ping_pong<2, false>),
    measure("ping-pong/placed", "ns/trip", false, 10000, ping_pong<2, true>),
    measure("savina.pingpong/1", "ms", false, 40000, savina_ping_pong<1>),
    measure("savina.pingpong/2", "ms", false, 40000, savina_ping_pong<2>),
    measure("savina.threadring/1", "ms", false, 100000, savina_ring<1>),
    measure("savina.threadring/2", "ms", false, 100000, savina_ring<2>),
    end_of_measures(),
};
