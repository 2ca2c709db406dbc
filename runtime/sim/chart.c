/* chart.c - events as lines of a sequence chart: a column for each port, an arrow for each message.
 *
 *          ms worker  outside     alice       counter
 *       0.004      1     |           o            |        born
 *       0.011      1     |---------->|            |        tag 1, 8 bytes
 *       0.020      0     |           |----------->|        tag 2, 0 bytes, asked
 *       0.020      0     |           |<- - - - - -|        answered
 */
#include <inttypes.h>
#include <string.h>

#include "sim/simulation.h"

#define LEFT 20   /* bytes before the first column */
#define COLUMN 12 /* bytes from one to the next */
#define COLUMNS 8

static uint32_t columns(const qy_simulation *sim)
{
    return sim->ports.count + 1 < COLUMNS ? sim->ports.count + 1 : COLUMNS;
}

/* Does this port, or 0 for outside, stand in a column with others? */
static bool is_shared(const qy_simulation *sim, uint32_t number)
{
    return number >= COLUMNS - 1 && sim->ports.count >= COLUMNS;
}

/* Where a port's line stands. */
static size_t place(uint32_t number)
{
    return LEFT + COLUMN / 2 + (size_t)COLUMN * (number < COLUMNS ? number : COLUMNS - 1);
}

void qy_chart_heading(const qy_simulation *sim, char line[QY_CHART_BYTES])
{
    qy_format(line, QY_CHART_BYTES, "%*s", LEFT, "ms worker  ");
    for (uint32_t i = 0; i < columns(sim); i++) {
        char name[QY_SIM_NAME_BYTES];
        qy_sim_port_name(&sim->ports, i, name);
        size_t length = strlen(line);
        qy_format(line + length, QY_CHART_BYTES - length, " %-*.*s", COLUMN - 1, COLUMN - 1,
                  is_shared(sim, i) ? "all others" : name);
    }
}

static void draw_arrow(char *line, size_t from, size_t to, bool dashed)
{
    size_t low = from < to ? from : to;
    size_t high = from < to ? to : from;
    for (size_t i = low + 1; i < high; i++) line[i] = dashed && i % 2 ? ' ' : '-';
    if (from < to) line[to - 1] = '>';
    else if (from > to) line[to + 1] = '<';
    else line[to] = '@';
}

static void draw_event(char *line, const qy_event *event)
{
    switch (event->kind) {
    case QY_EVENT_BORN:
        line[place(event->to)] = 'o';
        break;
    case QY_EVENT_HANDLED:
        draw_arrow(line, place(event->from), place(event->to), false);
        break;
    case QY_EVENT_ANSWERED:
        draw_arrow(line, place(event->to), place(event->from), true);
        break;
    case QY_EVENT_ENDED:
        line[place(event->to)] = 'x';
        break;
    }
}

void qy_chart_describe(const qy_simulation *sim, const qy_event *event, bool other, char *text, size_t size)
{
    char name[QY_SIM_NAME_BYTES], from[QY_SIM_NAME_BYTES];
    const char *error = event->status ? quay_strerror(event->status) : "";
    qy_sim_port_name(&sim->ports, event->to, name);
    qy_sim_port_name(&sim->ports, event->from, from);
    switch (event->kind) {
    case QY_EVENT_BORN:
        qy_format(text, size, "%s is born", name);
        break;
    case QY_EVENT_HANDLED:
        qy_format(text, size, "%s: tag %u, %u bytes%s%s%s%s%s", name, event->tag, event->size,
                  event->asked ? ", asked" : "", *error ? ", " : "", error, other ? ", from " : "", other ? from : "");
        break;
    case QY_EVENT_ANSWERED:
        qy_format(text, size, "%s answered%s%s tag %u%s%s", name, other ? " " : "", other ? from : "", event->tag,
                  *error ? ": " : "", error);
        break;
    case QY_EVENT_ENDED:
        qy_format(text, size, "%s has ended: %s", name, quay_strerror(event->status));
        break;
    }
}

void qy_chart_line(const qy_simulation *sim, const qy_event *event, char line[QY_CHART_BYTES])
{
    int64_t ns = event->time - sim->trace.start;
    qy_format(line, QY_CHART_BYTES, "%8" PRId64 ".%03" PRId64 " %6u ", ns / 1000000, ns / 1000 % 1000, event->worker);
    size_t end = place(columns(sim) - 1) + COLUMN / 2;
    size_t length = strlen(line);
    QY_CHECK(length <= end && end < QY_CHART_BYTES);
    memset(line + length, ' ', end - length);
    for (uint32_t i = 0; i < columns(sim); i++) line[place(i)] = '|';
    draw_event(line, event);
    qy_chart_describe(sim, event, is_shared(sim, event->from), line + end, QY_CHART_BYTES - end);
}
