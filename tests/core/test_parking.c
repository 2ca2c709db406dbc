/* test_parking.c - who wakes whom, and how patience learns. */
#include "core/parking.h"

#include <pthread.h>

#include "../suite.h"

static unsigned wakes;
static uint32_t *parked_on;
static uint32_t word_when_parked;

static int note_park(uint32_t *word, uint32_t expect, int64_t deadline)
{
    (void)deadline;
    parked_on = word;
    word_when_parked = *word;
    ck_assert_uint_eq(expect, 1);
    return 0;
}

static void note_wake(uint32_t *word, int count)
{
    (void)word;
    wakes++;
    ck_assert_int_eq(count, 1);
}

static const qy_os noting = {.park = note_park, .wake = note_wake};

START_TEST(only_a_sleeper_is_woken_and_only_once)
{
    qy_parking parking = {0};
    qy_parking_wake(&parking, &noting);
    ck_assert_uint_eq(wakes, 0);
    qy_parking_announce(&parking);
    for (int i = 0; i < 3; i++) qy_parking_wake(&parking, &noting);
    ck_assert_uint_eq(wakes, 1);
}
END_TEST

START_TEST(who_cancels_is_not_woken)
{
    qy_parking parking = {0};
    qy_parking_announce(&parking);
    qy_parking_cancel(&parking);
    qy_parking_wake(&parking, &noting);
    ck_assert_uint_eq(wakes, 0);
}
END_TEST

START_TEST(who_returns_from_sleep_is_awake)
{
    qy_parking parking = {0};
    qy_parking_announce(&parking);
    qy_parking_wait(&parking, &noting, INT64_MAX);
    ck_assert_ptr_eq(parked_on, &parking.asleep);
    ck_assert_uint_eq(word_when_parked, 1);
    qy_parking_wake(&parking, &noting);
    ck_assert_uint_eq(wakes, 0);
}
END_TEST

START_TEST(orders_add_up_and_wake)
{
    qy_parking parking = {0};
    qy_parking_announce(&parking);
    qy_parking_order(&parking, &noting, QY_ORDER_DRAIN);
    qy_parking_order(&parking, &noting, QY_ORDER_EXIT);
    ck_assert_uint_eq(parking.orders, QY_ORDER_DRAIN | QY_ORDER_EXIT);
    ck_assert_uint_eq(wakes, 1);
}
END_TEST

/* ---- no wake is lost ---- */

#define ROUNDS 3000

static qy_parking parkings[2];
static uint32_t turn; /* whose it is, counted up */

static void *play(void *argument)
{
    uint32_t me = *(const uint32_t *)argument;
    for (uint32_t mine = me; mine < ROUNDS; mine += 2) {
        while (ck_pr_load_32(&turn) != mine) {
            qy_parking_announce(&parkings[me]);
            if (ck_pr_load_32(&turn) == mine) qy_parking_cancel(&parkings[me]);
            else qy_parking_wait(&parkings[me], &qy_os_linux, INT64_MAX);
        }
        ck_pr_store_32(&turn, mine + 1);
        qy_parking_wake(&parkings[1 - me], &qy_os_linux);
    }
    return NULL;
}

START_TEST(two_threads_hand_a_turn_to_and_fro)
{
    pthread_t threads[2];
    static const uint32_t sides[] = {0, 1};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, play, (void *)(uintptr_t)&sides[i]), 0);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(turn, ROUNDS);
}
END_TEST

/* ---- patience ---- */

START_TEST(without_cores_to_spare_there_is_no_patience)
{
    qy_patience patience;
    qy_patience_init(&patience, false);
    qy_patience_slept(&patience, 1);
    ck_assert_int_eq(patience.limit, 0);
}
END_TEST

START_TEST(long_sleeps_wear_patience_down_to_the_least)
{
    qy_patience patience;
    qy_patience_init(&patience, true);
    ck_assert_int_eq(patience.limit, QY_PATIENCE_MOST);
    for (int i = 0; i < 100; i++) {
        int64_t before = patience.limit;
        qy_patience_slept(&patience, 1000 * QY_PATIENCE_MOST);
        ck_assert_int_le(patience.limit, before);
        ck_assert_int_ge(patience.limit, QY_PATIENCE_LEAST);
    }
    ck_assert_int_lt(patience.limit, 2 * QY_PATIENCE_LEAST);
}
END_TEST

START_TEST(a_short_sleep_restores_patience)
{
    qy_patience patience;
    qy_patience_init(&patience, true);
    for (int i = 0; i < 3; i++) qy_patience_slept(&patience, 1000 * QY_PATIENCE_MOST);
    qy_patience_slept(&patience, QY_PATIENCE_MOST);
    ck_assert_int_eq(patience.limit, QY_PATIENCE_MOST);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {only_a_sleeper_is_woken_and_only_once,
                            who_cancels_is_not_woken,
                            who_returns_from_sleep_is_awake,
                            orders_add_up_and_wake,
                            two_threads_hand_a_turn_to_and_fro,
                            without_cores_to_spare_there_is_no_patience,
                            long_sleeps_wear_patience_down_to_the_least,
                            a_short_sleep_restores_patience};
    return run_tests("parking", tests, COUNT_OF(tests));
}
