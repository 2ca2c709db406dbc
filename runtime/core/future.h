/* future.h - the read end of an answer, three kinds behind one name.
 *
 *   constant  an error known at once; one of a few for ever, nothing to free
 *   port's    made by a handler: lives on its worker, settled without atomics (here)
 *   thread's  made by a thread outside: thread_future.h
 *
 * A port's future is told its result by qy_port_future_settle, once; what then happens is its sink: nothing (the
 * holder looks), a message to a port (quay_then), or the future one level up (quay_defer).
 *
 * Invariants
 *   F1  a future's block stays bound in its worker's table for good, and gets the next id of its slot when it is freed:
 *       an answer finds the future, or nothing, or, if the id was guessed, one that is free and therefore `settled`;
 *   F2  it is freed when it is dropped and, if it has a sink, settled; before that it is on its port's chain;
 *   F3  a sink never fails for want of memory: its carrier was made beforehand.
 * Ownership: the port that made it owns it; `answer`, `asked` and `carrier` are the future's.
 * Read next: thread_future.h. */
#ifndef QY_FUTURE_H
#define QY_FUTURE_H

#include <errno.h>
#include <quay/future.h>
#include <quay/timer.h>

#include "base/copy.h"
#include "core/carrier.h"
#include "core/message.h"
#include "core/station.h"

struct qy_worker;
struct qy_port;

typedef enum qy_future_kind { QY_FUTURE_CONSTANT, QY_FUTURE_OF_PORT, QY_FUTURE_OF_THREAD } qy_future_kind;

struct quay_future {
    uint8_t kind;
};

typedef struct qy_constant_future {
    quay_future future;
    int32_t status;
} qy_constant_future;

typedef enum qy_sink { QY_SINK_NONE, QY_SINK_THEN, QY_SINK_RELAY } qy_sink;

#define QY_FUTURE_INLINE 40 /* bytes of an answer kept in the future itself */

typedef struct qy_port_future {
    quay_future future;
    uint8_t sink;
    bool settled;
    bool dropped;
    int32_t status;
    uint64_t id;
    struct qy_worker *worker;
    struct qy_port *port;                    /* NULL when it ended or dropped the future */
    struct qy_port_future *next, **previous; /* on the port's chain */
    struct qy_timer *deadline;
    struct qy_suspension *waiter; /* of its port, or NULL */
    uint64_t callee;              /* the port that has the ask, as far as is known (holder.h), or 0 */
    uint64_t to;                  /* of RELAY: a future */
    qy_carrier carrier;           /* of THEN */
    qy_message *asked;            /* of RELAY: the message with the ask, once its handler has returned */
    qy_message *answer;           /* a result too large for `data`, or NULL */
    uint32_t size;
    alignas(8) unsigned char data[QY_FUTURE_INLINE];
    uint64_t forwarded; /* the stamp of the forward that `callee` is due to, if of this ask (holder.h); and … */
    uint64_t since;     /* … that of learning it; */
    uint64_t cancelled; /* the last ask of this block that was. All three outlast their ask */
} qy_port_future;

/* The future that always has had this error. */
quay_future *qy_future_constant(int error);

/* ---- a port's future; all on its worker ---- */

/* On the port's chain. NULL when there is no memory. */
qy_port_future *qy_port_future_new(struct qy_worker *worker, struct qy_port *port);

/* A future that hands its result on to another, the duty of an ask that was deferred. */
qy_port_future *qy_port_future_relay(struct qy_worker *worker, struct qy_port *port, uint64_t to);
qy_port_future *qy_port_future_find(struct qy_worker *worker, uint64_t id);

/* 0 or -ENOMEM. */
int qy_port_future_set_deadline(qy_port_future *f, quay_time deadline);

/* 0; -EALREADY it was settled; -ENOMEM (not settled). */
int qy_port_future_settle(qy_port_future *f, const qy_result *result);

/* The same with an error, and never failing for want of memory. No-op when it is settled. */
void qy_port_future_fail(qy_port_future *f, int status);

/* The handler that deferred `message` has returned: the future that took the duty keeps the message, if unsettled. */
void qy_port_future_keep_message(struct qy_worker *worker, uint64_t id, qy_message *message);

/* An answer has arrived: settle the future of that id, or count it as late. */
void qy_port_future_receive(struct qy_worker *worker, uint64_t id, const qy_result *result);

/* The same for a REPLY message, which the future takes over or frees. */
void qy_port_future_settle_message(struct qy_worker *worker, qy_message *reply);

static inline qy_result qy_port_future_result(const qy_port_future *f)
{
    return (qy_result){.status = f->status, .size = f->size, .data = f->answer ? qy_message_data(f->answer) : f->data};
}

int qy_port_future_then(qy_port_future *f, quay_port to, uint32_t tag);
void qy_port_future_drop(qy_port_future *f);

/* The port ends: duties it took out fail with -EOWNERDEAD, what it waited for is let go. */
void qy_port_future_drop_all(struct qy_port *port);

/* Copy a result out as quay_await does. */
static inline int qy_result_copy(const qy_result *result, void *out, size_t size)
{
    if (QY_UNLIKELY(result->status)) return result->status;
    if (QY_UNLIKELY(result->size > size)) return -EMSGSIZE;
    qy_copy(out, result->data, result->size);
    return (int)result->size;
}

#endif
