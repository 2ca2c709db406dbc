/* simulation.h - one thread plays all: the agents, who has the turn, and what the parts of the simulator share.
 *
 * An agent is a thread of the simulated machine: agent 0 is the thread that started the simulation (the driver), every
 * worker is another. Each has a stack, and all run on the driver's real thread, one at a time, so what they do needs no
 * lock, and thread-locals that say who one is (qy_me) change with the agent. An agent gives up its turn
 *
 *     where it would sleep (os->park, thread_join),
 *     before each step of a worker, between two messages of a step, and behind each wake-up it causes,
 *
 * and the strategy says who goes on. What lies between two of these points is one step: races inside the lock-free
 * queues are not found here but by tests/explore.
 *
 * How the parts see and change a run without a line in the road of a message:
 *     ports.c   a port's handler is replaced at its birth by one that looks, may give up the turn, and calls the real
 *               one: the machine's `born`, one test a birth
 *     loop.c    the worker's loop is the machine's `body`, taken once a thread
 *     roads.c   a worker that is awake says that it is asleep, so whoever pushes onto a lane calls os->wake, which
 *               looks at what was pushed; batches count from `QY_BATCH - batch`, so that they are full sooner
 *     faults.c  takes the head of a lane, or the blocks of a pool, and puts it back later
 *
 * Ownership: a simulation belongs to its thread, from the first start of a runtime to the end of the last one. Agents
 * are the simulation's, their stacks are freed when they have ended. Read next: agents.c, machine.c, loop.c. */
#ifndef QY_SIMULATION_H
#define QY_SIMULATION_H

#include "core/runtime.h"
#include "sim/ports.h"
#include "sim/rerun.h"
#include "sim/roads.h"
#include "sim/settings.h"
#include "sim/trace.h"

#define QY_SIM_AGENTS (QUAY_SIM_WORKERS_MAX + 1)
#define QY_SIM_RUNTIMES 16

/* What fault injection has taken from a worker for a while. */
typedef struct qy_withheld {
    qy_parcel *lanes[QUAY_SIM_WORKERS_MAX]; /* by source: what follows the lane's head, or NULL */
    qy_block *blocks[QY_CLASSES];
    bool famine; /* its allocations fail */
} qy_withheld;

typedef struct qy_agent {
    unsigned number;
    uint64_t since; /* it can go on, or went on last: a count of moves */
    uint32_t over;  /* it has ended; who joins it sleeps here */
    qy_context context;
    qy_stack stack; /* its own; the driver has none */
    qy_stack left;  /* the one it was left on: its own, or a fiber's */
    void (*entry)(void *);
    void *argument;
    qy_worker *me;     /* qy_me, while another has the turn */
    qy_worker *worker; /* whose loop it runs */
    uint32_t told;     /* of its worker's ports that have ended */
    qy_withheld withheld;
    /* While it sleeps. */
    bool asleep;
    const uint32_t *word; /* NULL: until the simulation is at rest */
    int64_t deadline;
    int result;
} qy_agent;

typedef struct qy_simulation {
    qy_settings settings;
    qy_strategy strategy;
    qy_rng rng;         /* of faults and swarm */
    uint64_t choices;   /* of who goes on */
    uint64_t decisions; /* these, and all that is left to chance */
    uint64_t moves;
    int64_t clock;
    unsigned readings;               /* of the clock since the last choice */
    unsigned turns;                  /* of the running agent in a row, while others could go on */
    qy_agent *agents[QY_SIM_AGENTS]; /* NULL where one has ended */
    unsigned agents_count;
    qy_agent *running;
    qy_agent *ended; /* its stack is freed by who goes on */
    quay_runtime *runtimes[QY_SIM_RUNTIMES];
    unsigned runtimes_count;
    unsigned stacks; /* live */
    unsigned stores; /* live: machine.c */
    bool starting;   /* a runtime is being started */
    bool armed;      /* faults may happen */
    bool failing;    /* the end is being reported */
    qy_sim_ports ports;
    qy_roads roads;
    qy_trace trace;
    qy_rerun *rerun;      /* or NULL: this seed is run once */
    uint64_t *deviations; /* decisions that left the plain course, by number; grows */
    unsigned deviations_count;
    unsigned deviations_room;
    uint64_t *keep;  /* a copy of the option's */
    void *alternate; /* the driver's stack for signals; NULL: it has its own */
} qy_simulation;

