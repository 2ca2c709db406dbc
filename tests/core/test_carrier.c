/* test_carrier.c - a result in the message kept for it, whatever its size, and with no memory at all. */
#include "core/carrier.h"

#include <string.h>

#include "fixture.h"

static size_t seen_size;
static int seen_status;
static unsigned seen;

static int look(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    seen++;
    seen_size = message->size;
    seen_status = message->status;
    for (uint32_t i = 0; i < message->size; i++) ck_assert_int_eq(((const char *)message->data)[i], 'c');
    return 0;
}

static void carry(quay_port to, size_t size, int status)
{
    static char data[100000];
    qy_carrier carrier;
    memset(data, 'c', sizeof data);
    seen = 0;
    ck_assert_int_eq(qy_carrier_new(&carrier, to, 5), 0);
    qy_carrier_send(&carrier, &(qy_result){.status = status, .size = status ? 0 : size, .data = data});
    settle_down();
    ck_assert_uint_eq(seen, 1);
    ck_assert_int_eq(seen_status, status);
    ck_assert_uint_eq(seen_size, status ? 0 : size);
}

START_TEST(every_size_and_error_is_carried)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 40, 41, 1000, 100000};
    machine_start(&m, 2);
    quay_port port = spawn_on(1, look, NULL);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) carry(port, sizes[i], 0);
    carry(port, 0, -EPIPE);
    carry(port, 0, -ETIMEDOUT);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(what_does_not_fit_is_an_error_without_memory)
{
    static char data[1000];
    machine_start(&m, 1);
    quay_port port = spawn_on(0, look, NULL);
    qy_carrier carrier;
    seen = 0;
    ck_assert_int_eq(qy_carrier_new(&carrier, port, 5), 0);
    starve(0);
    qy_carrier_send(&carrier, &(qy_result){.size = sizeof data, .data = data});
    settle_down();
    feed();
    ck_assert_uint_eq(seen, 1);
    ck_assert_int_eq(seen_status, -ENOMEM);
    ck_assert_uint_eq(seen_size, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(nobody_gets_nothing)
{
    qy_carrier carrier;
    machine_start(&m, 1);
    ck_assert_int_eq(qy_carrier_new(&carrier, QUAY_NOBODY, 0), -EPIPE);
    quay_port port = spawn_on(0, look, NULL);
    as_worker(0);
    starve(0);
    ck_assert_int_eq(qy_carrier_new(&carrier, port, 0), -ENOMEM);
    feed();
    as_nobody();
    machine_stop(&m);
}
END_TEST

/* Another runtime has its homes by now: the carrier's message went with the first. */
START_TEST(a_carrier_whose_runtime_is_gone_is_forgotten)
{
    qy_carrier carrier;
    machine_start(&m, 1);
    quay_port port = spawn_on(0, look, NULL);
    uint32_t home = m.rt->first_home;
    ck_assert_int_eq(qy_carrier_new(&carrier, port, 0), 0);
    machine_stop(&m);
    machine_start(&m, 1);
    ck_assert_uint_eq(m.rt->first_home, home);
    seen = 0;
    (void)spawn_on(0, look, NULL);
    qy_carrier_send(&carrier, &(qy_result){.status = -EPIPE});
    settle_down();
    ck_assert_uint_eq(seen, 0);
    ck_assert_uint_eq(stats().sent, 0);
    machine_stop(&m);
    qy_carrier_send(&carrier, &(qy_result){.status = -EPIPE}); /* and none */
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_size_and_error_is_carried, what_does_not_fit_is_an_error_without_memory,
                            nobody_gets_nothing, a_carrier_whose_runtime_is_gone_is_forgotten};
    return run_tests("carrier", tests, COUNT_OF(tests));
}
