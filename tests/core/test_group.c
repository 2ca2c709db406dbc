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
    ck_assert_int_eq(quay_group_leave(NULL, "choir", ports[0]), -EINVAL);
    ck_assert_int_eq(quay_group_members(NULL, "choir", NULL, 0), -EINVAL);
    ck_assert_int_eq(quay_group_send(m.rt, "", 0, NULL, 0), -EINVAL);
    ck_assert_uint_eq(quay_group_pick(m.rt, "").id, 0);
    ck_assert_int_eq(quay_group_members(m.rt, "choir", NULL, 1), -EINVAL);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 8), -EINVAL);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, "", QUAY_MESSAGE_MAX + 1), -EMSGSIZE);
    ck_assert_int_eq(quay_group_send(NULL, "choir", 0, NULL, 0), -EINVAL);
    ck_assert_uint_eq(quay_group_pick(NULL, "choir").id, 0);
    stop();
}
END_TEST

/* Whichever of its allocations fails, that of the message to the member's worker included. */
START_TEST(without_memory_nothing_changes)
{
    int error = -ENOMEM;
    unsigned spare = 0;
    start(0);
    ports[0] = spawn_on(1, note_message, NULL);
    for (; error; spare++) {
        as_worker(0);
        starve_after(0, spare);
        error = quay_group_join(m.rt, "choir", ports[0]);
        feed();
        as_nobody();
        ck_assert_int_eq(error, error ? -ENOMEM : 0);
        ck_assert_uint_eq(m.rt->groups.groups.count, !error);
        ck_assert_uint_eq(m.rt->groups.members.count, !error);
    }
    ck_assert_uint_gt(spare, 5);
    stop();
}
END_TEST

static unsigned received(void)
{
    settle_down();
    return noted.count;
}

START_TEST(a_send_that_finds_no_memory_says_so_or_how_many_it_reached)
{
    start(MEMBERS);
    m.starved = true; /* for the list of so many */
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), -ENOMEM);
    feed();
    for (unsigned i = 3; i < MEMBERS; i++) ck_assert_int_eq(quay_group_leave(m.rt, "choir", ports[i]), 0);
    settle_down();
    for (unsigned blocks = 0; blocks < 2; blocks++) {
        as_worker(0);
        ration(0, QY_MESSAGE_HEADER, blocks);
        ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), blocks ? 1 : -ENOMEM);
        feed();
        as_nobody();
        ck_assert_uint_eq(received(), blocks);
    }
    stop();
}
END_TEST

START_TEST(a_full_member_does_not_keep_others_from_it)
{
    start(0);
    for (unsigned i = 0; i < 3; i++) {
        ports[i] = spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = i == 1 ? 2 : 1});
        ck_assert_int_eq(quay_group_join(m.rt, "choir", ports[i]), 0);
    }
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), 3);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), 1);
    ck_assert_int_eq(quay_group_send(m.rt, "choir", 0, NULL, 0), 0);
    ck_assert_uint_eq(received(), 4);
    stop();
}
END_TEST

/* ---- keys that are the same by chance ---- */

/* A name whose hash is that of another: the second word makes up for the first. */
static qy_name twin_of(const qy_name *name)
{
    qy_name twin = *name;
    uint64_t mixed[2];
    twin.words[0]++;
    for (int i = 0; i < 2; i++) {
        mixed[i] = (i ? twin : *name).words[0] * UINT64_C(0x9e3779b97f4a7c15);
        mixed[i] ^= mixed[i] >> 32;
    }
    twin.words[1] ^= mixed[0] ^ mixed[1];
    ck_assert_uint_eq(qy_name_hash(name), qy_name_hash(&twin));
    return twin;
}

START_TEST(names_of_one_hash_are_two_groups)
{
    quay_port got;
    start(0);
    qy_groups *groups = &m.rt->groups;
    const qy_name name = {.words = {'x', 'y'}}, twin = twin_of(&name);
    ck_assert_int_eq(qy_groups_join(groups, &name, 11), 0);
    ck_assert_uint_eq(qy_groups_members(groups, &twin, &got, 1), 0);
    ck_assert_int_eq(qy_groups_join(groups, &twin, 22), 0);
    ck_assert_uint_eq(qy_groups_members(groups, &name, &got, 1), 1);
    ck_assert_uint_eq(got.id, 11);
    ck_assert_uint_eq(qy_groups_members(groups, &twin, &got, 1), 1);
    ck_assert_uint_eq(got.id, 22);
    stop();
}
END_TEST

