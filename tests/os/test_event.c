/* test_event.c - an event is readable from when it is raised, and there may be none to be had. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../suite.h"
#include "os/os.h"

static bool readable(int descriptor)
{
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    return poll(&entry, 1, 0) == 1 && entry.revents == POLLIN;
}

START_TEST(event_is_readable_from_when_it_is_raised_whoever_reads)
{
    uint64_t count;
    int event = qy_os_event_new();
    ck_assert_int_ge(event, 0);
    ck_assert(!readable(event));
    for (int i = 0; i < 3; i++) {
        qy_os_event_raise(event);
        ck_assert(readable(event));
        ck_assert_int_eq(read(event, &count, sizeof count), sizeof count);
        ck_assert(readable(event));
    }
    qy_os_event_free(event);
    ck_assert_int_eq(read(event, &count, sizeof count), -1);
}
END_TEST

START_TEST(event_without_a_descriptor_is_an_error)
{
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    int event = qy_os_event_new();
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(event, -EMFILE);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {event_is_readable_from_when_it_is_raised_whoever_reads,
                            event_without_a_descriptor_is_an_error};
    return run_tests("event", tests, COUNT_OF(tests));
}
