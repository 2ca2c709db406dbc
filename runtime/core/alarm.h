/* alarm.h - messages sent later: quay_send_after and quay_send_every.
 *
 * An alarm lives on the worker of the port that set it, or, set by a thread outside, on the worker of the port that
 * will be messaged. It fires through a timer (timer.h) and can be cancelled by its id, which works as a port's does.
 *
 * Invariants
 *   E1  an alarm has the message it will send, so that firing it wants no memory; only a periodic one wants a copy for
 *       each beat, and without memory skips that beat;
 *   E2  it is bound in worker->timer_ids from the moment it is set until it fires for the last time or is cancelled:
 *       one of the two finds it.
 * Ownership: alarms and their messages are the worker's; ids set from elsewhere come from timer_stock.
 * Read next: alarm.c. */
#ifndef QY_ALARM_H
#define QY_ALARM_H

#include "core/worker.h"

/* An alarm was set, or cancelled, elsewhere. */
void qy_alarm_receive(qy_worker *worker, qy_message *message);
void qy_alarm_receive_cancel(qy_worker *worker, uint64_t id);

/* May an alarm of that id be on its way here? */
bool qy_alarm_expected(const qy_worker *worker, uint64_t id);

void qy_alarm_cancel_all(qy_worker *worker);

#endif
