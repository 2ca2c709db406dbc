/* test_storm.c - everything at once: threads and ports spawn, send, give, ask, forward, defer, settle, cancel, stop and
 * kill at random, for a while. Then nothing may be lost: every message handled or a counted dead letter, every future
 * settled, every port ended.
 *
 * QUAY_SEED=n repeats a seed's choices (not its timing, which is the machine's). Slots hold what anybody may pick: who
 * puts something in a slot disposes of what was there. Read next: tests/api/support.h. */
#include "support.h"

#define SLOTS 64
#define KEPT 32
#define THREADS 3
#define LARGEST 2000
#define ACTIONS REPEAT(40000)

typedef struct storm {
    quay_runtime *rt;
    _Atomic uint64_t ports[SLOTS];
    _Atomic uint64_t promises[SLOTS];
    _Atomic uint64_t seed;
    atomic_ulong handled;
    quay_future *kept[THREADS][KEPT];
} storm;

/* ---- chance ---- */

/* xorshift64* (Vigna 2016). */
static uint32_t chance(uint64_t *state, uint32_t sides)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % sides;
}

static uint64_t fresh_seed(storm *s)
{
    return (atomic_fetch_add(&s->seed, 1) + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
}

/* ---- slots ---- */

static quay_port any_port(storm *s, uint64_t *rng)
{
    return (quay_port){atomic_load(&s->ports[chance(rng, SLOTS)])};
}

static void end_port(quay_port port, bool kill)
{
    int error = kill ? quay_kill(port, -EINTR) : quay_stop(port);
    EXPECT(error == 0 || error == -EPIPE);
}

static void settle(quay_promise promise, bool well)
{
    static const char nines[] = {9, 9, 9, 9, 9, 9, 9, 9, 9}; /* each byte the size, as in every payload here */
    int error = quay_settle(promise, well ? 0 : -EXDEV, nines, sizeof nines);
    EXPECT(error == 0 || error == -EALREADY || error == -EPIPE);
}

static void keep_promise(storm *s, uint64_t *rng, quay_promise promise)
{
    uint64_t old = atomic_exchange(&s->promises[chance(rng, SLOTS)], promise.id);
    if (old) settle((quay_promise){old}, true);
}

/* ---- what threads and ports do alike ---- */

static quay_handler live;

static void spawn_one(storm *s, uint64_t *rng)
{
    const quay_place places[] = {QUAY_ANYWHERE, QUAY_SPREAD, quay_core(chance(rng, quay_runtime_workers(s->rt)))};
    quay_port_options options = {
        .place = places[chance(rng, 3)],
        .state_size = sizeof(void *) * (1 + chance(rng, 20)),
        .init = keep_argument,
        .arg = s,
    };
    if (!chance(rng, 4)) {
        options.mailbox_limit = 5;
        options.overflow = (quay_overflow)chance(rng, QUAY_OVERFLOW_WAIT); /* but waiting: threads here never stop */
    }
    quay_port port;
    EXPECT_EQ(quay_spawn(s->rt, &port, live, &options), 0);
    uint64_t old = atomic_exchange(&s->ports[chance(rng, SLOTS)], port.id);
    if (old) end_port((quay_port){old}, chance(rng, 2));
}

static size_t fill_payload(unsigned char *bytes, uint64_t *rng)
{
    size_t size = chance(rng, 3) ? chance(rng, 40) : chance(rng, LARGEST);
    memset(bytes, (int)(size & 0xFF), size);
    return size;
}

static void send_one(storm *s, uint64_t *rng)
{
    unsigned char bytes[LARGEST];
    size_t size = fill_payload(bytes, rng);
    int error = quay_send(any_port(s, rng), chance(rng, UINT32_MAX), bytes, size);
    EXPECT(error == 0 || error == -EPIPE || error == -EAGAIN);
}

static void give_one(storm *s, uint64_t *rng)
{
    size_t size = 1 + chance(rng, LARGEST);
    void *buffer = quay_buffer_new(size);
    memset(buffer, (int)(size & 0xFF), size);
    int error = quay_give(any_port(s, rng), chance(rng, UINT32_MAX), &buffer, size);
    EXPECT(error == 0 || error == -EPIPE || error == -EAGAIN);
    EXPECT((buffer == NULL) == (error == 0));
    quay_buffer_free(buffer);
}

static quay_future *ask_one(storm *s, uint64_t *rng)
{
    unsigned char bytes[LARGEST];
    size_t size = fill_payload(bytes, rng);
    quay_time deadline = chance(rng, 4) ? QUAY_FOREVER : quay_in(QUAY_US(chance(rng, 500)));
    return quay_ask(any_port(s, rng), chance(rng, UINT32_MAX), bytes, size, deadline);
}

static void settle_one(storm *s, uint64_t *rng)
{
    uint64_t promise = atomic_exchange(&s->promises[chance(rng, SLOTS)], 0);
    if (promise) settle((quay_promise){promise}, chance(rng, 2));
}

/* ---- ports ---- */

static void ask_and_hear(quay_self *self, storm *s, uint64_t *rng)
{
    quay_future *f = ask_one(s, rng);
    if (chance(rng, 2)) {
        int error = quay_then(f, chance(rng, 2) ? quay_self_port(self) : any_port(s, rng), chance(rng, UINT32_MAX));
        EXPECT(error == 0 || error == -EPIPE);
    }
    if (chance(rng, 4) == 0) quay_cancel(f);
    if (chance(rng, 8)) quay_drop(f); /* else the port's end does */
}

static void keep_duty(quay_self *self, storm *s, uint64_t *rng)
{
    quay_promise promise = quay_defer(self);
    if (promise.id) keep_promise(s, rng, promise);
}

static bool payload_is_whole(const quay_message *message)
{
    const unsigned char *bytes = message->data;
    for (uint32_t i = 0; i < message->size; i++)
        if (bytes[i] != (message->size & 0xFF)) return false;
    return true;
}

/* One message leads to less than one other, or the storm would never end. */
static int live(quay_self *self, void *state, const quay_message *message)
{
    storm *s = SHARED(state, storm);
    uint64_t rng = fresh_seed(s) ^ message->tag;
    void *taken;
    int error;
    atomic_fetch_add(&s->handled, 1);
    EXPECT(payload_is_whole(message));
    switch (chance(&rng, 16)) {
    case 0:
        send_one(s, &rng);
        return 0;
    case 1:
        give_one(s, &rng);
        return 0;
    case 2:
        ask_and_hear(self, s, &rng);
        return 0;
    case 3:
        spawn_one(s, &rng);
        return 0;
    case 4:
        settle_one(s, &rng);
        return 0;
    case 5:
        end_port(any_port(s, &rng), true);
        return 0;
    case 6:
        quay_exit(self, -EINTR);
        return 0;
    case 7:
        return -EDOM;
    case 8:
        error = quay_forward(self, any_port(s, &rng));
        EXPECT(error == 0 || error == -EPIPE || error == -EAGAIN);
        return 0;
    case 9:
        taken = quay_take(self);
        quay_buffer_free(taken);
        return 0;
    case 10:
    case 11:
        keep_duty(self, s, &rng);
        return 0;
    default:
        error = quay_reply(self, message->data, message->size);
        EXPECT(error == 0 || error == -EINVAL);
        return 0;
    }
}

/* ---- threads ---- */

static bool is_outcome(int result)
{
    static const int errors[] = {-EPIPE, -EAGAIN, -ETIMEDOUT, -ECANCELED, -EXDEV, -EDOM, -EOWNERDEAD, -ENOMSG};
    for (size_t i = 0; i < COUNT_OF(errors); i++)
        if (result == errors[i]) return true;
    return result >= 0;
}

static void expect_cancelled(quay_future *f)
{
    char out[LARGEST];
    int error = quay_cancel(f);
    EXPECT(error == 0 || error == -EALREADY);
    int result = quay_await(f, out, sizeof out);
    EXPECT(error ? is_outcome(result) : result == -ECANCELED);
}

static void finish_one(storm *s, uint64_t *rng, quay_future **kept)
{
    char out[LARGEST];
    quay_future *f = *kept;
    int error = 0;
    switch (f ? chance(rng, 4) : 3) {
    case 0:
        EXPECT(is_outcome(quay_await_until(f, out, sizeof out, quay_in(QUAY_US(50)))));
        break;
    case 1:
        expect_cancelled(f);
        break;
    case 2:
        error = quay_then(f, any_port(s, rng), 1);
        break;
    default:
        break;
    }
    EXPECT(error == 0 || error == -EPIPE);
    quay_drop(f);
    *kept = ask_one(s, rng);
}

static void act(unsigned index, void *shared)
{
    storm *s = shared;
    uint64_t rng = fresh_seed(s);
    for (int i = 0; i < ACTIONS; i++) {
        switch (chance(&rng, 16)) {
        case 0:
        case 1:
            spawn_one(s, &rng);
            break;
        case 2:
            settle_one(s, &rng);
            break;
        case 3:
            end_port(any_port(s, &rng), chance(&rng, 2));
            break;
        case 4:
            give_one(s, &rng);
            break;
        case 5:
        case 6:
        case 7:
        case 8:
            finish_one(s, &rng, &s->kept[index][chance(&rng, KEPT)]);
            break;
        default:
            send_one(s, &rng);
            break;
        }
    }
}

/* ---- the end ---- */

/* End every port and settle every promise in the slots. What is queued may make new ones. */
static void calm(storm *s)
{
    for (size_t i = 0; i < SLOTS; i++) {
        uint64_t port = atomic_exchange(&s->ports[i], 0), promise = atomic_exchange(&s->promises[i], 0);
        if (port) end_port((quay_port){port}, i % 2);
        if (promise) settle((quay_promise){promise}, true);
    }
}

static quay_stats calm_down(storm *s)
{
    quay_stats stats = drained_stats(s->rt);
    for (int round = 0; stats.alive > 0 || round < 2; round++) {
        ck_assert_msg(round < 1000, "%d ports will not end", (int)stats.alive);
        calm(s);
        stats = drained_stats(s->rt);
    }
    return stats;
}

static void expect_all_settled(storm *s)
{
    for (size_t i = 0; i < THREADS * KEPT; i++) {
        char out[LARGEST];
        quay_future *f = s->kept[i / KEPT][i % KEPT];
        if (!f) continue;
        ck_assert(quay_settled(f));
        ck_assert(is_outcome(quay_await(f, out, sizeof out)));
        quay_drop(f);
    }
}

static void weather(unsigned workers, uint64_t seed)
{
    storm *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    atomic_store(&s->seed, seed << 32);
    s->rt = start_runtime(workers);
    crew acting;
    crew_start(&acting, THREADS, act, s);
    crew_join(&acting);
    quay_stats stats = calm_down(s);
    ck_assert_uint_eq(stats.alive, 0);
    ck_assert_uint_eq(stats.handled, atomic_load(&s->handled));
    ck_assert_uint_gt(stats.handled, 0);
    expect_all_settled(s);
    stop_runtime(s->rt);
    free(s);
}

static uint64_t first_seed(void)
{
    const char *text = getenv("QUAY_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

START_TEST(a_storm_on_one_worker)
{
    weather(1, first_seed());
}
END_TEST

START_TEST(a_storm_on_two_workers)
{
    for (uint64_t i = 0; i < 3; i++) weather(2, first_seed() + i);
}
END_TEST

START_TEST(a_storm_on_four_workers)
{
    weather(4, first_seed());
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_storm_on_one_worker,
        a_storm_on_two_workers,
        a_storm_on_four_workers,
    };
    return run_tests("storm", tests, COUNT_OF(tests));
}
