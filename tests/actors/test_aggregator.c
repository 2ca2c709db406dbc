/* test_aggregator.c - all parts, partial results, enough of them, giving up; and what is no answer. */
#include <quay/actors/aggregator.h>

#include <stdalign.h>

#include "support.h"

#define PORTS 4
#define SOON QUAY_MS(20)

static quay_runtime *runtime;
static quay_port ports[PORTS];
static quay_port aggregator;

static void start(void)
{
    runtime = start_runtime(2);
    for (unsigned i = 0; i < PORTS; i++) ports[i] = spawn(runtime, echo, quay_core(i % 2), NULL);
}

/* Every gatherer has ended. */
static void stop(void)
{
    stop_runtime(runtime);
}

static void aggregate(uint32_t count, uint32_t room, int64_t patience, uint32_t enough)
{
    quay_aggregator_options options = {
        .ports = ports, .count = count, .room = room, .patience = patience, .enough = enough};
    ck_assert_int_eq(quay_aggregator_spawn(runtime, &aggregator, &options), 0);
}

typedef struct answer {
    alignas(8) char bytes[QUAY_AGGREGATOR_SIZE(PORTS, 64)];
    size_t size;
} answer;

static quay_aggregator_part part(const answer *a, uint32_t index)
{
    return quay_aggregator_at(a->bytes, a->size, index);
}

static uint32_t good(const answer *a)
{
    return ((const quay_aggregator_answer *)(const void *)a->bytes)->good;
}

static void ask(answer *a, const void *data, size_t size)
{
    int got = quay_call(aggregator, 0, data, size, a->bytes, sizeof a->bytes, QUAY_FOREVER);
    ck_assert_int_gt(got, 0);
    a->size = (size_t)got;
}

START_TEST(each_port_has_its_part_in_its_order)
{
    answer a;
    aggregate(PORTS, 6, QUAY_FOREVER, 0);
    for (int i = 0; i < 50; i++) {
        ask(&a, "hello", 6);
        ck_assert_uint_eq(good(&a), PORTS);
        for (uint32_t p = 0; p < PORTS; p++) {
            ck_assert_int_eq(part(&a, p).status, 0);
            ck_assert_uint_eq(part(&a, p).size, 6);
            ck_assert_mem_eq(part(&a, p).data, "hello", 6);
        }
    }
    ck_assert_int_eq(quay_aggregator_at(a.bytes, a.size, PORTS).status, -EBADMSG);
}
END_TEST

static int refuse(quay_self *self, void *state, const quay_message *message)
{
    return -ENOENT;
}

/* One answers, one fails, one is dead, one is silent. */
START_TEST(what_does_not_come_in_time_costs_its_own_part_only)
{
    answer a;
    ports[1] = spawn(runtime, refuse, quay_core(1), NULL);
    ports[2] = spawn(runtime, echo, quay_core(1), NULL);
    ports[3] = spawn(runtime, never_answer, quay_core(1), NULL);
    ck_assert_int_eq(quay_stop(ports[2]), 0);
    join_port(ports[2], 0);
    aggregate(PORTS, 8, SOON, 0);
    ask(&a, "abc", 4);
    ck_assert_uint_eq(good(&a), 1);
    ck_assert_int_eq(part(&a, 0).status, 0);
    ck_assert_str_eq((const char *)part(&a, 0).data, "abc");
    ck_assert_int_eq(part(&a, 1).status, -ENOENT);
    ck_assert_int_eq(part(&a, 2).status, -EPIPE);
    ck_assert_int_eq(part(&a, 3).status, -ETIMEDOUT);
    for (uint32_t p = 1; p < PORTS; p++) ck_assert_uint_eq(part(&a, p).size, 0);
}
END_TEST

START_TEST(an_answer_larger_than_its_room_is_an_error_of_its_part)
{
    answer a;
    aggregate(2, 4, QUAY_FOREVER, 0);
    ask(&a, "12345", 5);
    ck_assert_uint_eq(good(&a), 0);
    ck_assert_int_eq(part(&a, 0).status, -EMSGSIZE);
    ask(&a, NULL, 0);
    ck_assert_uint_eq(good(&a), 2);
    aggregate(2, 0, QUAY_FOREVER, 0);
    ask(&a, NULL, 0);
    ck_assert_uint_eq(good(&a), 2);
    ck_assert_uint_eq(a.size, QUAY_AGGREGATOR_SIZE(2, 0));
}
END_TEST

static int wait_to_be_cancelled(quay_self *self, void *state, const quay_message *message)
{
    while (!quay_cancelled(self)) (void)quay_sleep(self, QUAY_SEC(3600));
    sem_post(SHARED(state, sem_t));
    return -ECANCELED;
}

