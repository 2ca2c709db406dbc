/* test_release.c - the last holder of a runtime frees it, and nobody before. */
#include "fixture.h"

/* machine_stop asserts that every byte is given back; a second holder keeps them until it lets go. */
START_TEST(a_runtime_lives_as_long_as_one_holds_it)
{
    machine_start(&m, 2);
    quay_runtime *rt = m.rt;
    ck_pr_inc_32(&rt->holders);
    qy_homes_list(rt, false);
    qy_runtime_release(rt);
    ck_assert_uint_gt(m.live, 0);
    ck_assert_uint_eq(rt->workers_count, 2);
    qy_homes_list(rt, true);
    machine_stop(&m);
}
END_TEST

START_TEST(homes_given_back_start_above_all_they_had)
{
    machine_start(&m, 1);
    uint32_t home = m.rt->first_home;
    uint32_t floor = qy_homes_floor(home);
    quay_port port = spawn_on(0, note_message, NULL);
    machine_stop(&m);
    ck_assert_uint_gt(qy_homes_floor(home), floor);
    ck_assert_int_eq(quay_send(port, 0, NULL, 0), -EPIPE);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_runtime_lives_as_long_as_one_holds_it, homes_given_back_start_above_all_they_had};
    return run_tests("release", tests, COUNT_OF(tests));
}
