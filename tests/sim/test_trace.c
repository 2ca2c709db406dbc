/* test_trace.c - the hash tells runs apart, and what happened latest is kept. */
#include "support.h"

#include <string.h>

START_TEST(every_part_of_an_event_counts)
{
    static const qy_event events[] = {
        {0},        {.time = 1}, {.kind = QY_EVENT_ENDED}, {.worker = 1},  {.from = 1}, {.to = 1},
        {.tag = 1}, {.size = 1}, {.status = -1},           {.asked = true}};
    uint64_t hashes[COUNT_OF(events)];
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        quay_runtime *rt = simulate(1, 1, 0);
        qy_trace_add(qy_simulation_here, &events[i]);
        hashes[i] = quay_sim_hash(rt);
        for (size_t j = 0; j < i; j++) ck_assert_uint_ne(hashes[i], hashes[j]);
        stop(rt);
    }
}
END_TEST

START_TEST(the_latest_events_are_told)
{
    quay_runtime *rt;
    static kept_log log;
    ck_assert_int_eq(quay_sim_start(&rt, &(quay_sim_options){.log = keep_log, .log_context = &log}), 0);
    for (uint32_t i = 0; i < 3 * QY_TRACE_KEPT; i++) {
        qy_trace_add(qy_simulation_here, &(qy_event){.time = QUAY_SEC(1000), .kind = QY_EVENT_HANDLED, .tag = i});
    }
    ck_assert_uint_eq(log.lines, 0);
    qy_trace_tell(qy_simulation_here);
    ck_assert_uint_eq(log.lines, QY_TRACE_KEPT + 1);
    ck_assert_ptr_null(strstr(log.text, "tag 127,"));
    ck_assert(strstr(log.text, "tag 128,") < strstr(log.text, "tag 191,"));
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_part_of_an_event_counts, the_latest_events_are_told};
    return run_tests("trace", tests, COUNT_OF(tests));
}