static void await_semaphore(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

START_TEST(when_there_is_enough_the_rest_is_cancelled)
{
    answer a;
    sem_t cancelled;
    ck_assert_int_eq(sem_init(&cancelled, 0, 0), 0);
    ports[1] = spawn(runtime, wait_to_be_cancelled, quay_core(1), &cancelled);
    ports[2] = spawn(runtime, refuse, quay_core(1), NULL);
    aggregate(PORTS, 8, QUAY_FOREVER, 2);
    ask(&a, "q", 1);
    ck_assert_uint_eq(good(&a), 2);
    ck_assert_int_eq(part(&a, 1).status, -ECANCELED);
    await_semaphore(&cancelled);
}
END_TEST

START_TEST(enough_that_cannot_be_had_ends_with_the_last_part)
{
    answer a;
    ports[0] = ports[1] = spawn(runtime, refuse, quay_core(1), NULL);
    aggregate(2, 0, QUAY_FOREVER, 1);
    ask(&a, NULL, 0);
    ck_assert_uint_eq(good(&a), 0);
    ck_assert_int_eq(part(&a, 0).status, -ENOENT);
    ck_assert_int_eq(part(&a, 1).status, -ENOENT);
}
END_TEST

START_TEST(the_askers_deadline_is_the_ports_too)
{
    for (unsigned i = 0; i < 2; i++) ports[i] = spawn(runtime, never_answer, quay_core(i), NULL);
    aggregate(2, 0, QUAY_FOREVER, 0);
    int got = quay_call(aggregator, 0, NULL, 0, NULL, 0, quay_in(SOON));
    ck_assert(got == -ETIMEDOUT || got == -EMSGSIZE); /* the parts, all late, may come just in time */
    drained_stats(runtime);
}
END_TEST

START_TEST(many_are_under_way_at_once_and_outlive_the_aggregator)
{
    enum { MANY = 200 };
    quay_future *futures[MANY];
    answer a;
    gate g;
    aggregate(PORTS, sizeof(int), QUAY_FOREVER, 0);
    (void)hold_worker(runtime, quay_core(1), &g);
    for (int i = 0; i < MANY; i++) futures[i] = quay_ask(aggregator, 0, &i, sizeof i, QUAY_FOREVER);
    ck_assert_int_eq(quay_stop(aggregator), 0);
    gate_open(&g);
    for (int i = 0; i < MANY; i++) {
        a.size = (size_t)finish_future(futures[i], a.bytes, sizeof a.bytes);
        for (uint32_t p = 0; p < PORTS; p++) ck_assert_mem_eq(part(&a, p).data, &i, sizeof i);
    }
    drained_stats(runtime);
    ck_assert_int_eq(quay_call(aggregator, 0, NULL, 0, NULL, 0, QUAY_FOREVER), -EPIPE);
}
END_TEST

START_TEST(a_plain_message_is_put_to_all)
{
    atomic_long told = 0;
    for (unsigned i = 0; i < 2; i++) ports[i] = spawn(runtime, count, quay_core(i), &told);
    aggregate(2, 0, QUAY_FOREVER, 0);
    ck_assert_int_eq(quay_send(aggregator, 0, NULL, 0), 0);
    quay_stats stats = drained_stats(runtime);
    ck_assert_int_eq(atomic_load(&told), 2);
    ck_assert_uint_eq(stats.failed, 0);
}
END_TEST

START_TEST(bad_options_are_refused)
{
    quay_port port;
    quay_aggregator_options good_ones = {.ports = ports, .count = 2, .patience = 1};
    quay_aggregator_options bad[] = {good_ones, good_ones, good_ones, good_ones, good_ones, good_ones, good_ones};
    const int errors[] = {-EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EMSGSIZE, -EINVAL};
    bad[0].ports = NULL;
    bad[1].count = 0;
    bad[2].patience = 0;
    bad[3].patience = -1;
    bad[4].enough = 3;
    bad[5].room = UINT32_MAX;
    bad[6].place = quay_core(1u << 20);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_int_eq(quay_aggregator_spawn(runtime, &port, &bad[i]), errors[i]);
    }
    ck_assert_int_eq(quay_aggregator_spawn(runtime, &port, NULL), -EINVAL);
    ck_assert_int_eq(quay_aggregator_spawn(runtime, NULL, &good_ones), -EINVAL);
}
END_TEST

START_TEST(what_is_no_answer_has_no_parts)
{
    alignas(8) char bytes[QUAY_AGGREGATOR_SIZE(2, 8)] = {0};
    quay_aggregator_answer head = {.count = 2, .room = 8};
    ck_assert_int_eq(quay_aggregator_at(NULL, sizeof bytes, 0).status, -EBADMSG);
    ck_assert_int_eq(quay_aggregator_at(bytes, sizeof bytes, 0).status, -EBADMSG);
    memcpy(bytes, &head, sizeof head);
    ck_assert_int_eq(quay_aggregator_at(bytes, 0, 0).status, -EBADMSG);
    ck_assert_int_eq(quay_aggregator_at(bytes, sizeof head, 0).status, -EBADMSG);
    ck_assert_int_eq(quay_aggregator_at(bytes, sizeof bytes - 1, 0).status, -EBADMSG);
    ck_assert_int_eq(quay_aggregator_at(bytes, sizeof bytes, 1).status, 0);
    ck_assert_int_eq(quay_aggregator_at(bytes, sizeof bytes, 2).status, -EBADMSG);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {each_port_has_its_part_in_its_order,
                            what_does_not_come_in_time_costs_its_own_part_only,
                            an_answer_larger_than_its_room_is_an_error_of_its_part,
                            when_there_is_enough_the_rest_is_cancelled,
                            enough_that_cannot_be_had_ends_with_the_last_part,
                            the_askers_deadline_is_the_ports_too,
                            many_are_under_way_at_once_and_outlive_the_aggregator,
                            a_plain_message_is_put_to_all,
                            bad_options_are_refused,
                            what_is_no_answer_has_no_parts};
    return run_tests_between("aggregator", tests, COUNT_OF(tests), start, stop);
}
