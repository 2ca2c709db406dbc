/* carrier.h - a result on its way to a port: what quay_then sends, made when it is called, so that sending it wants no
 * memory.
 *
 * A carrier's message belongs to a station of the receiver's runtime. Should that runtime end first, the message has
 * gone with it; the serial tells, as another runtime may have its homes by then.
 *
 * Ownership: a carrier is its future's until it is sent, which uses it up. Read next: thread_future.h. */
#ifndef QY_CARRIER_H
#define QY_CARRIER_H

#include "core/message.h"

/* A result: status and data, from wherever. */
typedef struct qy_result {
    int status; /* 0, or a negative errno and no data */
    size_t size;
    const void *data;
} qy_result;

typedef struct qy_carrier {
    qy_message *message;
    uint64_t serial; /* of the runtime it belongs to */
    uint64_t to;
} qy_carrier;

/* 0, -EPIPE the port's runtime is gone, -ENOMEM, -EAGAIN. */
int qy_carrier_new(qy_carrier *carrier, quay_port to, uint32_t tag);

/* Send a result in it. A result too large for memory arrives as -ENOMEM. */
void qy_carrier_send(const qy_carrier *carrier, const qy_result *result);

#endif
