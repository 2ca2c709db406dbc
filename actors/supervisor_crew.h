/* supervisor_crew.h - a supervisor's children: what is wanted of each, and what it is: the inside of supervisor.h.
 *
 * Nothing here talks to ports. Events change what is known; qy_crew_to_stop and qy_crew_to_start say what is next.
 *
 * Ownership: a crew is its supervisor's, and the plan is the crew's. Read next: supervisor.c. */
#ifndef QUAY_ACTORS_SUPERVISOR_CREW_H
#define QUAY_ACTORS_SUPERVISOR_CREW_H

#include <quay/actors/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qy_member_state { QY_MEMBER_DOWN, QY_MEMBER_STARTING, QY_MEMBER_UP, QY_MEMBER_STOPPING } qy_member_state;

typedef struct qy_member {
    quay_port port;
    qy_member_state state;
    bool wanted;
    bool doomed; /* to be stopped, and then, if wanted, started anew */
    uint32_t starts;
    quay_timer timer; /* of its patience */
} qy_member;

typedef struct qy_crew {
    quay_supervisor_options *plan;
    qy_member *members; /* count of them */
    uint32_t count;
    quay_time *times; /* of the latest restarts, plan->intensity of them, round and round */
    uint64_t restarts;
    bool stopping; /* nobody is wanted any more */
    int verdict;   /* why, if it is for too many failures */
} qy_crew;

/* All are wanted, and down. 0 or -ENOMEM; both leave a crew to be freed, and the plan with it. */
int qy_crew_make(qy_crew *crew, quay_supervisor_options *plan);
void qy_crew_free(qy_crew *crew);

/* Whose port it is, or count. */
uint32_t qy_crew_find(const qy_crew *crew, quay_port port);

/* The last child that runs, or begins or ends, and is not wanted so; or count. */
uint32_t qy_crew_to_stop(const qy_crew *crew);

/* The first that is not up and is wanted; or count. */
uint32_t qy_crew_to_start(const qy_crew *crew);

/* It has ended: it is down, and others are wanted or not as strategy and intensity say. */
void qy_crew_ended(qy_crew *crew, uint32_t index, quay_exit_cause cause);

#ifdef __cplusplus
}
#endif
#endif
