/* lives.cpp - actors that live for one message, a tree of them, and many idle ones. Read next: crowds.cpp */
#include "fleet.hpp"
#include "memory.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace peers;

namespace {

/* ---- spawned, messaged once, ended ---- */

behavior live_once(event_based_actor* self)
{
    return {[=](start_atom) { self->quit(); }};
}

struct parent_state {
    uint64_t left = 0;
};

behavior parent(stateful_actor<parent_state>* self, uint64_t children)
{
    self->state.left = children;
    return {[=](start_atom) {
        for (int i = 0; i < 64 && self->state.left > 0; i++, self->state.left--)
            self->send(self->spawn(live_once), start_atom::value);
        if (self->state.left > 0) self->send(self, start_atom::value);
        else self->quit();
    }};
}

/* Millions of lives a second: a parent for each worker. */
template <unsigned Workers> double spawn(uint64_t count)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    size_t others = fleet.system.registry().running();
    int64_t start = bench_now();
    for (unsigned i = 0; i < Workers; i++)
        fleet.collector->send(fleet.system.spawn(parent, count / Workers), start_atom::value);
    fleet.system.registry().await_running_count_equal(others);
    return bench_millions(bench_now() - start, count / Workers * Workers);
}

/* ---- Savina's fork-join ---- */

behavior task(event_based_actor* self, actor joiner)
{
    return {[=](double angle) {
        double sine = std::sin(angle);
        self->send(joiner, sine * sine);
        self->quit();
    }};
}

struct joiner_state {
    uint64_t joined = 0;
};

behavior joiner(stateful_actor<joiner_state>* self, uint64_t tasks, actor collector)
{
    return {
        [=](start_atom) {
            for (uint64_t i = 0; i < tasks; i++) self->send(self->spawn(task, actor(self)), 37.2);
        },
        [=](double) {
            if (++self->state.joined == tasks) self->send(collector, done_atom::value, tasks);
        },
    };
}

template <unsigned Workers> double create(uint64_t tasks)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    auto root = fleet.system.spawn(joiner, tasks, actor(fleet.collector));
    int64_t start = bench_now();
    fleet.collector->send(root, start_atom::value);
    fleet.wait();
    int64_t took = bench_now() - start;
    fleet.collector->send_exit(root, caf::exit_reason::user_shutdown);
    return savina_ms(bench_ns_each(took, tasks), 40000);
}

/* ---- skynet ---- */

struct tree_state {
    uint64_t sum = 0;
    unsigned missing = 10;
};

behavior tree_node(stateful_actor<tree_state>* self, actor parent)
{
    return {
        [=](start_atom, uint64_t first, uint64_t leaves) {
            if (leaves == 1) {
                self->send(parent, done_atom::value, first);
                self->quit();
                return;
            }
            for (uint64_t i = 0; i < 10; i++)
                self->send(self->spawn(tree_node, actor(self)), start_atom::value, first + i * (leaves / 10),
                           leaves / 10);
        },
        [=](done_atom, uint64_t sum) {
            self->state.sum += sum;
            if (--self->state.missing > 0) return;
            self->send(parent, done_atom::value, self->state.sum);
            self->quit();
        },
    };
}

/* Nanoseconds a leaf. */
template <unsigned Workers> double skynet(uint64_t count)
{
    if (bench_cores() < Workers) return BENCH_ABSENT;
    fleet fleet(Workers);
    uint64_t leaves = 10;
    while (leaves * 10 <= count) leaves *= 10;
    int64_t start = bench_now();
    fleet.collector->send(fleet.system.spawn(tree_node, actor(fleet.collector)), start_atom::value, uint64_t(0),
                          leaves);
    uint64_t sum = fleet.wait();
    int64_t took = bench_now() - start;
    bench_check(sum == leaves * (leaves - 1) / 2, "the leaves add up");
    return bench_ns_each(took, leaves);
}

/* ---- idle actors with 8 bytes of state ---- */

struct idle_state {
    uint64_t value = 0;
};

behavior idle(stateful_actor<idle_state>* self)
{
    return {[=](uint64_t value) { return self->state.value += value; }};
}

double bytes_idle(uint64_t count)
{
    fleet fleet(1);
    std::vector<actor> idlers(count);
    double before = bench_resident_bytes();
    for (auto& idler : idlers) idler = fleet.system.spawn(idle);
    fleet.collector->request(idlers.back(), caf::infinite, uint64_t(1)) /* by then all others have begun */
        .receive([](uint64_t) {}, [](const caf::error&) { bench_check(false, "there is an answer"); });
    double bytes = (bench_resident_bytes() - before) / double(count);
    for (auto& idler : idlers) fleet.collector->send_exit(idler, caf::exit_reason::user_shutdown);
    return bytes;
}

} // namespace

extern "C" const bench_measure caf_lives[] = {
    measure("spawn/1", "M/s", true, 1000000, spawn<1>),
    measure("spawn/2", "M/s", true, 1000000, spawn<2>),
    measure("savina.fjcreate/1", "ms", false, 40000, create<1>),
    measure("savina.fjcreate/2", "ms", false, 40000, create<2>),
    measure("skynet/1", "ns/leaf", false, 1000000, skynet<1>),
    measure("skynet/2", "ns/leaf", false, 1000000, skynet<2>),
    measure("idle", "bytes", false, 1000000, bytes_idle),
    end_of_measures(),
};
