/* sim.h - the simulator: a runtime whose every move is drawn from one number, so that a run can be had again.
 *
 * quay_sim_start gives a runtime like any other, but without threads: its workers are stepped on the calling thread, in
 * an order drawn from the seed, whenever that thread waits or sends (await, join, drain, stop, quay_sim_run; send). The
 * clock is virtual: it jumps to the next timer when nothing else can happen, so that an hour takes no time.
 * QUAY_SIM=SEED in the environment makes quay_runtime_start do the same, so any program runs under it unchanged, also
 * in a debugger.
 *
 * What the simulator watches over, always: every message sent is handled, dead or queued; those of one sender to one
 * port are handled in order; no ask is lost; no memory and no stack is left at the end; nothing waits for ever. When
 * one of these is broken it prints what happened last, who waits for whom, and the QUAY_SIM that repeats it, and
 * aborts.
 *
 * QUAY_SIM is a seed, and after it, separated by commas, what is not to be drawn from it:
 *
 *     workers=N            as many; 1 to 63
 *     strategy=walk        or strategy=pct, or strategy=pct:D with a depth of 2 to 8
 *     faults=F+F...        what goes wrong: memory, kill, deadline, clock
 *     limit=N              choices after which the run is given up
 *     keep=N+N...          of the seed's decisions only these (at most 256); keep= for none
 *     chart                log a sequence chart
 *
 * What is not simulated: other threads (one that calls in, or awaits a future, ends the program with a sentence that
 * says so), quay_future_fd, and whatever a handler asks of the system itself. A blocking port lives on an ordinary
 * worker, an offloaded function runs where it is offloaded, and no watchdog looks on. */
#ifndef QUAY_SIM_H
#define QUAY_SIM_H

#include <quay/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum quay_sim_strategy {
    QUAY_SIM_ANY,  /* one of the others, drawn from the seed */
    QUAY_SIM_WALK, /* at each step each worker has the same chance */
    QUAY_SIM_PCT   /* priorities that change at a few random steps: finds what needs one rare order of events */
} quay_sim_strategy;

/* What may go wrong in a run, or'ed together. None, unless asked for: a program need not survive these. */
typedef enum quay_sim_fault {
    QUAY_SIM_MEMORY = 1,   /* allocations fail */
    QUAY_SIM_KILL = 2,     /* ports are killed */
    QUAY_SIM_DEADLINE = 4, /* work takes so long that deadlines and timers come first */
    QUAY_SIM_CLOCK = 8     /* the clock jumps ahead by up to ten seconds */
} quay_sim_fault;
#define QUAY_SIM_ALL_FAULTS 15u

/* Zeros are defaults. */
typedef struct quay_sim_options {
    uint64_t seed;
    unsigned workers; /* 4; at most QUAY_SIM_WORKERS_MAX in all runtimes of a simulation */
    quay_sim_strategy strategy;
    unsigned depth;       /* of PCT: 2 to 8; drawn from 2 to 4 */
    unsigned faults;      /* quay_sim_fault */
    bool chart;           /* log who sends what to whom, as a sequence chart */
    uint64_t limit;       /* choices after which the run is given up as endless; 10^8 */
    const uint64_t *keep; /* of the seed's decisions only these, by number; NULL: all */
    unsigned keep_count;  /* may be 0 with a keep that is not NULL: the plain course */
    quay_log *log;        /* as in quay_runtime_options */
    void *log_context;
    quay_allocator allocator;
    size_t stack_size;
} quay_sim_options;

#define QUAY_SIM_WORKERS_MAX 63

/* quay_sim_start - start a simulated runtime. A second one on the same thread joins the simulation of the first, whose
 * options count.
 * Thread: any thread outside a runtime; it alone may use the runtime.   Blocks: never.
 * Owns:   *rt is the caller's, until quay_runtime_stop; options may be NULL and stay the caller's.
 * Errors: -EINVAL rt is NULL, or the options make no sense; -EAGAIN too many workers; -ENOMEM; -EDEADLK from a
 *         handler; -EPERM after fork. */
QUAY_API int quay_sim_start(quay_runtime **rt, const quay_sim_options *options);

/* quay_sim_run, quay_sim_run_until - let the simulation go on until nothing can happen any more, or until a time: one
 * that repeats a message for ever (quay_send_every) never comes to rest. Then check what is watched over.
 * Thread: the one that started rt.   Blocks: runs handlers meanwhile.
 * Owns:   nothing.
 * Errors: -EINVAL rt is not simulated; -EDEADLK from a handler. */
QUAY_API int quay_sim_run(quay_runtime *rt);
QUAY_API int quay_sim_run_until(quay_runtime *rt, quay_time until);

/* quay_simulated - is this runtime simulated, by quay_sim_start or QUAY_SIM? For a program that would start threads of
 * its own, which a simulation does not know: it has the one that started rt do their part.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: none; false for NULL. */
QUAY_API bool quay_simulated(const quay_runtime *rt);

/* quay_sim_hash - a number that two runs share if and only if the same happened in both: the same choices, births,
 * messages and times. 0 if rt is not simulated.
 * Thread: the one that started rt.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API uint64_t quay_sim_hash(const quay_runtime *rt);

/* quay_sim_replay - the QUAY_SIM value that repeats the run.
 * Thread: the one that started rt.   Blocks: never.
 * Owns:   text is the caller's; at most size bytes are written, with a closing NUL.
 * Errors: -EINVAL rt is not simulated. Returns the length of the whole text, as snprintf does. */
QUAY_API int quay_sim_replay(const quay_runtime *rt, char *text, size_t size);

/* A run to be tried with many seeds: use rt as a program would. Nonzero: something went wrong. What it started besides
 * ports it ends; rt is stopped by the caller. */
typedef int quay_sim_story(quay_runtime *rt, void *context);

/* What a search has found. */
typedef struct quay_sim_finding {
    uint64_t seed;
    int result;        /* of the story */
    unsigned choices;  /* decisions of the seed that are needed for it */
    unsigned drawn;    /* … of that seed's run before it was shrunk */
    char replay[1024]; /* for QUAY_SIM */
} quay_sim_finding;

/* quay_sim_search - run a story under `seeds` seeds, from options->seed on, until it returns nonzero; then leave out
 * decision after decision of that seed for as long as it still returns the same, and log a chart of what is left.
 * Where nothing is decided, whoever runs goes on, then who has waited longest, and nothing goes wrong. Every hundredth
 * seed is run twice, to see that the story depends on nothing but its seed; the log says what did not repeat, be it
 * only the contents of a message. With QUAY_SIM in the environment there is no search: the story is run once under that
 * value, with its chart; of the options only `workers` (where the value has none), the log and the memory count.
 * Thread: any thread outside a runtime.   Blocks: runs the story.
 * Owns:   *finding (may be NULL) is written when something was found.
 * Errors: as quay_sim_start; -EPROTO a seed was run again and not the same happened; -ETIMEDOUT a run did not stop.
 *         Returns 1 when the story went wrong under some seed, 0 when it never did. */
QUAY_API int quay_sim_search(const quay_sim_options *options, uint64_t seeds, quay_sim_story *story, void *context,
                             quay_sim_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
