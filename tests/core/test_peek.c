/* test_peek.c - the port whose turn it is, seen from elsewhere: its name, and nothing of a port that has ended. */
#include "core/peek.h"

#include "fixture.h"

static bool seen;
static char name[QUAY_NAME_MAX + 1];

static int peek(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state, (void)message;
    seen = qy_worker_peek(m.rt->workers[0], name);
    return 0;
}

static void peek_at_end(void *state, int reason)
{
    (void)state, (void)reason;
    seen = qy_worker_peek(m.rt->workers[0], name);
}

static void expect(const char *text)
{
    ck_assert(seen);
    ck_assert_str_eq(name, text);
    seen = false;
}

START_TEST(the_port_whose_turn_it_is_has_its_name_told)
{
    machine_start(&m, 1);
    tell(spawn_on(0, peek, &(quay_port_options){.name = "seen"}), 0);
    settle_down();
    expect("seen");
    tell(spawn_on(0, peek, NULL), 0);
    settle_down();
    expect("unnamed");
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_in_its_fini_is_told_of_and_one_that_has_ended_is_not)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, peek, &(quay_port_options){.name = "ending", .fini = peek_at_end});
    ck_assert(!qy_worker_peek(m.rt->workers[0], name));
    ck_assert_int_eq(quay_stop(port), 0);
    (void)step(0);
    expect("ending");
    ck_assert_ptr_null(m.rt->workers[0]->turn);
    ck_assert(!qy_worker_peek(m.rt->workers[0], name));
    machine_stop(&m);
}
END_TEST

static int end_other(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    ck_assert_int_eq(quay_kill(**(quay_port **)state, -ECANCELED), 0);
    return peek(self, state, message);
}

static int keep_other(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(void **)state = arg;
    return 0;
}

START_TEST(the_turn_is_the_killers_again_when_the_killed_has_ended)
{
    machine_start(&m, 1);
    quay_port other = spawn_on(0, peek, &(quay_port_options){.name = "killed", .fini = peek_at_end});
    quay_port_options options = {.name = "killer", .init = keep_other, .arg = &other, .state_size = sizeof(void *)};
    tell(spawn_on(0, end_other, &options), 0);
    settle_down();
    expect("killer");
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {the_port_whose_turn_it_is_has_its_name_told,
                            a_port_in_its_fini_is_told_of_and_one_that_has_ended_is_not,
                            the_turn_is_the_killers_again_when_the_killed_has_ended};
    return run_tests("peek", tests, COUNT_OF(tests));
}
