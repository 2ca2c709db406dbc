/* overflow.h - sends to bounded mailboxes, and what becomes of a message that finds one full.
 *
 *     REFUSE       the sender is told, wherever it is; nothing was sent
 *     DROP_NEWEST  the message is a dead letter, counted by its sender's station; an ask is refused
 *     DROP_OLDEST  no place is asked for: the home lets the message in, and the oldest out
 *     WAIT         the sender waits for a place (room.h), then sends
 *
 * What comes without a sender who could be told (a timer's message, the result quay_then brings) has no place when it
 * arrives: it gets one there, or is a dead letter.
 * Owns nothing. Read next: room.h. */
#ifndef QY_OVERFLOW_H
#define QY_OVERFLOW_H

#include "core/send.h"

/* qy_send_letter for a marked id. */
int qy_bounded_send(const qy_letter *letter);

/* A message for a bounded port has arrived at its worker, who owns it. True: deliver it. False: it is gone. */
bool qy_bounded_admit(qy_worker *worker, qy_port *port, qy_message *message);

#endif
