/* test_dispatch.c - what becomes of a duty to answer (D1), of failures, of late asks; how long a turn is, and whose. */
#include "core/dispatch.h"

#include <string.h>

#include "core/future.h"
#include "fixture.h"

/* ---- handlers that do what the tag says ---- */

enum { RETURN_0, RETURN_ERROR, REPLY_AND_FAIL, FAIL_OWN_WAY };

static int obey(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    noted.count++;
    switch (message->tag) {
    case RETURN_ERROR:
        return -EBADMSG;
    case REPLY_AND_FAIL:
        ck_assert_int_eq(quay_reply(self, "x", 1), 0);
        return -EBADMSG;
    case FAIL_OWN_WAY:
        ck_assert_int_eq(quay_fail(self, -ENOTTY), 0);
        return 0;
    }
    return 0;
}

static int answer_to(quay_port port, uint32_t tag)
{
    char out[4];
    quay_future *f = quay_ask(port, tag, NULL, 0, QUAY_FOREVER);
    settle_down();
    ck_assert(quay_settled(f));
    int result = quay_await(f, out, sizeof out);
    quay_drop(f);
    return result;
}

START_TEST(every_ask_is_answered_somehow)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, obey, NULL);
    ck_assert_int_eq(answer_to(port, RETURN_0), -ENOMSG);
    ck_assert_int_eq(answer_to(port, RETURN_ERROR), -EBADMSG);
    ck_assert_int_eq(answer_to(port, REPLY_AND_FAIL), 1);
    ck_assert_int_eq(answer_to(port, FAIL_OWN_WAY), -ENOTTY);
    ck_assert_uint_eq(stats().failed, 2);
    ck_assert_uint_eq(port_of(port)->failed, 2);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(failures_are_logged_at_powers_of_two)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, obey, &(quay_port_options){.name = "clumsy"});
    unsigned lines = 0;
    for (unsigned i = 0; i < 100; i++) tell(port, RETURN_ERROR);
    settle_down();
    for (const char *at = m.log; (at = strstr(at, "clumsy")); at++) lines++;
    ck_assert_uint_eq(lines, 7); /* 1 2 4 8 16 32 64 */
    ck_assert_ptr_nonnull(strstr(m.log, "EBADMSG"));
    ck_assert_uint_eq(stats().failed, 100);
    machine_stop(&m);
}
END_TEST

/* ---- asks that are late ---- */

static quay_port callee;
static quay_future *asked;

static void ask_callee(quay_self *self)
{
    (void)self;
    asked = quay_ask(callee, RETURN_0, NULL, 0, m.now + 100);
    ck_assert(!quay_settled(asked));
}

START_TEST(an_ask_whose_deadline_passed_is_not_handled)
{
    machine_start(&m, 2);
    callee = spawn_on(1, obey, NULL);
    run_in_port(0, ask_callee);
    m.now += 100;
    settle_down();
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_EXPIRED], 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(an_ask_just_in_time_is_handled)
{
    machine_start(&m, 2);
    callee = spawn_on(1, obey, NULL);
    run_in_port(0, ask_callee);
    m.now += 99;
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    machine_stop(&m);
}
END_TEST

/* ---- a turn ---- */

static int send_self_twice(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    noted.tag[noted.count++] = message->tag;
    if (message->tag < 8) {
        tell(quay_self_port(self), 2 * message->tag);
        tell(quay_self_port(self), 2 * message->tag + 1);
        ck_assert_uint_eq(noted.tag[noted.count - 1], message->tag); /* none ran in between */
    }
    return 0;
}

START_TEST(a_port_handles_one_message_at_a_time_in_order)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, send_self_twice, NULL);
    tell(port, 1);
    settle_down();
    ck_assert_uint_eq(noted.count, 15);
    for (uint32_t i = 0; i < 15; i++) ck_assert_uint_eq(noted.tag[i], i + 1);
    machine_stop(&m);
}
END_TEST

START_TEST(a_turn_gives_way_with_messages_left)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, note_message, NULL);
    quay_port other = spawn_on(0, note_message, NULL);
    for (uint32_t i = 0; i < QY_TURN_MESSAGES + 1; i++) tell(port, i);
    tell(other, 100);
    settle_down();
    ck_assert_uint_eq(noted.count, QY_TURN_MESSAGES + 2);
    for (uint32_t i = 0; i < QY_TURN_MESSAGES; i++) ck_assert_uint_eq(noted.tag[i], i);
    ck_assert_uint_eq(noted.tag[QY_TURN_MESSAGES], 100);
    ck_assert_uint_eq(noted.tag[QY_TURN_MESSAGES + 1], QY_TURN_MESSAGES);
    ck_assert(!(port_of(port)->flags & QY_PORT_READY));
    machine_stop(&m);
}
END_TEST

/* One port has mail for many turns, another takes note of how much it handles in one. */
static struct {
    int64_t takes; /* ns, a message */
    unsigned handled, in_turn, most;
} behind;

static int handle_in_time(quay_self *self, void *state, const quay_message *message)
{
    m.now += behind.takes;
    behind.handled++;
    behind.in_turn++;
    return 0;
}

