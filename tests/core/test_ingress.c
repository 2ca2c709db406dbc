/* test_ingress.c - everything that was pushed is taken at once, each sender's in its order. */
#include "core/ingress.h"

#include <pthread.h>
#include <stdlib.h>

#include "../suite.h"

START_TEST(taking_gives_all_oldest_first)
{
    qy_ingress ingress;
    qy_ingress_link links[4];
    qy_ingress_init(&ingress);
    for (size_t i = 0; i < COUNT_OF(links); i++) qy_ingress_push(&ingress, &links[i]);
    qy_ingress_link *link = qy_ingress_take(&ingress);
    for (size_t i = 0; i < COUNT_OF(links); i++, link = link->next) ck_assert_ptr_eq(link, &links[i]);
    ck_assert_ptr_null(link);
    ck_assert_ptr_null(qy_ingress_take(&ingress));
}
END_TEST

START_TEST(empty_is_told)
{
    qy_ingress ingress;
    qy_ingress_link link;
    qy_ingress_init(&ingress);
    ck_assert(qy_ingress_empty(&ingress));
    qy_ingress_push(&ingress, &link);
    ck_assert(!qy_ingress_empty(&ingress));
    ck_assert_ptr_eq(qy_ingress_take(&ingress), &link);
    ck_assert(qy_ingress_empty(&ingress));
}
END_TEST

/* ---- a lane's place on the stack ---- */

START_TEST(a_lane_is_on_the_stack_once_while_it_has_something)
{
    qy_ingress ingress;
    qy_ingress_lane lane;
    qy_parcel parcels[3], *unpinned;
    qy_ingress_init(&ingress);
    qy_ingress_lane_init(&lane);
    for (size_t i = 0; i < COUNT_OF(parcels); i++) qy_ingress_send(&ingress, &lane, &parcels[i]);
    qy_ingress_link *link = qy_ingress_take(&ingress);
    ck_assert_ptr_eq(link, &lane.link);
    ck_assert_ptr_null(link->next);
    ck_assert(!qy_ingress_lane_done(&lane));
    for (size_t i = 0; i < COUNT_OF(parcels); i++) ck_assert_ptr_eq(qy_lane_pop(&lane.lane, &unpinned), &parcels[i]);
    ck_assert(qy_ingress_lane_done(&lane));
}
END_TEST

START_TEST(a_lane_with_the_worker_is_not_put_on_the_stack_again_until_it_is_done)
{
    qy_ingress ingress;
    qy_ingress_lane lane;
    qy_parcel parcels[3], *unpinned;
    qy_ingress_init(&ingress);
    qy_ingress_lane_init(&lane);
    qy_ingress_send(&ingress, &lane, &parcels[0]);
    ck_assert_ptr_nonnull(qy_ingress_take(&ingress));
    qy_ingress_send(&ingress, &lane, &parcels[1]);
    ck_assert(qy_ingress_empty(&ingress));
    for (int i = 0; i < 2; i++) ck_assert_ptr_nonnull(qy_lane_pop(&lane.lane, &unpinned));
    ck_assert(qy_ingress_lane_done(&lane));
    qy_ingress_send(&ingress, &lane, &parcels[2]);
    ck_assert_ptr_eq(qy_ingress_take(&ingress), &lane.link);
}
END_TEST

/* ---- several threads ---- */

#define SENDERS 3
#define EACH 20000

typedef struct sender {
    pthread_t thread;
    qy_ingress *ingress;
    qy_ingress_lane lane;
    unsigned taken;
    qy_parcel *parcels;
} sender;

static void *send_all(void *argument)
{
    sender *s = argument;
    for (unsigned i = 0; i < EACH; i++) qy_ingress_send(s->ingress, &s->lane, &s->parcels[i]);
    return NULL;
}

/* As a worker does: a few from each lane in turn, and the lane is given up when it is empty. Returns the next lane. */
static qy_ingress_link *take_some(qy_ingress_link *link, unsigned *taken, qy_ingress_link **kept)
{
    sender *s = QY_CONTAINER_OF(link, sender, lane.link);
    qy_ingress_link *next = link->next;
    qy_parcel *unpinned, *parcel;
    for (int i = 0; i < 16 && (parcel = qy_lane_pop(&s->lane.lane, &unpinned)); i++, ++*taken)
        ck_assert_ptr_eq(parcel, &s->parcels[s->taken++]);
    if (!qy_ingress_lane_done(&s->lane)) {
        link->next = *kept;
        *kept = link;
    }
    return next;
}

START_TEST(nothing_is_lost_and_each_senders_order_is_kept)
{
    qy_ingress ingress;
    sender senders[SENDERS];
    qy_ingress_init(&ingress);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (sender){.ingress = &ingress, .parcels = malloc(EACH * sizeof(qy_parcel))};
        ck_assert_ptr_nonnull(senders[i].parcels);
        qy_ingress_lane_init(&senders[i].lane);
        ck_assert_int_eq(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    qy_ingress_link *kept = NULL;
    for (unsigned taken = 0; taken < SENDERS * EACH;) {
        qy_ingress_link *link = kept ? kept : qy_ingress_take(&ingress);
        for (kept = NULL; link;) link = take_some(link, &taken, &kept);
    }
    for (unsigned i = 0; i < SENDERS; i++) {
        ck_assert_int_eq(pthread_join(senders[i].thread, NULL), 0);
        free(senders[i].parcels);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {taking_gives_all_oldest_first, empty_is_told,
                            a_lane_is_on_the_stack_once_while_it_has_something,
                            a_lane_with_the_worker_is_not_put_on_the_stack_again_until_it_is_done,
                            nothing_is_lost_and_each_senders_order_is_kept};
    return run_tests("ingress", tests, COUNT_OF(tests));
}
