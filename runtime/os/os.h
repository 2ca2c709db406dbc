/* os.h - everything nondeterministic the runtime does passes here: clock, park and wake, threads, binding,
 * memory, processes. Nothing in core calls the system by another road.
 *
 * Two implementations: os_linux.c, and the simulator's. A runtime holds one `qy_os` and calls through it; what a thread
 * does that belongs to no runtime goes through `qy_os_here`. The functions that are no part of `qy_os` ask the machine
 * for facts, or serve the process as a whole (os_linux.c, topology_hwloc.c).
 *
 * Ownership: a qy_os is constant and outlives every runtime. A qy_topology belongs to the runtime that loaded it.
 * Read next: core/runtime.h. */
#ifndef QY_OS_H
#define QY_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/switch.h"

typedef struct qy_os_thread {
    uintptr_t handle;
} qy_os_thread;

typedef struct qy_os {
    /* Monotonic nanoseconds. */
    int64_t (*now)(void);

    /* Sleep while *word == expect, until woken or the absolute time `deadline` (INT64_MAX: no limit). Returns 0
     * when woken, when the word differs, and spuriously (a signal); -ETIMEDOUT at the deadline. A futex wait:
     * the comparison and the falling asleep are one step. */
    int (*park)(uint32_t *word, uint32_t expect, int64_t deadline);

    /* Wake up to `count` threads parked on the word. */
    void (*wake)(uint32_t *word, int count);

    /* Let another thread have this core, if one wants it. */
    void (*yield)(void);

    /* Start entry(argument) on a new thread with all signals blocked but the synchronous ones, and a name for
     * debuggers (at most 15 bytes are kept). 0, or -EAGAIN, -ENOMEM. */
    int (*thread_start)(qy_os_thread *thread, const char *name, void (*entry)(void *), void *argument);
    void (*thread_join)(qy_os_thread thread);
    /* Let the thread go; its resources are freed when it ends. */
    void (*thread_detach)(qy_os_thread thread);

    /* Stacks with guards, and the report of an overflow: switch.h. */
    int (*stack_make)(qy_stack *stack, size_t size);
    void (*stack_free)(qy_stack *stack);
    int (*stack_watch)(void (*overflow)(const void *address), void **alternate);
    void (*stack_unwatch)(void *alternate);

    /* A file descriptor for poll that is readable from the moment it is raised: however often it is raised, and though
     * somebody reads from it. New returns it, or -EMFILE, -ENFILE or -ENOMEM. */
    int (*event_new)(void);
    void (*event_raise)(int event);
    void (*event_free)(int event);

    /* The value of an environment variable, or NULL. */
    const char *(*environment)(const char *name);

    /* What is waited for may happen while one looks, so that looking before sleeping may pay. */
    bool concurrent;

    /* NULL, or called when a thread that is not on this system first calls into a runtime that is. */
    void (*stranger)(void);
} qy_os;

extern const qy_os qy_os_linux;

/* The system that the calling thread is on, whatever it calls: the real one, or that of a simulation it drives. What
 * belongs to a runtime goes through that runtime's system instead. */
extern QY_THREAD_LOCAL const qy_os *qy_os_here;

/* Zeroed memory from the C library's allocator, and its end. The default of quay_runtime_options.allocator, and
 * what process-wide things use. The signature is quay_allocator's; context is ignored. */
void *qy_os_allocate(void *context, size_t size, size_t align);
void qy_os_release(void *context, void *memory, size_t size);

/* Run `child` in the child of every later fork, once per process however often called. 0 or -ENOMEM. */
int qy_os_at_fork(void (*child)(void));

/* Have hook(argument) called when the calling thread exits; the hook is the same in the whole process. 0, -ENOMEM or
 * -EAGAIN. */
int qy_os_at_thread_exit(void (*hook)(void *), void *argument);

/* End the process at once, without exit handlers: the only thing left to a forked child that comes back from a
 * handler. `text` is written to standard error first. */
void qy_os_abandon(const char *text) __attribute__((noreturn));

