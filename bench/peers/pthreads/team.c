/* team.c - starting bound threads and ending them. Owns nothing.
 *
 * Read next: rings.c */
#define _GNU_SOURCE
#include "team.h"

#include <sched.h>
#include <stdlib.h>

#define STACK_SIZE ((size_t)64 * 1024)

bool team_fits(enum placing placing)
{
    return placing == ON_ONE || bench_cores() >= 2;
}

pthread_t team_start(enum placing placing, unsigned index, team_body *body, void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(bench_cpu(placing == IN_TURN ? index % 2 : 0), &set);
    if (placing == ON_TWO) CPU_SET(bench_cpu(1), &set);
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    bench_must(-pthread_create(&thread, &attributes, body, argument), "pthread_create");
    pthread_attr_destroy(&attributes);
    return thread;
}

void team_add(struct member *member, enum placing placing, unsigned index, team_body *body)
{
    queue_open(&member->in, 16, true);
    member->thread = team_start(placing, index, body, member);
}

void team_join(struct member *member)
{
    pthread_join(member->thread, NULL);
    queue_close(&member->in);
}

void team_stop(struct member *member)
{
    queue_put(&member->in, (struct item){.tag = TEAM_STOP});
    team_join(member);
}

void *peers_memory(uint64_t count, size_t size)
{
    void *memory = calloc(count, size);
    bench_check(memory, "there is memory");
    return memory;
}

double savina_ms(double ns_each, uint64_t operations)
{
    return ns_each * (double)operations / 1e6;
}
