/* test_hold.c - ports that are ahead of a port or of a worker are held, for as long as they are, and not for ever. */
#include "core/hold.h"

#include "core/arrivals.h"
#include "fixture.h"

enum { BURST = 32 };

static quay_port consumer;

/* Sends its tag's number of messages, and itself one to go on. */
static int produce(quay_self *self, void *state, const quay_message *message)
{
    ++*(unsigned *)state;
    for (uint32_t i = 0; i < message->tag; i++) ck_assert_int_eq(quay_send(consumer, i, NULL, 0), 0);
    return quay_send(quay_self_port(self), message->tag, NULL, 0);
}

static const quay_port_options with_count = {.state_size = sizeof(unsigned)};

static quay_port spawn_producer(void)
{
    return spawn_on(0, produce, &with_count);
}

static unsigned bursts_of(quay_port producer)
{
    return *(unsigned *)qy_port_state(port_of(producer));
}

/* So many messages of one tag, by nobody who could be held; and at once. */
static void tell_at_once(quay_port port, unsigned messages, uint32_t tag)
{
    as_worker(0);
    for (unsigned i = 0; i < messages; i++) tell(port, tag);
    as_nobody();
}

/* ---- a mailbox ---- */

static int take_in_pieces(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    as_worker(0)->turns_left = 1;
    return 0;
}

START_TEST(who_feeds_a_crowded_port_is_held_until_it_has_half)
{
    machine_start(&m, 1);
    consumer = spawn_on(0, take_in_pieces, NULL);
    quay_port producer = spawn_producer();
    tell_at_once(consumer, QY_AHEAD + QY_TURN_MESSAGES, 0);
    tell_at_once(producer, 1, BURST);
    while (bursts_of(producer) == 0) step(0);
    ck_assert_uint_gt(port_of(consumer)->depth, QY_AHEAD / 2);
    while (port_of(consumer)->depth > QY_AHEAD / 2) {
        ck_assert_uint_eq(bursts_of(producer), 1);
        ck_assert_uint_ne(m.rt->workers[0]->holding, 0);
        step(0);
    }
    step(0);
    step(0);
    ck_assert_uint_gt(bursts_of(producer), 1);
    machine_stop(&m);
}
END_TEST

START_TEST(nobody_is_held_for_a_port_that_does_not_come_to_it_for_long)
{
    machine_start(&m, 1);
    consumer = spawn_on(0, note_message, NULL);
    quay_port producer = spawn_producer();
    port_of(consumer)->flags |= QY_PORT_BUSY; /* as if its handler were waiting */
    tell_at_once(consumer, QY_AHEAD, 0);
    tell_at_once(producer, 1, 1);
    step(0);
    ck_assert_uint_eq(bursts_of(producer), 1);
    m.now += QY_HOLD_TIME - 1;
    step(0);
    ck_assert_uint_eq(bursts_of(producer), 1);
    m.now++;
    step(0);
    ck_assert_uint_gt(bursts_of(producer), 1);
    port_of(consumer)->flags &= ~(uint32_t)QY_PORT_BUSY;
    machine_stop(&m);
}
END_TEST

static int send_once(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    ++*(unsigned *)state;
    return quay_send(consumer, 0, NULL, 0);
}

START_TEST(who_has_a_crowd_itself_is_not_held)
{
    for (unsigned crowded = 0; crowded < 2; crowded++) {
        machine_start(&m, 1);
        consumer = spawn_on(0, note_message, NULL);
        quay_port relay = spawn_on(0, send_once, &with_count);
        port_of(consumer)->flags |= QY_PORT_BUSY;
        tell_at_once(consumer, QY_AHEAD, 0);
        tell_at_once(relay, QY_TURN_MESSAGES + 2 * crowded * QY_AHEAD, 0);
        step(0);
        ck_assert_uint_eq(m.rt->workers[0]->holding != 0, !crowded);
        ck_assert_uint_eq(bursts_of(relay) == 1, !crowded);
        port_of(consumer)->flags &= ~(uint32_t)QY_PORT_BUSY;
        machine_stop(&m);
    }
}
END_TEST

enum { PRODUCERS = 100, BURSTS = 200 };

static uint32_t longest; /* its mailbox has been */

