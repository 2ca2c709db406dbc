/* inside.c - guest.h G1: threads go in and out while the runtime is taken off the list and freed; and G3: a guest is
 * one thread's at a time. The runtime has no workers; nothing is sent. */
#include <string.h>

#include "core/runtime.h"
#include "explore.h"

#define VISITORS 3

static struct {
    quay_runtime *runtime;
    uint32_t home;
    const qy_guest *held[VISITORS];
} here;

static void visit(void *argument)
{
    const qy_guest **held = argument;
    for (int i = 0; i < 2; i++) {
        int error;
        qy_guest *guest = qy_guest_enter(here.home, &error);
        if (!guest) {
            EXPLORE_CHECK(error == -EPIPE);
            break;
        }
        *held = guest;
        for (unsigned j = 0; j < VISITORS; j++) EXPLORE_CHECK(held == &here.held[j] || here.held[j] != guest);
        EXPLORE_CHECK(ck_pr_load_32(&here.runtime->phase) == QY_RUNNING);
        EXPLORE_CHECK(guest->station.runtime == here.runtime && ck_pr_load_32(&guest->taken) == 1);
        qy_guest_leave();
    }
    *held = NULL;
}

static void close_it(void *argument)
{
    quay_runtime *rt = here.runtime;
    qy_homes_list(rt, false);
    qy_guest_wait_outside(rt);
    for (uint32_t i = 0; i < rt->guests_count; i++) qy_guest_free(rt->guests[0][i]);
    if (rt->guests[0]) qy_release(&rt->memory, rt->guests[0], QY_GUEST_GROUP * sizeof *rt->guests[0]);
    explore_delete(rt, sizeof *rt);
}

static void start(void)
{
    static uint64_t serial;
    static const char *const names[VISITORS] = {"visitor 0", "visitor 1", "visitor 2"};
    memset(&here, 0, sizeof here);
    here.runtime = explore_new(sizeof *here.runtime);
    here.runtime->os = &qy_os_linux;
    here.runtime->memory = explore_memory;
    here.runtime->serial = ++serial;
    here.runtime->workers_count = 1;
    ck_spinlock_init(&here.runtime->guests_lock);
    EXPLORE_CHECK(!qy_homes_take(2, &here.runtime->first_home));
    here.home = here.runtime->first_home;
    qy_homes_list(here.runtime, true);
    for (unsigned i = 0; i < VISITORS; i++) (void)explore_thread(names[i], visit, &here.held[i]);
    (void)explore_thread("closer", close_it, NULL);
}

static void check(void)
{
    qy_homes_give(here.home, 2, NULL);
}

const explore_scenario explore_inside = {.name = "inside", .steps = 120, .start = start, .check = check};
