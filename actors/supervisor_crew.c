/* supervisor_crew.c - what is wanted of the children, as they come and go. Owns nothing. Read next: supervisor.c. */
#include "supervisor_crew.h"

#include <stdlib.h>

#include "supervisor_plan.h"

int qy_crew_make(qy_crew *crew, quay_supervisor_options *plan)
{
    *crew = (qy_crew){.plan = plan, .count = (uint32_t)plan->count};
    crew->members = calloc(plan->count + 1, sizeof *crew->members);
    crew->times = calloc(plan->intensity + 1u, sizeof *crew->times);
    for (uint32_t i = 0; crew->members && i < crew->count; i++) crew->members[i].wanted = true;
    return crew->members && crew->times ? 0 : -ENOMEM;
}

void qy_crew_free(qy_crew *crew)
{
    qy_plan_free(crew->plan);
    free(crew->members);
    free(crew->times);
}

uint32_t qy_crew_find(const qy_crew *crew, quay_port port)
{
    uint32_t index = 0;
    while (index < crew->count && crew->members[index].port.id != port.id) index++;
    return index;
}

static bool is_wanted(const qy_crew *crew, uint32_t index)
{
    const qy_member *m = &crew->members[index];
    return m->wanted && !m->doomed && !crew->stopping;
}

uint32_t qy_crew_to_stop(const qy_crew *crew)
{
    for (uint32_t i = crew->count; i-- > 0;) {
        if (crew->members[i].state != QY_MEMBER_DOWN && !is_wanted(crew, i)) return i;
    }
    return crew->count;
}

uint32_t qy_crew_to_start(const qy_crew *crew)
{
    uint32_t i = 0;
    while (i < crew->count && (crew->members[i].state == QY_MEMBER_UP || !is_wanted(crew, i))) i++;
    return i;
}

/* One more restart now: is that within the intensity? */
static bool may_restart(qy_crew *crew)
{
    unsigned intensity = crew->plan->intensity;
    quay_time now = quay_now();
    if (!intensity) return false;
    quay_time *oldest = &crew->times[crew->restarts % intensity];
    if (crew->restarts >= intensity && now - *oldest <= crew->plan->period) return false;
    *oldest = now;
    crew->restarts++;
    return true;
}

static void doom(qy_crew *crew, uint32_t first)
{
    for (uint32_t i = first; i < crew->count; i++) {
        qy_member *m = &crew->members[i];
        m->wanted = crew->plan->children[i].restart != QUAY_TEMPORARY || !m->starts;
        m->doomed = m->state != QY_MEMBER_DOWN;
    }
}

static void restart(qy_crew *crew, uint32_t index)
{
    if (!may_restart(crew)) {
        crew->stopping = true;
        crew->verdict = -ECHILD;
    } else if (crew->plan->strategy == QUAY_ONE_FOR_ALL) {
        doom(crew, 0);
    } else if (crew->plan->strategy == QUAY_REST_FOR_ONE) {
        doom(crew, index);
    }
}

void qy_crew_ended(qy_crew *crew, uint32_t index, quay_exit_cause cause)
{
    qy_member *m = &crew->members[index];
    quay_restart when = crew->plan->children[index].restart;
    bool meant = !is_wanted(crew, index);
    *m = (qy_member){.wanted = m->wanted, .starts = m->starts};
    if (meant) return;
    m->wanted = when == QUAY_PERMANENT || (when == QUAY_TRANSIENT && quay_exit_failed(cause));
    if (m->wanted) restart(crew, index);
}
