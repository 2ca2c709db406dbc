/* trace.h - what happened: a hash of all of it, the latest of it for reports, and a chart for people.
 *
 * The hash is of numbers of births, never of addresses or ids, so it is the same for one seed in every process, build
 * and run. Ownership: the simulation's. Read next: chart.c. */
#ifndef QY_TRACE_H
#define QY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum qy_event_kind { QY_EVENT_BORN, QY_EVENT_HANDLED, QY_EVENT_ANSWERED, QY_EVENT_ENDED } qy_event_kind;

typedef struct qy_event {
    int64_t time;
    qy_event_kind kind;
    uint32_t worker;
    uint32_t from; /* numbers of births */
    uint32_t to;
    uint32_t tag;
    uint32_t size;
    int32_t status;
    bool asked;
} qy_event;

#define QY_TRACE_KEPT 64

typedef struct qy_trace {
    uint64_t hash;
    int64_t start;
    uint64_t count;
    qy_event latest[QY_TRACE_KEPT]; /* by count % QY_TRACE_KEPT */
    uint32_t columns;               /* of the chart, so far */
} qy_trace;

struct qy_simulation;

void qy_trace_init(qy_trace *trace, int64_t start);

/* Something that is no event but belongs to the run. */
void qy_trace_mix(qy_trace *trace, uint64_t word);

/* An event; it is drawn, if the options say so. */
void qy_trace_add(struct qy_simulation *sim, const qy_event *event);

/* Log what happened latest. */
void qy_trace_tell(struct qy_simulation *sim);

/* ---- chart.c ---- */

#define QY_CHART_BYTES 256

/* The first line: who stands where. The ports of higher numbers share the last column. */
void qy_chart_heading(const struct qy_simulation *sim, char line[QY_CHART_BYTES]);

/* An event in words: who, and what it carries; and the other side, if an arrow does not show it. */
void qy_chart_describe(const struct qy_simulation *sim, const qy_event *event, bool other, char *text, size_t size);

/* An event as a line. */
void qy_chart_line(const struct qy_simulation *sim, const qy_event *event, char line[QY_CHART_BYTES]);

#endif
