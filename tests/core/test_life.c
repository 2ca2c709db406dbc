/* test_life.c - births and deaths of ports, in the order life.h gives. */
#include "core/life.h"

#include <string.h>

#include "fixture.h"

static quay_port noter;

/* ---- birth ---- */

static int init_result;

static int note_init(quay_self *self, void *state, void *argument)
{
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_ne(quay_self_port(self).id, 0);
    *(void **)state = argument;
    return init_result;
}

START_TEST(init_runs_before_the_first_message)
{
    machine_start(&m, 1);
    as_worker(0);
    quay_port_options options = {.init = note_init, .arg = &m, .state_size = sizeof(void *)};
    ck_assert_int_eq(quay_spawn(m.rt, &noter, note_message, &options), 0);
    tell(noter, 1);
    as_nobody();
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), -ETIMEDOUT);
    settle_down();
    ck_assert_ptr_eq(*(void **)qy_port_state(port_of(noter)), &m);
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_int_eq(quay_runtime_drain(m.rt, m.now), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(an_init_that_fails_ends_the_port_with_its_error)
{
    int reason;
    machine_start(&m, 1);
    init_result = -EIO;
    noter = spawn_on(0, note_message, &(quay_port_options){.init = note_init, .fini = note_end, .state_size = 8});
    ck_assert_ptr_null(port_of(noter));
    ck_assert_uint_eq(noted.ended, 0); /* there is nothing for fini to undo */
    ck_assert(qy_worker_remembers(m.rt->workers[0], noter.id, &reason));
    ck_assert_int_eq(reason, -EIO);
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_killed_before_its_first_turn_has_init_and_fini_run)
{
    machine_start(&m, 1);
    quay_port_options options = {.init = note_init, .fini = note_end, .arg = &m, .state_size = sizeof(void *)};
    as_worker(0);
    ck_assert_int_eq(quay_spawn(m.rt, &noter, note_message, &options), 0);
    tell(noter, 1);
    ck_assert_int_eq(quay_kill(noter, -EIO), 0);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_eq(noted.ended, 1);
    ck_assert_int_eq(noted.reason, -EIO);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

START_TEST(states_of_any_size_are_zeroed_aligned_and_given_back)
{
    machine_start(&m, 1);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 1; size < 300000; size = size * 3 + 1) {
            noter = spawn_on(0, note_message, &(quay_port_options){.state_size = size});
            unsigned char *state = qy_port_state(port_of(noter));
            ck_assert_uint_eq((uintptr_t)state % 16, 0);
            for (size_t i = 0; i < size; i += size < 5000 ? 1 : 997) ck_assert_uint_eq(state[i], 0);
            memset(state, 0xFF, size);
            size_t with = m.live;
            ck_assert_int_eq(quay_kill(noter, 0), 0);
            settle_down();
            if (size > QY_CLASS_LARGEST) ck_assert_uint_le(m.live, with - size);
        }
    }
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_without_memory_is_not_born_and_its_id_ends)
{
    static const quay_port_options wants[] = {{0}, {.name = "named"}, {.state_size = 100000}, {.init = note_init}};
    machine_start(&m, 1);
    for (size_t i = 0; i < COUNT_OF(wants); i++) {
        quay_port port = {0};
        starve(0);
        as_worker(0);
        size_t before = m.live;
        ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &wants[i]), -ENOMEM);
        ck_assert_uint_eq(port.id, 0);
        ck_assert_uint_eq(m.live, before);
        as_nobody();
        feed();
    }
    ck_assert_uint_eq(stats().spawned, 0);
    machine_stop(&m);
}
END_TEST

/* ---- death ---- */

static void find_oneself_gone(void *state, int reason)
{
    note_end(state, reason);
    ck_assert_int_eq(quay_send(noter, 0, NULL, 0), -EPIPE);
    ck_assert_int_eq(quay_kill(noter, 0), -EPIPE);
    ck_assert_ptr_nonnull(qy_me->running);
}

START_TEST(a_port_is_gone_when_fini_runs)
{
    machine_start(&m, 1);
    noter = spawn_on(0, note_message, &(quay_port_options){.fini = find_oneself_gone});
    ck_assert_int_eq(quay_kill(noter, -EIO), 0);
    settle_down();
    ck_assert_uint_eq(noted.ended, 1);
    ck_assert_int_eq(noted.reason, -EIO);
    machine_stop(&m);
}
END_TEST

