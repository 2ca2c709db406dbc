/* counting.h - an allocator for quay_runtime_options that counts, checks, and can fail on demand.
 *
 * Memory is handed out filled with rubbish (nobody promised zeros), and a release must name the size that was
 * allocated. Ownership: the test's; it must outlive the runtimes that use it. Read next: test_allocation.c. */
#ifndef COUNTING_H
#define COUNTING_H

#include <pthread.h>
#include <quay/runtime.h>

typedef struct counting_allocator {
    pthread_mutex_t lock;
    pthread_cond_t emptied;
    uint64_t calls; /* to allocate, ever */
    uint64_t live_blocks;
    uint64_t live_bytes;
    uint64_t fail_from, fail_until; /* calls, counted from 1, that fail: from <= call < until */
    uint64_t failures;
} counting_allocator;

#define COUNTING_ALLOCATOR                                                                                             \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER, .emptied = PTHREAD_COND_INITIALIZER                                         \
    }

/* What goes into the options. */
quay_allocator counting_seam(counting_allocator *counting);

/* Let calls from <= call < until fail, counted from 1 from the beginning. */
void counting_fail(counting_allocator *counting, uint64_t from, uint64_t until);

uint64_t counting_calls(counting_allocator *counting);
uint64_t counting_failures(counting_allocator *counting);
uint64_t counting_live(counting_allocator *counting);

/* Wait until everything was released. */
void counting_await_empty(counting_allocator *counting);

#endif
