/* test_worker_birth.c - workers and hosts are made whole or not at all, and everything of them is given back. */
#include <string.h>

#include "fixture.h"

START_TEST(a_worker_has_lanes_with_all_and_a_host_with_none)
{
    machine_start(&m, 3);
    qy_worker *host = qy_allocate(&m.rt->memory, sizeof *host, QY_CACHE_LINE);
    ck_assert_int_eq(qy_worker_init_host(host, m.rt, 3, QY_ID_HOMES - 1), 0);
    ck_assert_uint_eq(m.rt->workers[1]->peers, 3);
    ck_assert(!m.rt->workers[1]->blocking);
    ck_assert_uint_eq(m.rt->workers[1]->home, m.rt->first_home + 1);
    ck_assert_uint_eq(host->peers, 0);
    ck_assert(host->blocking);
    ck_assert_uint_eq(host->home, QY_ID_HOMES - 1);
    ck_assert_uint_eq(host->station.number, QY_NUMBER_HOST);
    ck_assert_int_eq(host->patience.most, 0); /* it sleeps at once: its core is somebody's */
    qy_worker_free(host);
    qy_release(&m.rt->memory, host, sizeof *host);
    machine_stop(&m);
}
END_TEST

/* Each allocation fails once, the ones before it having succeeded. */
static unsigned allowed;
static void *(*allocate)(void *context, size_t size, size_t align);

static void *allocate_some(void *context, size_t size, size_t align)
{
    return allowed ? allowed--, allocate(context, size, align) : NULL;
}

START_TEST(what_fails_half_way_leaves_nothing)
{
    machine_start(&m, 1);
    qy_worker *worker = qy_allocate(&m.rt->memory, sizeof *worker, QY_CACHE_LINE);
    allocate = m.rt->memory.allocate;
    m.rt->memory.allocate = allocate_some;
    size_t live = m.live;
    int error = -ENOMEM;
    unsigned failures = 0;
    for (; error; failures++) {
        allowed = failures;
        error = qy_worker_init_host(worker, m.rt, 1, QY_ID_HOMES - 1);
        if (error) ck_assert_uint_eq(m.live, live);
    }
    ck_assert_uint_gt(failures, 2);
    m.rt->memory.allocate = allocate;
    qy_worker_free(worker);
    ck_assert_uint_eq(m.live, live);
    qy_release(&m.rt->memory, worker, sizeof *worker);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_worker_has_lanes_with_all_and_a_host_with_none, what_fails_half_way_leaves_nothing};
    return run_tests("worker_birth", tests, COUNT_OF(tests));
}
