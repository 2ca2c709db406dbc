/* future.c - a thread's future (thread_future.h, thread_slots.h): one holder, two that would settle it, its slot's next
 * use; and what else can be waited with: deadlines, several at once, descriptors. */
#include <errno.h>
#include <string.h>

#include "core/guest.h"
#include "core/thread_future.h"
#include "explore.h"
#include "os.h"

#define HOME 900  /* of no runtime */
#define LARGE 200 /* more than lies in the future itself */

/* What a settler brings: who it was, in every byte. */
static int settle(uint64_t id, unsigned char who, size_t size)
{
    unsigned char data[LARGE];
    memset(data, who, sizeof data);
    return qy_thread_future_settle(id, &(qy_result){.size = size, .data = data});
}

static qy_thread_future *make(uint64_t *id, quay_time deadline)
{
    quay_future *f = qy_thread_future_new(HOME, deadline, id);
    EXPLORE_CHECK(f);
    return (qy_thread_future *)f;
}

/* Half of the schedules look a while before they sleep. */
static void be_impatient(void)
{
    if (explore_random(2)) *qy_thread_patience() = (qy_patience){0};
}

/* Who settled it, all bytes of it; 0 if it was an error. */
static unsigned winner_of(quay_future *f)
{
    unsigned char data[LARGE] = {0};
    int size = quay_await(f, data, sizeof data);
    if (size < 0) return 0;
    for (int i = 1; i < size; i++) EXPLORE_CHECK(data[i] == data[0]);
    return data[0];
}

/* ---- settled once, by one; stale ids reach nobody ---- */

static struct {
    qy_thread_future *future;
    uint64_t id;
    unsigned settled; /* how often that was said to have worked */
    unsigned winner;
} once;

static void settle_first(void *argument)
{
    unsigned char who = *(const unsigned char *)argument;
    if (settle(once.id, who, who == 1 ? LARGE : 8)) return;
    once.settled++;
    once.winner = who;
}

static void hold(void *argument)
{
    (void)argument;
    be_impatient();
    quay_future *f = (quay_future *)once.future;
    unsigned winner = winner_of(f);
    EXPLORE_CHECK(winner == 1 || winner == 2);
    EXPLORE_CHECK(winner_of(f) == winner); /* it stays as it is */
    quay_drop(f);
}

/* Takes whatever slot is free, that of the first future too: nobody but itself settles it. */
static void use_again(void *argument)
{
    (void)argument;
    be_impatient();
    for (int i = 0; i < 2; i++) {
        uint64_t id;
        qy_thread_future *f = make(&id, QUAY_FOREVER);
        EXPLORE_CHECK(id != once.id);
        EXPLORE_CHECK(!qy_thread_future_settled(f));
        EXPLORE_CHECK(settle(id, 9, 8) == 0);
        EXPLORE_CHECK(winner_of((quay_future *)f) == 9);
        quay_drop((quay_future *)f);
    }
}

static void start_once(void)
{
    static const unsigned char one = 1;
    static const unsigned char two = 2;
    memset(&once, 0, sizeof once);
    once.future = make(&once.id, QUAY_FOREVER);
    (void)explore_thread("holder", hold, NULL);
    (void)explore_thread("settler 1", settle_first, (void *)(uintptr_t)&one);
    (void)explore_thread("settler 2", settle_first, (void *)(uintptr_t)&two);
    (void)explore_thread("next user", use_again, NULL);
}

static void check_once(void)
{
    EXPLORE_CHECK(once.settled == 1);
}

const explore_scenario explore_future = {.name = "future", .steps = 90, .start = start_once, .check = check_once};

/* ---- dropped while it is settled, or as soon as that is seen ---- */

static void drop(void *argument)
{
    (void)argument;
    quay_future *f = (quay_future *)once.future;
    if (explore_random(2)) {
        int event = quay_future_fd(f);
        EXPLORE_CHECK(event >= 0);
        while (explore_random(4) && !quay_settled(f)) ck_pr_stall();
    } else if (explore_random(2)) {
        (void)quay_cancel(f);
    }
    quay_drop(f);
}

