/* test_monitors.c - a million monitors set on ports that come and go all the time: alive, dying, dead and forgotten
 * ones, of both workers. Each gives exactly one notice, or none if it was taken back. */
#include "support.h"

#define ROUNDS REPEAT(1000000)
#define WATCHERS 4
#define EACH (ROUNDS / WATCHERS)
#define BEAT 64 /* monitors a turn */
#define VICTIMS 64
#define GO UINT32_MAX

typedef enum fate { UNSET, SET, TAKEN_BACK } fate;

typedef struct arena {
    _Atomic uint64_t victims[VICTIMS];
    atomic_long watching; /* watchers that are not through */
    quay_runtime *rt;
    quay_port echo[2]; /* one on each worker */
} arena;

/* What a watcher has of each monitor: its tag is the index. */
typedef struct watcher {
    arena *where;
    long count;
    uint64_t random;
    quay_monitor_id monitors[EACH];
    unsigned char fates[EACH];
    unsigned char notices[EACH];
} watcher;

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    return *random ^= *random << 17;
}

/* ---- those who come and go ---- */

static void replace(arena *where, uint64_t *random)
{
    uint64_t number = next_random(random);
    quay_port born, dead;
    EXPECT_EQ(quay_spawn(where->rt, &born, ignore, &(quay_port_options){.place = quay_core(number >> 32 & 1)}), 0);
    dead.id = atomic_exchange(&where->victims[number % VICTIMS], born.id);
    int error = number >> 40 & 1 ? quay_kill(dead, -EIO) : quay_stop(dead);
    EXPECT(error == 0 || error == -EPIPE);
}

/* No worker is to be sent more than it can do: it has its turn before the next are replaced. */
static int reap(quay_self *self, void *state, const quay_message *message)
{
    arena *where = SHARED(state, arena);
    uint64_t random = (uint64_t)quay_now() | 1;
    for (int i = 0; i < 8; i++) replace(where, &random);
    for (int i = 0; i < 2; i++) EXPECT_EQ(quay_call(where->echo[i], 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
    if (where->watching) return quay_send(quay_self_port(self), message->tag, NULL, 0);
    quay_exit(self, 0);
    return 0;
}

/* ---- those who look on ---- */

static void set_one(quay_self *self, watcher *w)
{
    uint64_t number = next_random(&w->random);
    quay_port victim = {w->where->victims[number % VICTIMS]};
    EXPECT_EQ(quay_monitor(self, victim, (uint32_t)w->count, &w->monitors[w->count]), 0);
    w->fates[w->count++] = SET;
}

/* One of the latest; its notice may have come. */
static void take_one_back(quay_self *self, watcher *w)
{
    uint64_t back = next_random(&w->random) % 500;
    if (back >= (uint64_t)w->count) return;
    long index = w->count - 1 - (long)back;
    bool open = w->fates[index] == SET && !w->notices[index];
    EXPECT_EQ(quay_demonitor(self, w->monitors[index]), open ? 0 : -EALREADY);
    if (open) w->fates[index] = TAKEN_BACK;
}

static int watch(quay_self *self, void *state, const quay_message *message)
{
    watcher *w = SHARED(state, watcher);
    const quay_exit_notice *notice = QUAY_PAYLOAD(message, quay_exit_notice);
    if (message->tag != GO) {
        EXPECT(notice && notice->monitor.id == w->monitors[message->tag].id);
        w->notices[message->tag]++;
        return 0;
    }
    for (int i = 0; i < BEAT && w->count < EACH; i++) {
        set_one(self, w);
        if (i % 4 == 0) take_one_back(self, w);
    }
    if (w->count < EACH) return quay_send(quay_self_port(self), GO, NULL, 0);
    w->where->watching--;
    return 0;
}

static void assert_exactly_once(const watcher *w)
{
    long taken_back = 0;
    ck_assert_int_eq(w->count, EACH);
    for (long i = 0; i < EACH; i++) {
        ck_assert_uint_eq(w->notices[i], w->fates[i] == SET);
        taken_back += w->fates[i] == TAKEN_BACK;
    }
    ck_assert_int_gt(taken_back, 0);
}

START_TEST(each_monitor_gives_one_notice)
{
    arena where = {.watching = WATCHERS, .rt = start_runtime(2)};
    watcher *watchers = calloc(WATCHERS, sizeof *watchers);
    uint64_t random = 88172645463325252;
    ck_assert_ptr_nonnull(watchers);
    for (unsigned i = 0; i < 2; i++) where.echo[i] = spawn(where.rt, echo, quay_core(i), NULL);
    for (int i = 0; i < 4 * VICTIMS; i++) replace(&where, &random);
    for (unsigned i = 0; i < WATCHERS; i++) {
        watchers[i] = (watcher){.where = &where, .random = 1 + i};
        ck_assert_int_eq(quay_send(spawn(where.rt, watch, quay_core(i % 2), &watchers[i]), GO, NULL, 0), 0);
        ck_assert_int_eq(quay_send(spawn(where.rt, reap, quay_core(i % 2), &where), 0, NULL, 0), 0);
    }
    while (where.watching) { /* a thread outside, too, ends ports, one at a time */
        quay_port victim = {where.victims[next_random(&random) % VICTIMS]};
        (void)quay_kill(victim, -EINTR);
        (void)quay_join(victim, QUAY_FOREVER, NULL);
    }
    for (int i = 0; i < VICTIMS; i++) (void)quay_kill((quay_port){where.victims[i]}, 0);
    drained_stats(where.rt);
    for (unsigned i = 0; i < WATCHERS; i++) assert_exactly_once(&watchers[i]);
    stop_runtime(where.rt);
    free(watchers);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {each_monitor_gives_one_notice};
    return run_tests("monitors", tests, COUNT_OF(tests));
}
