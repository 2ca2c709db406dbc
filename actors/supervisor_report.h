/* supervisor_report.h - what a supervisor tells of itself: the inside of supervisor.h, for nobody else.
 *
 * A supervisor answers QY_TAG_REPORT with a page of its own children only. Whoever wants the tree asks the supervisors
 * among them: so no supervisor waits for another. Ownership: the caller's. Read next: supervisor_report.c. */
#ifndef QUAY_ACTORS_SUPERVISOR_REPORT_H
#define QUAY_ACTORS_SUPERVISOR_REPORT_H

#include "supervisor_crew.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qy_line {
    quay_port port;
    qy_member_state state;
    quay_restart restart;
    uint32_t restarts;
    bool supervisor;
    char name[QUAY_NAME_MAX + 1];
} qy_line;

typedef struct qy_page {
    quay_strategy strategy;
    unsigned intensity;
    int64_t period;
    uint64_t restarts;
    uint32_t count;
    char name[QUAY_NAME_MAX + 1];
} qy_page;

/* What follows it: count lines. */
static inline qy_line *qy_page_lines(qy_page *page)
{
    return (qy_line *)(page + 1);
}

/* Fill in a page that is all zeros. */
void qy_report_head(qy_page *page, const quay_supervisor_options *plan, uint64_t restarts);
void qy_report_line(qy_line *line, const quay_child *child, quay_port port, qy_member_state state, uint32_t starts);

/* Answer a QY_TAG_REPORT. 0 or an error. */
int qy_report_reply(quay_self *self, const qy_crew *crew);

#ifdef __cplusplus
}
#endif
#endif
