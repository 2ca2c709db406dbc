/* test_allocation.c - memory: none is taken from the system in the steady state, and what is missing is only missed.
 *
 * Counted at the seam, quay_runtime_options.allocator. Read next: counting.h. */
#include "counting.h"
#include "support.h"

/* Runtime, allocator and ports of one story. */
typedef struct works {
    counting_allocator memory;
    quay_runtime *rt;
    quay_port here, there; /* on worker 0 and 1 */
    atomic_long left;
    quay_promise over;
} works;

static works *works_open(quay_handler *handler)
{
    works *w = calloc(1, sizeof *w);
    ck_assert_ptr_nonnull(w);
    w->memory = (counting_allocator)COUNTING_ALLOCATOR;
    quay_runtime_options options = runtime_options(2);
    options.allocator = counting_seam(&w->memory);
    w->rt = start_runtime_with(&options);
    w->here = spawn(w->rt, handler, quay_core(0), w);
    w->there = spawn(w->rt, handler, quay_core(1), w);
    return w;
}

static void works_close(works *w)
{
    stop_runtime(w->rt);
    ck_assert_uint_eq(counting_live(&w->memory), 0);
    free(w);
}

/* Do the same again and again, until three times in a row took nothing. What a step needs depends on how far one
 * worker runs ahead of the other, so the first rounds may differ; a leak or an allocation a message never settles. */
static void expect_steady(works *w, void (*round)(works *))
{
    int quiet = 0;
    for (int rounds = 0; quiet < 3; rounds++) {
        ck_assert_msg(rounds < 60, "round %d still allocates", rounds);
        uint64_t before = counting_calls(&w->memory);
        round(w);
        quiet = counting_calls(&w->memory) == before ? quiet + 1 : 0;
    }
}

/* ---- hops ---- */

static int hop(quay_self *self, void *state, const quay_message *message)
{
    works *w = SHARED(state, works);
    const quay_port *next = QUAY_PAYLOAD(message, quay_port);
    if (atomic_fetch_sub(&w->left, 1) <= 0) return 0;
    return quay_send(*next, 0, &(quay_port){quay_self_port(self).id}, sizeof(quay_port));
}

static void hop_locally(works *w)
{
    atomic_store(&w->left, REPEAT(100000));
    for (int i = 0; i < 10; i++) ck_assert_int_eq(quay_send(w->here, 0, &w->here, sizeof w->here), 0);
    drained_stats(w->rt);
}

static void hop_across(works *w)
{
    atomic_store(&w->left, REPEAT(100000));
    for (int i = 0; i < 10; i++) ck_assert_int_eq(quay_send(w->here, 0, &w->there, sizeof w->there), 0);
    drained_stats(w->rt);
}

START_TEST(hops_take_no_memory)
{
    works *w = works_open(hop);
    expect_steady(w, hop_locally);
    expect_steady(w, hop_across);
    works_close(w);
}
END_TEST

/* ---- asks ---- */

static int ask_on(quay_self *self, void *state, const quay_message *message)
{
    works *w = SHARED(state, works);
    if (message->tag == 2) return quay_reply(self, message->data, message->size);
    if (atomic_fetch_sub(&w->left, 1) <= 0) return 0;
    quay_future *f = quay_ask(message->size ? w->there : w->here, 2, message->data, message->size, QUAY_FOREVER);
    EXPECT_EQ(quay_then(f, quay_self_port(self), 1), 0);
    quay_drop(f);
    return 0;
}

static void ask_from_ports(works *w)
{
    atomic_store(&w->left, REPEAT(50000));
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(quay_send(w->here, 1, NULL, 0), 0);       /* asks its own worker */
        ck_assert_int_eq(quay_send(w->here, 1, &(long){1}, 8), 0); /* asks the other */
    }
    drained_stats(w->rt);
}

static void ask_from_thread(works *w)
{
    for (long i = 0; i < REPEAT(20000); i++) {
        quay_future *f = quay_ask(i % 2 ? w->here : w->there, 2, &i, sizeof i, QUAY_FOREVER);
        ck_assert_int_eq(finish_future(f, &(long){0}, sizeof i), sizeof i);
    }
    drained_stats(w->rt);
}

