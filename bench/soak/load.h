/* load.h - a load for a runtime that uses all of it at once: random from a seed, bounded, with books of what it asked.
 *
 * Members are ports that do what they are told; sources are ports and threads that tell them, at random. One load a
 * process; what it does follows from its seed as far as threads let it. Owns nothing. Read next: books.c, members.c,
 * sources.c, then soak.c, which watches the load. */
#ifndef SOAK_LOAD_H
#define SOAK_LOAD_H

#include "bench.h"

#define LOAD_SMALL 64 /* bytes of the longest answer that is looked at */

/* ---- the whole (sources.c) ---- */

/* Make the ports that drive the load; they wait. */
void load_start(quay_runtime *rt, uint64_t seed);

/* Let ports and threads outside go on. */
void load_go(void);

/* Have nothing new begun. When it returns the threads have ended; what ports have begun is still to be drained, and
 * timers and deadlines that are soon may still pass. */
void load_pause(void);

/* ---- luck (books.c) ---- */

/* A number below bound, and a time within the next ten milliseconds. */
uint64_t load_draw(uint64_t *luck, uint64_t bound);
quay_time load_soon(uint64_t *luck);

/* ---- books (books.c) ---- */

/* An ask is opened when it is made and closed when its end is seen. If each has ended exactly once, the counts are the
 * same, and so are the sums, of numbers made from the asks' own: one that is lost does not hide one that ends twice. */
struct load_books {
    uint64_t opened, closed;
    uint64_t opened_sum, closed_sum;
    uint64_t born, died; /* ports, as their init and fini count them */
};
struct load_books load_look(void);

/* A new ask's number; and its result, which must be one that an ask may have here. */
uint32_t load_open(void);
void load_close(uint32_t number, int result);

/* Ask and wait, in the books. An answer of more than LOAD_SMALL bytes is -EMSGSIZE. */
int load_call(quay_port to, uint32_t tag, const void *data, size_t size, void *out, quay_time deadline);

/* What quay_send said: a port may have ended, or have a full mailbox. */
void load_sent(int result);

/* init, whose arg is the port's luck and begins its state, and fini, which count. */
int load_begin(quay_self *self, void *state, void *arg);
void load_end(void *state, int reason);

/* The arg for a new port. */
void *load_seed(uint64_t *luck);

/* ---- members (members.c) ---- */

/* What a member is told to do: the tag. TAKE has a payload by load_fill, SETTLE a promise, all others a job. */
enum { TAKE, NAP, RELAY, PASS, HOLD, SHUN, BEAR, LEAVE, JOBS, SETTLE };

struct load_job {
    quay_port next, after; /* whom to pass it on to */
};

/* A member of those there are now or were a moment ago; QUAY_NOBODY for one that was not born yet. */
quay_port load_member(uint64_t *luck);

/* Put a new one in the place of another. Returns that other, which is about to end. */
quay_port load_renew(quay_runtime *rt, uint64_t *luck);

/* Bytes that tell if they have arrived whole. */
void load_fill(void *data, size_t size);
bool load_is_filled(const void *data, size_t size);

#endif
