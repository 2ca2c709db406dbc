/* send.c - choosing the road; quay_send and quay_give. */
#include "core/send.h"

#include <string.h>

#include "base/copy.h"
#include "core/across.h"
#include "core/overflow.h"
#include "core/receive.h"
#include "core/runtime.h"

/* ---- roads ---- */

/* By the worker's own guest if the home is of its runtime, or by one inside another runtime. */
static int find_guest(qy_sender *sender, qy_worker *me)
{
    int error = -EPIPE;
    bool own = me && qy_runtime_worker(me->station.runtime, sender->home);
    sender->guest = own ? qy_worker_guest(me, &error) : qy_guest_enter(sender->home, &error);
    sender->inside = sender->guest && !own;
    return sender->guest ? 0 : error;
}

static int open_by_guest(qy_sender *sender, qy_worker *me)
{
    int error = find_guest(sender, me);
    if (error) return error;
    sender->station = &sender->guest->station;
    sender->runtime = sender->station->runtime;
    sender->target = qy_runtime_worker(sender->runtime, sender->home);
    if (QY_LIKELY(sender->target != NULL)) {
        sender->lane = qy_guest_lane(sender->guest, sender->target);
        if (QY_LIKELY(sender->lane != NULL)) return 0;
        error = -ENOMEM;
    } else {
        error = -EPIPE;
    }
    qy_sender_close(sender);
    return error;
}

int qy_sender_open(qy_sender *sender, uint32_t home)
{
    qy_worker *me = qy_me;
    *sender = (qy_sender){.home = home};
    if (me && (home - me->station.runtime->first_home < me->peers || home == me->home)) {
        sender->worker = me;
        sender->station = &me->station;
        sender->runtime = me->station.runtime;
        return 0;
    }
    return open_by_guest(sender, me);
}

void qy_sender_close(qy_sender *sender)
{
    if (sender->inside) qy_guest_leave();
}

qy_message *qy_sender_message(qy_sender *sender, size_t size, uint64_t flags)
{
    if (sender->guest) return qy_guest_message(sender->guest, size, flags);
    return qy_message_new(sender->station, size, flags);
}

void qy_sender_post(qy_sender *sender, uint64_t to, qy_kind kind, qy_message *message)
{
    QY_CHECK(sender->station && to);
    message->to = to;
    message->meta |= (uint64_t)kind;
    if (qy_kind_is_user(kind)) QY_COUNT(sender->station->count.sent);
    else QY_COUNT(sender->station->count.posted);
    if (sender->guest) {
        qy_worker *worker = sender->target;
        message->next = NULL;
        qy_ingress_send(&worker->ingress, sender->lane, &message->parcel);
        qy_parking_wake(&worker->parking, worker->os);
    } else if (sender->home == sender->worker->home) {
        qy_worker_receive(sender->worker, message);
    } else {
        qy_outbound_add(sender->worker, sender->home - sender->runtime->first_home, message);
    }
}

int qy_send_control(uint64_t to, qy_kind kind, uint32_t tag, const qy_extra *extra, const void *data, size_t size)
{
    qy_sender sender;
    int error = qy_sender_open(&sender, qy_id_home(to));
    if (error) return error;
    qy_message *message = qy_sender_message(&sender, size, extra ? QY_EXTENDED : 0);
    if (QY_UNLIKELY(!message)) message = qy_message_new_control(sender.station, size, extra ? QY_EXTENDED : 0);
    if (message) {
        message->from = 0;
        message->tag = tag;
        if (extra) *qy_message_extra(message) = *extra;
        if (size) memcpy(qy_message_data(message), data, size);
        qy_sender_post(&sender, to, kind, message);
    }
    qy_sender_close(&sender);
    return message ? 0 : -ENOMEM;
}

void qy_cancel_ask(uint64_t callee, uint64_t ask)
{
    qy_extra extra = {.reply_to = ask};
    if (callee) (void)qy_send_control(callee, QY_KIND_CANCEL, 0, &extra, NULL, 0);
}

/* ---- user messages ---- */

#define SHORTAGES_A_TRIM 1024
#define TRIM_EVERY QUAY_MS(1)

void qy_letter_write(qy_message *message, const qy_letter *letter)
{
    message->from = letter->from;
    message->label = qy_label(letter->tag, letter->size);
    if (letter->extra) *qy_message_extra(message) = *letter->extra;
    if (letter->buffer) *(void **)qy_message_room(message) = letter->buffer;
    else qy_copy(qy_message_data(message), letter->data, letter->size);
}

/* What can be known at once of a port of this worker. */
static int check_local(const qy_worker *worker, uint64_t to)
{
    const qy_port *port = qy_worker_port(worker, to);
    return QY_UNLIKELY(!port) && qy_worker_knows_gone(worker, to) ? -EPIPE : 0;
}

int qy_check_letter(const qy_letter *letter)
{
    if (QY_UNLIKELY(!letter->data && !letter->buffer && letter->size)) return -EINVAL;
    return QY_UNLIKELY(letter->size > QUAY_MESSAGE_MAX) ? -EMSGSIZE : 0;
}

/* A trim takes a look at every free block, so it is done when it was not for a while, or when there was no memory many
 * times since: who tries again soon, and who does now and then, both get memory that has come free elsewhere within a
 * millisecond or so. */
