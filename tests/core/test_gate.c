/* test_gate.c - places: no more than the limit, whoever takes them; and none for who comes too late. */
#include "core/gate.h"

#include <pthread.h>

#include "core/room.h"
#include "fixture.h"

static quay_port bounded;

static qy_gates *gates(void)
{
    return &m.rt->workers[0]->gates;
}

static qy_cell *cell_of(quay_port port)
{
    return qy_gates_find(gates(), port.id);
}

static void start_with_limit(uint32_t limit)
{
    machine_start(&m, 1);
    bounded = spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = limit});
    ck_assert(bounded.id & QY_ID_MARK);
}

START_TEST(ports_without_a_limit_have_neither_mark_nor_memory)
{
    machine_start(&m, 1);
    quay_port port = spawn_on(0, note_message, NULL);
    ck_assert(!(port.id & QY_ID_MARK));
    ck_assert_ptr_null(gates()->chunks);
    ck_assert_ptr_null(qy_gates_find(gates(), port.id | QY_ID_MARK));
    ck_assert_int_eq(quay_send((quay_port){port.id | QY_ID_MARK}, 0, NULL, 0), -EPIPE);
    machine_stop(&m);
}
END_TEST

/* Ids that nobody was given: of a chunk that was not made, and of no slot at all. */
START_TEST(made_up_ids_have_no_cell)
{
    start_with_limit(1);
    const uint32_t slots[] = {qy_id_slot(bounded.id) + QY_TABLE_CHUNK, QY_TABLE_SLOTS, UINT32_C(0xffffff)};
    for (unsigned i = 0; i < COUNT_OF(slots); i++) {
        quay_port made_up = {qy_id_make(m.rt->first_home, slots[i], 1) | QY_ID_MARK};
        ck_assert_ptr_null(qy_gates_find(gates(), made_up.id));
        ck_assert_int_eq(quay_send(made_up, 0, NULL, 0), -EPIPE);
        qy_gates_close(gates(), made_up.id);
        qy_room_return(made_up.id);
    }
    ck_assert_int_eq(quay_send(bounded, 0, NULL, 0), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(there_are_as_many_places_as_the_limit_says)
{
    start_with_limit(5);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), 0);
        ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), -EAGAIN);
        for (int i = 0; i < 5; i++) ck_assert(!qy_cell_return(cell_of(bounded), bounded.id));
    }
    machine_stop(&m);
}
END_TEST

START_TEST(the_home_and_others_share_them)
{
    for (int others = 0; others <= 5; others++) {
        start_with_limit(5);
        for (int i = 0; i < others; i++) ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), 0);
        for (int i = others; i < 5; i++) ck_assert(qy_gate_enter(port_of(bounded)));
        ck_assert(!qy_gate_enter(port_of(bounded)));
        ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), -EAGAIN);
        (void)qy_cell_return(cell_of(bounded), bounded.id);
        ck_assert(qy_gate_enter(port_of(bounded)));
        machine_stop(&m);
    }
}
END_TEST

START_TEST(a_stale_id_gets_no_place)
{
    start_with_limit(5);
    quay_port old = bounded;
    ck_assert_int_eq(quay_kill(old, 0), 0);
    settle_down();
    ck_assert_int_eq(qy_cell_claim(cell_of(old), old.id), -EPIPE);
    do bounded = spawn_on(0, note_message, &(quay_port_options){.mailbox_limit = 1});
    while (qy_id_slot(bounded.id) != qy_id_slot(old.id));
    ck_assert_ptr_eq(cell_of(bounded), cell_of(old));
    ck_assert_int_eq(qy_cell_claim(cell_of(old), old.id), -EPIPE);
    ck_assert(!qy_cell_return(cell_of(old), old.id));
    ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), 0);
    ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), -EAGAIN);
    ck_assert_int_eq(quay_send(old, 0, NULL, 0), -EPIPE);
    qy_gates_close(gates(), old.id); /* not its cell any more */
    ck_assert_int_eq(quay_send(bounded, 0, NULL, 0), -EAGAIN);
    (void)qy_cell_return(cell_of(bounded), bounded.id);
    ck_assert_int_eq(quay_send(bounded, 0, NULL, 0), 0);
    machine_stop(&m);
}
END_TEST

