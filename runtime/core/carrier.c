/* carrier.c - loading a result into the one line that was kept for it. */
#include "core/carrier.h"

#include <string.h>

#include "base/copy.h"
#include "core/hold.h"
#include "core/runtime.h"
#include "core/send.h"

/* ---- making one ---- */

static QY_NOINLINE int new_otherwise(qy_carrier *carrier, quay_port to, uint32_t tag)
{
    qy_sender sender;
    int error = qy_sender_open(&sender, qy_id_home(to.id));
    if (error) return error;
    qy_message *message = qy_sender_message(&sender, 0, 0);
    if (message) {
        message->from = qy_running_id(qy_me);
        message->tag = tag;
        *carrier = (qy_carrier){.message = message, .serial = sender.runtime->serial, .to = to.id};
    }
    qy_sender_close(&sender);
    return message ? 0 : -ENOMEM;
}

/* The road most travelled: to a port of this worker. */
int qy_carrier_new(qy_carrier *carrier, quay_port to, uint32_t tag)
{
    qy_worker *me = qy_me;
    if (!me || qy_id_home(to.id) != me->home || !qy_pool_has(&me->station.pool, 0)) {
        return new_otherwise(carrier, to, tag);
    }
    qy_message *message = qy_pool_take(&me->station.pool, 0);
    message->meta = me->station.meta;
    message->from = qy_running_id(me);
    message->label = qy_label(tag, 0);
    *carrier = (qy_carrier){.message = message, .serial = me->station.runtime->serial, .to = to.id};
    return 0;
}

/* ---- sending it ---- */

/* A result into a message of one line: its data, a buffer with its data, or its error. */
static void load(qy_message *carrier, const qy_memory *memory, const qy_result *result)
{
    int status = result->status;
    carrier->size = (uint32_t)result->size;
    if (!status && result->size <= sizeof carrier->payload) {
        if (result->size) memcpy(carrier->payload, result->data, result->size);
        return;
    }
    void *buffer = status ? NULL : qy_buffer_new(memory, result->size);
    if (buffer) {
        memcpy(buffer, result->data, result->size);
        memcpy(carrier->payload, &buffer, sizeof buffer);
        carrier->meta |= QY_BUFFER;
        return;
    }
    carrier->size = 0;
    carrier->meta |= QY_EXTENDED;
    qy_extra *extra = qy_message_extra(carrier); /* of which a line holds these two */
    extra->reply_to = 0;
    extra->status = status ? status : -ENOMEM;
}

/* Who settles a future is not ahead by that, however many answers the asker leaves where they are. */
static void post(qy_sender *sender, const qy_carrier *carrier)
{
    qy_port *port = sender->worker && sender->worker->running ? sender->worker->running->port : NULL;
    bool ahead = port && (port->flags & QY_PORT_AHEAD);
    qy_sender_post(sender, carrier->to, QY_KIND_USER, carrier->message);
    if (port && !ahead) (void)qy_hold_unmark(port);
}

static QY_NOINLINE void send_otherwise(const qy_carrier *carrier, const qy_result *result)
{
    qy_sender sender;
    if (qy_sender_open(&sender, qy_id_home(carrier->to))) return;
    if (sender.runtime->serial == carrier->serial) {
        QY_CHECK(carrier->message);
        load(carrier->message, &sender.runtime->memory, result);
        post(&sender, carrier);
    }
    qy_sender_close(&sender);
}

/* To a port of this worker, a result that fits a line. A home is of one runtime for as long as that lives. */
void qy_carrier_send(const qy_carrier *carrier, const qy_result *result)
{
    qy_worker *me = qy_me;
    bool plain = me && qy_id_home(carrier->to) == me->home && !result->status && result->size <= QY_COPY_SMALL;
    qy_port *port = plain && carrier->serial == me->station.runtime->serial ? qy_worker_port(me, carrier->to) : NULL;
    if (QY_UNLIKELY(!port || (port->flags & QY_PORT_BOUNDED) || carrier->message->meta != me->station.meta)) {
        send_otherwise(carrier, result);
        return;
    }
    qy_message *message = carrier->message;
    message->label = qy_label(message->tag, result->size);
    qy_copy_small(message->payload, result->data, result->size);
    QY_COUNT(me->station.count.here);
    port->depth++; /* not qy_port_deliver: who settles is not ahead by that */
    qy_port_enqueue(me, port, message);
}
