/* test_room.c - handlers that wait for room: who gets the places, and all the ways a wait can end otherwise. */
#include "core/room.h"

#include <string.h>

#include "core/ring.h"
#include "core/suspend.h"
#include "fixture.h"

enum { LIMIT = 2, HOME = 1, WORKERS = 2, SENDERS = 5 };

static quay_port full, senders[SENDERS];
static int results[SENDERS];
static unsigned returned;
static quay_time until;

/* ---- the port, held by a gate of its own: it handles nothing until it is let ---- */

static quay_promise let;

static int hold(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag != UINT32_MAX) return note_message(self, state, message);
    quay_future *future;
    ck_assert_int_eq(quay_promise_new(quay_self_runtime(self), &let, &future), 0);
    (void)quay_await(future, NULL, 0);
    quay_drop(future);
    return 0;
}

static void start_held(void)
{
    machine_start(&m, WORKERS);
    full = spawn_on(
        HOME, hold,
        &(quay_port_options){.name = "full", .mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_WAIT, .fini = note_end});
    tell(full, UINT32_MAX);
    settle_down();
    for (uint32_t i = 0; i < LIMIT; i++) tell(full, 100 + i);
    settle_down();
    returned = 0;
    until = QUAY_FOREVER;
    for (int i = 0; i < SENDERS; i++) results[i] = 1;
}

static void let_go(void)
{
    ck_assert_int_eq(quay_settle(let, 0, NULL, 0), 0);
    settle_down();
}

static int send_and_note(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    results[message->tag] = quay_send_until(full, message->tag, NULL, 0, until);
    returned++;
    return 0;
}

/* A sender on either worker in turn. */
static void start_senders(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        senders[i] = spawn_on(i % WORKERS, send_and_note, NULL);
        tell(senders[i], i);
        settle_down();
    }
}

static uint32_t places_free(void)
{
    const qy_cell *cell = qy_gates_find(&m.rt->workers[HOME]->gates, full.id);
    return cell->limit - ((uint32_t)cell->word - cell->base);
}

static void stop_whole(void)
{
    settle_down();
    assert_all_accounted();
    machine_stop(&m);
}

