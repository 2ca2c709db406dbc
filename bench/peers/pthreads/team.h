/* team.h - threads on one core, on two in turn, or where the kernel likes. Owns nothing. Read next: team.c */
#ifndef PEERS_TEAM_H
#define PEERS_TEAM_H

#include "bench.h"
#include "queue.h"

#include <pthread.h>

enum placing { ON_ONE, ON_TWO, IN_TURN }; /* two: any of the first two cores; in turn: the index says which */

typedef void *team_body(void *argument);

/* May such a team run here? */
bool team_fits(enum placing placing);

/* Starts the index-th thread of a team. Stacks are small. */
pthread_t team_start(enum placing placing, unsigned index, team_body *body, void *argument);

/* A member with a mailbox, which is first in whatever it knows besides. */
struct member {
    struct queue in;
    pthread_t thread;
};

/* The tag that ends a member. */
#define TEAM_STOP UINT32_MAX

void team_add(struct member *member, enum placing placing, unsigned index, team_body *body);

/* Wait until a member has ended by itself; or tell it to, and wait. */
void team_join(struct member *member);
void team_stop(struct member *member);

/* Milliseconds for a Savina program of its own size, where one of its operations took so long. */
double savina_ms(double ns_each, uint64_t operations);

#define PEERS_MEMORY(count, type) ((type *)peers_memory((count), sizeof(type)))

/* Zeroed memory, or the program ends. */
void *peers_memory(uint64_t count, size_t size);

extern const struct bench_measure peers_rings[], peers_streams[], peers_asks[], peers_lives[], peers_crowds[],
    peers_stores[];

#endif
