/* alarm.c - setting, firing and cancelling. */
#include "core/alarm.h"

#include <string.h>

#include "core/runtime.h"
#include "core/send.h"
#include "core/timer.h"

typedef struct qy_alarm {
    uint64_t id;
    qy_link link; /* on worker->alarms */
    qy_timer *timer;
    qy_message *message; /* addressed, not yet counted */
    quay_time at;
    int64_t period; /* 0: once */
    bool foreign;   /* its id is from the stock */
} qy_alarm;

#define ALARM_CLASS qy_class_for(sizeof(qy_alarm))

/* What travels from a thread to a worker; the payload follows. */
typedef struct order {
    uint64_t to;
    quay_time at;
    int64_t period;
    uint32_t tag;
    uint32_t size;
} order;

/* ---- ends ---- */

static void free_alarm(qy_worker *worker, qy_alarm *alarm)
{
    QY_CHECK(alarm->id);
    qy_list_remove(&alarm->link);
    if (alarm->timer) qy_timer_disarm(worker, alarm->timer);
    if (alarm->message) qy_message_free(worker, alarm->message);
    if (alarm->foreign) qy_stock_put(&worker->timer_stock, &worker->timer_ids, alarm->id);
    else qy_table_release(&worker->timer_ids, alarm->id);
    qy_pool_put(&worker->station.pool, ALARM_CLASS, alarm);
}

void qy_alarm_cancel_all(qy_worker *worker)
{
    while (!qy_list_empty(&worker->alarms)) {
        free_alarm(worker, QY_CONTAINER_OF(worker->alarms.next, qy_alarm, link));
    }
}

static qy_alarm *find(const qy_worker *worker, uint64_t id)
{
    qy_alarm *alarm = qy_table_find(&worker->timer_ids, id);
    return alarm && alarm->id == id ? alarm : NULL;
}

/* ---- firing ---- */

static qy_message *make_message(qy_worker *worker, const qy_letter *letter)
{
    qy_message *message = qy_message_new(&worker->station, letter->size, 0);
    if (!message) return NULL;
    message->to = letter->to;
    message->from = letter->from;
    message->tag = letter->tag;
    if (letter->size) memcpy(qy_message_data(message), letter->data, letter->size);
    return message;
}

static qy_letter letter_of(const qy_message *message)
{
    return (qy_letter){.to = message->to,
                       .from = message->from,
                       .tag = message->tag,
                       .size = message->size,
                       .data = message->size ? qy_message_data(message) : NULL};
}

/* Another runtime's ports get a copy, as the message belongs to this one. */
static void send(qy_worker *worker, qy_message *message)
{
    qy_sender sender;
    uint32_t home = qy_id_home(message->to);
    if (home - worker->station.runtime->first_home < worker->peers) {
        int error = qy_sender_open(&sender, home);
        QY_CHECK(!error); /* no guest is needed */
        qy_sender_post(&sender, message->to, QY_KIND_USER, message);
        return;
    }
    qy_letter letter = letter_of(message);
    (void)qy_send_letter(&letter); /* a runtime that is gone has no port to miss it */
    qy_message_free(worker, message);
}

static void fire(qy_worker *worker, uint64_t target);

/* Beats that were missed are not made up for. */
static bool arm(qy_worker *worker, qy_alarm *alarm)
{
    alarm->timer = qy_timer_arm(worker, alarm->at, fire, (uintptr_t)alarm);
    return alarm->timer;
}

/* The next time of the row after now, if time lasts so long. The first may be as far back as time goes. */
static quay_time next_beat(const qy_alarm *alarm, quay_time now)
{
    uint64_t period = (uint64_t)alarm->period;
    uint64_t late = (uint64_t)now - (uint64_t)alarm->at;
    int64_t left = (int64_t)(period - late % period);
    return left > QUAY_FOREVER - now ? QUAY_FOREVER : now + left;
}

static void beat(qy_worker *worker, qy_alarm *alarm)
{
    QY_CHECK(alarm->period > 0 && alarm->message);
    alarm->at = next_beat(alarm, qy_worker_now(worker));
    bool armed = arm(worker, alarm);
    QY_CHECK(armed); /* its timer's block was freed just now */
    qy_letter letter = letter_of(alarm->message);
    qy_message *copy = make_message(worker, &letter);
    if (copy) send(worker, copy);
}

static void fire(qy_worker *worker, uint64_t target)
{
    qy_alarm *alarm = (qy_alarm *)(uintptr_t)target;
    alarm->timer = NULL;
    if (alarm->period) {
        beat(worker, alarm);
        return;
    }
    qy_message *message = alarm->message;
    QY_CHECK(message);
    alarm->message = NULL;
    free_alarm(worker, alarm);
    send(worker, message);
}

/* ---- setting ---- */

