/* stores.cpp - Savina's concurrent dictionary and bounded buffer: one actor that many others use.
 * Read next: bench_caf.cpp */
#include "fleet.hpp"

#include <cmath>
#include <deque>
#include <unordered_map>

using namespace peers;

namespace {

/* ---- dictionary ---- */

using read_atom = atom_constant<atom("read")>;
using write_atom = atom_constant<atom("write")>;

constexpr unsigned clients = 20;
constexpr uint64_t writes = 10; /* percent */
constexpr uint64_t keys = INT32_MAX / 4096;

struct dictionary_state {
    std::unordered_map<uint64_t, uint64_t> map;
};

behavior dictionary(stateful_actor<dictionary_state>* self)
{
    self->state.map.reserve(keys);
    for (uint64_t key = 0; key < keys; key++) self->state.map[key] = key;
    return {
        [=](read_atom, uint64_t key) { return self->state.map[key]; },
        [=](write_atom, uint64_t key, uint64_t value) { return self->state.map[key] = value; },
    };
}

struct client_state {
    uint64_t left = 0, seed = 0;
};

void ask(stateful_actor<client_state>* self, const actor& map, const actor& collector)
{
    auto& state = self->state;
    if (state.left-- == 0) {
        self->send(collector, done_atom::value, uint64_t(0));
        return;
    }
    bool write = draw(state.seed) % 100 < writes;
    uint64_t key = draw(state.seed) % keys;
    auto take = [=](uint64_t value) {
        bench_check(value == ~key || (!write && value == key), "every answer is right");
        ask(self, map, collector);
    };
    if (write) self->request(map, caf::infinite, write_atom::value, key, ~key).await(take);
    else self->request(map, caf::infinite, read_atom::value, key).await(take);
}

behavior client(stateful_actor<client_state>* self, actor map, actor collector, uint64_t asks, uint64_t seed)
{
    self->state.left = asks;
    self->state.seed = seed;
    return {[=](start_atom) { ask(self, map, collector); }};
}

template <unsigned Workers> double run_dictionary(uint64_t asks)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    auto map = fleet.system.spawn(dictionary);
    fleet.collector->request(map, caf::infinite, read_atom::value, uint64_t(0)) /* when it is filled */
        .receive([](uint64_t) {}, [](const caf::error&) { bench_check(false, "there is an answer"); });
    int64_t start = bench_now();
    for (unsigned i = 0; i < clients; i++)
        fleet.collector->send(fleet.system.spawn(client, map, actor(fleet.collector), asks, uint64_t(i)),
                              start_atom::value);
    for (unsigned i = 0; i < clients; i++) fleet.wait();
    return savina_ms(bench_ns_each(bench_now() - start, asks), 10000);
}

/* ---- bounded buffer: a manager between 40 producers and 40 consumers, with room for 50 items ---- */

using produce_atom = atom_constant<atom("produce")>;
using item_atom = atom_constant<atom("item")>;
using ready_atom = atom_constant<atom("ready")>;

constexpr unsigned sides = 40;
constexpr size_t room = 50;
constexpr uint64_t work_steps = 2500; /* for each item, on either side */

void work(uint64_t steps)
{
    uint64_t seed = steps;
    double sum = 0;
    while (steps-- > 0) sum += std::log(double(draw(seed)) * 0x1p-31 + 0.01);
    volatile double sink = sum;
    (void)sink;
}

struct producer_state {
    uint64_t made = 0;
};

behavior producer(stateful_actor<producer_state>* self, uint64_t items)
{
    return {[=](produce_atom, const actor& manager) {
        if (self->state.made == items) return self->quit();
        work(work_steps);
        self->send(manager, item_atom::value, ++self->state.made, actor(self));
    }};
}

behavior consumer(event_based_actor* self, actor manager)
{
    self->send(manager, ready_atom::value, actor(self));
    return {[=](item_atom, uint64_t) {
        work(work_steps);
        self->send(manager, ready_atom::value, actor(self));
    }};
}

struct manager_state {
    std::deque<uint64_t> items;
    std::deque<actor> producers, consumers; /* who wait */
    uint64_t taken = 0, sum = 0;
};

/* A producer whose item was taken from it may make the next, as long as all that may come has room. */
void let_produce(stateful_actor<manager_state>* self)
{
    auto& state = self->state;
    if (state.producers.empty() || state.items.size() >= room - sides) return;
    self->send(state.producers.front(), produce_atom::value, actor(self));
    state.producers.pop_front();
}

void hand_out(stateful_actor<manager_state>* self, uint64_t items, const actor& collector)
{
    auto& state = self->state;
    while (!state.items.empty() && !state.consumers.empty()) {
        self->send(state.consumers.front(), item_atom::value, state.items.front());
        state.sum += state.items.front();
        state.items.pop_front();
        state.consumers.pop_front();
        if (++state.taken == sides * items) self->send(collector, done_atom::value, state.sum);
    }
    let_produce(self);
}

behavior manager(stateful_actor<manager_state>* self, uint64_t items, actor collector)
{
    return {
        [=](start_atom) {
            for (unsigned i = 0; i < sides; i++) {
                self->spawn(consumer, actor(self));
                self->send(self->spawn(producer, items), produce_atom::value, actor(self));
            }
        },
        [=](item_atom, uint64_t item, const actor& from) {
            self->state.items.push_back(item);
            self->state.producers.push_back(from);
            hand_out(self, items, collector);
        },
        [=](ready_atom, const actor& who) {
            self->state.consumers.push_back(who);
            hand_out(self, items, collector);
            if (self->state.consumers.size() == sides && self->state.taken == sides * items) {
                for (auto& one : self->state.consumers) self->send_exit(one, caf::exit_reason::user_shutdown);
                self->quit();
            }
        },
    };
}

template <unsigned Workers> double run_buffer(uint64_t items)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    auto root = fleet.system.spawn(manager, items, actor(fleet.collector));
    int64_t start = bench_now();
    fleet.collector->send(root, start_atom::value);
    uint64_t sum = fleet.wait();
    int64_t took = bench_now() - start;
    bench_check(sum == sides * items * (items + 1) / 2, "every item was taken");
    return savina_ms(bench_ns_each(took, items), 1000);
}

} // namespace

extern "C" const bench_measure caf_stores[] = {
    measure("savina.dictionary/1", "ms", false, 10000, run_dictionary<1>),
    measure("savina.dictionary/2", "ms", false, 10000, run_dictionary<2>),
    measure("savina.buffer/1", "ms", false, 1000, run_buffer<1>),
    measure("savina.buffer/2", "ms", false, 1000, run_buffer<2>),
    end_of_measures(),
};