static int produce_some(quay_self *self, void *state, const quay_message *message)
{
    unsigned *bursts = state;
    (void)message;
    for (unsigned i = 0; i < BURST; i++) tell(consumer, 0);
    uint32_t depth = port_of(consumer)->depth;
    if (depth > longest) longest = depth;
    if (++*bursts < BURSTS) tell(quay_self_port(self), 0);
    return 0;
}

static int consume(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    ++*(unsigned *)state;
    return 0;
}

START_TEST(a_mailbox_that_many_feed_stays_short)
{
    machine_start(&m, 1);
    longest = 0;
    consumer = spawn_on(0, consume, &with_count);
    quay_port producers[PRODUCERS];
    for (unsigned i = 0; i < PRODUCERS; i++) producers[i] = spawn_on(0, produce_some, &with_count);
    for (unsigned i = 0; i < PRODUCERS; i++) tell_at_once(producers[i], 1, 0);
    settle_down();
    ck_assert_uint_eq(bursts_of(consumer), PRODUCERS * BURST * BURSTS);
    ck_assert_uint_gt(longest, QY_AHEAD);
    ck_assert_uint_le(longest, QY_AHEAD + PRODUCERS * BURST); /* each may send once more */
    machine_stop(&m);
}
END_TEST

/* ---- who holds whom ---- */

enum { RALLY = 10 };

static quay_port ends[2], last;

/* Sends each message on to the next, if any: its tag is how often. */
static int pass_on(quay_self *self, void *state, const quay_message *message)
{
    unsigned me = quay_self_port(self).id == ends[1].id;
    ++*(unsigned *)state;
    return message->tag ? quay_send(ends[!me], message->tag - 1, NULL, 0) : 0;
}

START_TEST(two_that_crowd_each_other_both_go_on)
{
    for (unsigned more = 0; more < QY_TURN_MESSAGES; more++) { /* one in so many is looked at */
        machine_start(&m, 1);
        for (unsigned i = 0; i < 2; i++) ends[i] = spawn_on(0, pass_on, &with_count);
        unsigned each = QY_AHEAD + more;
        for (unsigned i = 0; i < 2; i++) tell_at_once(ends[i], each, RALLY);
        settle_down(); /* without time going by */
        ck_assert_uint_eq(bursts_of(ends[0]) + bursts_of(ends[1]), 2 * each * (RALLY + 1));
        machine_stop(&m);
    }
}
END_TEST

/* Two for each it gets. */
static int double_up(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)message;
    ++*(unsigned *)state;
    for (unsigned i = 0; i < 2; i++) ck_assert_int_eq(quay_send(last, 0, NULL, 0), 0);
    return 0;
}

/* The one in the middle is held for the last; were the first then held for the one in the middle, all would wait. */
START_TEST(a_row_of_ports_goes_on)
{
    machine_start(&m, 1);
    last = spawn_on(0, consume, &with_count);
    consumer = spawn_on(0, double_up, &with_count);
    quay_port first = spawn_on(0, produce_some, &with_count);
    tell_at_once(first, 1, 0);
    settle_down();
    ck_assert_uint_eq(bursts_of(last), 2 * BURST * BURSTS);
    machine_stop(&m);
}
END_TEST

/* ---- another worker ---- */

static void start_two(void)
{
    machine_start(&m, 2);
    consumer = spawn_on(1, consume, &with_count);
    tell_at_once(consumer, 1, 0); /* so that there is a belt */
    settle_down();
}

static quay_port start_with_producer(void)
{
    start_two();
    quay_port producer = spawn_producer();
    tell_at_once(producer, 1, BURST);
    return producer;
}

START_TEST(who_is_ahead_of_a_worker_is_held_until_it_has_taken_all)
{
    quay_port producer = start_with_producer();
    for (unsigned i = 0; i < 100; i++) step(0);
    unsigned bursts = bursts_of(producer);
    ck_assert_uint_gt(bursts * BURST, QY_BELT_LINES);
    ck_assert_uint_lt(bursts, 100);
    ck_assert(!qy_lane_empty(&m.rt->workers[1]->lanes[0]));
    while (qy_worker_has_arrivals(m.rt->workers[1])) step(1);
    step(0);
    ck_assert_uint_gt(bursts_of(producer), bursts);
    machine_stop(&m);
}
END_TEST

