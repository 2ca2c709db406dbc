/* send.h - the sender's side: from the running thread to the home of an id, by the road there is.
 *
 *     a worker, to itself                straight into its own structures
 *     a worker, to one of its runtime    the belt, or its outbound batch and later the lane
 *     anybody else                       a guest of that runtime, its lane to the worker's ingress; so do workers
 *                                        reach hosts, and hosts all others (host.h)
 *
 * Read next: send.c. */
#ifndef QY_SEND_H
#define QY_SEND_H

#include "core/guest.h"
#include "core/worker.h"

typedef struct qy_sender {
    qy_station *station;
    qy_worker *worker; /* the running one, on the first two roads */
    qy_guest *guest;   /* or this, by */
    qy_ingress_lane *lane;
    qy_worker *target; /* to this */
    bool inside;
    quay_runtime *runtime; /* where it goes */
    uint32_t home;
} qy_sender;

/* Open the road to a home. 0, then qy_sender_close must follow; or -EPIPE, -ENOMEM, -EAGAIN. The home of a
 * runtime's thread futures has no road: -EPIPE. */
int qy_sender_open(qy_sender *sender, uint32_t home);
void qy_sender_close(qy_sender *sender);

/* A message to fill, as qy_message_new. */
qy_message *qy_sender_message(qy_sender *sender, size_t size, uint64_t flags);

/* There was no memory: if it is limited, have what lies unused in pools given back, in this one at once. True when that
 * was done, so that it is worth while to try again; it is not done each time. */
QY_COLD bool qy_make_memory(qy_station *station);

/* Send it: `to` and kind are set. It is counted, and gone. */
void qy_sender_post(qy_sender *sender, uint64_t to, qy_kind kind, qy_message *message);

/* Make and send a control message of one kind; data may be NULL. 0 or an error of the two above. */
int qy_send_control(uint64_t to, qy_kind kind, uint32_t tag, const qy_extra *extra, const void *data, size_t size);

/* A thread's question to a port's worker, by a message of that kind. 0 and the answer in out, or an error. */
int qy_ask_worker(quay_port port, qy_kind kind, quay_time deadline, void *out, size_t size);

/* Tell the port that was asked, if any, that the answer is not wanted any more. A hint: lost if there is no memory. */
void qy_cancel_ask(uint64_t callee, uint64_t ask);

/* What a user message consists of. */
typedef struct qy_letter {
    uint64_t to;
    uint64_t from;
    uint32_t tag;
    size_t size;
    const void *data;      /* copied */
    void *buffer;          /* or moved, on success */
    const qy_extra *extra; /* or NULL */
    qy_kind kind;          /* USER, or FORWARD */
    quay_time until;       /* how long it may wait for room, where that is the port's policy; 0: not at all */
    uint64_t flags;        /* of its message, besides those that follow from the above */
} qy_letter;

/* 0, -EINVAL or -EMSGSIZE. */
int qy_check_letter(const qy_letter *letter);

/* write a letter into a message made for it. */
void qy_letter_write(qy_message *message, const qy_letter *letter);

/* Send a user message. As quay_send_until. */
int qy_send_letter(const qy_letter *letter);

/* The same to a mailbox that is not bounded, or where it has a place. */
int qy_post_letter(const qy_letter *letter);

/* The id of the running port, 0 for none. */
static inline uint64_t qy_running_id(const qy_worker *me)
{
    return me && me->running ? me->running->port->id : 0;
}

#endif
