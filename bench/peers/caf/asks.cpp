/* asks.cpp - requests: from an actor, with then and with await, one or a hundred under way; and from a thread.
 * Read next: lives.cpp */
#include "fleet.hpp"

using namespace peers;

namespace {

behavior echo(event_based_actor*)
{
    return {[](uint64_t value) { return value; }};
}

/* ---- from an actor ---- */

struct asker_state {
    actor server, collector;
    uint64_t count = 0, asked = 0, answered = 0;
};

using asker_actor = stateful_actor<asker_state>;

void check_answer(asker_actor* self, uint64_t value)
{
    bench_check(value == self->state.answered++, "every answer is right");
    if (self->state.answered == self->state.count) self->send(self->state.collector, done_atom::value, value);
}

/* Each answer brings the next question. */
void ask_then(asker_actor* self)
{
    if (self->state.asked == self->state.count) return;
    self->request(self->state.server, caf::infinite, self->state.asked++).then([=](uint64_t value) {
        check_answer(self, value);
        ask_then(self);
    });
}

void ask_await(asker_actor* self)
{
    if (self->state.asked == self->state.count) return;
    self->request(self->state.server, caf::infinite, self->state.asked++).await([=](uint64_t value) {
        check_answer(self, value);
        ask_await(self);
    });
}

/* A hundred questions; when all are answered the next hundred. */
void ask_hundred(asker_actor* self)
{
    for (int i = 0; i < 100 && self->state.asked < self->state.count; i++) {
        self->request(self->state.server, caf::infinite, self->state.asked++).then([=](uint64_t value) {
            check_answer(self, value);
            if (self->state.answered == self->state.asked) ask_hundred(self);
        });
    }
}

behavior asker(asker_actor* self, actor server, actor collector, uint64_t count, int window, bool awaits)
{
    self->state.server = server;
    self->state.collector = collector;
    self->state.count = count;
    return {[=](start_atom) {
        if (awaits && window > 1) ask_hundred(self);
        else if (awaits) ask_await(self);
        else
            for (int i = 0; i < window; i++) ask_then(self);
    }};
}

/* Nanoseconds a call. */
double run_asker(unsigned workers, int window, bool awaits, uint64_t count)
{
    if (bench_cores() < workers) return BENCH_ABSENT;
    fleet fleet(workers);
    auto server = fleet.system.spawn(echo);
    auto client = fleet.system.spawn(asker, server, actor(fleet.collector), count, window, awaits);
    int64_t start = bench_now();
    fleet.collector->send(client, start_atom::value);
    fleet.wait();
    double figure = bench_ns_each(bench_now() - start, count);
    fleet.collector->send_exit(client, caf::exit_reason::user_shutdown);
    fleet.collector->send_exit(server, caf::exit_reason::user_shutdown);
    return figure;
}

template <unsigned Workers, int Window> double then(uint64_t count)
{
    return 1e3 / run_asker(Workers, Window, false, count);
}

template <unsigned Workers> double await(uint64_t count)
{
    return run_asker(Workers, 1, true, count);
}

template <unsigned Workers> double await_hundred(uint64_t count)
{
    return 1e3 / run_asker(Workers, 100, true, count);
}

/* ---- from a thread: the worker may use one core, the thread has the other ---- */

double run_thread_asker(bool parked, uint64_t count)
{
    if (bench_cores() < 2) return BENCH_ABSENT;
    fleet fleet(1);
    auto server = fleet.system.spawn(echo);
    int64_t total = 0;
    bind_to_cores(1, 1);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t answer = ~i;
        if (parked) bench_idle(QUAY_US(100));
        int64_t start = bench_now();
        fleet.collector->request(server, caf::infinite, i)
            .receive([&](uint64_t value) { answer = value; },
                     [](const caf::error&) { bench_check(false, "there is an answer"); });
        total += bench_now() - start;
        bench_check(answer == i, "every answer is right");
    }
    fleet.collector->send_exit(server, caf::exit_reason::user_shutdown);
    return bench_ns_each(total, count) / 1e3;
}

template <bool Parked> double thread_asker(uint64_t count)
{
    return run_thread_asker(Parked, count);
}

} // namespace

extern "C" const bench_measure caf_asks[] = {
    measure("then/1", "M/s", true, 1000000, then<1, 1>),
    measure("then/2", "M/s", true, 500000, then<2, 1>),
    measure("then-100/1", "M/s", true, 1000000, then<1, 100>),
    measure("then-100/2", "M/s", true, 1000000, then<2, 100>),
    measure("await/1", "ns/call", false, 1000000, await<1>),
    measure("await/2", "ns/call", false, 500000, await<2>),
    measure("await-100/1", "M/s", true, 1000000, await_hundred<1>),
    measure("await-100/2", "M/s", true, 1000000, await_hundred<2>),
    measure("ask-thread/parked", "us", false, 2000, thread_asker<true>),
    measure("ask-thread/busy", "us", false, 10000, thread_asker<false>),
    end_of_measures(),
};
