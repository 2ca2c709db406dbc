/* quiet.c - knowing that nothing is on its way (station.h S1), and waiting for it without polling.
 *
 * Who waits sets `observed`, fences, takes the event count, looks, and parks on the count. A worker that goes to sleep
 * has announced so and fenced; then it looks at `observed` and raises the count. One of the two sees the other (as in
 * parking.h), and the last worker to do anything goes to sleep after it. */
#include "core/runtime.h"

/* Everything begun, and everything done with; also by threads, as what they find no room for is done with there. */
static uint64_t done(const qy_counts *count)
{
    uint64_t sum = ck_pr_load_64(&count->handled) + ck_pr_load_64(&count->retired);
    for (int reason = 0; reason < QUAY_DEAD_REASONS; reason++) sum += ck_pr_load_64(&count->dead[reason]);
    return sum;
}

static uint64_t begun(const qy_counts *count)
{
    return qy_count_sent(count) + ck_pr_load_64(&count->posted);
}

static uint64_t sum(const quay_runtime *rt, uint64_t (*of)(const qy_counts *))
{
    uint64_t sum = 0;
    for (const qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker));)
        sum += of(&worker->station.count);
    uint32_t guests = ck_pr_load_32(&rt->guests_count);
    ck_pr_fence_load(); /* pairs with the fence in make_guest */
    for (uint32_t i = 0; i < guests; i++) sum += of(&qy_runtime_guest(rt, rt->workers_count + i)->station.count);
    return sum;
}

static bool is_quiet(const quay_runtime *rt)
{
    uint64_t finished = sum(rt, done);
    ck_pr_fence_load(); /* in this order: station.h S1 */
    return sum(rt, begun) == finished;
}

static bool has_ports(const quay_runtime *rt)
{
    uint64_t alive = 0;
    for (const qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker));) {
        const qy_counts *count = &worker->station.count;
        uint64_t ended = ck_pr_load_64(&count->ended);
        ck_pr_fence_load(); /* ended first, so that the difference is not negative */
        alive += ck_pr_load_64(&count->spawned) - ended;
    }
    return alive > 0;
}

void qy_runtime_maybe_quiet(quay_runtime *rt)
{
    if (QY_LIKELY(!ck_pr_load_32(&rt->observed))) return;
    ck_pr_inc_32(&rt->quiet);
    rt->os->wake(&rt->quiet, INT32_MAX);
}

static int wait_observed(quay_runtime *rt, bool no_ports, quay_time deadline)
{
    for (;;) {
        uint32_t event = ck_pr_load_32(&rt->quiet);
        ck_pr_fence_memory();
        if (is_quiet(rt) && !(no_ports && has_ports(rt))) return 0;
        if (!no_ports && ck_pr_load_32(&rt->phase) == QY_ENDED) return -ECANCELED;
        if (deadline != QUAY_FOREVER && rt->os->now() >= deadline) return -ETIMEDOUT;
        (void)rt->os->park(&rt->quiet, event, deadline);
    }
}

int qy_runtime_wait_quiet(quay_runtime *rt, bool no_ports, quay_time deadline)
{
    QY_CHECK(!qy_me || qy_me->station.runtime != rt);
    ck_pr_inc_32(&rt->observed);
    ck_pr_fence_memory(); /* pairs with the fence in qy_parking_announce */
    int error = wait_observed(rt, no_ports, deadline);
    ck_pr_dec_32(&rt->observed);
    return error;
}

int quay_runtime_drain(quay_runtime *rt, quay_time deadline)
{
    if (qy_runtime_waits_for_me(rt)) return -EDEADLK;
    int error = qy_runtime_enter(rt);
    if (error) return error;
    const qy_os *os = rt->os;
    ck_pr_inc_32(&rt->visitors); /* until it is 0 again the runtime is not freed */
    qy_guest_leave();
    error = qy_runtime_wait_quiet(rt, false, deadline);
    uint32_t *visitors = &rt->visitors;
    bool last;
    ck_pr_dec_32_zero(visitors, &last);
    if (last) os->wake(visitors, INT32_MAX);
    return error;
}
