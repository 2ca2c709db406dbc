/* port.h - actors: spawning them, ending them, and what a handler may ask of its own port.
 *
 * A port is a handler, private state and a mailbox. It handles one message at a time, on the one worker it
 * was placed on, so its state needs no lock. A handler that returns a negative errno fails the ask it was
 * handling; for a plain message the error is counted and logged. Either way the port goes on. */
#ifndef QUAY_PORT_H
#define QUAY_PORT_H

#include <quay/message.h>
#include <quay/placement.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int quay_handler(quay_self *self, void *state, const quay_message *message);

/* Runs on the port's worker before its first message, also if the port is killed before it. A negative errno ends the
 * port with that reason. A port for which its worker finds no memory is born when there is some, and what is sent to it
 * waits. If there is none for long, 100 ms at least, or all ports are killed meanwhile, it ends with -ENOMEM; neither
 * init nor fini runs, and what arg leads to is left as it is. */
typedef int quay_init(quay_self *self, void *state, void *arg);

/* Runs on the port's worker after its last message, unless init failed; the state's memory is freed behind it. */
typedef void quay_fini(void *state, int reason);

/* The longest name of a port, in bytes, its closing NUL not counted. */
#define QUAY_NAME_MAX 63
/* The largest state of a port, in bytes. */
#define QUAY_STATE_MAX ((size_t)1 << 30)

/* What happens to a message for a mailbox that holds mailbox_limit of them. A stop, a kill and whatever else controls a
 * port takes no room and is never turned away. What comes without a sender who could be told (a timer's message, what
 * quay_then brings) is a dead letter when there is no room, but for DROP_OLDEST. */
typedef enum quay_overflow {
    QUAY_OVERFLOW_REFUSE,      /* the sender gets -EAGAIN, on whatever core it is; nothing was sent */
    QUAY_OVERFLOW_DROP_NEWEST, /* the message is a dead letter (QUAY_DEAD_REFUSED); an ask gets -EAGAIN */
    QUAY_OVERFLOW_DROP_OLDEST, /* the oldest in the mailbox is a dead letter (QUAY_DEAD_DROPPED); an ask gets -EAGAIN */
    QUAY_OVERFLOW_WAIT         /* the sender waits until there is room: a handler is suspended, a thread sleeps */
} quay_overflow;

/* Zeros are defaults. Everything is copied by quay_spawn; arg is handed on as it is. */
typedef struct quay_port_options {
    const char *name;  /* for logs and reports; need not be unique */
    quay_place place;  /* QUAY_ANYWHERE */
    size_t state_size; /* zeroed bytes handed to the handler as state, aligned to 16 */
    quay_init *init;
    quay_fini *fini;
    void *arg;              /* for init */
    uint32_t mailbox_limit; /* messages that may wait, on their way from other cores included (those to DROP_OLDEST are
                               not); 0 is no limit */
    quay_overflow overflow; /* only with a limit */
    bool blocking; /* live on a thread of its own, bound to no core: its handler may block and holds nobody up */
} quay_port_options;

/* quay_spawn - start a port.
 * Thread: any thread, any handler.   Blocks: never. The port may be messaged at once; init runs before.
 * Owns:   options may be NULL and stay the caller's; arg must live until init has run.
 * Errors: -EINVAL NULL handler or out, state_size beyond QUAY_STATE_MAX, name too long, unknown overflow or one
 *         other than REFUSE without a mailbox_limit, a place that does not exist, or one other than QUAY_ANYWHERE
 *         for a blocking port; -ENOMEM;
 *         -EAGAIN no thread or worker number (QUAY_WORKERS_MAX) is left for a blocking port, or no id for a port;
 *         -ECANCELED the runtime is being killed; -EPERM not this process's runtime. */
QUAY_API int quay_spawn(quay_runtime *rt, quay_port *out, quay_handler *handler, const quay_port_options *options);

/* quay_stop - end a port after what is queued now, unless it traps that. Later messages are dead letters.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: -EPIPE no such port, when that can be known here (see quay_send); -ENOMEM. */
QUAY_API int quay_stop(quay_port port);

/* quay_trap_stop - have a stop arrive as a message with this tag and no payload, behind what is queued then, instead of
 * ending the port: which goes on, may wait, and ends itself by quay_exit. The stop of its runtime is not trapped.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   nothing. A later call changes the tag.
 * Errors: -EINVAL self is not the running port; -ENOMEM. */
QUAY_API int quay_trap_stop(quay_self *self, uint32_t tag);

/* quay_kill - end a port before what is queued; the queue becomes dead letters, asks in it fail with
 * -EOWNERDEAD. A handler that is running is let finish.
 * Thread: any thread, any handler.   Blocks: never.
 * Owns:   nothing. reason: a negative errno or 0, for quay_join and fini.
 * Errors: as quay_stop; -EINVAL reason is positive. */
QUAY_API int quay_kill(quay_port port, int reason);

/* quay_join - wait until a port has ended.
 * Thread: threads outside the runtime.   Blocks: until the port has ended or the deadline.
 * Owns:   *reason (may be NULL) is written on 0: 0 for a port that was stopped or exited so, or an errno.
 * Errors: -EPIPE no such port and its reason is forgotten (each worker remembers its latest 256);
 *         -ETIMEDOUT; -EDEADLK from a handler of the same runtime, -EPERM of another; -ECANCELED the runtime stopped;
 *         -ENOMEM. */
QUAY_API int quay_join(quay_port port, quay_time deadline, int *reason);

/* quay_exit - end the running port when its handler returns. What is queued becomes dead letters.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   nothing. reason as quay_kill.
 * Errors: none. */
QUAY_API void quay_exit(quay_self *self, int reason);

/* quay_cancelled - does anybody still want what the handler is doing? True once the port is killed, or the ask it is
 * handling was cancelled; its waits then return -ECANCELED.
 * Thread: the port's own handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API bool quay_cancelled(const quay_self *self);

/* quay_deadline - by when the ask being handled must be answered; QUAY_FOREVER for none.
 * Thread: the port's own handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API quay_time quay_deadline(const quay_self *self);

/* quay_set_deadline - asks made by this handler call take the earlier of this deadline and their own. It is that of the
 * ask being handled, until set; QUAY_FOREVER lets them outlive it.
 * Thread: the port's own handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API void quay_set_deadline(quay_self *self, quay_time deadline);

/* quay_self_port, quay_self_runtime - who is running.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API quay_port quay_self_port(const quay_self *self);
QUAY_API quay_runtime *quay_self_runtime(const quay_self *self);

#ifdef __cplusplus
}
#endif
#endif
