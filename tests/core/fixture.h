/* fixture.h - a runtime whose workers have no threads: the test makes every step itself, on a clock it sets, with
 * memory it can take away. So what a step does is the same every time.
 *
 * Outside of as_worker … as_nobody and step, the test is a thread outside the runtime: what it sends goes by a guest.
 * machine_stop asserts that every byte was given back. Ownership: a machine is the test's; rt is the machine's.
 * Read next: any test. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <quay/quay.h>

#include "../suite.h"
#include "core/dispatch.h"
#include "core/life.h"
#include "core/runtime.h"
#include "core/send.h"
#include "core/thread_future.h"
#include "core/timer.h"

#define LOG_BYTES 4096

typedef struct machine {
    quay_runtime *rt;
    size_t live;          /* bytes allocated */
    bool starved;         /* allocations fail, but for … */
    unsigned spare;       /* … so many */
    unsigned refused;     /* that did */
    quay_time now;        /* the workers' clock */
    unsigned wakes;       /* calls of os->wake */
    unsigned parks;       /* calls of os->park */
    void (*parked)(void); /* called instead of sleeping */
    char log[LOG_BYTES];
} machine;

/* The one machine whose clock and parking count; others may run beside it. */
extern machine m;

/* Workers on a synthetic machine of so many cores in one NUMA node; or on that of a topology, a worker a core. */
void machine_start(machine *it, unsigned workers);
void machine_start_on(machine *it, const char *topology);
void machine_stop(machine *it);

/* Be a worker of m, and be a thread outside again. */
qy_worker *as_worker(unsigned index);
void as_nobody(void);

/* One step of a worker, on its fibers: handlers may wait. False when there was nothing to do. */
bool step(unsigned index);

/* Step all workers in turn until none has anything to do; of m, or of another machine. */
void settle_down(void);
void machine_settle(machine *it);

/* No memory for anything from here on, on this worker (blocks it has kept included), but for `spare` allocations, each
 * of which may be a chunk of blocks; memory again. */
void starve(unsigned index);
void starve_after(unsigned index, unsigned spare);
void feed(void);

/* As starve, but this worker has so many blocks, 8 at the most, for what is of that size. */
void ration(unsigned index, size_t bytes, unsigned blocks);

/* Futures of a worker's ports that are in use. */
unsigned living_futures(const qy_worker *worker);

/* Spawn from outside onto a worker, and settle down. */
quay_port spawn_on(unsigned index, quay_handler *handler, const quay_port_options *given);

/* Send from outside: a number as the tag. */
void tell(quay_port to, uint32_t tag);

/* On a worker: have what it sends next to the home of `to` go by the lane, behind a message too large for the belt. */
void send_by_lane(quay_port to);

/* Have a worker give its ports their turns, none of which waits, and take nothing that is on its way to it. */
void run_ready(unsigned index);

/* Have a worker take what is on its way to it, and do no more. */
void take_all(unsigned index);

qy_port *port_of(quay_port port);
quay_stats stats(void);

/* sent == handled + dead + queued, and nothing is queued. */
void assert_all_accounted(void);

/* ---- ports that note what happens to them ---- */

#define NOTED_MOST 4096

/* Tags of the messages note_message got, from all ports in one row. */
typedef struct notes {
    unsigned count;
    uint32_t tag[NOTED_MOST];
    int status[NOTED_MOST];
    uint64_t number[NOTED_MOST]; /* the payload, if it is one */
    unsigned ended;              /* calls of note_end */
    int reason;                  /* of the last one */
} notes;

extern notes noted;

quay_handler note_message;
quay_fini note_end;

/* Run a function in a handler of a port made for it on a worker of m, while the worker makes a step. */
typedef void in_handler(quay_self *self);
quay_port run_in_port(unsigned index, in_handler *body);

/* ---- ports that do as they are told ---- */

/* Exit notices that do_as_told got, from all ports in one row. */
typedef struct exits {
    unsigned count;
    quay_exit_notice notice[NOTED_MOST];
    uint32_t tag[NOTED_MOST];
} exits;

extern exits exits_seen;

/* Runs what give_order sends it; takes down exit notices; notes the rest as note_message does. */
quay_handler do_as_told;

/* Have a port that does as told run a function as its handler, when it comes to it. */
void give_order(quay_port port, in_handler *body);

#endif
