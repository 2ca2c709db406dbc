/* test_lane.c - parcels in order, the pin of the last one, and what was written before a push seen after its pop. */
#include "core/lane.h"

#include <pthread.h>
#include <stdlib.h>

#include "../suite.h"

START_TEST(parcels_come_in_order_and_each_unpins_the_one_before)
{
    qy_lane lane;
    qy_parcel parcels[5], *unpinned;
    qy_lane_init(&lane);
    for (size_t i = 0; i < COUNT_OF(parcels); i++) qy_lane_push(&lane, &parcels[i]);
    for (size_t i = 0; i < COUNT_OF(parcels); i++) {
        ck_assert_ptr_eq(qy_lane_pop(&lane, &unpinned), &parcels[i]);
        ck_assert_ptr_eq(unpinned, i ? &parcels[i - 1] : NULL);
    }
    ck_assert_ptr_null(qy_lane_pop(&lane, &unpinned));
}
END_TEST

START_TEST(a_parcel_keeps_its_value)
{
    qy_lane lane;
    int address;
    qy_parcel parcel = {.value = &address}, *unpinned;
    qy_lane_init(&lane);
    qy_lane_push(&lane, &parcel);
    ck_assert_ptr_eq(qy_lane_pop(&lane, &unpinned)->value, &address);
}
END_TEST

START_TEST(empty_is_told)
{
    qy_lane lane;
    qy_parcel parcel, *unpinned;
    qy_lane_init(&lane);
    ck_assert(qy_lane_empty(&lane));
    qy_lane_push(&lane, &parcel);
    ck_assert(!qy_lane_empty(&lane));
    ck_assert_ptr_nonnull(qy_lane_pop(&lane, &unpinned));
    ck_assert(qy_lane_empty(&lane));
}
END_TEST

START_TEST(a_closed_lane_gives_back_what_it_pins)
{
    qy_lane unused, used;
    qy_parcel parcel, *unpinned;
    qy_lane_init(&unused);
    ck_assert_ptr_null(qy_lane_close(&unused));
    qy_lane_init(&used);
    qy_lane_push(&used, &parcel);
    ck_assert_ptr_nonnull(qy_lane_pop(&used, &unpinned));
    ck_assert_ptr_eq(qy_lane_close(&used), &parcel);
}
END_TEST

/* ---- two threads ---- */

#define TRAFFIC 100000

typedef struct cargo {
    qy_parcel parcel;
    unsigned number;
} cargo;

static void *produce(void *argument)
{
    qy_lane *lane = argument;
    for (unsigned i = 0; i < TRAFFIC; i++) {
        cargo *c = malloc(sizeof *c);
        if (!c) abort();
        c->number = i;
        qy_lane_push(lane, &c->parcel);
    }
    return NULL;
}

START_TEST(one_thread_pushes_while_another_pops_and_frees)
{
    qy_lane lane;
    pthread_t producer;
    qy_lane_init(&lane);
    ck_assert_int_eq(pthread_create(&producer, NULL, produce, &lane), 0);
    for (unsigned i = 0; i < TRAFFIC;) {
        qy_parcel *unpinned, *parcel = qy_lane_pop(&lane, &unpinned);
        if (!parcel) continue;
        ck_assert_uint_eq(QY_CONTAINER_OF(parcel, cargo, parcel)->number, i++);
        if (unpinned) free(QY_CONTAINER_OF(unpinned, cargo, parcel));
    }
    ck_assert_int_eq(pthread_join(producer, NULL), 0);
    free(QY_CONTAINER_OF(qy_lane_close(&lane), cargo, parcel));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {parcels_come_in_order_and_each_unpins_the_one_before, a_parcel_keeps_its_value,
                            empty_is_told, a_closed_lane_gives_back_what_it_pins,
                            one_thread_pushes_while_another_pops_and_frees};
    return run_tests("lane", tests, COUNT_OF(tests));
}