/* Write one line of text to standard error in one system call; "quay: " and a newline are added. */
void qy_os_print(const char *text);

/* ---- the process as a whole: process.c ---- */

/* Does a word read as an address mean memory of this process? */
bool qy_os_is_address(uint64_t word);

/* From here on `last_words` is called, with the signal's name, by a thread that ends the process by an abort or a fault
 * of its own; the same function in the whole process. Afterwards all goes on as it would have, with what was installed
 * for the signal before. It runs in the signal handler. May be called again: somebody may have installed something. */
void qy_os_listen(void (*last_words)(const char *signal));

/* Has the calling thread a stack for signals, so that it can be told even of the overflow of the one it is on? */
bool qy_os_has_signal_stack(void);

/* ---- events: event.c, for qy_os_linux ---- */

int qy_os_event_new(void);
void qy_os_event_raise(int event);
void qy_os_event_free(int event);

/* ---- looking into another thread: probe.c ---- */

#define QY_OS_FRAMES 24 /* of a backtrace */

typedef struct qy_os_target {
    uintptr_t handle;
    int number;
} qy_os_target;

/* Once for the process: what a probed thread is to run, in a signal handler. `place` is for qy_os_backtrace. 0, or
 * -EAGAIN when no real-time signal can be had: all are taken, or Valgrind runs this. */
int qy_os_probe_init(void (*look)(const void *place));

/* The calling thread may be looked into from now on, until it ends. */
void qy_os_probe_allow(qy_os_target *self);

/* Have the thread run `look`, as soon as it takes signals. False when that cannot be. */
bool qy_os_probe(const qy_os_target *target);

/* The processor time the thread has used, in nanoseconds; -1 if that is not known. */
int64_t qy_os_busy_time(const qy_os_target *target);

/* Does it wait in the system, rather than run or wait for a core to run on? */
bool qy_os_sleeps(const qy_os_target *target);

/* In `look`: where the thread was, innermost first. Returns how many frames there are, `most` at the most. */
unsigned qy_os_backtrace(const void *place, void **frames, unsigned most);

/* Elsewhere: their names, "program(function+0x12) [0x…]", in order. */
typedef void qy_os_each_frame(void *context, unsigned index, const char *name);
void qy_os_name_frames(void *const *frames, unsigned count, qy_os_each_frame *each, void *context);

/* ---- topology: topology_hwloc.c ---- */

/* One core a worker may be bound to. Numbers are hwloc's logical indices. */
typedef struct qy_core {
    unsigned core;      /* the core */
    unsigned numa;      /* its local NUMA node */
    unsigned processor; /* the operating system's number of its first allowed hardware thread */
    size_t l2_bytes;    /* caches above it; 0 where unknown */
    size_t l3_bytes;
} qy_core;

typedef struct qy_topology qy_topology;

/* Load this machine's topology restricted to what the process may use (cpuset, cgroup), or, when `synthetic` is
 * not NULL, the machine it describes (hwloc's synthetic syntax). 0; -EINVAL the description does not parse or has
 * no core; -ENOMEM. On 0 *out is the caller's, for qy_topology_free. */
int qy_topology_load(qy_topology **out, const char *synthetic);
void qy_topology_free(qy_topology *topology); /* NULL is fine */

/* The cores the process may use, in logical order, one entry a core however many hardware threads it has. The array
 * is the topology's. */
unsigned qy_topology_cores(const qy_topology *topology, const qy_core **cores);
bool qy_topology_is_synthetic(const qy_topology *topology);

/* Bind the calling thread to the first allowed hardware thread of the core, and its future memory to the core's NUMA
 * node (the latter as far as the system lets us). 0 or a negative errno; never called for a synthetic one. */
int qy_topology_bind(const qy_topology *topology, const qy_core *core);

/* "0-3,8": the cores of the topology as a short list, for messages. Returns the length as snprintf does. */
int qy_topology_list(const qy_topology *topology, char *text, size_t size);

#endif