/* A worker that is in a handler for long costs the others one wait. When it goes on, it is waited for again. */
START_TEST(nobody_waits_twice_for_a_worker_that_is_stuck)
{
    quay_port producer = start_with_producer();
    for (unsigned i = 0; i < 100; i++) step(0);
    unsigned bursts = bursts_of(producer);
    m.now += QY_HOLD_TIME;
    for (unsigned i = 0; i < 100; i++) step(0);
    ck_assert_uint_ge(bursts_of(producer), bursts + 100);
    step(1);
    step(1);
    bursts = bursts_of(producer);
    for (unsigned i = 0; i < 100; i++) step(0);
    ck_assert_uint_lt(bursts_of(producer), bursts + 100);
    machine_stop(&m);
}
END_TEST

/* ---- answers ---- */

static quay_port server;

static int answer(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    ++*(unsigned *)state;
    return quay_reply(self, NULL, 0);
}

static void ask_for_consumer(quay_self *self)
{
    (void)self;
    for (unsigned i = 0; i < QY_AHEAD / 2; i++) {
        ck_assert_int_eq(quay_then(quay_ask(server, 0, NULL, 0, QUAY_FOREVER), consumer, 0), 0);
    }
}

/* Else one who asks and does not look at the answers would hold up all others who ask. */
START_TEST(who_answers_is_not_held)
{
    for (unsigned home = 0; home < 2; home++) {
        machine_start(&m, 2);
        consumer = spawn_on(home, consume, &with_count);
        server = spawn_on(0, answer, &with_count);
        if (home) tell_at_once(consumer, 1, 0);
        settle_down();
        port_of(consumer)->flags |= QY_PORT_BUSY;
        for (unsigned i = 1; i <= 4; i++) {
            run_in_port(0, ask_for_consumer);
            while (bursts_of(server) < i * QY_AHEAD / 2) {
                step(0);
                ck_assert_uint_eq(m.rt->workers[0]->holding, 0);
            }
        }
        port_of(consumer)->flags &= ~(uint32_t)QY_PORT_BUSY;
        machine_stop(&m);
    }
}
END_TEST

/* ---- what becomes of who is held ---- */

START_TEST(who_is_held_can_be_killed)
{
    quay_port producer = start_with_producer();
    for (unsigned i = 0; i < 100; i++) step(0);
    ck_assert_uint_ne(m.rt->workers[0]->holding, 0);
    ck_assert_int_eq(quay_kill(producer, -EIO), 0);
    settle_down();
    ck_assert_ptr_null(port_of(producer));
    ck_assert_uint_eq(m.rt->workers[0]->holding, 0);
    ck_assert_uint_eq(stats().alive, 1);
    machine_stop(&m);
}
END_TEST

/* The mark lies where the reason will be. */
static int fail_ahead(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    for (unsigned i = 0; i < 16 * BURST; i++) ck_assert_int_eq(quay_send(consumer, i, NULL, 0), 0);
    ck_assert(self->port->flags & QY_PORT_AHEAD);
    quay_exit(self, -EIO);
    return 0;
}

START_TEST(who_ends_while_ahead_ends_for_its_own_reason)
{
    for (unsigned killed = 0; killed < 2; killed++) {
        start_two();
        quay_handler *handler = killed ? produce : fail_ahead;
        quay_port port = spawn_on(0, handler, &(quay_port_options){.state_size = sizeof(unsigned), .fini = note_end});
        tell_at_once(port, 1, 16 * BURST);
        step(0);
        if (killed) ck_assert_int_eq(quay_kill(port, -ENXIO), 0);
        settle_down();
        ck_assert_uint_eq(noted.ended, 1);
        ck_assert_int_eq(noted.reason, killed ? -ENXIO : -EIO);
        machine_stop(&m);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {who_feeds_a_crowded_port_is_held_until_it_has_half,
                            nobody_is_held_for_a_port_that_does_not_come_to_it_for_long,
                            who_has_a_crowd_itself_is_not_held,
                            a_mailbox_that_many_feed_stays_short,
                            two_that_crowd_each_other_both_go_on,
                            a_row_of_ports_goes_on,
                            who_is_ahead_of_a_worker_is_held_until_it_has_taken_all,
                            nobody_waits_twice_for_a_worker_that_is_stuck,
                            who_answers_is_not_held,
                            who_is_held_can_be_killed,
                            who_ends_while_ahead_ends_for_its_own_reason};
    return run_tests("hold", tests, COUNT_OF(tests));
}
