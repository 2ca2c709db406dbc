/* test_router_ports.c - a router's ports that end, on either core, are served no more; others in their place are. */
#include <quay/actors/router.h>

#include "support.h"

#define PORTS 4
#define ROUNDS 25

static quay_runtime *runtime;
static quay_port ports[PORTS];
static quay_port router;
static uint32_t numbers[PORTS] = {0, 1, 2, 3};

static int tell_number(quay_self *self, void *state, const quay_message *message)
{
    uint32_t number = *SHARED(state, uint32_t);
    return quay_reply(self, &number, sizeof number);
}

static void start(void)
{
    runtime = start_runtime(2);
    for (unsigned i = 0; i < PORTS; i++) ports[i] = spawn(runtime, tell_number, quay_core(i % 2), &numbers[i]);
}

static void stop(void)
{
    stop_runtime(runtime);
}

static void route_to(quay_router_policy policy, size_t count)
{
    quay_router_options options = {.policy = policy, .ports = ports, .count = count, .place = quay_core(0)};
    ck_assert_int_eq(quay_router_spawn(runtime, &router, &options), 0);
}

static uint32_t served(void)
{
    uint32_t count;
    ck_assert_int_eq(quay_router_count(router, &count, QUAY_FOREVER), 0);
    return count;
}

static uint32_t ask(uint32_t key)
{
    uint32_t number;
    ck_assert_int_eq(quay_call(router, 0, &key, sizeof key, &number, sizeof number, QUAY_FOREVER), sizeof number);
    return number;
}

/* When it returns the notice has been handled. */
static void end_port(unsigned number)
{
    ck_assert_int_eq(quay_stop(ports[number]), 0);
    join_port(ports[number], 0);
    drained_stats(runtime);
}

START_TEST(who_has_ended_is_asked_no_more_under_any_policy)
{
    for (quay_router_policy policy = 0; policy < QUAY_ROUTER_BROADCAST; policy++) {
        route_to(policy, PORTS);
        end_port(0);
        end_port(1);
        ck_assert_uint_eq(served(), 2);
        for (uint32_t i = 0; i < ROUNDS; i++) ck_assert_uint_ge(ask(i), 2);
        for (unsigned i = 0; i < 2; i++) ports[i] = spawn(runtime, tell_number, quay_core(i % 2), &numbers[i]);
    }
}
END_TEST

START_TEST(another_takes_its_place)
{
    unsigned hits[PORTS] = {0};
    route_to(QUAY_ROUTER_ROUND_ROBIN, 3);
    end_port(1);
    ck_assert_int_eq(quay_router_add(router, ports[3], QUAY_FOREVER), 0);
    for (uint32_t i = 0; i < 3 * ROUNDS; i++) hits[ask(i)]++;
    ck_assert_uint_eq(hits[0], ROUNDS);
    ck_assert_uint_eq(hits[1], 0);
    ck_assert_uint_eq(hits[2], ROUNDS);
    ck_assert_uint_eq(hits[3], ROUNDS);
}
END_TEST

START_TEST(who_was_dead_from_the_beginning_is_not_served)
{
    end_port(1);
    route_to(QUAY_ROUTER_ROUND_ROBIN, 2);
    drained_stats(runtime);
    ck_assert_uint_eq(served(), 1);
    ck_assert_int_eq(quay_router_add(router, ports[1], QUAY_FOREVER), 0); /* that it has ended is told, too */
    drained_stats(runtime);
    ck_assert_uint_eq(served(), 1);
}
END_TEST

START_TEST(who_was_removed_may_end_and_come_back)
{
    route_to(QUAY_ROUTER_ROUND_ROBIN, 2);
    ck_assert_int_eq(quay_router_remove(router, ports[1], QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_router_add(router, ports[1], QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_router_remove(router, ports[1], QUAY_FOREVER), 0);
    end_port(1);
    ck_assert_uint_eq(served(), 1);
    ck_assert_uint_eq(drained_stats(runtime).failed, 0);
}
END_TEST

START_TEST(a_notice_that_is_made_up_is_not_believed)
{
    quay_exit_notice notice = {.port = ports[0]};
    const uint32_t down = QUAY_ROUTER_TAGS + 3;
    route_to(QUAY_ROUTER_ROUND_ROBIN, 2);
    ck_assert_int_eq(quay_call(router, down, &notice, sizeof notice, NULL, 0, QUAY_FOREVER), -EBADMSG);
    ck_assert_int_eq(quay_call(router, down, NULL, 0, NULL, 0, QUAY_FOREVER), -EBADMSG);
    ck_assert_uint_eq(served(), 2);
}
END_TEST

START_TEST(a_router_does_not_serve_itself)
{
    route_to(QUAY_ROUTER_ROUND_ROBIN, 2);
    ck_assert_int_eq(quay_router_add(router, router, QUAY_FOREVER), -EINVAL);
    ck_assert_uint_eq(served(), 2);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {who_has_ended_is_asked_no_more_under_any_policy, another_takes_its_place,
                            who_was_dead_from_the_beginning_is_not_served,   who_was_removed_may_end_and_come_back,
                            a_notice_that_is_made_up_is_not_believed,        a_router_does_not_serve_itself};
    return run_tests_between("router_ports", tests, COUNT_OF(tests), start, stop);
}