/* The key of the one member that has another key than this. */
static uint64_t key_besides(const qy_map *map, uint64_t key)
{
    uint64_t found = key;
    for (uint32_t i = 0; i < UINT32_C(1) << map->bits; i++) {
        for (const qy_map_node *node = map->buckets[i]; node; node = node->next) {
            if (node->key != key) found = node->key;
        }
    }
    return found;
}

/* The key of a member is its group and port, mixed: a port of another group may come to the same. */
START_TEST(a_member_is_not_taken_for_anothers_of_the_same_key)
{
    start(0);
    qy_groups *groups = &m.rt->groups;
    const qy_name one = {.words = {'x'}}, two = {.words = {'y'}};
    ck_assert_int_eq(qy_groups_join(groups, &one, 11), 0);
    uint64_t key = qy_map_any(&groups->members)->key;
    ck_assert_int_eq(qy_groups_join(groups, &two, 22), 0);
    uint64_t twin = 22 ^ key_besides(&groups->members, key) ^ key;
    ck_assert_int_eq(qy_groups_leave(groups, &two, twin), -ENOENT);
    ck_assert_int_eq(qy_groups_join(groups, &two, twin), 0);
    ck_assert_ptr_nonnull(qy_map_next(qy_map_first(&groups->members, key)));
    ck_assert_int_eq(qy_groups_leave(groups, &one, 11), 0);
    ck_assert_uint_eq(qy_groups_members(groups, &one, NULL, 0), 0);
    ck_assert_uint_eq(qy_groups_members(groups, &two, NULL, 0), 2);
    stop();
}
END_TEST

/* ---- a group of another runtime ---- */

static machine choirs, third;
static quay_port elsewhere;
static int sent;

static void send_to_the_full(quay_self *self)
{
    (void)self;
    sent = quay_group_send(choirs.rt, "choir", 2, NULL, 0);
}

static void send_elsewhere(quay_self *self)
{
    (void)self;
    ck_assert_int_eq(quay_send(elsewhere, 3, NULL, 0), 0);
}

/* While a handler waits for room in a member's mailbox, its worker's other ports have dealings with other runtimes. */
START_TEST(who_waits_for_a_group_elsewhere_is_not_inside_it)
{
    quay_port full;
    start(1);
    machine_start(&choirs, 1);
    machine_start(&third, 1);
    ck_assert_int_eq(quay_spawn(choirs.rt, &full, note_message,
                                &(quay_port_options){.mailbox_limit = 1, .overflow = QUAY_OVERFLOW_WAIT}),
                     0);
    ck_assert_int_eq(quay_group_join(choirs.rt, "choir", full), 0);
    ck_assert_int_eq(quay_spawn(third.rt, &elsewhere, note_message, NULL), 0);
    ck_assert_int_eq(quay_send(full, 1, NULL, 0), 0);
    sent = 0;
    run_in_port(0, send_to_the_full);
    run_in_port(0, send_elsewhere);
    ck_assert_int_eq(sent, 0);
    machine_settle(&third);
    machine_settle(&choirs);
    settle_down();
    ck_assert_int_eq(sent, 1);
    machine_settle(&choirs);
    ck_assert_uint_eq(noted.count, 3);
    machine_stop(&third);
    machine_stop(&choirs);
    stop();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        every_member_is_sent_to,
        each_is_picked_in_turn,
        who_has_ended_is_no_member,
        a_dead_member_does_not_keep_others_from_it,
        a_group_goes_with_its_last_member,
        misuse_is_refused,
        without_memory_nothing_changes,
        a_send_that_finds_no_memory_says_so_or_how_many_it_reached,
        names_of_one_hash_are_two_groups,
        a_member_is_not_taken_for_anothers_of_the_same_key,
        a_full_member_does_not_keep_others_from_it,
        who_waits_for_a_group_elsewhere_is_not_inside_it,
    };
    return run_tests("group", tests, COUNT_OF(tests));
}
