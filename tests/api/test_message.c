/* test_message.c - what is sent is what arrives: sizes, contents, order, senders, and all of it.
 *
 * Read next: test_buffer.c for payloads that move. */
#include "support.h"

/* ---- contents ---- */

#define LARGEST ((size_t)1 << 20)

static unsigned char pattern_byte(size_t size, size_t i)
{
    return (unsigned char)(size * 31 + i * 7 + (i >> 8));
}

static void fill_pattern(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) bytes[i] = pattern_byte(size, i);
}

static bool has_pattern(const unsigned char *bytes, size_t size)
{
    size_t i = 0;
    while (i < size && bytes[i] == pattern_byte(size, i)) i++;
    return i == size;
}

typedef struct parcels {
    size_t next;
    quay_port checker;
    atomic_long checked;
} parcels;

/* The tag is the size. */
static int check_parcel(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    EXPECT_EQ(message->size, message->tag);
    EXPECT_EQ(message->status, 0);
    EXPECT((message->data == NULL) == (message->size == 0));
    EXPECT((uintptr_t)message->data % 8 == 0);
    EXPECT(has_pattern(message->data, message->size));
    atomic_fetch_add(&SHARED(state, parcels)->checked, 1);
    return 0;
}

/* All small sizes, some of the larger, and the neighbours of powers of two. */
static size_t next_size(size_t size)
{
    if (size < 1100) return size + 1;
    if (size >= 65537) return size < LARGEST ? LARGEST : LARGEST + 1;
    size_t power = 1;
    while (power <= size + 1) power *= 2;
    size_t next = size + 397;
    if (size < power / 2 + 1) return size + 1; /* just above one */
    return next < power - 1 ? next : power - 1;
}

static void send_all_sizes(quay_port to)
{
    unsigned char *bytes = malloc(LARGEST);
    EXPECT(bytes != NULL);
    for (size_t size = 0; size <= LARGEST; size = next_size(size)) {
        fill_pattern(bytes, size);
        EXPECT_EQ(quay_send(to, (uint32_t)size, bytes, size), 0);
        memset(bytes, 0, size < 64 ? size : 64); /* it was copied */
    }
    free(bytes);
}

static void send_all_sizes_inside(quay_self *self, void *argument)
{
    (void)self;
    send_all_sizes(((parcels *)argument)->checker);
}

static long all_sizes(void)
{
    long sizes = 0;
    for (size_t size = 0; size <= LARGEST; size = next_size(size)) sizes++;
    return sizes;
}

START_TEST(every_size_arrives_whole)
{
    quay_runtime *rt = start_runtime(2);
    parcels p = {.next = 0};
    p.checker = spawn(rt, check_parcel, quay_core(1), &p);
    send_all_sizes(p.checker);
    drained_stats(rt);
    ck_assert_int_eq(p.checked, all_sizes());
    run_in_handler(rt, quay_core(0), send_all_sizes_inside, &p);
    drained_stats(rt);
    ck_assert_int_eq(p.checked, 2 * all_sizes());
    run_in_handler(rt, quay_core(1), send_all_sizes_inside, &p);
    drained_stats(rt);
    ck_assert_int_eq(p.checked, 3 * all_sizes());
    stop_runtime(rt);
}
END_TEST

START_TEST(every_size_is_answered_whole)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, echo, quay_core(1), NULL);
    unsigned char *bytes = malloc(LARGEST), *out = malloc(LARGEST);
    ck_assert(bytes && out);
    for (size_t size = 0; size <= LARGEST; size = next_size(size)) {
        fill_pattern(bytes, size);
        memset(out, 0, size);
        ck_assert_int_eq(quay_call(port, 0, bytes, size, out, LARGEST, QUAY_FOREVER), (int)size);
        ck_assert(has_pattern(out, size));
    }
    free(bytes);
    free(out);
    stop_runtime(rt);
}
END_TEST

static int check_tag(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, &message->tag, sizeof message->tag);
}

START_TEST(tags_are_the_senders_choice)
{
    static const uint32_t tags[] = {0, 1, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, check_tag, quay_core(1), NULL);
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        uint32_t tag = ~tags[i];
        ck_assert_int_eq(quay_call(port, tags[i], NULL, 0, &tag, sizeof tag, QUAY_FOREVER), sizeof tag);
        ck_assert_uint_eq(tag, tags[i]);
    }
    stop_runtime(rt);
}
END_TEST

