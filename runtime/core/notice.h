/* notice.h - exit notices, and stops that are trapped.
 *
 * The EXIT that has found its end of a bond is the notice itself: it goes into the port's mailbox, ahead of all but
 * other notices, and is what the handler sees. Until then it is a control message (S1: posted); when it is taken out to
 * be handled it becomes a message like others (sent). Until then its bond, which is over (bond.h L5), leads to it. If
 * the port ends before, it goes with it, and is no dead letter.
 * A STOP waits among the messages; where it is trapped, it becomes one in the same way, and the handler sees it.
 *
 * Ownership: the mailbox has them. Read next: title.h. */
#ifndef QY_NOTICE_H
#define QY_NOTICE_H

#include "core/worker.h"

/* A text for people; NULL or empty: the cause in a word, of an error with its number. Cause and reason are set. */
void qy_notice_set_text(quay_exit_notice *notice, const char *text);

/* Into the mailbox, under this tag. The port has ties, and a bond that is over with this notice. */
void qy_notice_deliver(qy_worker *worker, qy_port *port, qy_message *message, uint32_t tag);

/* Is one the next to be handled? */
static inline bool qy_notice_waits(const qy_port *port)
{
    qy_mail *mail = qy_mailbox_first(&port->mailbox);
    return mail && qy_message_kind(qy_message_of_mail(mail)) == QY_KIND_EXIT;
}

/* One from the mailbox, to be handled now; NULL if it was taken back. */
qy_message *qy_notice_take(qy_worker *worker, qy_port *port, qy_message *message);

/* A STOP from the mailbox: what is to be handled now if the port traps it; else the port ends, and this is NULL. */
qy_message *qy_stop_take(qy_worker *worker, qy_port *port, qy_message *message);

/* Take back what is in the mailbox: of a monitor (and QY_ANY_PORT), or of links (0) with a port. True if there was any.
 * It stays there, marked, and is not handled. */
bool qy_notice_cancel(qy_worker *worker, const qy_port *port, uint64_t number, uint64_t peer);

#endif
