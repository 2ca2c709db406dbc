/* supervisor_report.c - pages, and the text made of a tree of them. Owns nothing. Read next: samples/. */
#include "supervisor_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor_child.h"

#define FIRST_ROOM 4096 /* bytes tried first for a page */

/* ---- the supervisor's side ---- */

static void write_name(char *to, const char *name, const char *otherwise)
{
    (void)snprintf(to, QUAY_NAME_MAX + 1, "%s", name ? name : otherwise);
}

void qy_report_head(qy_page *page, const quay_supervisor_options *plan, uint64_t restarts)
{
    page->strategy = plan->strategy;
    page->intensity = plan->intensity;
    page->period = plan->period;
    page->restarts = restarts;
    page->count = (uint32_t)plan->count;
    write_name(page->name, plan->name, "supervisor");
}

void qy_report_line(qy_line *line, const quay_child *child, quay_port port, qy_member_state state, uint32_t starts)
{
    line->port = port;
    line->state = state;
    line->restart = child->restart;
    line->restarts = starts ? starts - 1 : 0;
    line->supervisor = child->supervisor;
    write_name(line->name, child->options.name, child->supervisor ? child->supervisor->name : NULL);
}

int qy_report_reply(quay_self *self, const qy_crew *crew)
{
    size_t size = sizeof(qy_page) + crew->count * sizeof(qy_line);
    qy_page *page = calloc(1, size);
    if (!page) return -ENOMEM;
    qy_report_head(page, crew->plan, crew->restarts);
    for (uint32_t i = 0; i < crew->count; i++) {
        const qy_member *m = &crew->members[i];
        qy_report_line(&qy_page_lines(page)[i], &crew->plan->children[i], m->port, m->state, m->starts);
    }
    int error = quay_reply(self, page, size);
    free(page);
    return error;
}

/* ---- the caller's side ---- */

typedef struct output {
    char *text;
    size_t size;
    size_t length;
    quay_time deadline;
} output;

static void print(output *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = to->length < to->size ? to->size - to->length : 0;
    int length = vsnprintf(room ? to->text + to->length : NULL, room, format, arguments);
    va_end(arguments);
    if (length > 0) to->length += (size_t)length;
}

/* The page of a supervisor, the caller's to free. 0 or an error. */
static int fetch(quay_port supervisor, quay_time deadline, qy_page **page)
{
    int got = -EMSGSIZE;
    quay_future *f = quay_ask(supervisor, QY_TAG_REPORT, NULL, 0, deadline);
    *page = NULL;
    for (size_t room = FIRST_ROOM; got == -EMSGSIZE && room <= QUAY_MESSAGE_MAX; room *= 2) {
        free(*page);
        *page = malloc(room);
        got = *page ? quay_await(f, *page, room) : -ENOMEM;
    }
    quay_drop(f);
    if (got >= (int)sizeof **page) return 0;
    free(*page);
    *page = NULL;
    return got < 0 ? got : -EBADMSG;
}

static void print_page(output *to, qy_page *page, int depth);

static void print_below(output *to, const qy_line *line, int depth)
{
    qy_page *page;
    int error = fetch(line->port, to->deadline, &page);
    if (error) print(to, " (does not answer: %s)\n", quay_strerror(error));
    else print_page(to, page, depth);
    free(page);
}

static void print_line(output *to, const qy_line *line, int depth)
{
    static const char *const states[] = {"down", "starting", "up", "stopping"};
    static const char *const restarts[] = {"permanent", "transient", "temporary"};
    print(to, "%*s%s: %s, %s, restarts %u", 2 * depth, "", line->name[0] ? line->name : "unnamed", states[line->state],
          restarts[line->restart], line->restarts);
    if (line->supervisor && line->port.id) print_below(to, line, depth);
    else print(to, "\n");
}

/* The line that names the supervisor has begun. */
static void print_page(output *to, qy_page *page, int depth)
{
    static const char *const strategies[] = {"one for one", "one for all", "rest for one"};
    print(to, ", %s, %llu of its children's restarts, at most %u in %lld ms\n", strategies[page->strategy],
          (unsigned long long)page->restarts, page->intensity, (long long)(page->period / QUAY_MS(1)));
    for (uint32_t i = 0; i < page->count; i++) print_line(to, &qy_page_lines(page)[i], depth + 1);
}

int quay_supervisor_describe(quay_port supervisor, char *text, size_t size, quay_time deadline)
{
    qy_page *page;
    output to = {.text = text, .size = text ? size : 0, .deadline = deadline};
    int error = fetch(supervisor, deadline, &page);
    if (error) return error;
    print(&to, "%s", page->name);
    print_page(&to, page, 0);
    free(page);
    return (int)to.length;
}