START_TEST(asks_take_no_memory)
{
    works *w = works_open(ask_on);
    expect_steady(w, ask_from_ports);
    expect_steady(w, ask_from_thread);
    works_close(w);
}
END_TEST

/* ---- lives ---- */

static int bear(quay_self *self, void *state, const quay_message *message)
{
    works *w = SHARED(state, works);
    (void)message;
    if (atomic_fetch_sub(&w->left, 1) > 0) {
        quay_port child;
        bool across = atomic_load(&w->left) % 2;
        quay_port_options options = {
            .place = quay_core(across), .state_size = sizeof(void *), .init = keep_argument, .arg = w};
        EXPECT_EQ(quay_spawn(quay_self_runtime(self), &child, bear, &options), 0);
        EXPECT_EQ(quay_send(child, 0, NULL, 0), 0);
    }
    if (quay_self_port(self).id != w->here.id) quay_exit(self, 0);
    return 0;
}

static void live_and_die(works *w)
{
    atomic_store(&w->left, REPEAT(50000));
    for (int i = 0; i < 10; i++) ck_assert_int_eq(quay_send(w->here, 0, NULL, 0), 0);
    drained_stats(w->rt);
}

START_TEST(lives_take_no_memory)
{
    works *w = works_open(bear);
    expect_steady(w, live_and_die);
    works_close(w);
}
END_TEST

START_TEST(everything_comes_from_the_seam_and_goes_back)
{
    works *w = works_open(hop);
    uint64_t before = counting_live(&w->memory);
    for (int i = 0; i < 1000; i++) spawn(w->rt, ignore, i % 2 ? QUAY_SPREAD : QUAY_ANYWHERE, NULL);
    drained_stats(w->rt);
    ck_assert_uint_ge(counting_live(&w->memory), before + 1000 * sizeof(void *));
    works_close(w);
}
END_TEST

/* ---- every allocation fails once ---- */

typedef struct tally {
    uint64_t sends, accepted, missed;
    atomic_long handled;
} tally;

static void note(tally *t, int error)
{
    ck_assert_msg(error == 0 || error == -ENOMEM, "%s", quay_strerror(error));
    t->sends++;
    t->accepted += error == 0;
    t->missed += error != 0;
}

static int answer_with_much(quay_self *self, void *state, const quay_message *message)
{
    atomic_fetch_add(&SHARED(state, tally)->handled, 1);
    char bytes[3000] = "much";
    int error = quay_reply(self, bytes, message->tag);
    EXPECT(error == 0 || error == -EINVAL || error == -ENOMEM);
    return error == -EINVAL ? 0 : error;
}

/* Spawn on both workers, send all sizes, give, ask, join: whatever is refused is refused with -ENOMEM. */
static void live_through(quay_runtime *rt, tally *t)
{
    static const size_t sizes[] = {0, 16, 17, 300, 5000, 100000};
    static const char bytes[100000];
    for (unsigned core = 0; core < 2; core++) {
        quay_port_options options = {
            .place = quay_core(core), .name = "named", .state_size = 64, .init = keep_argument, .arg = t};
        quay_port port;
        int error = quay_spawn(rt, &port, answer_with_much, &options);
        note(t, error);
        if (error) continue;
        for (size_t i = 0; i < COUNT_OF(sizes); i++) note(t, quay_send(port, 0, bytes, sizes[i]));
        for (unsigned size = 1; size <= 3000; size += 2999) {
            char out[3000];
            int got = quay_call(port, size, NULL, 0, out, sizeof out, QUAY_FOREVER);
            ck_assert_msg(got == (int)size || got == -ENOMEM || got == -EPIPE || got == -EOWNERDEAD, "%d", got);
        }
        error = quay_stop(port);
        ck_assert_msg(error == 0 || error == -ENOMEM || error == -EPIPE, "%s", quay_strerror(error));
    }
}

