/* overflow.c - the policies. */
#include "core/overflow.h"

#include "core/bond.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/unhandled.h"

/* ---- senders ---- */

static int post_with_place(const qy_letter *letter)
{
    qy_letter placed = *letter;
    placed.flags |= QY_METERED;
    int error = qy_post_letter(&placed);
    if (QY_UNLIKELY(error)) qy_room_return(letter->to);
    return error;
}

static bool is_ask(const qy_letter *letter)
{
    return letter->extra && letter->extra->reply_to;
}

/* There is no place. 0: it is dropped; it was sent, and found no room, and both are counted here. */
static int do_without(qy_station *station, quay_overflow overflow, const qy_letter *letter)
{
    if (overflow != QUAY_OVERFLOW_DROP_NEWEST || is_ask(letter)) return -EAGAIN;
    QY_COUNT(station->count.sent);
    qy_dead_unsent(station, letter);
    if (letter->buffer) quay_buffer_free(letter->buffer);
    QY_COUNT_DONE(station->count.dead[QUAY_DEAD_REFUSED]);
    return 0;
}

/* To a port of this worker. */
static int send_here(qy_worker *me, qy_port *port, const qy_letter *letter, quay_overflow *overflow)
{
    *overflow = (quay_overflow)port->cold->gate->cell->overflow;
    if (*overflow == QUAY_OVERFLOW_DROP_OLDEST) return qy_post_letter(letter);
    if (QY_LIKELY(qy_gate_enter(port))) return post_with_place(letter);
    return do_without(&me->station, *overflow, letter);
}

/* The same elsewhere, or not born yet, or ended. */
static int send_by(const qy_sender *sender, const qy_letter *letter, quay_overflow *overflow)
{
    const qy_worker *home = qy_runtime_worker(sender->runtime, sender->home);
    QY_CHECK(home);
    qy_cell *cell = qy_gates_find(&home->gates, letter->to);
    if (!cell) return -EPIPE;
    *overflow = (quay_overflow)ck_pr_load_32(&cell->overflow);
    if (*overflow == QUAY_OVERFLOW_DROP_OLDEST) return qy_post_letter(letter);
    int error = qy_cell_claim(cell, letter->to);
    if (error == -EAGAIN) return do_without(sender->station, *overflow, letter);
    return error ? error : post_with_place(letter);
}

static int send_there(const qy_letter *letter, quay_overflow *overflow)
{
    qy_sender sender;
    int error = qy_sender_open(&sender, qy_id_home(letter->to));
    if (error) return error;
    error = send_by(&sender, letter, overflow);
    qy_sender_close(&sender);
    return error;
}

/* The stamp of an ask is that of its sending, which comes after the wait (ring.h). */
static int wait_and_send(const qy_letter *letter)
{
    int error = qy_room_await(letter->to, letter->until);
    if (error || !letter->extra || !qy_me) return error ? error : post_with_place(letter);
    qy_letter later = *letter;
    qy_extra extra = *letter->extra;
    extra.stamp = ++qy_me->stamp;
    later.extra = &extra;
    return post_with_place(&later);
}

int qy_bounded_send(const qy_letter *letter)
{
    QY_CHECK(letter->to & QY_ID_MARK);
    qy_worker *me = qy_me;
    quay_overflow overflow = QUAY_OVERFLOW_REFUSE;
    int error = qy_check_letter(letter);
    if (error) return error;
    qy_port *port = me && qy_id_home(letter->to) == me->home ? qy_worker_port(me, letter->to) : NULL;
    error = port ? send_here(me, port, letter, &overflow) : send_there(letter, &overflow);
    bool waits = error == -EAGAIN && overflow == QUAY_OVERFLOW_WAIT && letter->until;
    return QY_UNLIKELY(waits) ? wait_and_send(letter) : error;
}

/* ---- arrivals ---- */

static qy_mail *mail_behind(const qy_port *port, const qy_mail *mail)
{
    return mail ? mail->next : qy_mailbox_first(&port->mailbox);
}

/* The last mail that stays and is ahead of all messages: an exit notice, or a stop that comes as a message. NULL: there
 * is none. */
static qy_mail *last_that_stays(const qy_port *port)
{
    const qy_ties *ties = qy_port_ties(port);
    qy_mail *last = ties ? ties->last_notice : NULL;
    for (qy_mail *next; ties && ties->traps_stop && (next = mail_behind(port, last)); last = next) {
        if (qy_message_kind(qy_message_of_mail(next)) != QY_KIND_STOP) break;
    }
    return last;
}

/* An ask is answered later in the step: who asked may have the answer sent here, where it would drop the next. */
static void drop(qy_worker *worker, qy_port *port, qy_message *oldest)
{
    QY_CHECK(port->depth > 0);
    port->depth--;
    qy_dead_message(&worker->station, oldest, QUAY_DEAD_DROPPED);
    if (qy_message_reply_to(oldest) && !(oldest->meta & QY_CANCELLED)) qy_worker_owe(worker, oldest, -EAGAIN);
    else qy_message_free(worker, oldest);
    QY_COUNT_DONE(worker->station.count.dead[QUAY_DEAD_DROPPED]);
}

/* Behind a STOP that ends the port nothing is handled: then it is this one that is dropped. What is told of a drop may
 * come here, too, and take the room again. */
static bool make_room(qy_worker *worker, qy_port *port)
{
    while (port->depth >= port->cold->gate->cell->limit) {
        qy_mail *before = last_that_stays(port), *oldest = mail_behind(port, before);
        QY_CHECK(oldest);
        if (qy_message_kind(qy_message_of_mail(oldest)) != QY_KIND_USER) return false;
        drop(worker, port, qy_message_of_mail(qy_mailbox_pop_behind(&port->mailbox, before)));
    }
    return true;
}

static bool find_place(qy_worker *worker, qy_port *port, qy_message *message)
{
    if (port->cold->gate->cell->overflow == QUAY_OVERFLOW_DROP_OLDEST) return make_room(worker, port);
    if (!qy_gate_enter(port)) return false;
    message->meta |= QY_METERED;
    return true;
}

bool qy_bounded_admit(qy_worker *worker, qy_port *port, qy_message *message)
{
    QY_CHECK(port->flags & QY_PORT_BOUNDED);
    if (!(message->meta & QY_METERED) && !find_place(worker, port, message)) {
        qy_message_die(worker, message, QUAY_DEAD_REFUSED, -EAGAIN);
        return false;
    }
    if (message->meta & QY_METERED) qy_gate_arrive(port);
    return true;
}