START_TEST(data_without_bytes_is_no_data)
{
    quay_runtime *rt = start_runtime(1);
    parcels p = {.next = 0};
    quay_port port = spawn(rt, check_parcel, QUAY_ANYWHERE, &p);
    ck_assert_int_eq(quay_send(port, 0, "data", 0), 0);
    drained_stats(rt);
    ck_assert_int_eq(p.checked, 1);
    stop_runtime(rt);
}
END_TEST

static void send_badly(quay_port port)
{
    EXPECT_EQ(quay_send(port, 0, NULL, 1), -EINVAL);
    EXPECT_EQ(quay_send(port, 0, NULL, 1000000), -EINVAL);
    EXPECT_EQ(quay_send(port, 0, "", QUAY_MESSAGE_MAX + 1), -EMSGSIZE);
    EXPECT_EQ(quay_send(port, 0, "", SIZE_MAX), -EMSGSIZE);
    quay_future *f = quay_ask(port, 0, NULL, 1, QUAY_FOREVER);
    EXPECT(quay_settled(f));
    EXPECT_EQ(quay_await(f, NULL, 0), -EINVAL);
    quay_drop(f);
    f = quay_ask(port, 0, "", QUAY_MESSAGE_MAX + 1, QUAY_FOREVER);
    EXPECT(quay_settled(f));
    EXPECT_EQ(quay_await(f, NULL, 0), -EMSGSIZE);
    quay_drop(f);
}

static void send_badly_inside(quay_self *self, void *argument)
{
    (void)self;
    send_badly(*(quay_port *)argument);
}

START_TEST(bad_payloads_are_refused)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long reached = 0;
    quay_port port = spawn(rt, count, quay_core(1), &reached);
    send_badly(port);
    run_in_handler(rt, quay_core(0), send_badly_inside, &port);
    run_in_handler(rt, quay_core(1), send_badly_inside, &port);
    drained_stats(rt);
    ck_assert_int_eq(reached, 0);
    stop_runtime(rt);
}
END_TEST

/* ---- order ---- */

#define SENDERS 8 /* half of them threads, half ports */
#define RECEIVERS 3

typedef struct numbered {
    unsigned sender;
    uint64_t number;
    unsigned char more[240]; /* not all of it is always sent */
} numbered;

typedef struct receiver {
    uint64_t next[SENDERS];
} receiver;

typedef struct order {
    quay_runtime *rt;
    quay_port receivers[RECEIVERS];
    receiver seen[RECEIVERS];
    long each;
} order;

static int expect_next(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    receiver *r = SHARED(state, receiver);
    numbered n;
    memcpy(&n, message->data, offsetof(numbered, more));
    EXPECT_EQ(n.number, r->next[n.sender]);
    r->next[n.sender] = n.number + 1;
    return 0;
}

static void send_number(const order *o, unsigned sender, uint64_t number)
{
    numbered n = {.sender = sender, .number = number};
    size_t size = offsetof(numbered, more) + (number % 5 == 0 ? sizeof n.more : number % 3);
    for (unsigned i = 0; i < RECEIVERS; i++) EXPECT_EQ(quay_send(o->receivers[i], 0, &n, size), 0);
}

static void send_numbers(unsigned index, void *shared)
{
    const order *o = shared;
    for (long i = 0; i < o->each; i++) send_number(o, index, (uint64_t)i);
}

/* A few at a time, so that ports take turns. */
static int send_numbers_in_turns(quay_self *self, void *state, const quay_message *message)
{
    const order *o = SHARED(state, order);
    const numbered *from = QUAY_PAYLOAD(message, numbered);
    numbered next = *from;
    for (int i = 0; i < 20 && (long)next.number < o->each; i++) send_number(o, next.sender, next.number++);
    if ((long)next.number == o->each) return 0;
    return quay_send(quay_self_port(self), 0, &next, sizeof next);
}

