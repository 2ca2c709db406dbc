/* buffer.h - the store buffers of x86 (x86-TSO: Sewell, Sarkar, Owens, Zappa Nardelli, Myreen 2010).
 *
 * A thread's atomic stores wait in its buffer, first in, first out, until the schedule takes one of them to memory, or
 * a fence, a read-modify-write or a system call of the thread takes all. The thread itself sees them at once.
 *
 * Plain stores go to memory at once. That is no order a program without data races could tell from x86's: whoever may
 * look at such a store has waited for a later atomic one. A plain access to what the thread itself has in its buffer
 * empties the buffer first, which x86 may do at any time.
 *
 * Ownership: a buffer is its thread's. Read next: atomic.c. */
#ifndef BUFFER_H
#define BUFFER_H

#include "schedule.h"

/* Stores the running thread has not brought to memory; 0 outside of a schedule. */
extern unsigned explore_pending;

/* A schedule begins: all buffers are empty; nothing stays in one unless `on`. */
void explore_buffers_start(bool on);

/* explore_current has changed. */
void explore_buffers_switch(void);

void explore_buffer_store(void *at, unsigned size, uint64_t value);

/* What the running thread sees. */
uint64_t explore_buffer_load(const void *at, unsigned size);

/* The thread's oldest store reaches memory. */
void explore_buffer_drain_one(unsigned thread);

/* All stores of the running thread do. */
void explore_buffer_drain(void);

/* … if one of them is to these bytes. */
void explore_buffer_meet(const void *at, size_t size);

#endif
