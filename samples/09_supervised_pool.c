/* 09_supervised_pool.c - a pool of workers that survives a killing spree.
 *
 * A supervisor keeps a few workers running. They crash on one job in ten, and a killer ends one after the other of
 * them besides. Nobody who asks needs to know: a worker joins the group "pool" when it begins, and a caller picks one
 * for each try. An ask that a worker took along in its death ends with an error, at once, and is asked again.
 *
 *   supervisor ──restarts──▶ worker worker worker …  ◀──kills── killer
 *                               ▲      ▲                          │ monitors each, and kills
 *                               └──────┴── picked by clients      │ the next when told
 *
 * To be seen: quay_supervisor_spawn and its tree as text, quay_group_join, quay_group_pick, quay_exit_because,
 * quay_monitor and the exit notice it brings. The program succeeds if every job got its answer.
 *
 * Run:       samples/09_supervised_pool [-n jobs]      20000 if not said
 * Read next: docs/guide.md, "When things fail" */
#define _POSIX_C_SOURCE 200809L
#include <quay/actors/supervisor.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define POOL "pool"
#define WORKERS 4
#define CLIENTS 8
#define SPARED 100 /* jobs between two kills */

enum { JOB, RESULT, START, DOWN };

typedef struct office {
    quay_runtime *rt;
    quay_port killer;
    uint64_t jobs;
} office;

/* ---- a worker ---- */

static int join_pool(quay_self *self, void *state, void *arg)
{
    (void)state;
    (void)arg;
    return quay_group_join(quay_self_runtime(self), POOL, quay_self_port(self));
}

/* Squares a number, or dies of it. */
static int work(quay_self *self, void *state, const quay_message *message)
{
    uint64_t *done = state;
    const uint64_t *number = QUAY_PAYLOAD(message, uint64_t);
    if (!number) return -EBADMSG;
    if (++*done % 10 == 0) {
        quay_exit_because(self, -EIO, "the tenth job is one too many");
        return 0;
    }
    return quay_reply(self, &(uint64_t){*number * *number}, sizeof *number);
}

/* ---- a client ---- */

typedef struct client {
    const office *where;
    uint64_t next, last; /* its jobs */
    uint64_t tries;
    quay_promise done; /* settled with the tries it took */
} client;

static int ask_one(quay_self *self, client *c)
{
    if (++c->tries % SPARED == 0) (void)quay_send(c->where->killer, START, NULL, 0);
    quay_future *f = quay_ask(quay_group_pick(c->where->rt, POOL), JOB, &c->next, sizeof c->next, QUAY_FOREVER);
    int error = quay_then(f, quay_self_port(self), RESULT);
    quay_drop(f);
    return error;
}

/* An error means that the worker is gone: the same job is asked of another. */
static int be_client(quay_self *self, void *state, const quay_message *message)
{
    client *c = *(client **)state;
    const uint64_t *square = QUAY_PAYLOAD(message, uint64_t);
    if (message->tag == RESULT && !message->status) {
        if (!square || *square != c->next * c->next) return quay_settle(c->done, -EBADMSG, NULL, 0);
        if (++c->next == c->last) return quay_settle(c->done, 0, &c->tries, sizeof c->tries);
    }
    return ask_one(self, c);
}

static int keep_client(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(void **)state = arg;
    return 0;
}

/* ---- the killer ---- */

/* Answers, when asked for it, how many it killed: by the notices it got, not by the kills it tried. */
static int be_killer(quay_self *self, void *state, const quay_message *message)
{
    uint64_t *killed = state;
    const quay_exit_notice *notice = QUAY_PAYLOAD(message, quay_exit_notice);
    quay_port victim;
    switch (message->tag) {
    case START:
        victim = quay_group_pick(quay_self_runtime(self), POOL);
        if (quay_monitor(self, victim, DOWN, NULL)) return 0;
        (void)quay_kill(victim, -EINTR); /* it may be gone; the notice says so */
        return 0;
    case DOWN:
        if (notice && notice->cause == QUAY_EXIT_KILLED) ++*killed;
        return 0;
    default:
        return quay_reply(self, killed, sizeof *killed);
    }
}