static bool is_time_to_trim(qy_station *station)
{
    int64_t now = station->runtime->os->now();
    if (station->shortages++ % SHORTAGES_A_TRIM && now < station->trim_at) return false;
    station->trim_at = now + TRIM_EVERY;
    return true;
}

bool qy_make_memory(qy_station *station)
{
    quay_runtime *rt = station->runtime;
    if (!station->pool.budget) return false;
    if (ck_pr_load_32(&rt->phase) != QY_RUNNING) return false; /* stop.c may look at ports that have ended */
    if (!is_time_to_trim(station)) return false;
    qy_pool_trim(&station->pool);
    for (qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker));) {
        if (&worker->station != station) qy_parking_order(&worker->parking, worker->os, QY_ORDER_TRIM);
    }
    return true;
}

int qy_post_letter(const qy_letter *letter)
{
    qy_sender sender;
    int error = qy_check_letter(letter);
    if (error || (error = qy_sender_open(&sender, qy_id_home(letter->to)))) return error;
    if (sender.worker && sender.home == sender.worker->home && (error = check_local(sender.worker, letter->to))) {
        return error;
    }
    uint64_t flags = letter->flags | (letter->extra ? QY_EXTENDED : 0) | (letter->buffer ? QY_BUFFER : 0);
    size_t size = letter->buffer ? sizeof letter->buffer : letter->size;
    qy_message *message = qy_sender_message(&sender, size, flags);
    if (QY_UNLIKELY(!message) && qy_make_memory(sender.station)) message = qy_sender_message(&sender, size, flags);
    if (message) {
        qy_letter_write(message, letter);
        qy_sender_post(&sender, letter->to, letter->kind, message);
    }
    qy_sender_close(&sender);
    return message ? 0 : -ENOMEM;
}

int qy_send_letter(const qy_letter *letter)
{
    return QY_UNLIKELY(letter->to & QY_ID_MARK) ? qy_bounded_send(letter) : qy_post_letter(letter);
}

/* The road most travelled, on its own and without a call: a handler to a port of its worker, a payload that fits a
 * line. The pool has a block. */
static inline int send_here(qy_worker *me, qy_port *port, uint32_t tag, const void *data, size_t size)
{
    qy_message *message = qy_pool_take(&me->station.pool, 0);
    message->meta = me->station.meta; /* kind USER, no flags, the smallest class */
    message->from = qy_running_id(me);
    message->label = qy_label(tag, size);
    qy_copy_small(message->payload, data, size);
    qy_port_deliver(me, port, message);
    QY_COUNT(me->station.count.here);
    return 0;
}

static QY_NOINLINE int send_otherwise(quay_port to, uint32_t tag, const void *data, size_t size)
{
    return quay_send_until(to, tag, data, size, QUAY_FOREVER);
}

/* A deadline that is past is told from none at all. */
int quay_send_until(quay_port to, uint32_t tag, const void *data, size_t size, quay_time deadline)
{
    return qy_send_letter(&(qy_letter){.to = to.id,
                                       .from = qy_running_id(qy_me),
                                       .tag = tag,
                                       .data = data,
                                       .size = size,
                                       .until = deadline ? deadline : -1});
}

/* The road next to it: to another worker of the runtime, straight onto its belt. Not inline: what it keeps in registers
 * is of no use to the other. */
static QY_NOINLINE int send_across(quay_port to, uint32_t tag, const void *data, size_t size, qy_worker *me)
{
    qy_across road = qy_across_open(me, to.id, 1);
    if (QY_UNLIKELY(!road.belt)) return send_otherwise(to, tag, data, size);
    road.line->meta = QY_KIND_USER;
    road.line->from = qy_running_id(me);
    road.line->label = qy_label(tag, size);
    qy_copy_small(road.line->body, data, size);
    QY_COUNT(me->station.count.sent); /* before it can be seen */
    qy_across_close(me, &road, 1);
    return 0;
}

int quay_send(quay_port to, uint32_t tag, const void *data, size_t size)
{
    qy_worker *me = qy_me;
    if (QY_UNLIKELY(!me || size > QY_COPY_SMALL || (!data && size))) return send_otherwise(to, tag, data, size);
    if (qy_id_home(to.id) != me->home) return send_across(to, tag, data, size, me);
    qy_port *port = qy_worker_port(me, to.id);
    if (QY_LIKELY(port && !(port->flags & QY_PORT_BOUNDED) && qy_pool_has(&me->station.pool, 0)))
        return send_here(me, port, tag, data, size);
    return send_otherwise(to, tag, data, size);
}

int quay_give(quay_port to, uint32_t tag, void **buffer, size_t size)
{
    if (!buffer || !*buffer || !size || size > qy_buffer_size(*buffer)) return -EINVAL;
    int error = qy_send_letter(&(qy_letter){
        .to = to.id, .from = qy_running_id(qy_me), .tag = tag, .buffer = *buffer, .size = size, .until = QUAY_FOREVER});
    if (!error) *buffer = NULL;
    return error;
}

void *quay_take(quay_self *self)
{
    if (!self || !self->message || !(self->message->meta & QY_BUFFER)) return NULL;
    self->message->meta = (self->message->meta & ~QY_BUFFER) | QY_GONE;
    return *(void **)qy_message_room(self->message);
}