START_TEST(messages_of_one_sender_stay_in_order)
{
    order *o = calloc(1, sizeof *o);
    ck_assert_ptr_nonnull(o);
    o->rt = start_runtime(2);
    o->each = REPEAT(20000);
    for (unsigned i = 0; i < RECEIVERS; i++) o->receivers[i] = spawn(o->rt, expect_next, quay_core(i % 2), &o->seen[i]);
    for (unsigned i = SENDERS / 2; i < SENDERS; i++) {
        quay_port port = spawn(o->rt, send_numbers_in_turns, quay_core(i % 2), o);
        ck_assert_int_eq(quay_send(port, 0, &(numbered){.sender = i}, sizeof(numbered)), 0);
    }
    crew sending;
    crew_start(&sending, SENDERS / 2, send_numbers, o);
    crew_join(&sending);
    quay_stats stats = drained_stats(o->rt);
    for (unsigned i = 0; i < RECEIVERS; i++)
        for (unsigned s = 0; s < SENDERS; s++) ck_assert_uint_eq(o->seen[i].next[s], (uint64_t)o->each);
    ck_assert_uint_eq(quay_dead_total(&stats), 0);
    stop_runtime(o->rt);
    free(o);
}
END_TEST

/* ---- who sent it ---- */

static int expect_from(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const quay_port *from = QUAY_PAYLOAD(message, quay_port);
    EXPECT(from != NULL);
    if (from) EXPECT_EQ(message->from.id, from->id);
    int error = quay_reply(self, NULL, 0);
    return error == -EINVAL ? 0 : error;
}

static void say_who(quay_self *self, void *argument)
{
    quay_port me = quay_self_port(self), to = *(quay_port *)argument;
    EXPECT_EQ(quay_send(to, 0, &me, sizeof me), 0);
    quay_drop(quay_ask(to, 0, &me, sizeof me, QUAY_FOREVER));
}

START_TEST(a_message_names_its_sender)
{
    quay_runtime *rt = start_runtime(2);
    quay_port port = spawn(rt, expect_from, quay_core(1), NULL);
    quay_port nobody = QUAY_NOBODY;
    ck_assert_int_eq(quay_send(port, 0, &nobody, sizeof nobody), 0);
    ck_assert_int_eq(quay_call(port, 0, &nobody, sizeof nobody, NULL, 0, QUAY_FOREVER), 0);
    run_in_handler(rt, quay_core(0), say_who, &port);
    run_in_handler(rt, quay_core(1), say_who, &port);
    ck_assert_uint_eq(drained_stats(rt).handled, 2 + 3 + 3);
    stop_runtime(rt);
}
END_TEST

/* ---- all of them ---- */

typedef struct flood {
    quay_port to[4];
    long each;
} flood;

static void send_to_all(unsigned index, void *shared)
{
    const flood *f = shared;
    for (long i = 0; i < f->each; i++) EXPECT_EQ(quay_send(f->to[((unsigned)i + index) % 4], 0, &i, sizeof i), 0);
}

START_TEST(four_threads_lose_nothing)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long received = 0;
    flood f = {.each = REPEAT(100000)};
    for (unsigned i = 0; i < 4; i++) f.to[i] = spawn(rt, count, quay_core(i % 2), &received);
    crew sending;
    crew_start(&sending, 4, send_to_all, &f);
    crew_join(&sending);
    quay_stats stats = drained_stats(rt);
    ck_assert_int_eq(received, 4 * f.each);
    ck_assert_uint_eq(stats.sent, (uint64_t)(4 * f.each));
    ck_assert_uint_eq(stats.handled, (uint64_t)(4 * f.each));
    stop_runtime(rt);
}
END_TEST

static void come_and_go(unsigned index, void *shared)
{
    (void)index;
    for (int i = 0; i < 20; i++) {
        crew one;
        crew_start(&one, 1, send_to_all, shared);
        crew_join(&one);
    }
}

START_TEST(threads_that_come_and_go_lose_nothing)
{
    quay_runtime *rt = start_runtime(2);
    atomic_long received = 0;
    flood f = {.each = 50};
    for (unsigned i = 0; i < 4; i++) f.to[i] = spawn(rt, count, quay_core(i % 2), &received);
    crew sending;
    crew_start(&sending, 4, come_and_go, &f);
    crew_join(&sending);
    drained_stats(rt);
    ck_assert_int_eq(received, 4 * 20 * f.each);
    stop_runtime(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        every_size_arrives_whole,      every_size_is_answered_whole, tags_are_the_senders_choice,
        data_without_bytes_is_no_data, bad_payloads_are_refused,     messages_of_one_sender_stay_in_order,
        a_message_names_its_sender,    four_threads_lose_nothing,    threads_that_come_and_go_lose_nothing,
    };
    return run_tests("message", tests, COUNT_OF(tests));
}
