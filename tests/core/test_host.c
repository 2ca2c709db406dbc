/* test_host.c - hosts are made when needed, lent again, found by their homes, and refused at the end; nothing is left
 * of those that could not be. */
#include "fixture.h"

#include "core/host.h"

static void keep_quiet(void *context, quay_log_level level, const char *text)
{
    (void)context, (void)level, (void)text;
}

static quay_runtime *start(void)
{
    quay_runtime *rt;
    quay_runtime_options options = {.workers = 2, .topology = "core:2 pu:1", .log = keep_quiet};
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    return rt;
}

static qy_worker *take(quay_runtime *rt)
{
    qy_worker *host;
    ck_assert_int_eq(qy_host_take(rt, &host), 0);
    return host;
}

START_TEST(what_is_given_back_is_lent_again)
{
    quay_runtime *rt = start();
    qy_worker *a = take(rt);
    qy_worker *b = take(rt);
    ck_assert_ptr_ne(a, b);
    ck_assert_uint_ne(a->home, b->home);
    qy_host_give_back(a);
    ck_assert_ptr_eq(take(rt), a);
    qy_host_give_back(a);
    qy_host_give_back(b);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(hosts_come_last_among_workers_and_are_found_by_home)
{
    quay_runtime *rt = start();
    qy_worker *host = take(rt);
    unsigned count = 0;
    const qy_worker *last = NULL;
    for (const qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker)); count++) last = worker;
    ck_assert_uint_eq(count, 3);
    ck_assert_ptr_eq(last, host);
    ck_assert_ptr_eq(qy_runtime_worker(rt, host->home), host);
    ck_assert_ptr_eq(qy_runtime_worker(rt, rt->first_home + 1), rt->workers[1]);
    ck_assert_ptr_null(qy_runtime_worker(rt, rt->first_home + 2)); /* where futures of threads are at home */
    ck_assert_ptr_eq(qy_homes_runtime(host->home), rt);
    qy_host_give_back(host);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(none_is_made_once_they_are_closed)
{
    quay_runtime *rt = start();
    uint32_t before, after;
    ck_assert_int_eq(qy_homes_take(1, &before), 0);
    qy_homes_give(before, 1, NULL);
    qy_worker *host = take(rt);
    uint32_t home = host->home;
    qy_hosts_close(rt);
    ck_assert_ptr_null(qy_homes_runtime(home));
    qy_worker *late;
    ck_assert_int_eq(qy_host_take(rt, &late), -ECANCELED);
    qy_host_give_back(host);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(qy_homes_take(1, &after), 0);
    ck_assert_uint_le(after, before); /* all homes are free again */
}
END_TEST

static int refuse_thread(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument)
{
    (void)thread, (void)name, (void)entry, (void)argument;
    return -EAGAIN;
}

/* machine_stop asserts that every byte was given back. */
START_TEST(nothing_is_left_of_a_host_that_got_no_thread_or_no_memory)
{
    qy_worker *host;
    machine_start(&m, 1);
    qy_os os = *m.rt->os;
    os.thread_start = refuse_thread;
    m.rt->os = &os;
    uint32_t holders = m.rt->holders;
    ck_assert_int_eq(qy_host_take(m.rt, &host), -EAGAIN);
    for (unsigned spare = 0; spare < 2; spare++) {
        starve_after(0, spare);
        ck_assert_int_eq(qy_host_take(m.rt, &host), -ENOMEM);
        feed();
    }
    ck_assert_uint_eq(m.rt->holders, holders);
    ck_assert_ptr_null(m.rt->newest_host);
    quay_port port;
    ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &(quay_port_options){.blocking = true}), -EAGAIN);
    machine_stop(&m);
}
END_TEST

static uint32_t allowed;

static void *allocate_some(void *context, size_t size, size_t align)
{
    return ck_pr_faa_32(&allowed, UINT32_MAX) - 1 < INT32_MAX ? qy_os_allocate(context, size, align) : NULL;
}

static int ignore(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    return 0;
}

/* With a thread that comes and goes. The spawn may find memory for its host and none for itself: the next has it. */
static int spawn_with_memory_for(uint32_t count)
{
    quay_runtime *rt;
    quay_port port;
    quay_runtime_options options = {.workers = 1,
                                    .topology = "core:1 pu:1",
                                    .log = keep_quiet,
                                    .allocator = {.allocate = allocate_some, .release = qy_os_release}};
    quay_port_options blocking = {.blocking = true};
    ck_pr_store_32(&allowed, INT32_MAX);
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    ck_pr_store_32(&allowed, count);
    int error = quay_spawn(rt, &port, ignore, &blocking);
    ck_pr_store_32(&allowed, INT32_MAX);
    bool has_host = rt->newest_host;
    if (error) ck_assert_int_eq(quay_spawn(rt, &port, ignore, &blocking), 0);
    ck_assert(!has_host || !rt->newest_host->older);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    return error;
}

START_TEST(a_blocking_spawn_may_find_no_memory_at_any_point)
{
    int error = -ENOMEM;
    for (uint32_t count = 0; error; count++) {
        error = spawn_with_memory_for(count);
        ck_assert(!error || error == -ENOMEM);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_is_given_back_is_lent_again, hosts_come_last_among_workers_and_are_found_by_home,
                            none_is_made_once_they_are_closed,
                            nothing_is_left_of_a_host_that_got_no_thread_or_no_memory,
                            a_blocking_spawn_may_find_no_memory_at_any_point};
    return run_tests("host", tests, COUNT_OF(tests));
}
