/* test_router.c - which port gets what, under each policy; ports that come, go and die; misuse. */
#include <quay/actors/router.h>

#include "support.h"

#define PORTS 4
#define ROUNDS 25

static quay_runtime *runtime;
static quay_port ports[PORTS];
static quay_port router;

/* Answers with its own number. */
static int tell_number(quay_self *self, void *state, const quay_message *message)
{
    uint32_t number = *SHARED(state, uint32_t);
    int error = quay_reply(self, &number, sizeof number);
    return error == -EINVAL ? 0 : error;
}

static uint32_t numbers[PORTS] = {0, 1, 2, 3};

static void start(void)
{
    runtime = start_runtime(2);
    for (unsigned i = 0; i < PORTS; i++) ports[i] = spawn(runtime, tell_number, quay_core(i % 2), &numbers[i]);
}

static void stop(void)
{
    stop_runtime(runtime);
}

static void route_to(quay_router_policy policy, quay_router_key *key, size_t count)
{
    quay_router_options options = {.policy = policy, .key = key, .ports = ports, .count = count, .place = quay_core(0)};
    ck_assert_int_eq(quay_router_spawn(runtime, &router, &options), 0);
}

static int ask(uint32_t tag, const void *data, size_t size, uint32_t *number)
{
    int got = quay_call(router, tag, data, size, number, sizeof *number, QUAY_FOREVER);
    ck_assert(got < 0 || got == sizeof *number);
    return got < 0 ? got : 0;
}

static uint32_t ask_number(uint32_t tag)
{
    uint32_t number;
    ck_assert_int_eq(ask(tag, &tag, sizeof tag, &number), 0);
    return number;
}

static uint32_t served(void)
{
    uint32_t count;
    ck_assert_int_eq(quay_router_count(router, &count, QUAY_FOREVER), 0);
    return count;
}

static void end_port(quay_port port)
{
    ck_assert_int_eq(quay_stop(port), 0);
    join_port(port, 0);
}

/* ---- round-robin ---- */

START_TEST(round_robin_goes_round)
{
    route_to(QUAY_ROUTER_ROUND_ROBIN, NULL, PORTS);
    for (uint32_t i = 0; i < ROUNDS * PORTS; i++) ck_assert_uint_eq(ask_number(i), i % PORTS);
}
END_TEST

START_TEST(plain_messages_are_passed_on_with_their_sender_and_buffers_move)
{
    quay_port_counters counters;
    route_to(QUAY_ROUTER_ROUND_ROBIN, NULL, 2);
    for (int i = 0; i < 10; i++) ck_assert_int_eq(quay_send(router, 0, "x", 1), 0);
    void *buffer = quay_buffer_new(5000);
    ck_assert_ptr_nonnull(buffer);
    ck_assert_int_eq(quay_give(router, 0, &buffer, 5000), 0);
    drained_stats(runtime);
    ck_assert_int_eq(quay_port_stats(ports[0], &counters), 0);
    ck_assert_uint_eq(counters.handled, 6);
    ck_assert_int_eq(quay_port_stats(ports[1], &counters), 0);
    ck_assert_uint_eq(counters.handled, 5);
}
END_TEST

/* Two ports on the router's core are full, one is not. */
START_TEST(full_ports_are_passed_over_until_all_are)
{
    gate g;
    quay_port here[3];
    quay_port_options options = {.place = quay_core(0),
                                 .mailbox_limit = 1,
                                 .state_size = sizeof(void *),
                                 .init = keep_argument,
                                 .arg = &numbers[0]};
    for (int i = 0; i < 3; i++) {
        options.arg = &numbers[i];
        ck_assert_int_eq(quay_spawn(runtime, &here[i], tell_number, &options), 0);
    }
    quay_router_options three = {.ports = here, .count = 3, .place = quay_core(0)};
    ck_assert_int_eq(quay_router_spawn(runtime, &router, &three), 0);
    (void)hold_worker(runtime, quay_core(0), &g);
    quay_future *futures[5];
    ck_assert_int_eq(quay_send(here[0], 0, NULL, 0), 0);
    for (int i = 0; i < 5; i++) futures[i] = quay_ask(router, 0, NULL, 0, QUAY_FOREVER);
    gate_open(&g);
    unsigned refused = 0;
    for (int i = 0; i < 5; i++) {
        uint32_t number;
        int got = finish_future(futures[i], &number, sizeof number);
        ck_assert(got == sizeof number || got == -EAGAIN);
        refused += got == -EAGAIN;
    }
    ck_assert_uint_ge(refused, 2); /* one place is taken, two are free */
    ck_assert_uint_eq(served(), 3);
}
END_TEST

