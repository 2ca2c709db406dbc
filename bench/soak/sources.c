/* sources.c - those who tell the members what to do: ports (drivers), and threads outside that come and go.
 *
 * A source takes turns of a few actions. A turn ends with an ask of any member, and its answer starts the next one, so
 * that no source gets ahead of the others without bound.
 *
 * Owns: each source its luck and its timers. Read next: soak.c */
#include "load.h"

#include <pthread.h>
#include <stdatomic.h>

#define DRIVERS_EACH 24 /* for each worker */
#define THREADS 2
#define GO UINT32_MAX /* the tag that makes drivers begin; the numbers of asks have a bit less */
#define ACTIONS 16    /* of a turn */
#define LARGE 17      /* bits of the longest payload's size */
#define BURST 32      /* small messages in a row */
#define BEATS 4       /* periodic timers of a source */
#define SEVERAL 5     /* asks at once */

struct source {
    uint64_t luck;
    quay_self *self; /* NULL in a thread */
    quay_timer beats[BEATS];
};

static struct {
    quay_runtime *rt;
    quay_port ledger; /* gets the results that nobody waits for */
    quay_port drivers[QUAY_WORKERS_MAX * DRIVERS_EACH];
    unsigned drivers_count;
    struct source outside[THREADS];
    pthread_t threads[THREADS];
    atomic_bool paused;
} load;

/* ---- actions ---- */

static struct load_job any_job(struct source *s)
{
    return (struct load_job){load_member(&s->luck), load_member(&s->luck)};
}

/* Any job for any member. With a deadline: a mailbox that is full also refuses what reminds a member of a held ask. */
static quay_future *ask(struct source *s)
{
    struct load_job job = any_job(s);
    uint32_t tag = (uint32_t)load_draw(&s->luck, JOBS - NAP) + NAP;
    return quay_ask(load_member(&s->luck), tag, &job, sizeof job, load_soon(&s->luck));
}

static void send_small(struct source *s)
{
    char bytes[LOAD_SMALL];
    size_t size = load_draw(&s->luck, sizeof bytes);
    quay_port to = load_member(&s->luck);
    load_fill(bytes, size);
    for (uint64_t i = load_draw(&s->luck, BURST); i < BURST; i++) load_sent(quay_send(to, TAKE, bytes, size));
}

static void send_large(struct source *s)
{
    size_t size = 1 + load_draw(&s->luck, UINT64_C(1) << load_draw(&s->luck, LARGE + 1));
    void *buffer = quay_buffer_new(size);
    bench_check(buffer, "there is memory");
    load_fill(buffer, size);
    if (load_draw(&s->luck, 2)) load_sent(quay_send(load_member(&s->luck), TAKE, buffer, size));
    else load_sent(quay_give(load_member(&s->luck), TAKE, &buffer, size));
    quay_buffer_free(buffer);
}

static void send_job(struct source *s)
{
    struct load_job job = any_job(s);
    uint32_t tag = (uint32_t)load_draw(&s->luck, JOBS - NAP) + NAP;
    load_sent(quay_send(load_member(&s->luck), tag, &job, sizeof job));
}

static void call(struct source *s)
{
    char bytes[LOAD_SMALL];
    size_t size = load_draw(&s->luck, sizeof bytes);
    load_fill(bytes, size);
    int result = load_call(load_member(&s->luck), TAKE, bytes, size, bytes, QUAY_FOREVER);
    bench_check(result < 0 || ((size_t)result == size && load_is_filled(bytes, size)), "an answer is what was asked");
}

/* What came first, the end or its being called off, is both right. */
static void called_off(int result)
{
    if (result != -EALREADY) bench_must(result, "to cancel");
}

static void have_told(struct source *s, quay_port to)
{
    uint32_t number = load_open();
    quay_future *f = ask(s);
    bench_must(quay_then(f, to, number), "quay_then");
    if (load_draw(&s->luck, 8) == 0) called_off(quay_cancel(f));
    quay_drop(f);
}

static void tell_ledger(struct source *s)
{
    have_told(s, load.ledger);
}

static void await_several(struct source *s)
{
    uint32_t numbers[SEVERAL];
    quay_future *asks[SEVERAL];
    char out[LOAD_SMALL];
    for (int i = 0; i < SEVERAL; i++) numbers[i] = load_open(), asks[i] = ask(s);
    int (*wait)(quay_future *const *, size_t, quay_time) = load_draw(&s->luck, 2) ? quay_await_any : quay_await_all;
    int result = wait(asks, SEVERAL, load_soon(&s->luck));
    if (result != -ETIMEDOUT) bench_must(result, "to wait for several");
    for (int i = 0; i < SEVERAL; i++) {
        if (load_draw(&s->luck, 2)) called_off(quay_cancel(asks[i]));
        load_close(numbers[i], quay_await(asks[i], out, sizeof out));
        quay_drop(asks[i]);
    }
}

