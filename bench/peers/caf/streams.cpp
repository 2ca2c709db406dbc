/* streams.cpp - producers send to one counter. A producer sends a burst and then itself a message to go on, or, in
 * Savina's counting, all in one go. Read next: asks.cpp */
#include "fleet.hpp"

#include <algorithm>
#include <vector>

using namespace peers;

namespace {

using item_atom = atom_constant<atom("item")>;
using end_atom = atom_constant<atom("end")>;

struct counter_state {
    std::vector<uint64_t> next; /* the number each producer's next item must have */
    size_t ended = 0;
};

behavior counter(stateful_actor<counter_state>* self, uint32_t producers, uint64_t count, actor collector)
{
    self->state.next.resize(producers);
    return {
        [=](item_atom, uint32_t producer, uint64_t number) {
            bench_check(number == self->state.next[producer]++, "the items of each producer arrive in order");
        },
        [=](end_atom, uint32_t producer) {
            bench_check(self->state.next[producer] == count, "every item arrived");
            if (++self->state.ended == producers) self->send(collector, done_atom::value, count);
        },
    };
}

struct producer_state {
    uint64_t sent = 0;
};

behavior producer(stateful_actor<producer_state>* self, actor to, uint32_t index, uint64_t count, uint64_t burst)
{
    return {[=](start_atom) {
        uint64_t& sent = self->state.sent;
        for (uint64_t end = std::min(sent + burst, count); sent < end; sent++)
            self->send(to, item_atom::value, index, sent);
        if (sent < count) self->send(self, start_atom::value);
        else self->send(to, end_atom::value, index);
    }};
}

/* Nanoseconds an item. */
double run_stream(unsigned workers, uint32_t producers, uint64_t burst, uint64_t count)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    fleet fleet(workers);
    std::vector<actor> team;
    uint64_t share = count / producers;
    auto to = fleet.system.spawn(counter, producers, share, actor(fleet.collector));
    for (uint32_t i = 0; i < producers; i++) team.push_back(fleet.system.spawn(producer, to, i, share, burst));
    int64_t start = bench_now();
    for (auto& member : team) fleet.collector->send(member, start_atom::value);
    fleet.wait();
    int64_t took = bench_now() - start;
    for (auto& member : team) fleet.collector->send_exit(member, caf::exit_reason::user_shutdown);
    fleet.collector->send_exit(to, caf::exit_reason::user_shutdown);
    return bench_ns_each(took, share * producers);
}

template <unsigned Workers, uint32_t Producers> double stream(uint64_t count)
{
    return 1e3 / run_stream(Workers, Producers, 32, count);
}

template <unsigned Workers> double counting(uint64_t count)
{
    return savina_ms(run_stream(Workers, 1, count, count), 1000000);
}

} // namespace

extern "C" const bench_measure caf_streams[] = {
    measure("stream/1", "M/s", true, 3000000, stream<1, 1>),
    measure("stream/2", "M/s", true, 3000000, stream<2, 1>),
    measure("fan-in/1", "M/s", true, 3000000, stream<1, 100>),
    measure("fan-in/2", "M/s", true, 3000000, stream<2, 100>),
    measure("savina.counting/1", "ms", false, 1000000, counting<1>),
    measure("savina.counting/2", "ms", false, 1000000, counting<2>),
    end_of_measures(),
};
