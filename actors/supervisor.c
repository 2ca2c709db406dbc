/* supervisor.c - one port, and what it wants of its children against what they are.
 *
 * Every event (a child has started, has ended, did not end in time; a stop is asked for) only changes what is known or
 * wanted; then go_on does the next step from the one to the other:
 *
 *     a child that is doomed runs     stop the last such, and wait for its end
 *     the supervisor stops            exit
 *     a child that is wanted is down  start the first such, and wait until its init has run
 *     none of these                   all is well: answer who waits for that
 *
 * Ownership: struct supervisor is the port's state; the crew is its own. What its init needs is in a
 * block that init, which always runs, frees.
 * Read next: supervisor_report.c. */
#include "supervisor.h"

#include <stdlib.h>

#include "supervisor_child.h"
#include "supervisor_crew.h"
#include "supervisor_plan.h"
#include "supervisor_report.h"

typedef struct waiter {
    struct waiter *next;
    quay_promise promise;
} waiter;

struct supervisor {
    qy_crew crew;
    waiter *ready, *stop;
    quay_port parent; /* to be told when all have started; nobody, once it was */
    qy_about which;   /* of its children this is */
};

/* ---- a supervisor begins and ends ---- */

static quay_handler supervise;

/* What a supervisor's init needs. */
typedef struct charge {
    quay_supervisor_options *plan;
    quay_port parent;
    qy_about which;
} charge;

static void go_on(quay_self *self, struct supervisor *s);

static int begin(quay_self *self, void *state, void *arg)
{
    struct supervisor *s = state;
    charge c = *(charge *)arg;
    free(arg);
    int error = qy_crew_make(&s->crew, c.plan);
    if (!error) error = quay_trap_exits(self, QY_TAG_DOWN);
    if (!error) error = quay_trap_stop(self, QY_TAG_STOPPED);
    s->parent = c.parent;
    s->which = c.which;
    if (error) qy_crew_free(&s->crew);
    else go_on(self, s);
    return error;
}

static void forget(waiter *list)
{
    while (list) {
        waiter *w = list;
        list = w->next;
        free(w);
    }
}

/* It ends without having stopped its children, so it cannot wait for them any more. */
static void end(void *state, int reason)
{
    struct supervisor *s = state;
    for (size_t i = s->crew.count; i-- > 0;) {
        if (s->crew.members[i].state == QY_MEMBER_DOWN) continue;
        if (reason) qy_child_kill(s->crew.members[i].port, -ECANCELED);
        else (void)quay_stop(s->crew.members[i].port);
    }
    forget(s->ready); /* they are told by the end of the port */
    forget(s->stop);
    qy_crew_free(&s->crew);
}

static int spawn_supervisor(quay_runtime *rt, quay_port *out, const quay_supervisor_options *options,
                            const quay_port_options *given, charge first)
{
    charge *c = malloc(sizeof *c);
    if (!c) return -ENOMEM;
    *c = first;
    c->plan = qy_plan_copy(options);
    quay_port_options port = {.name = given->name,
                              .place = given->place,
                              .state_size = sizeof(struct supervisor),
                              .init = begin,
                              .fini = end};
    port.arg = c;
    int error = c->plan ? quay_spawn(rt, out, supervise, &port) : -ENOMEM;
    if (!error) return 0;
    qy_plan_free(c->plan);
    free(c);
    return error;
}

/* ---- steps ---- */

static int spawn_child(quay_self *self, const quay_child *child, qy_about which, quay_port *port)
{
    if (!child->supervisor) return qy_child_spawn(self, child, which, port);
    quay_port_options options = child->options;
    if (!options.name) options.name = child->supervisor->name;
    return spawn_supervisor(quay_self_runtime(self), port, child->supervisor, &options,
                            (charge){.parent = quay_self_port(self), .which = which});
}

static int start_child(quay_self *self, const struct supervisor *s, uint32_t index)
{
    qy_member *m = &s->crew.members[index];
    const quay_child *child = &s->crew.plan->children[index];
    int error = spawn_child(self, child, (qy_about){index, ++m->starts}, &m->port);
    if (!error) error = qy_child_adopt(self, child, m->port);
    if (!error) m->state = QY_MEMBER_STARTING;
    return error;
}

/* The end of its patience is to be told first. */
static int try_to_stop(quay_self *self, const quay_child *child, qy_member *m, qy_about which)
{
    quay_time late = quay_in(child->patience);
    quay_port me = quay_self_port(self);
    m->timer.id = 0;
    int error = late == QUAY_FOREVER ? 0 : quay_send_after(me, QY_TAG_LATE, &which, sizeof which, late, &m->timer);
    if (!error) error = quay_stop(m->port);
    if (error && error != -EPIPE) error = quay_kill(m->port, -ECANCELED);
    return error;
}

static void stop_child(quay_self *self, const struct supervisor *s, uint32_t index)
{
    qy_member *m = &s->crew.members[index];
    int error;
    do error = try_to_stop(self, &s->crew.plan->children[index], m, (qy_about){index, m->starts});
    while (qy_child_try_again(self, error));
    if (!error || error == -EPIPE) m->state = QY_MEMBER_STOPPING;
}

static void answer(quay_self *self, waiter **list)
{
    while (*list) {
        waiter *w = *list;
        *list = w->next;
        while (qy_child_try_again(self, quay_settle(w->promise, 0, NULL, 0))) continue;
        free(w);
    }
}

