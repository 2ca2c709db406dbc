/* runtime.h - the machine ports run on: one worker thread a core, started and stopped as one.
 *
 * A process may have several runtimes; ports of one can message ports of another. After fork() the child has
 * none: every call there returns an error. */
#ifndef QUAY_RUNTIME_H
#define QUAY_RUNTIME_H

#include <quay/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum quay_log_level { QUAY_LOG_ERROR, QUAY_LOG_WARNING, QUAY_LOG_INFO } quay_log_level;

/* May be called by any thread, several at once; text is one line without its newline. */
typedef void quay_log(void *context, quay_log_level level, const char *text);

/* Where the runtime's memory comes from. allocate returns NULL when there is none; align is a power of two.
 * Both may be called by any thread. */
typedef struct quay_allocator {
    void *(*allocate)(void *context, size_t size, size_t align);
    void (*release)(void *context, void *memory, size_t size);
    void *context;
} quay_allocator;

typedef enum quay_pin {
    QUAY_PIN_DEFAULT, /* bind each worker to its core, unless workers outnumber cores */
    QUAY_PIN_ON,      /* bind, or fail to start */
    QUAY_PIN_OFF
} quay_pin;

/* Zeros are defaults. The environment overrides two of them: QUAY_WORKERS=n and QUAY_PIN=on|off. */
typedef struct quay_runtime_options {
    unsigned workers; /* one a core the process may use */
    quay_pin pin;
    const unsigned *cores;    /* workers core numbers to use, instead of the first ones */
    const char *topology;     /* a synthetic hwloc topology ("numa:2 core:4 pu:2"), for tests; never binds */
    size_t stack_size;        /* bytes for a handler that waits and all it calls, backed as used; 256 KiB */
    int64_t stuck_after;      /* ns a handler may run before the log says where it is; 100 ms; QUAY_FOREVER: never */
    unsigned offload_threads; /* for quay_offload, at the most; 4 */
    unsigned offload_queue;   /* calls of quay_offload that may wait for a thread; 1024 */
    quay_log *log;            /* standard error */
    void *log_context;
    quay_allocator allocator; /* the C library's */
    size_t memory_limit; /* bytes to take from it; 0 is no limit. Beyond it sends, asks and spawns fail with -ENOMEM;
                                 answers, timers, stops, kills and whatever else controls ports go on. Stacks and
                                 buffers of threads outside do not count */
} quay_runtime_options;

/* The smallest stack_size, and the smallest memory_limit that is not 0. */
#define QUAY_STACK_LEAST ((size_t)32 * 1024)
#define QUAY_MEMORY_LEAST ((size_t)1024 * 1024)

/* The most offload_threads. */
#define QUAY_OFFLOAD_THREADS_MAX 1024

/* The smallest stuck_after. */
#define QUAY_STUCK_LEAST QUAY_MS(1)

/* The most workers of all runtimes of a process together, each runtime counting one more than it has, and each blocking
 * port that lives for one (as many of them as ever lived at a time, until their runtime is stopped). */
#define QUAY_WORKERS_MAX 1023

/* quay_runtime_start - start workers.
 * Thread: any thread outside a runtime.   Blocks: until every worker runs.
 * Owns:   *rt is the caller's, until quay_runtime_stop. options may be NULL and stay the caller's; the log
 *         and the allocator must outlive the runtime.
 * Errors: -EINVAL rt is NULL, *options or the environment make no sense, or a core may not be used (the log
 *         names those that may); -EAGAIN no thread or worker number to be had; -ENOMEM, also when
 *         memory_limit is less than it takes to start; -EDEADLK from a handler. */
QUAY_API int quay_runtime_start(quay_runtime **rt, const quay_runtime_options *options);

/* quay_runtime_drain - wait until nothing is queued or running. Pending timers do not count.
 * Thread: any thread outside rt.   Blocks: until quiet or the deadline.
 * Owns:   nothing.
 * Errors: -ETIMEDOUT; -ECANCELED rt was stopped meanwhile; -EDEADLK from a handler of rt, or a function it
 *         offloaded; -EINVAL rt is not running; -EPERM after fork. */
QUAY_API int quay_runtime_drain(quay_runtime *rt, quay_time deadline);

/* quay_runtime_stop - end every port after what it has queued, then the workers, then free all.
 * Thread: any thread outside rt.   Blocks: until all has ended or the deadline.
 * Owns:   rt is gone afterwards, also with -ETIMEDOUT. Futures that were outstanding are settled with
 *         -ECANCELED and remain to be dropped.
 * Errors: -ETIMEDOUT the log names the ports that held it up; they were killed, and a handler that still
 *         runs is let finish on its own before the memory is freed, and so is an offloaded function; -EDEADLK from a
 *         handler of rt, or a function it offloaded;
 *         -EINVAL rt is not running (NULL, or stopped before); -EPERM after fork. */
QUAY_API int quay_runtime_stop(quay_runtime *rt, quay_time deadline);

/* quay_runtime_workers - how many workers rt has; 0 when it is not running.
 * Thread: any.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API unsigned quay_runtime_workers(const quay_runtime *rt);

/* quay_runtime_describe - workers, cores, caches, NUMA nodes and the ports on each, as text for people.
 * Thread: any.   Blocks: never.
 * Owns:   text is the caller's; at most size bytes are written, with a closing NUL.
 * Errors: -EINVAL rt is not running. Returns the length of the whole text, as snprintf does. */
QUAY_API int quay_runtime_describe(const quay_runtime *rt, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