/* ---- all of it ---- */

static int start_pool(quay_runtime *rt, quay_port *supervisor)
{
    static const char *const names[WORKERS] = {"worker 0", "worker 1", "worker 2", "worker 3"};
    quay_child children[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        children[i] = (quay_child){
            .name = names[i],
            .handler = work,
            .options = {.place = QUAY_SPREAD, .state_size = sizeof(uint64_t), .init = join_pool},
        };
    }
    int error = quay_supervisor_spawn(
        rt, supervisor,
        &(quay_supervisor_options){
            .name = "pool", .intensity = QUAY_INTENSITY_MAX, .children = children, .count = WORKERS});
    return error ? error : quay_supervisor_ready(*supervisor, QUAY_FOREVER);
}

static int start_client(const office *where, client *c, int index, quay_future **done)
{
    quay_port port;
    uint64_t share = where->jobs / CLIENTS;
    uint64_t first = share * (uint64_t)index;
    *c = (client){.where = where, .next = first, .last = index < CLIENTS - 1 ? first + share : where->jobs};
    quay_port_options options = {.place = QUAY_SPREAD, .state_size = sizeof(void *), .init = keep_client, .arg = c};
    int error = quay_promise_new(where->rt, &c->done, done);
    if (!error) error = quay_spawn(where->rt, &port, be_client, &options);
    return error ? error : quay_send(port, START, NULL, 0);
}

/* Returns the tries that all clients took, or an error. */
static int64_t run_clients(const office *where)
{
    static client clients[CLIENTS];
    quay_future *done[CLIENTS];
    int64_t tries = 0;
    for (int i = 0; i < CLIENTS; i++) {
        int error = start_client(where, &clients[i], i, &done[i]);
        if (error) return error;
    }
    for (int i = 0; i < CLIENTS; i++) {
        uint64_t took = 0;
        int got = quay_await(done[i], &took, sizeof took);
        tries = got < 0 ? got : tries < 0 ? tries : tries + (int64_t)took;
        quay_drop(done[i]);
    }
    return tries;
}

static int report(const office *where, quay_port supervisor, int64_t tries)
{
    char tree[1024];
    uint64_t killed = 0;
    int error = quay_supervisor_describe(supervisor, tree, sizeof tree, QUAY_FOREVER);
    if (error < 0) return error;
    error = quay_call(where->killer, RESULT, NULL, 0, &killed, sizeof killed, QUAY_FOREVER);
    if (error < 0) return error;
    printf("%s", tree);
    printf("%" PRIu64 " workers were killed; others died of their work\n", killed);
    printf("%" PRIu64 " jobs, %s asked more than once, all answered\n", where->jobs,
           tries > (int64_t)where->jobs ? "some" : "none");
    return 0;
}

static int run(office *where)
{
    quay_port supervisor;
    int error = quay_spawn(where->rt, &where->killer, be_killer, &(quay_port_options){.state_size = sizeof(uint64_t)});
    if (!error) error = start_pool(where->rt, &supervisor);
    if (error) return error;
    int64_t tries = run_clients(where);
    error = tries < 0 ? (int)tries : report(where, supervisor, tries);
    return error ? error : quay_supervisor_stop(supervisor, QUAY_FOREVER);
}

int main(int count, char **arguments)
{
    office where = {.jobs = 20000};
    for (int option; (option = getopt(count, arguments, "n:")) != -1;) {
        if (option != 'n' || (where.jobs = strtoull(optarg, NULL, 10)) < CLIENTS) {
            fprintf(stderr, "usage: %s [-n jobs, %d at least]\n", arguments[0], CLIENTS);
            return 2;
        }
    }
    int error = quay_runtime_start(&where.rt, NULL);
    if (!error) error = run(&where);
    if (where.rt && quay_runtime_stop(where.rt, QUAY_FOREVER)) error = error ? error : -ETIMEDOUT;
    if (error) fprintf(stderr, "%s: %s\n", quay_strerror(error), quay_explain(error));
    return error ? 1 : 0;
}