/* Let calls from <= call < until fail. Returns whether any did. */
static bool survive(uint64_t from, uint64_t until)
{
    counting_allocator memory = COUNTING_ALLOCATOR;
    quay_runtime_options options = runtime_options(2);
    options.allocator = counting_seam(&memory);
    counting_fail(&memory, from, until);
    quay_runtime *rt = NULL;
    tally t = {.handled = 0};
    int error = quay_runtime_start(&rt, &options);
    ck_assert_msg(error == 0 || error == -ENOMEM, "start: %s", quay_strerror(error));
    ck_assert(error == 0 || counting_failures(&memory) > 0);
    if (error == 0) {
        live_through(rt, &t);
        quay_stats stats = drained_stats(rt);
        ck_assert_int_eq(t.handled, (int64_t)stats.handled);
        stop_runtime(rt);
    }
    ck_assert_uint_eq(counting_live(&memory), 0);
    assert_expectations();
    return counting_failures(&memory) > 0;
}

START_TEST(any_one_allocation_may_fail)
{
    uint64_t call = 1;
    while (survive(call, call + 1)) call++;
    ck_assert_uint_gt(call, 1);
}
END_TEST

START_TEST(memory_may_end_at_any_point)
{
    uint64_t call = 1;
    while (survive(call, UINT64_MAX)) call++;
    ck_assert_uint_gt(call, 1);
}
END_TEST

/* ---- inside a handler ---- */

typedef struct hunger {
    counting_allocator *memory;
    quay_port to;
    long accepted;
    atomic_long received;
} hunger;

static int receive_hungry(quay_self *self, void *state, const quay_message *message)
{
    hunger *h = SHARED(state, hunger);
    h->received++;
    int error = quay_reply(self, message->data, message->size);
    return error == -EINVAL || error == -ENOMEM ? 0 : error;
}

static void send_until_hungry(quay_self *self, void *argument)
{
    hunger *h = argument;
    char bytes[1000] = "";
    int error = 0;
    counting_fail(h->memory, 0, UINT64_MAX);
    while ((error = quay_send(h->to, 0, bytes, sizeof bytes)) == 0) h->accepted++;
    EXPECT_EQ(error, -ENOMEM);
    for (int i = 0; i < 100; i++) { /* small ones may still go */
        quay_port child;
        quay_promise promise;
        quay_future *f = quay_ask(h->to, 0, bytes, 900, QUAY_FOREVER);
        if (quay_settled(f)) EXPECT_EQ(quay_await(f, NULL, 0), -ENOMEM);
        else h->accepted++;
        quay_drop(f);
        quay_port_options options = {.state_size = 4000};
        error = quay_spawn(quay_self_runtime(self), &child, ignore, &options);
        EXPECT(error == 0 || error == -ENOMEM);
        error = quay_promise_new(quay_self_runtime(self), &promise, &f);
        EXPECT(error == 0 || error == -ENOMEM);
        if (error == 0) quay_drop(f);
    }
    counting_fail(h->memory, 0, 0);
}

START_TEST(a_handler_without_memory_loses_nothing)
{
    for (unsigned core = 0; core < 2; core++) {
        works *w = works_open(ignore);
        hunger h = {.memory = &w->memory};
        h.to = spawn(w->rt, receive_hungry, quay_core(core), &h);
        drained_stats(w->rt); /* it is born while there is memory */
        run_in_handler(w->rt, quay_core(0), send_until_hungry, &h);
        drained_stats(w->rt);
        ck_assert_int_eq(h.received, h.accepted);
        ck_assert_int_eq(quay_send(h.to, 0, "again", 5), 0);
        drained_stats(w->rt);
        ck_assert_int_eq(h.received, h.accepted + 1);
        works_close(w);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        hops_take_no_memory,
        asks_take_no_memory,
        lives_take_no_memory,
        everything_comes_from_the_seam_and_goes_back,
        any_one_allocation_may_fail,
        memory_may_end_at_any_point,
        a_handler_without_memory_loses_nothing,
    };
    return run_tests("allocation", tests, COUNT_OF(tests));
}