START_TEST(senders_wait_and_get_in_in_the_order_they_came)
{
    start_held();
    start_senders(SENDERS);
    ck_assert_uint_eq(returned, 0);
    ck_assert_uint_eq(port_of(full)->depth, LIMIT);
    let_go();
    ck_assert_uint_eq(returned, SENDERS);
    ck_assert_uint_eq(noted.count, LIMIT + SENDERS);
    for (uint32_t i = 0; i < SENDERS; i++) ck_assert_int_eq(results[i], 0);
    uint32_t last[WORKERS] = {0};
    for (uint32_t i = 0; i < SENDERS; i++) { /* grants to one worker are not overtaken */
        uint32_t tag = noted.tag[LIMIT + i];
        ck_assert_uint_ge(tag, last[tag % WORKERS]);
        last[tag % WORKERS] = tag;
    }
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline_and_takes_no_place)
{
    start_held();
    until = m.now + 10;
    start_senders(SENDERS);
    m.now += 9;
    settle_down();
    ck_assert_uint_eq(returned, 0);
    m.now += 1;
    settle_down();
    ck_assert_uint_eq(returned, SENDERS);
    for (int i = 0; i < SENDERS; i++) ck_assert_int_eq(results[i], -ETIMEDOUT);
    ck_assert_ptr_null(port_of(full)->cold->gate->waiting);
    let_go();
    ck_assert_uint_eq(noted.count, LIMIT);
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

START_TEST(a_deadline_that_is_past_does_not_wait)
{
    start_held();
    until = m.now;
    start_senders(2);
    ck_assert_int_eq(results[0], -ETIMEDOUT);
    ck_assert_int_eq(results[1], -ETIMEDOUT);
    let_go();
    start_senders(1);
    ck_assert_int_eq(results[0], 0); /* there is room */
    stop_whole();
}
END_TEST

START_TEST(senders_that_are_killed_cease_to_wait)
{
    start_held();
    start_senders(SENDERS);
    for (int i = 0; i < SENDERS - 1; i++) ck_assert_int_eq(quay_kill(senders[i], 0), 0);
    settle_down();
    ck_assert_uint_eq(returned, SENDERS - 1);
    for (int i = 0; i < SENDERS - 1; i++) ck_assert_int_eq(results[i], -ECANCELED);
    let_go();
    ck_assert_int_eq(results[SENDERS - 1], 0);
    ck_assert_uint_eq(noted.count, LIMIT + 1);
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

START_TEST(who_waits_for_a_port_that_ends_is_told)
{
    start_held();
    start_senders(SENDERS);
    ck_assert_int_eq(quay_kill(full, 0), 0);
    settle_down();
    ck_assert_uint_eq(noted.ended, 1);
    ck_assert_uint_eq(returned, SENDERS);
    for (int i = 0; i < SENDERS; i++) ck_assert_int_eq(results[i], -EPIPE);
    stop_whole();
}
END_TEST

/* The grant is on its lane while the sender's wait ends otherwise: the place goes to the next. */
START_TEST(a_place_granted_too_late_goes_to_the_next)
{
    start_held();
    until = m.now + 10;
    start_senders(1); /* on worker 0, the home is 1 */
    until = QUAY_FOREVER;
    senders[1] = spawn_on(HOME, send_and_note, NULL);
    tell(senders[1], 1);
    settle_down();
    ck_assert_int_eq(quay_settle(let, 0, NULL, 0), 0);
    for (unsigned i = 0; i < 10 && !m.rt->workers[0]->lanes[HOME].fifo.head->next; i++) (void)step(HOME);
    as_worker(0);
    qy_suspension *s = QY_CONTAINER_OF(m.rt->workers[0]->suspended.next, qy_suspension, link);
    qy_suspension_end(m.rt->workers[0], s, -ETIMEDOUT);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(returned, 2);
    ck_assert_int_eq(results[1], 0);
    ck_assert(results[0] == 0 || results[0] == -ETIMEDOUT);
    ck_assert_uint_eq(noted.count, LIMIT + 1 + (results[0] == 0));
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

START_TEST(a_grant_to_nobody_is_given_back)
{
    start_held();
    uint64_t nobody = qy_id_make(m.rt->first_home, 5, 77);
    qy_gate_take(port_of(full)->cold->gate);
    as_worker(HOME);
    ck_assert_int_eq(qy_send_control(nobody, QY_KIND_GRANT, 0, NULL, &full.id, sizeof full.id), 0);
    as_nobody();
    settle_down();
    let_go();
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

START_TEST(a_place_given_back_from_elsewhere_wakes_who_waits)
{
    start_held();
    start_senders(1);
    ck_assert_uint_eq(returned, 0);
    qy_room_return(full.id); /* as if somebody had been granted one */
    settle_down();
    ck_assert_uint_eq(returned, 1);
    ck_assert_int_eq(results[0], 0);
    qy_gate_take(port_of(full)->cold->gate);
    let_go();
    stop_whole();
}
END_TEST

START_TEST(without_memory_a_grant_is_made_as_soon_as_there_is)
{
    start_held();
    start_senders(1);
    ck_assert_int_eq(quay_settle(let, 0, NULL, 0), 0);
    starve(HOME);
    for (int i = 0; i < 5; i++) (void)step(HOME);
    ck_assert_uint_eq(noted.count, LIMIT);
    ck_assert_ptr_nonnull(port_of(full)->cold->gate->waiting);
    feed();
    settle_down();
    ck_assert_int_eq(results[0], 0);
    ck_assert_uint_eq(noted.count, LIMIT + 1);
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

/* As when a place becomes free after the send was refused. */
static void wait_though_there_is_room(quay_self *self)
{
    (void)self;
    results[0] = qy_room_await(full.id, QUAY_FOREVER);
}

START_TEST(a_request_that_finds_room_waits_for_nothing)
{
    start_held();
    let_go();
    (void)run_in_port(HOME, wait_though_there_is_room);
    ck_assert_int_eq(results[0], 0);
    ck_assert_uint_eq(places_free(), LIMIT - 1);
    qy_room_return(full.id);
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

static void send_from_home(qy_kind kind, uint64_t to, uint64_t reply_to)
{
    qy_extra extra = {.reply_to = reply_to, .deadline = QUAY_FOREVER};
    as_worker(HOME);
    ck_assert_int_eq(qy_send_control(to, kind, 0, &extra, &full.id, sizeof full.id), 0);
    as_nobody();
}

START_TEST(a_second_grant_is_given_back)
{
    start_held();
    start_senders(1);
    uint64_t waiting = qy_message_reply_to(port_of(full)->cold->gate->waiting);
    for (int i = 0; i < 2; i++) {
        qy_gate_take(port_of(full)->cold->gate);
        send_from_home(QY_KIND_GRANT, waiting, 0);
    }
    settle_down();
    ck_assert_int_eq(results[0], 0);
    let_go();
    ck_assert_uint_eq(noted.count, LIMIT + 1);
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

/* Of the home, with no future left: none of them takes the place. */
START_TEST(requests_that_nobody_waits_for_are_passed_over)
{
    start_held();
    for (uint32_t i = 0; i < 2; i++) {
        send_from_home(QY_KIND_ROOM, full.id, qy_id_make(m.rt->first_home + HOME, 5 + i, 77));
    }
    settle_down();
    ck_assert_ptr_nonnull(port_of(full)->cold->gate->waiting);
    let_go();
    ck_assert_ptr_null(port_of(full)->cold->gate->waiting);
    ck_assert_uint_eq(places_free(), LIMIT);
    stop_whole();
}
END_TEST

/* ---- rings ---- */

static void pass_ticks(void)
{
    for (int i = 0; i < 5; i++) {
        m.now += QY_RING_TICK;
        settle_down();
    }
}

static int self_result;

static int fill_itself(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag) return 0;
    for (uint32_t i = 0; i < LIMIT; i++) tell(quay_self_port(self), 1);
    self_result = quay_send_until(quay_self_port(self), 1, NULL, 0, until);
    return 0;
}

START_TEST(a_port_cannot_wait_for_room_in_its_own_mailbox)
{
    for (int deadline = 0; deadline < 2; deadline++) {
        machine_start(&m, 1);
        until = deadline ? m.now + 10 : QUAY_FOREVER;
        full = spawn_on(0, fill_itself, &(quay_port_options){.mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_WAIT});
        self_result = 0;
        tell(full, 0);
        settle_down();
        ck_assert_int_eq(self_result, -EDEADLK);
        stop_whole();
    }
}
END_TEST

/* Each fills the other's mailbox, then sends once more. */
static quay_port pair[2];
static int pair_results[2];

static int fill_other(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == 1) return 0;
    unsigned me = quay_self_port(self).id == pair[1].id;
    for (uint32_t i = 0; i < LIMIT; i++) tell(pair[!me], 1);
    pair_results[me] = quay_send(pair[!me], 1, NULL, 0);
    return 0;
}

START_TEST(two_that_wait_for_room_in_each_other_are_a_ring)
{
    for (unsigned second = 0; second < WORKERS; second++) {
        machine_start(&m, WORKERS);
        for (unsigned i = 0; i < 2; i++) {
            quay_port_options options = {.mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_WAIT, .name = i ? "b" : "a"};
            pair[i] = spawn_on(i ? second : 0, fill_other, &options);
            pair_results[i] = 1;
        }
        for (unsigned i = 0; i < 2; i++) {
            as_worker(i ? second : 0);
            tell(pair[i], 0);
            as_nobody();
        }
        settle_down();
        ck_assert_int_eq(pair_results[0], 1);
        ck_assert_int_eq(pair_results[1], 1);
        pass_ticks();
        ck_assert(pair_results[0] == -EDEADLK || pair_results[1] == -EDEADLK);
        ck_assert_int_eq(pair_results[0] + pair_results[1], -EDEADLK); /* the other's got in */
        ck_assert_ptr_nonnull(strstr(m.log, "wait for each other in a ring"));
        stop_whole();
    }
}
END_TEST

/* One waits for the other's room, which waits for an answer from the first. */
static int ask_sender(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    if (message->tag == 1) return 0;
    pair_results[0] = quay_call(pair[1], 0, NULL, 0, NULL, 0, QUAY_FOREVER);
    return 0;
}

static int fill_asker(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == 0) return quay_reply(self, NULL, 0);
    for (uint32_t i = 0; i < LIMIT; i++) tell(pair[0], 1);
    pair_results[1] = quay_send(pair[0], 1, NULL, 0);
    return 0;
}

START_TEST(room_and_answers_make_rings_together)
{
    machine_start(&m, WORKERS);
    quay_port_options options = {.mailbox_limit = LIMIT, .overflow = QUAY_OVERFLOW_WAIT};
    pair[0] = spawn_on(0, ask_sender, &options);
    pair[1] = spawn_on(1, fill_asker, NULL);
    pair_results[0] = pair_results[1] = 1;
    as_worker(1);
    tell(pair[1], 2); /* before the ask */
    as_worker(0);
    tell(pair[0], 0); /* before its mailbox fills */
    as_nobody();
    settle_down();
    pass_ticks();
    ck_assert(pair_results[0] == -EDEADLK || pair_results[1] == -EDEADLK);
    ck_assert_int_eq(pair_results[0] + pair_results[1], -EDEADLK);
    stop_whole();
}
END_TEST

START_TEST(a_long_wait_that_is_no_ring_is_let_be)
{
    start_held();
    start_senders(2);
    pass_ticks();
    ck_assert_uint_eq(returned, 0);
    let_go();
    ck_assert_int_eq(results[0], 0);
    ck_assert_int_eq(results[1], 0);
    stop_whole();
}
END_TEST

/* ---- asks ---- */

static int ask_result;

static int ask_full(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    ask_result = quay_call(full, 50, NULL, 0, NULL, 0, until);
    return 0;
}

START_TEST(an_ask_waits_for_room_and_its_deadline_counts)
{
    start_held();
    ask_result = 1;
    quay_port asker = spawn_on(0, ask_full, NULL);
    tell(asker, 0);
    settle_down();
    ck_assert_int_eq(ask_result, 1);
    let_go();
    ck_assert_int_eq(ask_result, -ENOMSG); /* it was handled; the handler does not answer */
    tell(full, UINT32_MAX);
    settle_down();
    for (uint32_t i = 0; i < LIMIT; i++) tell(full, 100 + i);
    until = m.now + 10;
    tell(asker, 0);
    settle_down();
    m.now += 10;
    settle_down();
    ck_assert_int_eq(ask_result, -ETIMEDOUT);
    let_go();
    stop_whole();
}
END_TEST

START_TEST(where_nobody_can_wait_the_send_is_refused)
{
    start_held();
    as_worker(HOME); /* and no handler runs */
    ck_assert_int_eq(quay_send(full, 0, NULL, 0), -EAGAIN);
    as_nobody();
    let_go();
    stop_whole();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        senders_wait_and_get_in_in_the_order_they_came,
        a_wait_ends_at_its_deadline_and_takes_no_place,
        a_deadline_that_is_past_does_not_wait,
        senders_that_are_killed_cease_to_wait,
        who_waits_for_a_port_that_ends_is_told,
        a_place_granted_too_late_goes_to_the_next,
        a_grant_to_nobody_is_given_back,
        a_place_given_back_from_elsewhere_wakes_who_waits,
        without_memory_a_grant_is_made_as_soon_as_there_is,
        a_port_cannot_wait_for_room_in_its_own_mailbox,
        two_that_wait_for_room_in_each_other_are_a_ring,
        room_and_answers_make_rings_together,
        a_long_wait_that_is_no_ring_is_let_be,
        an_ask_waits_for_room_and_its_deadline_counts,
        where_nobody_can_wait_the_send_is_refused,
        a_request_that_finds_room_waits_for_nothing,
        a_second_grant_is_given_back,
        requests_that_nobody_waits_for_are_passed_over,
    };
    return run_tests("room", tests, COUNT_OF(tests));
}