static int kill_self_and_go_on(quay_self *self, void *state, const quay_message *message)
{
    ck_assert_int_eq(quay_kill(quay_self_port(self), -1), 0);
    ck_assert_uint_eq(noted.ended, 0);
    quay_exit(self, -2); /* the first reason stays */
    return note_message(self, state, message);
}

START_TEST(a_running_handler_is_let_finish_and_the_first_reason_stays)
{
    machine_start(&m, 1);
    noter = spawn_on(0, kill_self_and_go_on, &(quay_port_options){.fini = note_end});
    tell(noter, 1);
    tell(noter, 2);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(noted.ended, 1);
    ck_assert_int_eq(noted.reason, -1);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_ENDED] + stats().dead[QUAY_DEAD_NO_PORT], 1);
    assert_all_accounted();
    machine_stop(&m);
}
END_TEST

static int exit_so(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    quay_exit(self, message->tag ? EIO : 0);
    return 0;
}

START_TEST(an_exits_reason_is_an_errno_whatever_its_sign)
{
    machine_start(&m, 1);
    for (uint32_t tag = 0; tag < 2; tag++) {
        noter = spawn_on(0, exit_so, &(quay_port_options){.fini = note_end});
        tell(noter, tag);
        settle_down();
        ck_assert_int_eq(noted.reason, tag ? -EIO : 0);
    }
    machine_stop(&m);
}
END_TEST

/* Each port's fini kills the next. */
#define CHAIN 100000

static int keep_next(quay_self *self, void *state, void *next)
{
    (void)self;
    *(quay_port *)state = *(quay_port *)next;
    return 0;
}

static void kill_next(void *state, int reason)
{
    note_end(state, reason);
    quay_port next = *(quay_port *)state;
    if (next.id) ck_assert_int_eq(quay_kill(next, 0), 0);
}

START_TEST(a_long_chain_of_deaths_needs_no_deep_stack)
{
    quay_port next = QUAY_NOBODY, port = QUAY_NOBODY;
    machine_start(&m, 1);
    for (unsigned i = 0; i < CHAIN; i++, next = port) {
        quay_port_options options = {.init = keep_next, .fini = kill_next, .arg = &next, .state_size = sizeof next};
        as_worker(0);
        ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &options), 0);
        step(0);
    }
    ck_assert_int_eq(quay_kill(port, 0), 0);
    settle_down();
    ck_assert_uint_eq(noted.ended, CHAIN);
    ck_assert_uint_eq(stats().alive, 0);
    machine_stop(&m);
}
END_TEST

START_TEST(a_port_without_a_name_is_called_so)
{
    machine_start(&m, 1);
    char longest[QUAY_NAME_MAX + 1];
    memset(longest, 'x', QUAY_NAME_MAX);
    longest[QUAY_NAME_MAX] = '\0';
    for (unsigned on = 0; on < 2; on++) { /* born from outside, and here */
        const char *names[] = {NULL, "", "adder", longest};
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            quay_port port;
            if (on) as_worker(0);
            ck_assert_int_eq(quay_spawn(m.rt, &port, note_message, &(quay_port_options){.name = names[i]}), 0);
            settle_down();
            ck_assert_str_eq(qy_port_name(port_of(port)), i < 2 ? "unnamed" : names[i]);
        }
    }
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {init_runs_before_the_first_message,
                            an_init_that_fails_ends_the_port_with_its_error,
                            a_port_killed_before_its_first_turn_has_init_and_fini_run,
                            states_of_any_size_are_zeroed_aligned_and_given_back,
                            a_port_without_memory_is_not_born_and_its_id_ends,
                            a_port_is_gone_when_fini_runs,
                            a_running_handler_is_let_finish_and_the_first_reason_stays,
                            an_exits_reason_is_an_errno_whatever_its_sign,
                            a_long_chain_of_deaths_needs_no_deep_stack,
                            a_port_without_a_name_is_called_so};
    return run_tests("life", tests, COUNT_OF(tests));
}