START_TEST(counters_wrap_round_without_harm)
{
    start_with_limit(3);
    qy_cell *cell = cell_of(bounded);
    port_of(bounded)->cold->gate->arrived = UINT32_MAX - 1;
    cell->base = UINT32_MAX - 1;
    cell->word |= UINT32_MAX - 1;
    for (int i = 0; i < 3; i++) ck_assert_int_eq(quay_send(bounded, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_send(bounded, 0, NULL, 0), -EAGAIN);
    settle_down();
    ck_assert_uint_eq(noted.count, 3);
    ck_assert_uint_eq(cell->base, 1);
    ck_assert_uint_eq(cell->word >> 32, qy_id_generation(bounded.id));
    machine_stop(&m);
}
END_TEST

START_TEST(the_largest_limit_is_one)
{
    start_with_limit(UINT32_MAX);
    ck_assert_int_eq(quay_send(bounded, 0, NULL, 0), 0);
    ck_assert_uint_eq(cell_of(bounded)->limit, QY_GATE_MOST);
    as_worker(0);
    tell(bounded, 1);
    as_nobody();
    settle_down();
    ck_assert_uint_eq(noted.count, 2);
    machine_stop(&m);
}
END_TEST

/* From outside the port's own memory may be missed later, when it is to be born: then it waits for that. */
static int bear_starved(bool here, unsigned spare)
{
    quay_port_options options = {.mailbox_limit = 1, .name = "bounded"};
    machine_start(&m, 1);
    starve_after(0, spare);
    if (here) as_worker(0);
    int error = quay_spawn(m.rt, &bounded, note_message, &options);
    as_nobody();
    ck_assert_int_eq(error, error ? -ENOMEM : 0);
    settle_down();
    bool born = !error && port_of(bounded);
    ck_assert(born || !here || error);
    feed();
    settle_down();
    if (!error) tell(bounded, 1);
    settle_down();
    bounded = spawn_on(0, note_message, &options);
    tell(bounded, 2);
    settle_down();
    ck_assert_uint_eq(noted.count, 1u + !error);
    ck_assert_uint_eq(noted.tag[!error], 2);
    machine_stop(&m);
    return born ? 0 : -ENOMEM;
}

START_TEST(without_memory_a_bounded_port_is_refused_or_waits)
{
    for (int here = 0; here < 2; here++) {
        unsigned spare = 0;
        while (bear_starved(here, spare)) spare++;
        ck_assert_uint_gt(spare, 3); /* the cells, their chunk, the port, its cold part, the gate */
    }
}
END_TEST

/* ---- with threads ---- */

#define CLAIMS 20000
#define SHARED_LIMIT 100

static uint32_t granted, over;

static void *claim_many(void *argument)
{
    qy_cell *cell = argument;
    for (int i = 0; i < CLAIMS; i++) {
        if (qy_cell_claim(cell, bounded.id)) continue;
        if (ck_pr_faa_32(&granted, 1) >= SHARED_LIMIT) ck_pr_store_32(&over, 1);
        ck_pr_dec_32(&granted);
        (void)qy_cell_return(cell, bounded.id);
    }
    return NULL;
}

/* The home takes and gives up places by plain stores meanwhile. */
static void enter_many(qy_port *port)
{
    for (int i = 0; i < CLAIMS; i++) {
        if (!qy_gate_enter(port)) continue;
        if (ck_pr_faa_32(&granted, 1) >= SHARED_LIMIT + SHARED_LIMIT / 20) ck_pr_store_32(&over, 1);
        ck_pr_dec_32(&granted);
        qy_gate_arrive(port);
        qy_gate_publish(port->cold->gate);
    }
}

START_TEST(threads_that_race_for_places_never_get_too_many)
{
    pthread_t threads[2];
    start_with_limit(SHARED_LIMIT);
    granted = over = 0;
    for (int i = 0; i < SHARED_LIMIT - 2; i++) ck_assert(qy_gate_enter(port_of(bounded)));
    ck_pr_store_32(&granted, SHARED_LIMIT - 2);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, claim_many, cell_of(bounded)), 0);
    enter_many(port_of(bounded));
    for (int i = 0; i < 2; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(over, 0);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), 0); /* none was lost */
    ck_assert_int_eq(qy_cell_claim(cell_of(bounded), bounded.id), -EAGAIN);
    machine_stop(&m);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        ports_without_a_limit_have_neither_mark_nor_memory,
        there_are_as_many_places_as_the_limit_says,
        the_home_and_others_share_them,
        a_stale_id_gets_no_place,
        counters_wrap_round_without_harm,
        the_largest_limit_is_one,
        made_up_ids_have_no_cell,
        without_memory_a_bounded_port_is_refused_or_waits,
        threads_that_race_for_places_never_get_too_many,
    };
    return run_tests("gate", tests, COUNT_OF(tests));
}
