/* dead_letter.c - who is subscribed, and what they are told. */
#include "core/dead_letter.h"

#include <string.h>

#include "core/runtime.h"
#include "core/send.h"

#define FIRST_CAPACITY 4

/* ---- subscriptions ---- */

void qy_subscriptions_free(qy_subscriptions *subscriptions, const qy_memory *memory)
{
    qy_release(memory, subscriptions->of, subscriptions->capacity * sizeof *subscriptions->of);
}

/* With the lock: where the port is, or the count. */
static uint32_t find(const qy_subscriptions *s, uint64_t port)
{
    uint32_t i = 0;
    while (i < s->count && s->of[i].port != port) i++;
    return i;
}

/* With the lock. */
static int make_room(qy_subscriptions *s, const qy_memory *memory)
{
    if (s->count < s->capacity) return 0;
    uint32_t capacity = s->capacity ? 2 * s->capacity : FIRST_CAPACITY;
    qy_subscription *of = qy_allocate(memory, capacity * sizeof *of, QY_CACHE_LINE);
    if (!of) return -ENOMEM;
    if (s->count) memcpy(of, s->of, s->count * sizeof *of);
    qy_release(memory, s->of, s->capacity * sizeof *of);
    s->of = of;
    s->capacity = capacity;
    return 0;
}

static int add(quay_runtime *rt, qy_subscription subscription)
{
    qy_subscriptions *s = &rt->subscriptions;
    ck_spinlock_lock(&s->lock);
    int error = find(s, subscription.port) < s->count ? -EALREADY : make_room(s, &rt->memory);
    if (!error) {
        s->of[s->count] = subscription;
        ck_pr_store_32(&s->count, s->count + 1);
    }
    ck_spinlock_unlock(&s->lock);
    return error;
}

static int take_out(quay_runtime *rt, uint64_t port)
{
    qy_subscriptions *s = &rt->subscriptions;
    ck_spinlock_lock(&s->lock);
    uint32_t i = find(s, port);
    bool found = i < s->count;
    if (found) {
        s->of[i] = s->of[s->count - 1];
        ck_pr_store_32(&s->count, s->count - 1);
    }
    ck_spinlock_unlock(&s->lock);
    return found ? 0 : -EALREADY;
}

/* The i-th, a copy: nothing is sent with the lock held. */
static bool get(quay_runtime *rt, uint32_t i, qy_subscription *subscription)
{
    qy_subscriptions *s = &rt->subscriptions;
    ck_spinlock_lock(&s->lock);
    bool found = i < s->count;
    if (found) *subscription = s->of[i];
    ck_spinlock_unlock(&s->lock);
    return found;
}

/* ---- telling ---- */

/* May this one be told of? */
static bool sample(qy_station *station)
{
    qy_news *news = &station->news;
    quay_time now = station->runtime->os->now();
    if (now - news->since >= QUAY_DEAD_PERIOD) {
        news->since = now;
        news->told = 0;
    }
    if (news->told < QUAY_DEAD_BURST) {
        news->told++;
        return true;
    }
    news->skipped++;
    return false;
}

static QY_NOINLINE void tell(qy_station *station, quay_dead_letter *dead)
{
    QY_CHECK(dead->reason < QUAY_DEAD_REASONS);
    if (!sample(station)) return;
    quay_runtime *rt = station->runtime;
    qy_subscription to;
    bool told = false;
    dead->skipped = station->news.skipped;
    station->news.skipped = 0;
    for (uint32_t i = 0; get(rt, i, &to);) {
        int error = qy_send_letter(
            &(qy_letter){.to = to.port, .tag = to.tag, .size = sizeof *dead, .data = dead, .flags = QY_NOTICE});
        told |= !error;
        if (error == -EPIPE) (void)take_out(rt, to.port); /* another is in its place */
        else i++;
    }
    if (!told) station->news.skipped += dead->skipped + 1;
}

static bool anybody_listens(const qy_station *station)
{
    return QY_UNLIKELY(ck_pr_load_32(&station->runtime->subscriptions.count));
}

void qy_dead_message(qy_station *station, const qy_message *message, quay_dead_reason reason)
{
    if (!anybody_listens(station)) return;
    if (!(message->meta & QY_NOTICE)) {
        tell(station,
             &(quay_dead_letter){.from = {message->from}, .to = {message->to}, .tag = message->tag, .reason = reason});
    } else if (reason == QUAY_DEAD_NO_PORT || reason == QUAY_DEAD_ENDED) {
        (void)take_out(station->runtime, message->to);
    }
}

void qy_dead_unsent(qy_station *station, const qy_letter *letter)
{
    if (!anybody_listens(station) || (letter->flags & QY_NOTICE)) return;
    tell(station, &(quay_dead_letter){
                      .from = {letter->from}, .to = {letter->to}, .tag = letter->tag, .reason = QUAY_DEAD_REFUSED});
}

/* ---- what is called ---- */

/* Inside the runtime. */
static int subscribe(quay_runtime *rt, quay_port port, uint32_t tag)
{
    if (!qy_runtime_may_have(rt, port.id)) return -EPIPE; /* nor of another runtime: who is inside one stays there */
    return add(rt, (qy_subscription){.port = port.id, .tag = tag});
}

int quay_dead_subscribe(quay_runtime *rt, quay_port port, uint32_t tag)
{
    int error = qy_runtime_visit(rt);
    if (error) return error;
    error = subscribe(rt, port, tag);
    qy_runtime_visit_end(rt);
    return error;
}

int quay_dead_unsubscribe(quay_runtime *rt, quay_port port)
{
    int error = qy_runtime_visit(rt);
    if (error) return error;
    error = take_out(rt, port.id);
    qy_runtime_visit_end(rt);
    return error;
}