/* ---- hash ---- */

START_TEST(the_same_key_goes_to_the_same_port_and_others_spread)
{
    unsigned hits[PORTS] = {0};
    route_to(QUAY_ROUTER_HASH, NULL, PORTS);
    for (uint32_t key = 0; key < 4 * ROUNDS; key++) {
        uint32_t number = ask_number(key);
        hits[number]++;
        ck_assert_uint_eq(ask_number(key), number);
    }
    for (unsigned i = 0; i < PORTS; i++) ck_assert_uint_gt(hits[i], 0);
}
END_TEST

START_TEST(only_the_keys_of_a_port_that_goes_move)
{
    uint32_t before[4 * ROUNDS];
    route_to(QUAY_ROUTER_HASH, NULL, PORTS);
    for (uint32_t key = 0; key < COUNT_OF(before); key++) before[key] = ask_number(key);
    ck_assert_int_eq(quay_router_remove(router, ports[2], QUAY_FOREVER), 0);
    for (uint32_t key = 0; key < COUNT_OF(before); key++) {
        uint32_t now = ask_number(key);
        ck_assert(before[key] == 2 ? now != 2 : now == before[key]);
    }
    ck_assert_int_eq(quay_router_add(router, ports[2], QUAY_FOREVER), 0);
    for (uint32_t key = 0; key < COUNT_OF(before); key++) ck_assert_uint_eq(ask_number(key), before[key]);
}
END_TEST

static uint64_t key_of_tag(const quay_message *message)
{
    return message->tag / 10;
}

START_TEST(the_key_is_what_its_function_says)
{
    route_to(QUAY_ROUTER_HASH, key_of_tag, PORTS);
    for (uint32_t tens = 0; tens < ROUNDS; tens++) {
        uint32_t number = ask_number(tens * 10);
        for (uint32_t ones = 1; ones < 10; ones++) ck_assert_uint_eq(ask_number(tens * 10 + ones), number);
    }
}
END_TEST

/* ---- least-loaded ---- */

START_TEST(whoever_has_least_to_do_gets_the_next)
{
    gate g;
    gate_init(&g);
    quay_port slow = spawn(runtime, pass_gate, quay_core(1), &g), quick = spawn(runtime, echo, quay_core(0), NULL);
    quay_router_options two = {
        .policy = QUAY_ROUTER_LEAST_LOADED, .ports = (quay_port[]){slow, quick}, .count = 2, .place = quay_core(0)};
    ck_assert_int_eq(quay_router_spawn(runtime, &router, &two), 0);
    quay_future *held = quay_ask(router, 0, NULL, 0, QUAY_FOREVER); /* the first in turn */
    gate_await_entry(&g);
    char text[6];
    for (int i = 0; i < ROUNDS; i++) ck_assert_int_eq(quay_call(router, 0, "quick", 6, text, 6, QUAY_FOREVER), 6);
    gate_open(&g);
    ck_assert_int_eq(finish_future(held, NULL, 0), 0);
    quay_port_counters counters;
    ck_assert_int_eq(quay_port_stats(quick, &counters), 0);
    ck_assert_uint_eq(counters.handled, ROUNDS);
}
END_TEST

static int fail_with_tag(quay_self *self, void *state, const quay_message *message)
{
    return -(int)message->tag;
}

