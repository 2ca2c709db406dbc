/* crowds.cpp - Savina's chameneos, big and fork-join (throughput): many actors that talk to each other.
 * Read next: stores.cpp */
#include "fleet.hpp"

#include <cmath>
#include <vector>

using namespace peers;

namespace {

/* ---- chameneos ---- */

using meet_atom = atom_constant<atom("meet")>;
using partner_atom = atom_constant<atom("partner")>;
using change_atom = atom_constant<atom("change")>;
using closed_atom = atom_constant<atom("closed")>;
using met_atom = atom_constant<atom("met")>;

constexpr uint32_t creatures = 100;

uint32_t complement(uint32_t a, uint32_t b)
{
    return a == b ? a : 3 - a - b;
}

struct creature_state {
    uint32_t colour = 0;
    uint64_t met = 0;
};

behavior creature(stateful_actor<creature_state>* self, actor mall, uint32_t colour)
{
    self->state.colour = colour;
    auto take = [=](uint32_t new_colour) {
        self->state.colour = new_colour;
        self->state.met++;
        self->send(mall, meet_atom::value, new_colour, actor(self));
    };
    self->send(mall, meet_atom::value, colour, actor(self));
    return {
        [=](partner_atom, uint32_t other, const actor& who) {
            uint32_t both = complement(self->state.colour, other);
            self->send(who, change_atom::value, both);
            take(both);
        },
        [=](change_atom, uint32_t both) { take(both); },
        [=](closed_atom) {
            self->send(mall, met_atom::value, self->state.met);
            self->quit();
        },
    };
}

struct mall_state {
    uint64_t meetings = 0, met = 0;
    uint32_t gone = 0;
    actor waits;
};

behavior mall(stateful_actor<mall_state>* self, uint64_t meetings, actor collector)
{
    self->state.meetings = meetings;
    return {
        [=](start_atom) {
            for (uint32_t i = 0; i < creatures; i++) self->spawn(creature, actor(self), i % 3);
        },
        [=](meet_atom, uint32_t colour, const actor& who) {
            auto& state = self->state;
            if (state.meetings == 0) {
                self->send(who, closed_atom::value);
            } else if (!state.waits) {
                state.waits = who;
            } else {
                self->send(state.waits, partner_atom::value, colour, who);
                state.waits = nullptr;
                state.meetings--;
            }
        },
        [=](met_atom, uint64_t met) {
            self->state.met += met;
            if (++self->state.gone < creatures) return;
            self->send(collector, done_atom::value, self->state.met);
            self->quit();
        },
    };
}

template <unsigned Workers> double chameneos(uint64_t meetings)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    auto root = fleet.system.spawn(mall, meetings, actor(fleet.collector));
    int64_t start = bench_now();
    fleet.collector->send(root, start_atom::value);
    uint64_t met = fleet.wait();
    int64_t took = bench_now() - start;
    bench_check(met == 2 * meetings, "both who met counted every meeting");
    return savina_ms(bench_ns_each(took, meetings), 200000);
}

/* ---- big ---- */

using ping_atom = atom_constant<atom("ping")>;
using pong_atom = atom_constant<atom("pong")>;

constexpr unsigned pingers = 120;

struct pinger_state {
    uint64_t left = 0, seed = 0;
};

behavior pinger(stateful_actor<pinger_state>* self, const std::vector<actor>* all, uint64_t index, uint64_t pings,
                actor collector)
{
    self->state.left = pings;
    self->state.seed = index;
    return {
        [=](ping_atom, const actor& who) { self->send(who, pong_atom::value); },
        [=](pong_atom) {
            if (self->state.left-- == 0) self->send(collector, done_atom::value, index);
            else self->send((*all)[draw(self->state.seed) % pingers], ping_atom::value, actor(self));
        },
    };
}

template <unsigned Workers> double big(uint64_t pings)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    std::vector<actor> all;
    fleet fleet(Workers);
    for (unsigned i = 0; i < pingers; i++)
        all.push_back(fleet.system.spawn(pinger, &all, i, pings, actor(fleet.collector)));
    int64_t start = bench_now();
    for (auto& one : all) fleet.collector->send(one, pong_atom::value);
    for (unsigned i = 0; i < pingers; i++) fleet.wait();
    int64_t took = bench_now() - start;
    for (auto& one : all) fleet.collector->send_exit(one, caf::exit_reason::user_shutdown);
    return savina_ms(bench_ns_each(took, pings), 20000);
}

/* ---- fork-join (throughput) ---- */

constexpr unsigned eaters = 60;

struct eater_state {
    uint64_t eaten = 0;
    double total = 0;
};

behavior eater(stateful_actor<eater_state>* self, uint64_t meals, actor collector)
{
    return {[=](double angle) {
        double sine = std::sin(angle);
        self->state.total += sine * sine;
        if (++self->state.eaten < meals) return;
        self->send(collector, done_atom::value, meals);
        self->quit();
    }};
}

behavior feeder(event_based_actor* self, uint64_t meals, actor collector)
{
    return {[=](start_atom) {
        std::vector<actor> team;
        for (unsigned i = 0; i < eaters; i++) team.push_back(self->spawn(eater, meals, collector));
        for (uint64_t m = 0; m < meals; m++) {
            for (auto& member : team) self->send(member, 37.2);
        }
        self->quit();
    }};
}

template <unsigned Workers> double feeding(uint64_t meals)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    auto root = fleet.system.spawn(feeder, meals, actor(fleet.collector));
    int64_t start = bench_now();
    fleet.collector->send(root, start_atom::value);
    for (unsigned i = 0; i < eaters; i++) fleet.wait();
    return savina_ms(bench_ns_each(bench_now() - start, meals), 10000);
}

} // namespace

extern "C" const bench_measure caf_crowds[] = {
    measure("savina.chameneos/1", "ms", false, 100000, chameneos<1>),
    measure("savina.chameneos/2", "ms", false, 100000, chameneos<2>),
    measure("savina.big/1", "ms", false, 10000, big<1>),
    measure("savina.big/2", "ms", false, 10000, big<2>),
    measure("savina.fjthroughput/1", "ms", false, 10000, feeding<1>),
    measure("savina.fjthroughput/2", "ms", false, 10000, feeding<2>),
    end_of_measures(),
};
