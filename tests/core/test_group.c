/* test_group.c - who is in a group, who is sent to, whose turn it is; misuse. */
#include "core/group.h"

#include <quay/name.h>

#include "fixture.h"

#define MEMBERS 200 /* more than a sender copies to its stack */

static quay_port ports[MEMBERS];

static void start(unsigned members)
{
    machine_start(&m, 2);
    for (unsigned i = 0; i < members; i++) {
        ports[i] = spawn_on(i % 2, note_message, NULL);
        ck_assert_int_eq(quay_group_join(m.rt, "choir", ports[i]), 0);
    }
    settle_down();
}

static void stop(void)
{
    settle_down();
    assert_all_accounted();
    machine_stop(&m);
}

START_TEST(every_member_is_sent_to)
{
    uint64_t number = 77;
    start(MEMBERS);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 5, &number, sizeof number), MEMBERS);
    settle_down();
    ck_assert_uint_eq(noted.count, MEMBERS);
    for (unsigned i = 0; i < MEMBERS; i++) ck_assert_uint_eq(noted.number[i], 77);
    stop();
}
END_TEST

START_TEST(each_is_picked_in_turn)
{
    unsigned picked[3] = {0};
    start(3);
    for (unsigned i = 0; i < 30; i++) {
        quay_port port = quay_group_pick(m.rt, "choir");
        for (unsigned j = 0; j < 3; j++) picked[j] += port.id == ports[j].id;
    }
    for (unsigned j = 0; j < 3; j++) ck_assert_uint_eq(picked[j], 10);
    stop();
}
END_TEST

START_TEST(who_has_ended_is_no_member)
{
    quay_port left[MEMBERS];
    start(10);
    for (unsigned i = 0; i < 5; i++) ck_assert_int_eq(quay_kill(ports[2 * i], 0), 0);
    settle_down();
    ck_assert_int_eq(quay_group_members(m.rt, "choir", left, 2), 5);
    ck_assert_int_eq(quay_group_members(m.rt, "choir", left, MEMBERS), 5);
    for (unsigned i = 0; i < 5; i++) ck_assert_ptr_nonnull(port_of(left[i]));
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), 5);
    ck_assert_int_eq(quay_group_join(m.rt, "choir", ports[0]), 0); /* it cannot be known here */
    settle_down();
    ck_assert_int_eq(quay_group_members(m.rt, "choir", NULL, 0), 5);
    stop();
}
END_TEST

/* Who has ended and is still a member, as its worker has not come to it yet. */
START_TEST(a_dead_member_does_not_keep_others_from_it)
{
    start(4);
    as_worker(0);
    qy_port_kill(m.rt->workers[0], port_of(ports[0]), QUAY_EXIT_KILLED, 0);
    ck_assert_int_eq(qy_groups_join(&m.rt->groups, &(qy_name){.words = {'x'}}, ports[0].id), 0);
    ck_assert_int_eq(qy_groups_join(&m.rt->groups, &(qy_name){.words = {'x'}}, ports[2].id), 0);
    ck_assert_int_eq(quay_group_send(m.rt, "x", 0, NULL, 0), 1);
    as_nobody();
    ck_assert_int_eq(qy_groups_leave(&m.rt->groups, &(qy_name){.words = {'x'}}, ports[0].id), 0);
    stop();
}
END_TEST

START_TEST(a_group_goes_with_its_last_member)
{
    start(1);
    ck_assert_int_eq(quay_group_leave(m.rt, "choir", ports[0]), 0);
    ck_assert_int_eq(quay_group_leave(m.rt, "choir", ports[0]), -ENOENT);
    ck_assert_int_eq(quay_group_members(m.rt, "choir", NULL, 0), 0);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), -ENOENT);
    ck_assert_uint_eq(quay_group_pick(m.rt, "choir").id, 0);
    ck_assert_uint_eq(m.rt->groups.groups.count, 0);
    ck_assert_uint_eq(m.rt->groups.members.count, 0);
    stop();
}
END_TEST

START_TEST(misuse_is_refused)
{
    start(1);
    ck_assert_int_eq(quay_group_join(m.rt, "choir", ports[0]), -EALREADY);
    ck_assert_int_eq(quay_group_join(m.rt, "choir", QUAY_NOBODY), -EPIPE);
    ck_assert_int_eq(quay_group_join(m.rt, "", ports[0]), -EINVAL);
    ck_assert_int_eq(quay_group_join(NULL, "choir", ports[0]), -EINVAL);
    ck_assert_int_eq(quay_group_leave(m.rt, NULL, ports[0]), -EINVAL);
    ck_assert_int_eq(quay_group_members(m.rt, "choir", NULL, 1), -EINVAL);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 8), -EINVAL);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, "", QUAY_MESSAGE_MAX + 1), -EMSGSIZE);
    ck_assert_int_eq(quay_group_send(NULL, "choir", 0, NULL, 0), -EINVAL);
    ck_assert_uint_eq(quay_group_pick(NULL, "choir").id, 0);
    stop();
}
END_TEST

START_TEST(without_memory_nothing_changes)
{
    start(1);
    m.starved = true;
    ck_assert_int_eq(qy_groups_join(&m.rt->groups, &(qy_name){.words = {'x'}}, ports[0].id), -ENOMEM);
    m.starved = false;
    ck_assert_uint_eq(m.rt->groups.groups.count, 1);
    ck_assert_uint_eq(m.rt->groups.members.count, 1);
    stop();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        every_member_is_sent_to,           each_is_picked_in_turn,
        who_has_ended_is_no_member,        a_dead_member_does_not_keep_others_from_it,
        a_group_goes_with_its_last_member, misuse_is_refused,
        without_memory_nothing_changes,
    };
    return run_tests("group", tests, COUNT_OF(tests));
}