static int look_at_turn(quay_self *self, void *state, const quay_message *message)
{
    if (behind.handled > message->tag / 2 && behind.in_turn > behind.most) behind.most = behind.in_turn;
    behind.in_turn = 0;
    return behind.handled < message->tag ? quay_send(quay_self_port(self), message->tag, NULL, 0) : 0;
}

/* The most messages that it handles in a turn when it has been behind for some. */
static unsigned messages_a_turn(int64_t takes)
{
    const unsigned many = 40 * QY_TURN_MESSAGES;
    machine_start(&m, 1);
    memset(&behind, 0, sizeof behind);
    behind.takes = takes;
    quay_port slow = spawn_on(0, handle_in_time, NULL), other = spawn_on(0, look_at_turn, NULL);
    as_worker(0);
    tell(other, many);
    for (uint32_t i = 0; i < many; i++) tell(slow, i);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(behind.handled, many);
    machine_stop(&m);
    return behind.most;
}

START_TEST(a_port_that_is_behind_and_slow_has_short_turns)
{
    ck_assert_uint_eq(messages_a_turn(0), QY_TURN_MESSAGES);
    ck_assert_uint_eq(messages_a_turn(QY_TURN_NS / QY_TURN_MESSAGES / 2), QY_TURN_MESSAGES);
    ck_assert_uint_eq(messages_a_turn(QY_TURN_NS / 2), 2);
    ck_assert_uint_eq(messages_a_turn(QY_TURN_NS), 1);
    ck_assert_uint_eq(messages_a_turn(100 * QY_TURN_NS), 1);
}
END_TEST

/* ---- newborn ports ---- */

enum { CHILDREN = 10, LEVELS = 4 };

static uint64_t most_alive;

typedef struct knot {
    quay_port parent;
    unsigned level, missing;
} knot;

static int grow(quay_self *self, void *state, const quay_message *message)
{
    knot *k = state;
    quay_port_options options = {.state_size = sizeof *k, .place = quay_near(quay_self_port(self))};
    const knot *order = QUAY_PAYLOAD(message, knot);
    quay_port child;
    if (order) {
        *k = *order;
        knot below = {quay_self_port(self), k->level - 1, 0};
        for (; k->level && k->missing < CHILDREN; k->missing++) {
            ck_assert_int_eq(quay_spawn(m.rt, &child, grow, &options), 0);
            ck_assert_int_eq(quay_send(child, 0, &below, sizeof below), 0);
        }
    } else {
        k->missing--;
    }
    if (stats().alive > most_alive) most_alive = stats().alive;
    if (k->missing) return 0;
    quay_exit(self, 0);
    return k->parent.id ? quay_send(k->parent, 0, NULL, 0) : 0;
}

START_TEST(a_tree_grows_depth_first)
{
    machine_start(&m, 1);
    most_alive = 0;
    quay_port root = spawn_on(0, grow, &(quay_port_options){.state_size = sizeof(knot)});
    knot order = {.level = LEVELS};
    ck_assert_int_eq(quay_send(root, 0, &order, sizeof order), 0);
    settle_down();
    ck_assert_uint_eq(stats().spawned, 11111);
    ck_assert_uint_eq(stats().alive, 0);
    ck_assert_uint_ge(most_alive, LEVELS * (CHILDREN - 1));
    ck_assert_uint_lt(most_alive, 20 * LEVELS * CHILDREN); /* where breadth first has all the leaves: 10,000 */
    machine_stop(&m);
}
END_TEST

/* Each is born by the one before, for ever. */
static int bear_one(quay_self *self, void *state, const quay_message *message)
{
    quay_port child;
    (void)state, (void)message;
    quay_exit(self, 0);
    if (noted.count) return 0;
    ck_assert_int_eq(quay_spawn(m.rt, &child, bear_one, &(quay_port_options){.place = quay_core(0)}), 0);
    return quay_send(child, 0, NULL, 0);
}

START_TEST(newborns_without_end_starve_nobody)
{
    machine_start(&m, 1);
    quay_port first = spawn_on(0, bear_one, NULL);
    quay_port other = spawn_on(0, note_message, NULL);
    as_worker(0);
    tell(first, 0);
    tell(other, 1);
    as_nobody();
    for (unsigned i = 0; i <= QY_ASIDE_STEPS; i++) step(0);
    ck_assert_uint_eq(noted.count, 1);
    settle_down();
    ck_assert_uint_eq(stats().alive, 1);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_ask_is_answered_somehow,
                            failures_are_logged_at_powers_of_two,
                            an_ask_whose_deadline_passed_is_not_handled,
                            an_ask_just_in_time_is_handled,
                            a_port_handles_one_message_at_a_time_in_order,
                            a_turn_gives_way_with_messages_left,
                            a_port_that_is_behind_and_slow_has_short_turns,
                            a_tree_grows_depth_first,
                            newborns_without_end_starve_nobody};
    return run_tests("dispatch", tests, COUNT_OF(tests));
}
