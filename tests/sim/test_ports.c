/* test_ports.c - ports have numbers in the order of their births, names, and their own handlers behind the one that
 * looks on. */
#include "support.h"

#include <string.h>

static int note(quay_self *self, void *state, const quay_message *message)
{
    quay_message *seen = SHARED(state, quay_message);
    *seen = *message;
    seen->data = NULL;
    return message->tag == 3 ? quay_reply(self, "ok", 2) : -EXDEV;
}

static const qy_event *last_event(void)
{
    const qy_trace *trace = &qy_simulation_here->trace;
    return &trace->latest[(trace->count - 1) % QY_TRACE_KEPT];
}

START_TEST(numbers_and_names)
{
    char name[QY_SIM_NAME_BYTES];
    quay_runtime *rt = simulate(1, 2, 0);
    quay_message seen = {0};
    quay_port one = spawn_at(rt, note, 1, "a name that is far too long", &seen);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    quay_port two = spawn_at(rt, note, 0, NULL, &seen);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    const qy_sim_ports *ports = &qy_simulation_here->ports;
    ck_assert_uint_eq(qy_sim_port_number(ports, one.id), 1);
    ck_assert_uint_eq(qy_sim_port_number(ports, two.id), 2);
    ck_assert_uint_eq(qy_sim_port_number(ports, two.id + 1), 0);
    qy_sim_port_name(ports, 0, name);
    ck_assert_str_eq(name, "outside");
    qy_sim_port_name(ports, 1, name);
    ck_assert_int_eq(strncmp(name, "a name that is far too long", QY_SIM_NAME_BYTES - 1), 0);
    qy_sim_port_name(ports, 2, name);
    ck_assert_str_eq(name, "port 2");
    stop(rt);
}
END_TEST

START_TEST(the_handler_gets_what_was_sent_and_its_result_counts)
{
    quay_runtime *rt = simulate(1, 1, 0);
    quay_message seen = {0};
    quay_port port = spawn_at(rt, note, 0, "notes", &seen);
    ck_assert_int_eq(quay_send(port, 7, "text", 4), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_uint_eq(seen.tag, 7);
    ck_assert_uint_eq(seen.size, 4);
    ck_assert_int_eq(last_event()->kind, QY_EVENT_HANDLED);
    ck_assert(!last_event()->asked);
    ck_assert_uint_eq(last_event()->size, 4);
    char out[2];
    ck_assert_int_eq(quay_call(port, 3, NULL, 0, out, sizeof out, QUAY_FOREVER), 2);
    ck_assert_int_eq(last_event()->kind, QY_EVENT_ANSWERED);
    ck_assert_int_eq(last_event()->status, 0);
    ck_assert_int_eq(quay_call(port, 4, NULL, 0, NULL, 0, QUAY_FOREVER), -EXDEV);
    ck_assert_int_eq(last_event()->status, -EXDEV);
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_stats(rt, &stats), 0);
    ck_assert_uint_eq(stats.failed, 2);
    stop(rt);
}
END_TEST

static int spawn_many(quay_self *self, void *state, const quay_message *message)
{
    unsigned *homes = SHARED(state, unsigned);
    for (uint32_t i = 0; i < message->tag; i++) {
        quay_port port;
        ck_assert_int_eq(quay_spawn(quay_self_runtime(self), &port, note, NULL), 0);
        *homes |= 1u << (qy_id_home(port.id) - quay_self_runtime(self)->first_home);
    }
    return 0;
}

/* Many, so that the list grows; anywhere, so that the seed decides where. */
START_TEST(a_port_that_may_live_anywhere_does)
{
    unsigned homes = 0;
    quay_runtime *rt = simulate(2, 3, 0);
    qy_simulation_here->settings.stray = 2;
    quay_port port = spawn_at(rt, spawn_many, 1, "parent", &homes);
    for (int i = 0; i < 40; i++) ck_assert_int_eq(quay_send(port, 5, NULL, 0), 0);
    ck_assert_int_eq(quay_sim_run(rt), 0);
    ck_assert_uint_eq(homes, 7);
    ck_assert_uint_eq(qy_simulation_here->ports.count, 201);
    ck_assert_uint_eq(rt->workers[1]->busy_at, QY_BUSY_WORKER);
    stop(rt);
}
END_TEST

/* Each that is alive once, and no other. */
static void assert_alive(const quay_port *ports, const bool *alive, unsigned count)
{
    unsigned expected = 0;
    const qy_sim_ports *list = &qy_simulation_here->ports;
    for (unsigned i = 0; i < count; i++) {
        unsigned seen = 0;
        uint32_t number = qy_sim_port_number(list, ports[i].id);
        for (uint32_t j = 0; j < list->alive; j++) seen += list->of[j].alive == number;
        ck_assert_uint_eq(seen, alive[i]);
        expected += alive[i];
    }
    ck_assert_uint_eq(list->alive, expected);
}

START_TEST(it_is_known_who_is_alive)
{
    enum { COUNT = 100 };
    quay_port ports[COUNT];
    bool alive[COUNT];
    quay_runtime *rt = simulate(3, 2, 0);
    for (unsigned i = 0; i < COUNT; i++) {
        ports[i] = spawn_at(rt, note, i % 2, NULL, NULL);
        alive[i] = true;
    }
    ck_assert_int_eq(quay_sim_run(rt), 0);
    assert_alive(ports, alive, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned which = i * 37 % COUNT;
        ck_assert_int_eq(quay_kill(ports[which], 0), 0);
        alive[which] = false;
        ck_assert_int_eq(quay_sim_run(rt), 0);
        assert_alive(ports, alive, COUNT);
        qy_sim_port_ended(&qy_simulation_here->ports, qy_sim_port_number(&qy_simulation_here->ports, ports[which].id));
    }
    qy_sim_port_ended(&qy_simulation_here->ports, 0); /* of which there was none */
    assert_alive(ports, alive, COUNT);
    stop(rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {numbers_and_names, the_handler_gets_what_was_sent_and_its_result_counts,
                            it_is_known_who_is_alive, a_port_that_may_live_anywhere_does};
    return run_tests("ports", tests, COUNT_OF(tests));
}
