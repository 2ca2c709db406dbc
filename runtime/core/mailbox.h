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

/* Ahead of all but `behind` and what is ahead of that; ahead of all if it is NULL. */
static inline void qy_mailbox_push_ahead(qy_mailbox *mailbox, qy_mail *behind, qy_mail *mail)
{
    qy_mail *before = behind ? behind : mailbox->fifo.head;
    mail->next = before->next;
    before->next = mail;
    if (mailbox->fifo.tail == before) mailbox->fifo.tail = mail;
}

/* The oldest mail, left where it is, or NULL; its `next` leads to the others. */
static inline qy_mail *qy_mailbox_first(const qy_mailbox *mailbox)
{
    return mailbox->stub.next;
}

/* The mail behind `behind`, or the oldest if that is NULL. */
static inline qy_mail *qy_mailbox_pop_behind(qy_mailbox *mailbox, qy_mail *behind)
{
    qy_mail *before = behind ? behind : &mailbox->stub;
    qy_mail *mail = before->next;
    if (!mail) return NULL;
    before->next = mail->next;
    if (!mail->next) mailbox->fifo.tail = before;
    return mail;
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