START_TEST(least_loaded_brings_answers_errors_and_nothing_for_plain_messages)
{
    char large[1000], back[1000];
    memset(large, 'x', sizeof large);
    quay_port both[2] = {spawn(runtime, echo, quay_core(0), NULL), spawn(runtime, echo, quay_core(1), NULL)};
    quay_router_options two = {.policy = QUAY_ROUTER_LEAST_LOADED, .ports = both, .count = 2};
    ck_assert_int_eq(quay_router_spawn(runtime, &router, &two), 0);
    for (int i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(quay_call(router, 0, large, sizeof large, back, sizeof back, QUAY_FOREVER), sizeof large);
        ck_assert_mem_eq(back, large, sizeof large);
        ck_assert_int_eq(quay_send(router, 0, large, 10), 0);
    }
    quay_port failing = spawn(runtime, fail_with_tag, quay_core(1), NULL);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(quay_router_remove(router, both[i], QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_router_add(router, failing, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_call(router, ENOENT, NULL, 0, NULL, 0, QUAY_FOREVER), -ENOENT);
    ck_assert_int_eq(quay_call(router, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -ENOMSG);
}
END_TEST

START_TEST(many_errands_under_way_find_their_way_back)
{
    enum { MANY = 500 };
    quay_future *futures[MANY];
    uint32_t number;
    route_to(QUAY_ROUTER_LEAST_LOADED, NULL, PORTS);
    for (int round = 0; round < 2; round++) {
        unsigned hits[PORTS] = {0};
        for (int i = 0; i < MANY; i++) futures[i] = quay_ask(router, 0, NULL, 0, QUAY_FOREVER);
        for (int i = 0; i < MANY; i++) {
            ck_assert_int_eq(finish_future(futures[i], &number, sizeof number), sizeof number);
            hits[number]++;
        }
        for (int i = 0; i < PORTS; i++) ck_assert_uint_gt(hits[i], 0);
    }
}
END_TEST

/* ---- broadcast ---- */

START_TEST(broadcast_tells_all_and_how_many)
{
    uint32_t told;
    quay_port_counters counters;
    route_to(QUAY_ROUTER_BROADCAST, NULL, PORTS);
    ck_assert_int_eq(ask(7, "all", 4, &told), 0);
    ck_assert_uint_eq(told, PORTS);
    ck_assert_int_eq(quay_send(router, 7, NULL, 0), 0);
    drained_stats(runtime);
    for (int i = 0; i < PORTS; i++) {
        ck_assert_int_eq(quay_port_stats(ports[i], &counters), 0);
        ck_assert_uint_eq(counters.handled, 2);
    }
    end_port(ports[0]); /* on the router's core */
    ck_assert_int_eq(ask(7, NULL, 0, &told), 0);
    ck_assert_uint_eq(told, PORTS - 1);
    ck_assert_uint_eq(served(), PORTS - 1);
}
END_TEST

/* ---- ports that are gone ---- */

START_TEST(the_dead_are_taken_out_and_the_living_get_their_share)
{
    route_to(QUAY_ROUTER_ROUND_ROBIN, NULL, PORTS);
    end_port(ports[0]);
    end_port(ports[2]);
    for (uint32_t i = 0; i < ROUNDS; i++) ck_assert_uint_eq(ask_number(i) % 2, 1);
    ck_assert_uint_eq(served(), 2);
}
END_TEST

START_TEST(without_ports_asks_fail)
{
    uint32_t number;
    for (quay_router_policy policy = 0; policy < QUAY_ROUTER_BROADCAST; policy++) {
        route_to(policy, NULL, 0);
        ck_assert_int_eq(ask(0, NULL, 0, &number), -EPIPE);
    }
    ck_assert_int_eq(quay_router_spawn(runtime, &router, NULL), 0);
    ck_assert_int_eq(ask(0, NULL, 0, &number), -EPIPE);
    ck_assert_uint_eq(served(), 0);
}
END_TEST

START_TEST(what_a_router_owes_when_it_ends_fails)
{
    static gate g; /* its user is not waited for */
    gate_init(&g);
    quay_port slow = spawn(runtime, pass_gate, quay_core(1), &g);
    quay_router_options one = {.policy = QUAY_ROUTER_LEAST_LOADED, .ports = &slow, .count = 1};
    ck_assert_int_eq(quay_router_spawn(runtime, &router, &one), 0);
    quay_future *f = quay_ask(router, 0, NULL, 0, QUAY_FOREVER);
    gate_await_entry(&g);
    ck_assert_int_eq(quay_kill(router, 0), 0);
    ck_assert_int_eq(finish_future(f, NULL, 0), -EOWNERDEAD);
    gate_open(&g);
}
END_TEST

/* ---- misuse ---- */

START_TEST(bad_arguments_are_refused)
{
    quay_port port;
    uint32_t count;
    quay_router_options none = {.count = 1}, unknown = {.policy = QUAY_ROUTER_BROADCAST + 1};
    quay_router_options twice = {.ports = (quay_port[]){ports[0], ports[0]}, .count = 2};
    quay_router_options nowhere = {.place = quay_core(1u << 20), .ports = ports, .count = 1};
    ck_assert_int_eq(quay_router_spawn(runtime, &port, &none), -EINVAL);
    ck_assert_int_eq(quay_router_spawn(runtime, &port, &unknown), -EINVAL);
    ck_assert_int_eq(quay_router_spawn(runtime, &port, &twice), -EALREADY);
    ck_assert_int_eq(quay_router_spawn(runtime, &port, &nowhere), -EINVAL);
    ck_assert_int_eq(quay_router_spawn(runtime, NULL, NULL), -EINVAL);
    route_to(QUAY_ROUTER_ROUND_ROBIN, NULL, 1);
    ck_assert_int_eq(quay_router_add(router, ports[0], QUAY_FOREVER), -EALREADY);
    ck_assert_int_eq(quay_router_remove(router, ports[1], QUAY_FOREVER), -EALREADY);
    ck_assert_int_eq(quay_router_count(spawn(runtime, echo, QUAY_ANYWHERE, NULL), &count, QUAY_FOREVER), -EBADMSG);
}
END_TEST

START_TEST(its_own_tags_are_nobody_elses)
{
    uint32_t number;
    route_to(QUAY_ROUTER_LEAST_LOADED, NULL, PORTS);
    ck_assert_int_eq(ask(QUAY_ROUTER_TAGS, NULL, 0, &number), -EBADMSG); /* no port to add */
    for (uint32_t tag = QUAY_ROUTER_TAGS + 3; tag < QUAY_ROUTER_TAGS + 6; tag++) {
        ck_assert_int_eq(ask(tag, NULL, 0, &number), -EBADMSG);
    }
    ck_assert_int_eq(ask(UINT32_MAX, NULL, 0, &number), -EBADMSG);
    ck_assert_int_eq(ask(QUAY_ROUTER_TAGS - 1, NULL, 0, &number), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {round_robin_goes_round,
                            plain_messages_are_passed_on_with_their_sender_and_buffers_move,
                            full_ports_are_passed_over_until_all_are,
                            the_same_key_goes_to_the_same_port_and_others_spread,
                            only_the_keys_of_a_port_that_goes_move,
                            the_key_is_what_its_function_says,
                            whoever_has_least_to_do_gets_the_next,
                            least_loaded_brings_answers_errors_and_nothing_for_plain_messages,
                            many_errands_under_way_find_their_way_back,
                            broadcast_tells_all_and_how_many,
                            the_dead_are_taken_out_and_the_living_get_their_share,
                            without_ports_asks_fail,
                            what_a_router_owes_when_it_ends_fails,
                            bad_arguments_are_refused,
                            its_own_tags_are_nobody_elses};
    return run_tests_between("router", tests, COUNT_OF(tests), start, stop);
}
