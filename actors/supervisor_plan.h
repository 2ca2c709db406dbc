/* supervisor_plan.h - what a supervisor is to do, copied: the inside of supervisor.h, for nobody else.
 *
 * Ownership: a plan belongs to the supervisor that was spawned with it, the plans of its own supervisors included; they
 * are copied once more for each start of one. Read next: supervisor.c. */
#ifndef QUAY_ACTORS_SUPERVISOR_PLAN_H
#define QUAY_ACTORS_SUPERVISOR_PLAN_H

#include <quay/actors/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 0 or -EINVAL. */
int qy_plan_check(const quay_supervisor_options *options);

/* A copy of options that make sense, all the way down; lengths of 0 are replaced. NULL when there is no memory. */
quay_supervisor_options *qy_plan_copy(const quay_supervisor_options *options);
void qy_plan_free(quay_supervisor_options *plan);

#ifdef __cplusplus
}
#endif
#endif
