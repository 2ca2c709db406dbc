/* mailbox.h - a port's queue: a ck_fifo_spsc whose producer and consumer are the same worker.
 *
 * A mail is the link of a message (message.h says how one leads to the other); its value is the message's and goes
 * through unchanged. ck_fifo_spsc_dequeue would keep the entry dequeued last as its stub. As nobody else looks, a pop
 * takes the mail out from behind the mailbox's own stub, which stays the head for ever: a popped message has left the
 * queue altogether, and an idle port pins none.
 *
 * Ownership: the mailbox owns the messages in it. Read next: lane.h. */
#ifndef QY_MAILBOX_H
#define QY_MAILBOX_H

#include <ck_fifo.h>
#include <stdbool.h>

typedef struct ck_fifo_spsc_entry qy_mail;

typedef struct qy_mailbox {
    ck_fifo_spsc_t fifo;
    qy_mail stub;
} qy_mailbox;

static inline void qy_mailbox_init(qy_mailbox *mailbox)
{
    ck_fifo_spsc_init(&mailbox->fifo, &mailbox->stub);
}

static inline bool qy_mailbox_empty(const qy_mailbox *mailbox)
{
    return mailbox->stub.next == NULL;
}

static inline void qy_mailbox_push(qy_mailbox *mailbox, qy_mail *mail)
{
    ck_fifo_spsc_enqueue(&mailbox->fifo, mail, mail->value);
}

/* The oldest mail, left where it is, or NULL; its `next` leads to the others. */
static inline qy_mail *qy_mailbox_first(const qy_mailbox *mailbox)
{
    return mailbox->stub.next;
}

/* The oldest mail, or NULL. */
static inline qy_mail *qy_mailbox_pop(qy_mailbox *mailbox)
{
    qy_mail *mail = mailbox->stub.next;
    if (!mail) return NULL;
    mailbox->stub.next = mail->next;
    if (!mail->next) mailbox->fifo.tail = &mailbox->stub;
    return mail;
}

#endif
