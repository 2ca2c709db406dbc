/* savina.h - what the programs of the Savina suite share: parameters, rounds, the figure, random numbers, flow control.
 *
 * The suite is that of Imam and Sarkar, "Savina - An Actor Benchmark Suite" (AGERE 2014), with its parameters. Each
 * program says what it measures at its top, and checks its own result against what a sequential program finds, or
 * against a known value; a wrong one ends it with a sentence and status 1.
 *
 * A program is a struct savina_benchmark and a main that hands it to savina_main. The parameters are written before the
 * first round and only read from then on, so handlers on all workers may read them.
 *
 * Read next: savina.c, pingpong.c, then any other. */
#ifndef SAVINA_H
#define SAVINA_H

#include "bench.h"

#include <math.h>

#include <stdlib.h>
#include <string.h>

/* Each list ends with an entry without a name. */
struct savina_parameter {
    const char *name;
    uint64_t value; /* Savina's, until savina_main has read the command line */
    uint64_t least; /* --scale goes down to this; 0: it does not scale */
};

struct savina_benchmark {
    const char *name;
    struct savina_parameter *parameters;
    void (*prepare)(void);         /* before each round, not timed; may be NULL */
    void (*run)(quay_runtime *rt); /* one round: returns when the work is done */
    void (*verify)(void);          /* after each round, not timed; may be NULL */
};

/* The main function of a program: reads the command line (see README.md), runs the rounds, prints. Returns the exit
 * status. */
int savina_main(int argc, char **argv, const struct savina_benchmark *benchmark);

/* Ask and wait for an answer of exactly out_size bytes; from a thread or a handler. Ends the program on an error. */
void savina_call(quay_port to, uint32_t tag, const void *in, size_t in_size, void *out, size_t out_size);

/* Ask n ports at once, port i with the i-th of the orders, and wait until all have answered, with nothing. */
void savina_call_all(const quay_port *ports, size_t n, uint32_t tag, const void *orders, size_t order_size);

/* Spawn a port whose state begins as a copy of this, whatever arrives first: a message that would set it up may be
 * overtaken by one from somebody else. fini may be NULL. */
quay_port savina_spawn(quay_runtime *rt, quay_handler *handler, quay_place place, const void *state, size_t size,
                       quay_fini *fini);

/* calloc that does not fail. */
void *savina_allocate(size_t count, size_t size);

/* ---- random numbers: the same from the same seed, everywhere ---- */

uint64_t savina_random(uint64_t *seed);
uint64_t savina_below(uint64_t *seed, uint64_t bound);
double savina_unit(uint64_t *seed); /* 0 or more, below 1 */

/* So many steps of work that no compiler leaves out. */
void savina_work(uint64_t steps);

/* ---- flow: a producer does not outrun its consumer ----
 *
 * Whoever sends a long stream from one port to another sends it through a flow. Every so many messages the flow adds an
 * ask, SAVINA_MARK, which the consumer answers with savina_take_mark when it gets there; and it waits for the mark
 * before the latest. So no more than two windows are ever on their way, and the sender's handler is suspended, not its
 * worker. The flow is part of the sender's state. */
#define SAVINA_MARK UINT32_MAX
#define SAVINA_WINDOW 256

struct savina_flow {
    quay_port to;
    uint64_t sent;
    quay_future *mark; /* the latest */
};

int savina_flow_send(struct savina_flow *flow, uint32_t tag, const void *data, size_t size);

/* The last message was sent: wait for the last mark. */
int savina_flow_end(struct savina_flow *flow);

/* True when the message was a mark, which is answered. */
static inline bool savina_take_mark(quay_self *self, const quay_message *message)
{
    if (message->tag != SAVINA_MARK) return false;
    bench_must(quay_reply(self, NULL, 0), "quay_reply");
    return true;
}

#endif