static void forget(struct source *s)
{
    quay_drop(ask(s));
}

static void promise(struct source *s)
{
    quay_promise given;
    quay_future *f;
    uint32_t number = load_open();
    bench_must(quay_promise_new(load.rt, &given, &f), "quay_promise_new");
    load_sent(quay_send(load_member(&s->luck), SETTLE, &given, sizeof given));
    int result = quay_await_until(f, NULL, 0, load_soon(&s->luck));
    if (result == -ETIMEDOUT && quay_cancel(f) == 0) result = quay_await(f, NULL, 0);
    load_close(number, result);
    quay_drop(f);
}

static void cancel(quay_timer *timer)
{
    if (timer->id) called_off(quay_timer_cancel(*timer));
    timer->id = 0;
}

static void set_timer(struct source *s)
{
    struct load_job job = any_job(s);
    quay_timer timer = {0};
    load_sent(quay_send_after(load_member(&s->luck), NAP, &job, sizeof job, load_soon(&s->luck), &timer));
    if (load_draw(&s->luck, 2)) cancel(&timer);
}

static void set_beat(struct source *s)
{
    quay_timer *beat = &s->beats[load_draw(&s->luck, BEATS)];
    int64_t period = QUAY_US(100) + (int64_t)load_draw(&s->luck, (uint64_t)QUAY_MS(10));
    cancel(beat);
    load_sent(quay_send_every(load_member(&s->luck), TAKE, NULL, 0, load_soon(&s->luck), period, beat));
}

static void renew(struct source *s)
{
    quay_port old = load_renew(load.rt, &s->luck);
    if (s->self || !old.id || load_draw(&s->luck, 2)) return;
    int result = quay_join(old, load_soon(&s->luck), NULL);
    if (result != -ETIMEDOUT && result != -EPIPE) bench_must(result, "quay_join");
}

static void turn(struct source *s)
{
    static void (*const actions[])(struct source *) = {
        send_small,  send_small,  send_small,    send_small, send_large, send_large, send_job, send_job, call,  call,
        tell_ledger, tell_ledger, await_several, forget,     promise,    set_timer,  set_beat, renew,    renew,
    };
    for (int i = 0; i < ACTIONS; i++) actions[load_draw(&s->luck, sizeof actions / sizeof *actions)](s);
}

static void end_beats(struct source *s)
{
    for (int i = 0; i < BEATS; i++) cancel(&s->beats[i]);
}

/* ---- sources ---- */

static int record(quay_self *self, void *state, const quay_message *message)
{
    load_close(message->tag, message->status);
    return 0;
}

static int drive(quay_self *self, void *state, const quay_message *message)
{
    struct source *s = state;
    s->self = self;
    if (message->tag != GO) load_close(message->tag, message->status);
    if (atomic_load(&load.paused)) {
        end_beats(s);
        return 0;
    }
    turn(s);
    have_told(s, quay_self_port(self));
    return 0;
}

static void *work_outside(void *argument)
{
    struct source *s = argument;
    while (!atomic_load(&load.paused)) {
        turn(s);
        call(s);
    }
    end_beats(s);
    return NULL;
}

static quay_port spawn(quay_handler *handler, size_t state_size, uint64_t *luck)
{
    quay_port port;
    quay_port_options options = {.name = "source",
                                 .place = QUAY_SPREAD,
                                 .state_size = state_size,
                                 .init = load_begin,
                                 .fini = load_end,
                                 .arg = load_seed(luck)};
    bench_must(quay_spawn(load.rt, &port, handler, &options), "quay_spawn");
    return port;
}

void load_start(quay_runtime *rt, uint64_t seed)
{
    load.rt = rt;
    load.ledger = spawn(record, sizeof(uint64_t), &seed);
    load.drivers_count = quay_runtime_workers(rt) * DRIVERS_EACH;
    for (unsigned i = 0; i < load.drivers_count; i++) load.drivers[i] = spawn(drive, sizeof(struct source), &seed);
    for (int i = 0; i < THREADS; i++) load.outside[i].luck = load_draw(&seed, UINT64_MAX);
}

void load_go(void)
{
    atomic_store(&load.paused, false);
    for (unsigned i = 0; i < load.drivers_count; i++) {
        bench_must(quay_send(load.drivers[i], GO, NULL, 0), "quay_send");
    }
    for (int i = 0; i < THREADS; i++) {
        bench_must(-pthread_create(&load.threads[i], NULL, work_outside, &load.outside[i]), "pthread_create");
    }
}

void load_pause(void)
{
    atomic_store(&load.paused, true);
    for (int i = 0; i < THREADS; i++) pthread_join(load.threads[i], NULL);
}