static void all_is_well(quay_self *self, struct supervisor *s)
{
    answer(self, &s->ready);
    if (!s->parent.id) return;
    int error = qy_child_report(self, s->parent, s->which);
    s->parent = QUAY_NOBODY;
    if (error) quay_exit_because(self, error, "its supervisor does not know it");
}

static void finish(quay_self *self, struct supervisor *s)
{
    answer(self, &s->stop);
    const char *text = s->crew.verdict == -ECHILD ? "its children failed too often" : "its supervisor ended";
    quay_exit_because(self, s->crew.verdict, s->crew.verdict ? text : NULL);
}

static void go_on(quay_self *self, struct supervisor *s)
{
    for (;;) {
        uint32_t index = qy_crew_to_stop(&s->crew);
        if (index < s->crew.count) {
            if (s->crew.members[index].state != QY_MEMBER_STOPPING) stop_child(self, s, index);
            return;
        }
        if (s->crew.stopping) {
            finish(self, s);
            return;
        }
        index = qy_crew_to_start(&s->crew);
        if (index == s->crew.count) {
            all_is_well(self, s);
            return;
        }
        if (s->crew.members[index].state != QY_MEMBER_DOWN) return;
        int error = start_child(self, s, index);
        if (!error || (error == -ENOMEM && !qy_child_try_again(self, error))) return;
        qy_crew_ended(&s->crew, index, QUAY_EXIT_ERROR); /* it could not even be spawned */
    }
}

/* ---- events ---- */

/* Of a child, or of a port that is linked to the supervisor otherwise: its own supervisor, without which it ends. */
static int take_notice(struct supervisor *s, const quay_message *message)
{
    const quay_exit_notice *notice = QUAY_PAYLOAD(message, quay_exit_notice);
    if (!notice) return -EBADMSG;
    uint32_t index = qy_crew_find(&s->crew, notice->port);
    if (index < s->crew.count) {
        if (s->crew.members[index].timer.id) (void)quay_timer_cancel(s->crew.members[index].timer);
        qy_crew_ended(&s->crew, index, notice->cause);
    } else if (quay_exit_failed(notice->cause) && !s->crew.stopping) {
        s->crew.stopping = true;
        s->crew.verdict = notice->reason ? notice->reason : -ECANCELED;
    }
    return 0;
}

/* The child of a QY_TAG_STARTED or QY_TAG_LATE; NULL if another is in its place by now. */
static qy_member *find_member(const struct supervisor *s, const quay_message *message)
{
    const qy_about *a = QUAY_PAYLOAD(message, qy_about);
    return a && a->index < s->crew.count && s->crew.members[a->index].starts == a->start ? &s->crew.members[a->index]
                                                                                         : NULL;
}

/* 0, or no memory (or a plain message): then the ask has come to nothing. */
static int wait_for(quay_self *self, waiter **list)
{
    waiter *w = malloc(sizeof *w);
    if (!w) return -ENOMEM;
    *w = (waiter){.next = *list, .promise = quay_defer(self)};
    if (!w->promise.id) {
        free(w);
        return -ENOMEM;
    }
    *list = w;
    return 0;
}

/* It is begun only when the ask is no more this handler call's: who asked may cancel that, as its deadline does, and
 * then the steps could not wait for memory, and would be left half done. */
static int begin_to_stop(quay_self *self, struct supervisor *s)
{
    int error = wait_for(self, &s->stop);
    if (!error) s->crew.stopping = true;
    return error;
}

static int take_event(quay_self *self, struct supervisor *s, const quay_message *message)
{
    qy_member *m;
    switch (message->tag) {
    case QY_TAG_STOP:
        return begin_to_stop(self, s);
    case QY_TAG_STOPPED:
        s->crew.stopping = true;
        return 0;
    case QY_TAG_READY:
        return wait_for(self, &s->ready);
    case QY_TAG_STARTED:
        m = find_member(s, message);
        if (m && m->state == QY_MEMBER_STARTING) m->state = QY_MEMBER_UP;
        return qy_child_confirm(self, m && m->state != QY_MEMBER_DOWN);
    case QY_TAG_LATE:
        m = find_member(s, message);
        return m && m->state == QY_MEMBER_STOPPING ? qy_child_end(self, m->port) : 0;
    case QY_TAG_DOWN:
        return take_notice(s, message);
    default:
        return -EBADMSG;
    }
}

static int supervise(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == QY_TAG_REPORT) return qy_report_reply(self, &((struct supervisor *)state)->crew);
    int error = take_event(self, state, message);
    go_on(self, state);
    return error;
}

/* ---- its callers' side ---- */

int quay_supervisor_spawn(quay_runtime *rt, quay_port *out, const quay_supervisor_options *options)
{
    int error = out ? qy_plan_check(options) : -EINVAL;
    if (error) return error;
    quay_port_options port = {.name = options->name ? options->name : "supervisor", .place = options->place};
    return spawn_supervisor(rt, out, options, &port, (charge){.parent = QUAY_NOBODY});
}

int quay_supervisor_ready(quay_port supervisor, quay_time deadline)
{
    return quay_call(supervisor, QY_TAG_READY, NULL, 0, NULL, 0, deadline);
}

int quay_supervisor_stop(quay_port supervisor, quay_time deadline)
{
    return quay_call(supervisor, QY_TAG_STOP, NULL, 0, NULL, 0, deadline);
}
