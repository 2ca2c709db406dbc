/* test_idle.c - a runtime with nothing to do uses no processor time, and its workers do not wake.
 *
 * The one test that must let time pass. It does so by awaiting an answer that never comes. */
#include <sys/resource.h>

#include "support.h"

#define IDLE_FOR QUAY_SEC(10)
#define SHARE 1000 /* at most a thousandth of the time */

static int64_t processor_time(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return QUAY_SEC(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           QUAY_US(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static uint64_t parks(const quay_runtime *rt)
{
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_stats(rt, &stats), 0);
    return stats.parks;
}

START_TEST(an_idle_runtime_uses_no_processor)
{
    quay_runtime *rt = start_runtime(2);
    quay_promise promise;
    quay_future *never;
    ck_assert_int_eq(quay_promise_new(rt, &promise, &never), 0);
    quay_port ports[2] = {spawn(rt, echo, quay_core(0), NULL), spawn(rt, echo, quay_core(1), NULL)};
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(quay_call(ports[i % 2], 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    drained_stats(rt);
    ck_assert_int_eq(quay_await_until(never, NULL, 0, quay_in(QUAY_SEC(1))), -ETIMEDOUT); /* spinning ends */
    uint64_t parks_before = parks(rt);
    int64_t time_before = processor_time();
    ck_assert_int_eq(quay_await_until(never, NULL, 0, quay_in(IDLE_FOR)), -ETIMEDOUT);
    int64_t time = processor_time() - time_before;
    ck_assert_uint_eq(parks(rt), parks_before);
    ck_assert_uint_gt(parks_before, 0);
    if (!SANITIZED) ck_assert_int_lt(time, IDLE_FOR / SHARE); /* a sanitizer's own thread takes more */
    quay_drop(never);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_idle_runtime_uses_no_processor};
    return run_tests("idle", tests, COUNT_OF(tests));
}