/* 0 or -ENOMEM; the id stays reserved then. */
static int set(qy_worker *worker, uint64_t id, const qy_letter *letter, quay_time at, int64_t period, bool foreign)
{
    if (qy_table_provide(&worker->timer_ids, id)) return -ENOMEM;
    qy_alarm *alarm = qy_pool_take(&worker->station.pool, ALARM_CLASS);
    if (!alarm) return -ENOMEM;
    *alarm = (qy_alarm){.id = id, .at = at, .period = period, .foreign = foreign};
    qy_list_init(&alarm->link);
    alarm->message = make_message(worker, letter);
    if (alarm->message && arm(worker, alarm)) {
        qy_table_bind(&worker->timer_ids, id, alarm);
        qy_list_append(&worker->alarms, &alarm->link);
        return 0;
    }
    if (alarm->message) qy_message_free(worker, alarm->message);
    qy_pool_put(&worker->station.pool, ALARM_CLASS, alarm);
    return -ENOMEM;
}

static int set_here(qy_worker *me, const qy_letter *letter, quay_time at, int64_t period, uint64_t *id)
{
    *id = qy_table_reserve(&me->timer_ids);
    if (!*id) return -ENOMEM;
    int error = set(me, *id, letter, at, period, false);
    if (error) qy_table_release(&me->timer_ids, *id);
    return error;
}

static int post_order(qy_sender *sender, const qy_letter *letter, quay_time at, int64_t period, uint64_t *id)
{
    qy_worker *worker = sender->target;
    order o = {.to = letter->to, .at = at, .period = period, .tag = letter->tag, .size = (uint32_t)letter->size};
    *id = qy_stock_take(&worker->timer_stock, &worker->timer_ids);
    if (!*id) return -EAGAIN;
    qy_message *message = qy_sender_message(sender, sizeof o + letter->size, 0);
    if (!message) {
        qy_stock_untake(&worker->timer_stock, *id);
        return -ENOMEM;
    }
    memcpy(qy_message_data(message), &o, sizeof o);
    if (letter->size) memcpy((char *)qy_message_data(message) + sizeof o, letter->data, letter->size);
    message->from = letter->from;
    message->tag = 0;
    qy_sender_post(sender, *id, QY_KIND_TIMER, message);
    return 0;
}

static int set_there(const qy_letter *letter, quay_time at, int64_t period, uint64_t *id)
{
    qy_sender sender;
    int error = qy_sender_open(&sender, qy_id_home(letter->to));
    if (error) return error;
    error = post_order(&sender, letter, at, period, id);
    qy_sender_close(&sender);
    return error;
}

static int set_alarm(const qy_letter *letter, quay_time at, int64_t period, quay_timer *timer)
{
    uint64_t id = 0;
    int error = qy_check_letter(letter);
    if (error) return error;
    if (at <= quay_now() && !period) error = qy_send_letter(letter);
    else error = qy_me ? set_here(qy_me, letter, at, period, &id) : set_there(letter, at, period, &id);
    if (!error && timer) *timer = (quay_timer){id};
    return error;
}

int quay_send_after(quay_port to, uint32_t tag, const void *data, size_t size, quay_time at, quay_timer *timer)
{
    qy_letter letter = {.to = to.id, .from = qy_running_id(qy_me), .tag = tag, .data = data, .size = size};
    return set_alarm(&letter, at, 0, timer);
}

int quay_send_every(quay_port to, uint32_t tag, const void *data, size_t size, quay_time first, int64_t period,
                    quay_timer *timer)
{
    qy_letter letter = {.to = to.id, .from = qy_running_id(qy_me), .tag = tag, .data = data, .size = size};
    return period <= 0 ? -EINVAL : set_alarm(&letter, first, period, timer);
}

/* ---- from elsewhere ---- */

void qy_alarm_receive(qy_worker *worker, qy_message *message)
{
    const order *o = qy_message_data(message);
    QY_CHECK(message->size == sizeof *o + o->size);
    qy_letter letter = {.to = o->to, .from = message->from, .tag = o->tag, .size = o->size, .data = o + 1};
    worker->timer_births++;
    if (worker->draining || !set(worker, message->to, &letter, o->at, o->period, true)) return;
    qy_log(worker->station.runtime, QUAY_LOG_ERROR, "a timer could not be set: %s", quay_explain(-ENOMEM));
}

bool qy_alarm_expected(const qy_worker *worker, uint64_t id)
{
    return qy_stock_taken(&worker->timer_stock) != worker->timer_births && qy_table_unborn(&worker->timer_ids, id);
}

void qy_alarm_receive_cancel(qy_worker *worker, uint64_t id)
{
    qy_alarm *alarm = find(worker, id);
    if (alarm) free_alarm(worker, alarm);
}

int quay_timer_cancel(quay_timer timer)
{
    qy_worker *me = qy_me;
    if (!timer.id) return -EALREADY;
    if (!me || qy_id_home(timer.id) != me->home) {
        int error = qy_send_control(timer.id, QY_KIND_TIMER_CANCEL, 0, NULL, NULL, 0);
        return error == -EPIPE ? -EALREADY : error;
    }
    if (!find(me, timer.id)) return -EALREADY;
    qy_alarm_receive_cancel(me, timer.id);
    return 0;
}