static void start_drop(void)
{
    static const unsigned char one = 1;
    memset(&once, 0, sizeof once);
    once.future = make(&once.id, QUAY_FOREVER);
    (void)explore_thread("holder", drop, NULL);
    (void)explore_thread("settler", settle_first, (void *)(uintptr_t)&one);
    (void)explore_thread("next user", use_again, NULL);
}

const explore_scenario explore_drop = {.name = "drop", .steps = 60, .start = start_drop};

/* ---- two threads await one future with deadlines; its own deadline passes, or not ---- */

static struct {
    qy_thread_future *future;
    uint64_t id;
    unsigned waiters;
    bool settled;
} late;

static void await_for_a_while(void *argument)
{
    (void)argument;
    be_impatient();
    quay_future *f = (quay_future *)late.future;
    unsigned char data[LARGE];
    int result = quay_await_until(f, data, sizeof data, explore_random(2) ? quay_in(QUAY_MS(1)) : QUAY_FOREVER);
    EXPLORE_CHECK(result == 8 || result == -ETIMEDOUT);
    EXPLORE_CHECK(result != 8 || (data[0] == 1 && data[7] == 1));
    ck_pr_dec_uint(&late.waiters);
}

static void settle_late(void *argument)
{
    (void)argument;
    late.settled = settle(late.id, 1, 8) == 0;
}

static void start_deadline(void)
{
    late.future = make(&late.id, quay_in(explore_random(2) ? QUAY_MS(1) : QUAY_SEC(1)));
    late.waiters = 2;
    (void)explore_thread("waiter 0", await_for_a_while, NULL);
    (void)explore_thread("waiter 1", await_for_a_while, NULL);
    (void)explore_thread("settler", settle_late, NULL);
}

static void check_deadline(void)
{
    EXPLORE_CHECK(!late.waiters);
    EXPLORE_CHECK(qy_thread_future_settled(late.future));
    EXPLORE_CHECK((qy_thread_future_result(late.future).status == 0) == late.settled);
    qy_thread_future_drop(late.future);
}

const explore_scenario explore_deadline = {
    .name = "deadline", .steps = 100, .start = start_deadline, .check = check_deadline};

/* ---- any of several ---- */

#define SEVERAL 2

static struct {
    quay_future *futures[SEVERAL];
    uint64_t ids[SEVERAL];
} several;

static void settle_one(void *argument)
{
    EXPLORE_CHECK(settle(*(const uint64_t *)argument, 1, 8) == 0);
}

static void await_each(void *argument)
{
    (void)argument;
    quay_future *left[SEVERAL];
    memcpy(left, several.futures, sizeof left);
    for (size_t n = SEVERAL; n > 0; n--) {
        int index = quay_await_any(left, n, QUAY_FOREVER);
        EXPLORE_CHECK(index >= 0 && (size_t)index < n);
        EXPLORE_CHECK(quay_settled(left[index]));
        quay_drop(left[index]);
        left[index] = left[n - 1];
    }
}

static void start_any(void)
{
    for (int i = 0; i < SEVERAL; i++) {
        several.futures[i] = (quay_future *)make(&several.ids[i], QUAY_FOREVER);
        (void)explore_thread(i ? "settler 1" : "settler 0", settle_one, &several.ids[i]);
    }
    (void)explore_thread("waiter", await_each, NULL);
}

const explore_scenario explore_any = {.name = "any", .steps = 80, .start = start_any};

/* ---- descriptors ---- */

static void poll_it(void *argument)
{
    (void)argument;
    int event = quay_future_fd((quay_future *)late.future);
    EXPLORE_CHECK(event >= 0);
    if (quay_settled((quay_future *)late.future)) return;
    while (!explore_event_raised(event)) ck_pr_stall();
    EXPLORE_CHECK(qy_thread_future_settled(late.future));
}

static void check_event(void)
{
    EXPLORE_CHECK(late.settled);
    EXPLORE_CHECK(explore_event_raised(quay_future_fd((quay_future *)late.future)));
    qy_thread_future_drop(late.future);
}

static void start_event(void)
{
    late.future = make(&late.id, QUAY_FOREVER);
    (void)explore_thread("poller 0", poll_it, NULL);
    (void)explore_thread("poller 1", poll_it, NULL);
    (void)explore_thread("settler", settle_late, NULL);
}

const explore_scenario explore_event = {.name = "event", .steps = 60, .start = start_event, .check = check_event};