/* The simulation that this thread drives, or NULL. */
extern QY_THREAD_LOCAL qy_simulation *qy_simulation_here;

/* It, in what only a simulated runtime calls; or the end of the process, saying that a stranger called. */
qy_simulation *qy_simulation_get(void);

/* Is it one of this simulation's? */
bool qy_simulation_has(const qy_simulation *sim, const quay_runtime *rt);

/* The workers of all its runtimes, by a number from 0; NULL behind the last. */
qy_worker *qy_simulation_worker(const qy_simulation *sim, uint32_t number);

/* Begin and end. */
int qy_simulation_begin(const qy_settings *settings, qy_simulation **out);
void qy_simulation_end(qy_simulation *sim);

/* ---- agents.c ---- */

/* An agent that will call entry(argument). NULL when there is no number, stack or memory. */
qy_agent *qy_agent_new(qy_simulation *sim, void (*entry)(void *), void *argument);

/* Wait until it has ended, and forget it. */
void qy_agent_join(qy_simulation *sim, qy_agent *agent);

/* A point where the running agent may lose the turn. */
void qy_agent_point(qy_simulation *sim);

/* Sleep until woken by the word or the deadline: 0 or -ETIMEDOUT. Without a word: until at rest, which is 0, too. */
int qy_agent_sleep(qy_simulation *sim, const uint32_t *word, int64_t deadline);

/* Wake up to count agents that sleep on a word, lower numbers first. */
void qy_agent_wake(qy_simulation *sim, const uint32_t *word, int count);

/* It can go on; its sleep returns the result. */
void qy_agent_rouse(qy_simulation *sim, qy_agent *agent, int result);

/* ---- choices.c ---- */

/* Who goes on; time passes if nobody can. */
qy_agent *qy_sim_choose(qy_simulation *sim);

/* True with a chance of one in so many; 0 is never. That it is false is the plain course. */
bool qy_sim_chance(qy_simulation *sim, unsigned one_in);

/* What can end a sleep of all: the earliest deadline of sleeping agents, QUAY_FOREVER if there is none. */
int64_t qy_agent_next_deadline(const qy_simulation *sim);

/* ---- machine.c ---- */

/* The system and the onlooker of simulated runtimes. */
extern const qy_machine qy_machine_simulated;

/* The allocator of a simulated runtime: counts, and fails as the faults say. `inner` is the user's, or NULL. */
int qy_sim_allocator(const quay_allocator *inner, quay_allocator *out);

/* No runtime came to use it. */
void qy_sim_allocator_free(const quay_allocator *unused);

/* ---- loop.c ---- */

void qy_sim_loop(qy_worker *worker);

/* ---- faults.c ---- */

/* Before a step of the running worker: what goes wrong now. After it: what only that step lacked is given back. */
void qy_faults_before(qy_simulation *sim, qy_agent *agent);
void qy_faults_after(qy_agent *agent);

/* Put back all that is kept from a worker; true if there was something for it on a lane. */
bool qy_faults_release(qy_agent *agent);

/* ---- oracle.c ---- */

/* At rest, and when the last worker of a runtime leaves: what must hold. Does not return if it does not. */
void qy_oracle_at_rest(qy_simulation *sim);
void qy_oracle_at_end(qy_simulation *sim, quay_runtime *rt);

/* Nothing can happen any more, though an agent waits. */
void qy_oracle_stuck(qy_simulation *sim) __attribute__((noreturn));

/* ---- report.c ---- */

/* The run has failed: say so, what happened last, and how to repeat it; then abort. */
void qy_sim_fail(qy_simulation *sim, const char *format, ...) QY_PRINTF(2, 3) QY_NORETURN;

/* The program is ended by a signal, on the thread that drives: how to repeat that. For qy_os_listen. */
void qy_sim_last_words(const char *signal);

/* A line of a report or chart, into the log of the first runtime; of a failure, to standard error. */
void qy_sim_say(const qy_simulation *sim, quay_log_level level, const char *format, ...) QY_PRINTF(3, 4);

/* A line for who gave these options, whether a runtime lives or not. */
void qy_sim_say_to(const quay_sim_options *options, quay_log_level level, const char *format, ...) QY_PRINTF(3, 4);

/* What a port, which may have ended, is called in reports. */
void qy_sim_name_of(const qy_simulation *sim, uint64_t id, char name[QY_SIM_NAME_BYTES]);

#endif
