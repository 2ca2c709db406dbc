/* fjcreate.c - Savina 3, fork-join (actor creation): a port for each of many small tasks.
 *
 * Measures spawning: each port gets one message, computes, answers and ends. The parent keeps so many under way and
 * spawns another for each that ends, on all workers in turn. Checked: every task was done, with the right result.
 *
 * Read next: fjthroughput.c */
#include "savina.h"

#include <math.h>

#define UNDER_WAY 512 /* tasks at a time */

enum { TASKS };

static struct savina_parameter parameters[] = {[TASKS] = {"tasks", 40000, 1000}, {.name = NULL}};

enum { START, TASK, RESULT };

static double compute(double angle)
{
    double sine = sin(angle);
    return sine * sine;
}

/* ---- a task ---- */

static int do_task(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    double result = compute(*(const double *)message->data);
    quay_exit(self, 0);
    return quay_send(message->from, RESULT, &result, sizeof result);
}

/* ---- the parent ---- */

struct parent {
    uint64_t spawned, joined;
    quay_promise done;
    double expected;
};

static int spawn_task(quay_self *self, struct parent *parent)
{
    double angle = 37.2;
    if (parent->spawned == parameters[TASKS].value) return 0;
    parent->spawned++;
    return quay_send(bench_spawn(quay_self_runtime(self), do_task, 0, QUAY_SPREAD), TASK, &angle, sizeof angle);
}

static int fork_and_join(quay_self *self, void *state, const quay_message *message)
{
    struct parent *parent = state;
    int error = 0;
    if (message->tag == START) {
        parent->done = quay_defer(self);
        parent->expected = compute(37.2);
        for (int i = 0; i < UNDER_WAY && !error; i++) error = spawn_task(self, parent);
        return error;
    }
    if (*(const double *)message->data != parent->expected) return -EBADMSG;
    if (++parent->joined < parameters[TASKS].value) return spawn_task(self, parent);
    return quay_settle(parent->done, 0, &parent->joined, sizeof parent->joined);
}

static void run(quay_runtime *rt)
{
    uint64_t joined;
    quay_port parent = bench_spawn(rt, fork_and_join, sizeof(struct parent), QUAY_ANYWHERE);
    savina_call(parent, START, NULL, 0, &joined, sizeof joined);
    bench_check(joined == parameters[TASKS].value, "every task was joined");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"fjcreate", parameters, .run = run});
}
