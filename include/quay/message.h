/* message.h - what a handler receives, and the ways to send it.
 *
 * Order: messages from one sender to one port arrive in the order sent; nothing more is promised.
 * Delivery: a send that returned 0 is handled exactly once, or becomes a dead letter counted by reason. */
#ifndef QUAY_MESSAGE_H
#define QUAY_MESSAGE_H

#include <quay/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The largest payload of one message, in bytes. */
#define QUAY_MESSAGE_MAX ((size_t)1 << 30)

/* A message as its handler sees it. All of it, data included, is the runtime's and is gone when the handler
 * returns; copy what must stay. */
typedef struct quay_message {
    uint32_t tag;     /* the sender's choice: what kind of message this is */
    uint32_t size;    /* payload bytes */
    const void *data; /* aligned to 8; NULL when size is 0 */
    quay_port from;   /* the sending port, or QUAY_NOBODY for a thread outside the runtime */
    int status;       /* 0, or why a result that quay_then brought is an error */
} quay_message;

/* const type *, or NULL if the payload's size is not sizeof(type). */
#define QUAY_PAYLOAD(message, type) ((const type *)((message)->size == sizeof(type) ? (message)->data : NULL))

/* quay_send - copy a message into a port's mailbox.
 * Thread: any thread, any handler.   Blocks: never, unless the mailbox is full and its policy is
 *         QUAY_OVERFLOW_WAIT: then until there is room, in a handler no longer than its deadline (quay_deadline).
 * Owns:   data stays the caller's.
 * Errors: -EPIPE no such port; -EAGAIN its mailbox is full and it refuses; -EMSGSIZE more than QUAY_MESSAGE_MAX;
 *         -EINVAL NULL data with a size; -ENOMEM no memory, or the runtime's memory_limit. From a thread outside also
 *         -EAGAIN when so many threads send to the runtime that there is no number for another.
 *         A port of another core that has ended is found out there: 0 here, a dead letter there.
 *         When it waits also -ETIMEDOUT the handler's deadline; -EPIPE the port ended meanwhile; in a handler
 *         -ECANCELED and -EDEADLK as quay_await, a port that waits for room in its own mailbox included. */
QUAY_API int quay_send(quay_port to, uint32_t tag, const void *data, size_t size);

/* quay_send_until - quay_send that waits for room until a deadline at the latest.
 * Thread: any thread, any handler.   Blocks: as quay_send.
 * Owns:   data stays the caller's.
 * Errors: as quay_send; -ETIMEDOUT there was no room by the deadline, and nothing was sent. */
QUAY_API int quay_send_until(quay_port to, uint32_t tag, const void *data, size_t size, quay_time deadline);

/* quay_buffer_new - a payload to fill in place and give away without a copy.
 * Thread: any.   Blocks: never.
 * Owns:   the caller, until quay_give or quay_buffer_free. Not cleared. Aligned to 16.
 * Errors: NULL when there is no memory, or size is 0 or more than QUAY_MESSAGE_MAX. */
QUAY_API void *quay_buffer_new(size_t size);

/* quay_buffer_free - give up a buffer that was not given away.
 * Thread: any.   Blocks: never.
 * Owns:   ends the caller's ownership; NULL is fine.
 * Errors: none. */
QUAY_API void quay_buffer_free(void *buffer);

/* quay_give - send a buffer itself: the payload moves, nothing is copied.
 * Thread: any thread, any handler.   Blocks: as quay_send.
 * Owns:   on 0 the buffer is the runtime's and *buffer is NULL; on an error it stays the caller's.
 * Errors: as quay_send; -EINVAL when *buffer is NULL or size is 0 or more than the buffer has. */
QUAY_API int quay_give(quay_port to, uint32_t tag, void **buffer, size_t size);

/* quay_take - keep the payload of the message being handled, if it came as a buffer.
 * Thread: the handler of that message.   Blocks: never.
 * Owns:   the caller, who gives it on or frees it; message->data stays readable meanwhile.
 * Errors: NULL when the payload did not come as a buffer (copy it instead), or was taken already. */
QUAY_API void *quay_take(quay_self *self);

#ifdef __cplusplus
}
#endif
#endif
