/* test_faults.c - what is withheld comes back, and each fault happens when it is asked for and not otherwise. */
#include "support.h"

static int count(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    ++*SHARED(state, unsigned);
    return 0;
}

static int send_ten(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    for (uint32_t i = 0; i < 10; i++) ck_assert_int_eq(quay_send(*SHARED(state, quay_port), i, NULL, 0), 0);
    return 0;
}

START_TEST(delayed_lanes_lose_nothing)
{
    uint64_t most = 0, least = UINT64_MAX;
    for (uint64_t seed = 0; seed < 50; seed++) {
        unsigned handled = 0;
        quay_runtime *rt = simulate(seed, 3, 0);
        qy_simulation_here->settings.lane_delay = 2;
        quay_port to = spawn_at(rt, count, 2, "to", &handled);
        for (unsigned i = 0; i < 3; i++) {
            ck_assert_int_eq(quay_send(spawn_at(rt, send_ten, i, "from", &to), 0, NULL, 0), 0);
        }
        ck_assert_int_eq(quay_sim_run(rt), 0);
        ck_assert_uint_eq(handled, 30);
        uint64_t choices = qy_simulation_here->choices;
        most = choices > most ? choices : most;
        least = choices < least ? choices : least;
        stop(rt);
    }
    ck_assert_uint_gt(most, least);
}
END_TEST

START_TEST(a_stop_sees_what_was_delayed)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        unsigned handled = 0;
        quay_runtime *rt = simulate(seed, 2, 0);
        qy_simulation_here->settings.lane_delay = 2;
        quay_port to = spawn_at(rt, count, 1, "to", &handled);
        quay_port from = spawn_at(rt, send_ten, 0, "from", &to);
        ck_assert_int_eq(quay_call(from, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -ENOMSG); /* it has sent them */
        stop(rt);
        ck_assert_uint_eq(handled, 10);
    }
}
END_TEST

static unsigned blocks_of(const qy_worker *worker)
{
    unsigned blocks = 0;
    for (unsigned i = 0; i < QY_CLASSES; i++) {
        for (const qy_block *block = worker->station.pool.free[i]; block; block = block->next) blocks++;
    }
    return blocks;
}

START_TEST(a_famine_ends_with_its_step)
{
    quay_runtime *rt = simulate(1, 1, 0);
    unsigned handled = 0;
    quay_port port = spawn_at(rt, count, 0, "port", &handled);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    qy_simulation *sim = qy_simulation_here;
    qy_agent *agent = sim->agents[1], *driver = sim->running;
    unsigned before = blocks_of(agent->worker), hungry = 0;
    sim->settings.options.faults = QUAY_SIM_MEMORY;
    sim->running = agent;
    qy_me = agent->worker;
    for (int i = 0; i < 100; i++) {
        qy_faults_before(sim, agent);
        ck_assert_uint_eq(blocks_of(agent->worker), agent->withheld.famine ? 0 : before);
        if (agent->withheld.famine) ck_assert_ptr_null(qy_allocate(&rt->memory, 64, 64));
        hungry += agent->withheld.famine;
        qy_faults_after(agent);
        ck_assert_uint_eq(blocks_of(agent->worker), before);
    }
    ck_assert_uint_gt(hungry, 0);
    ck_assert_uint_lt(hungry, 50);
    qy_me = NULL;
    sim->running = driver;
    sim->settings.options.faults = 0;
    stop(rt);
}
END_TEST

typedef struct life {
    quay_stats stats;
    quay_time took;
} life;

/* A timer that is far off, and a thousand messages to ten ports. */
static life live(uint64_t seed, unsigned faults)
{
    life l;
    unsigned handled = 0;
    quay_port ports[10];
    quay_runtime *rt = simulate(seed, 2, faults);
    quay_time start = quay_now();
    for (unsigned i = 0; i < 10; i++) ports[i] = spawn_at(rt, count, i % 2, "port", &handled);
    quay_timer timer;
    (void)quay_send_after(ports[0], 1, NULL, 0, quay_in(QUAY_SEC(1800)), &timer);
    for (unsigned i = 0; i < 1000; i++) (void)quay_send(ports[i % 10], 0, NULL, 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    l.took = quay_now() - start;
    ck_assert_int_eq(quay_runtime_stats(rt, &l.stats), 0);
    stop(rt);
    return l;
}

/* Of so many seeds, how many lives were as `is` says. */
#define SEEDS 20

static unsigned lives(unsigned faults, bool (*is)(const life *))
{
    unsigned found = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        life l = live(seed, faults);
        found += is(&l);
    }
    return found;
}

static bool is_quiet(const life *l)
{
    return l->stats.handled == 1000 && l->took < QUAY_SEC(1);
}

static bool has_deaths(const life *l)
{
    return quay_dead_total(&l->stats) > 0 && l->stats.alive < 10;
}

static bool is_long(const life *l)
{
    return l->took > QUAY_SEC(10);
}

static bool saw_the_timer(const life *l)
{
    return l->took >= QUAY_SEC(1800) && l->stats.handled == 1001;
}

START_TEST(each_fault_happens_when_asked_for)
{
    ck_assert_uint_eq(lives(0, is_quiet), SEEDS);
    ck_assert_uint_gt(lives(QUAY_SIM_KILL, has_deaths), SEEDS / 4);
    ck_assert_uint_gt(lives(QUAY_SIM_CLOCK, is_long), SEEDS / 4);
    ck_assert_uint_gt(lives(QUAY_SIM_DEADLINE, saw_the_timer), SEEDS / 4);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {delayed_lanes_lose_nothing, a_stop_sees_what_was_delayed, a_famine_ends_with_its_step,
                            each_fault_happens_when_asked_for};
    return run_tests("faults", tests, COUNT_OF(tests));
}
