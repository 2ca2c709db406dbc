/* test_thread_future.c - the word: generations, references, one settler, each waiter told. */
#define _GNU_SOURCE
#include "core/thread_future.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include "core/thread_slots.h"
#include "fixture.h"

#define A_HOME 900 /* of no runtime */

static qy_thread_future *make(uint64_t *id)
{
    quay_future *f = qy_thread_future_new(A_HOME, QUAY_FOREVER, id);
    ck_assert_ptr_nonnull(f);
    return (qy_thread_future *)f;
}

static int settle(uint64_t id, int status)
{
    return qy_thread_future_settle(id, &(qy_result){.status = status});
}

START_TEST(an_id_is_of_the_home_and_of_no_tables_slot)
{
    uint64_t id;
    qy_thread_future *f = make(&id);
    ck_assert_uint_eq(qy_id_home(id), A_HOME);
    ck_assert_uint_ge(qy_id_slot(id), QY_TABLE_SLOTS);
    qy_thread_future_drop(f);
}
END_TEST

START_TEST(the_first_settles_it)
{
    uint64_t id;
    qy_thread_future *f = make(&id);
    ck_assert(!qy_thread_future_settled(f));
    ck_assert_int_eq(settle(id, -EIO), 0);
    ck_assert(qy_thread_future_settled(f));
    ck_assert_int_eq(settle(id, -EBADMSG), -EALREADY);
    ck_assert_int_eq(qy_thread_future_cancel(f, -ECANCELED), -EALREADY);
    ck_assert_int_eq(qy_thread_future_result(f).status, -EIO);
    ck_assert_int_eq(qy_thread_future_wait(f, QUAY_FOREVER), 0);
    qy_thread_future_drop(f);
}
END_TEST

START_TEST(an_id_is_stale_after_the_drop_and_in_every_later_life)
{
    enum { LIVES = 300 };
    uint64_t old[LIVES];
    for (unsigned i = 0; i < LIVES; i++) {
        qy_thread_future *f = make(&old[i]);
        for (unsigned j = 0; j < i; j++) ck_assert_int_eq(settle(old[j], -EIO), -EALREADY);
        ck_assert(!qy_thread_future_settled(f));
        if (i % 2) ck_assert_int_eq(settle(old[i], 0), 0);
        qy_thread_future_drop(f);
        ck_assert_int_eq(settle(old[i], -EIO), -EALREADY);
        if (i) ck_assert_uint_eq(old[i], old[i - 1] + 1); /* the slot is used again */
    }
}
END_TEST

START_TEST(an_id_of_no_slot_is_refused)
{
    ck_assert_int_eq(settle(qy_id_make(A_HOME, (1u << QY_ID_SLOT_BITS) - 1, 1), 0), -EALREADY);
    ck_assert_int_eq(settle(qy_id_make(A_HOME, QY_TABLE_SLOTS, 0), 0), -EALREADY);
}
END_TEST

START_TEST(many_live_at_once)
{
    enum { MANY = 5000 };
    static qy_thread_future *f[MANY];
    static uint64_t id[MANY];
    for (unsigned i = 0; i < MANY; i++) f[i] = make(&id[i]);
    for (unsigned i = 0; i < MANY; i++)
        ck_assert_int_eq(qy_thread_future_settle(id[i], &(qy_result){.size = sizeof i, .data = &i}), 0);
    for (unsigned i = 0; i < MANY; i++) {
        ck_assert_mem_eq(qy_thread_future_result(f[i]).data, &i, sizeof i);
        qy_thread_future_drop(f[i]);
    }
}
END_TEST

START_TEST(results_of_any_size_are_copied_in)
{
    unsigned char data[1000];
    for (size_t size = 0; size <= sizeof data; size++) {
        uint64_t id;
        qy_thread_future *f = make(&id);
        memset(data, (int)(size % 250), size);
        ck_assert_int_eq(qy_thread_future_settle(id, &(qy_result){.size = size, .data = data}), 0);
        memset(data, 255, size);
        qy_result result = qy_thread_future_result(f);
        ck_assert_uint_eq(result.size, size);
        for (size_t i = 0; i < size; i += 99) ck_assert_uint_eq(((const unsigned char *)result.data)[i], size % 250);
        qy_thread_future_drop(f);
    }
}
END_TEST

START_TEST(a_deadline_is_kept_by_who_looks)
{
    uint64_t id;
    qy_thread_future *f = (qy_thread_future *)qy_thread_future_new(A_HOME, quay_now(), &id);
    ck_assert(qy_thread_future_settled(f));
    ck_assert_int_eq(qy_thread_future_result(f).status, -ETIMEDOUT);
    qy_thread_future_drop(f);
    f = (qy_thread_future *)qy_thread_future_new(A_HOME, quay_in(QUAY_MS(2)), &id);
    ck_assert_int_eq(qy_thread_future_wait(f, QUAY_FOREVER), 0);
    ck_assert_int_eq(qy_thread_future_result(f).status, -ETIMEDOUT);
    qy_thread_future_drop(f);
}
END_TEST

/* Somebody else comes in between, when the one who looks reads the clock. */
static qy_thread_future *looked_at;

static int64_t settle_meanwhile(void)
{
    ck_assert_int_eq(settle(looked_at->id, -EIO), 0);
    return looked_at->deadline;
}

static int64_t begin_to_settle_meanwhile(void)
{
    (void)qy_word_set(looked_at, QY_WORD_CLAIMED);
    return looked_at->deadline;
}

static bool look_while(int64_t (*meddle)(void))
{
    const qy_os *here = qy_os_here;
    const qy_os meddler = {.now = meddle};
    qy_os_here = &meddler;
    bool settled = qy_thread_future_settled(looked_at);
    qy_os_here = here;
    return settled;
}

START_TEST(who_comes_before_the_deadline_is_kept_decides)
{
    uint64_t id;
    looked_at = (qy_thread_future *)qy_thread_future_new(A_HOME, quay_now(), &id);
    ck_assert(!look_while(begin_to_settle_meanwhile)); /* the result is not there yet */
    qy_word_clear(looked_at, QY_WORD_CLAIMED);
    ck_assert(look_while(settle_meanwhile));
    ck_assert_int_eq(qy_thread_future_result(looked_at).status, -EIO);
    qy_thread_future_drop(looked_at);
}
END_TEST

START_TEST(a_wait_may_end_before_the_deadline)
{
    uint64_t id;
    qy_thread_future *f = (qy_thread_future *)qy_thread_future_new(A_HOME, quay_in(QUAY_SEC(1000)), &id);
    ck_assert_int_eq(qy_thread_future_wait(f, quay_in(QUAY_US(100))), -ETIMEDOUT);
    ck_assert(!qy_thread_future_settled(f));
    ck_assert_int_eq(settle(id, 0), 0);
    qy_thread_future_drop(f);
}
END_TEST

START_TEST(a_wait_that_ends_leaves_the_future_live)
{
    uint64_t id;
    qy_thread_future *f = make(&id);
    ck_assert_int_eq(qy_thread_future_wait(f, quay_now()), -ETIMEDOUT);
    ck_assert_int_eq(qy_thread_future_wait_any((quay_future *const[]){(quay_future *)f}, 1, quay_now()), -ETIMEDOUT);
    ck_assert_int_eq(settle(id, 0), 0);
    qy_thread_future_drop(f);
}
END_TEST

START_TEST(cancelling_a_home_settles_what_it_owes_and_no_more)
{
    uint64_t ids[3];
    qy_thread_future *owed = make(&ids[0]), *had = make(&ids[1]);
    qy_thread_future *other = (qy_thread_future *)qy_thread_future_new(A_HOME + 1, QUAY_FOREVER, &ids[2]);
    ck_assert_int_eq(settle(ids[1], 0), 0);
    qy_thread_future_cancel_home(A_HOME);
    ck_assert_int_eq(qy_thread_future_result(owed).status, -ECANCELED);
    ck_assert_int_eq(qy_thread_future_result(had).status, 0);
    ck_assert(!qy_thread_future_settled(other));
    qy_thread_future_drop(owed);
    qy_thread_future_drop(had);
    qy_thread_future_drop(other);
}
END_TEST

/* ---- then ---- */

START_TEST(then_sends_once_in_any_order_of_settling_and_dropping)
{
    machine_start(&m, 1);
    quay_port noter = spawn_on(0, note_message, NULL);
    for (int order = 0; order < 3; order++) {
        uint64_t id, number = 77;
        qy_result result = {.size = sizeof number, .data = &number};
        qy_thread_future *f = make(&id);
        if (order == 0) ck_assert_int_eq(qy_thread_future_settle(id, &result), 0);
        ck_assert_int_eq(qy_thread_future_then(f, noter, 5), 0);
        ck_assert_int_eq(qy_thread_future_then(f, noter, 5), -EALREADY);
        if (order == 1) ck_assert_int_eq(qy_thread_future_settle(id, &result), 0);
        qy_thread_future_drop(f);
        if (order == 2) ck_assert_int_eq(qy_thread_future_settle(id, &result), 0);
        ck_assert_int_eq(settle(id, 0), -EALREADY);
    }
    settle_down();
    ck_assert_uint_eq(noted.count, 3);
    for (unsigned i = 0; i < 3; i++) ck_assert_uint_eq(noted.number[i], 77);
    machine_stop(&m);
}
END_TEST

START_TEST(then_that_fails_may_be_tried_again)
{
    uint64_t id;
    machine_start(&m, 1);
    quay_port noter = spawn_on(0, note_message, NULL);
    qy_thread_future *f = make(&id);
    ck_assert_int_eq(qy_thread_future_then(f, QUAY_NOBODY, 5), -EPIPE);
    ck_assert_int_eq(qy_thread_future_then(f, noter, 5), 0);
    ck_assert_int_eq(settle(id, -EIO), 0);
    settle_down();
    ck_assert_int_eq(noted.status[0], -EIO);
    qy_thread_future_drop(f);
    machine_stop(&m);
}
END_TEST

/* ---- deadlines that a worker keeps ---- */

/* No memory for this thread's guest, what it kept included. */
static void starve_guest(void)
{
    for (unsigned i = 0; i < QY_CLASSES; i++) qy_runtime_guest(m.rt, m.rt->workers_count)->station.pool.free[i] = NULL;
    starve(0);
}

static qy_thread_future *make_with_deadline(uint64_t *id, uint64_t callee)
{
    qy_thread_future *f = (qy_thread_future *)qy_thread_future_new(A_HOME, quay_in(QUAY_SEC(1000)), id);
    qy_thread_future_set_callee(f, callee);
    return f;
}

START_TEST(a_descriptor_wants_memory_for_its_deadline)
{
    uint64_t id;
    machine_start(&m, 1);
    quay_port noter = spawn_on(0, note_message, NULL);
    qy_thread_future *f = make_with_deadline(&id, noter.id);
    starve_guest();
    ck_assert_int_eq(quay_future_fd(&f->future), -ENOMEM);
    ck_assert_uint_eq(f->event, 0);
    feed();
    int event = quay_future_fd(&f->future);
    ck_assert_int_ge(event, 0);
    ck_assert_int_eq(quay_future_fd(&f->future), event);
    qy_thread_future_drop(f);
    f = make_with_deadline(&id, QUAY_NOBODY.id); /* whoever was asked is gone */
    ck_assert_int_ge(quay_future_fd(&f->future), 0);
    ck_assert_int_eq(settle(id, 0), 0);
    qy_thread_future_drop(f);
    machine_stop(&m);
}
END_TEST

START_TEST(without_descriptors_there_is_none)
{
    uint64_t id;
    struct rlimit limit;
    qy_thread_future *f = make(&id);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(quay_future_fd(qy_future_constant(-EPIPE)), -EMFILE);
    ck_assert_int_eq(quay_future_fd(&f->future), -EMFILE);
    limit.rlim_cur = before;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_ge(quay_future_fd(qy_future_constant(-EPIPE)), 0);
    ck_assert_int_ge(quay_future_fd(&f->future), 0);
    qy_thread_future_drop(f);
}
END_TEST

START_TEST(a_deadline_that_no_worker_can_keep_is_an_answer)
{
    uint64_t id;
    machine_start(&m, 1);
    quay_port noter = spawn_on(0, note_message, NULL);
    qy_thread_future *f = make_with_deadline(&id, noter.id);
    ck_assert_int_eq(qy_thread_future_then(f, noter, 5), 0);
    starve(0);
    (void)step(0);
    feed();
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_int_eq(noted.status[0], -ENOMEM);
    ck_assert_int_eq(settle(id, 0), -EALREADY);
    qy_thread_future_drop(f);
    machine_stop(&m);
}
END_TEST

/* ---- threads ---- */

#define RACES 2000
#define WAITERS 2

static qy_thread_future *raced;
static uint64_t raced_id;
static pthread_barrier_t start_line, finish_line;
static uint32_t won;

static void *settle_in_races(void *argument)
{
    for (int i = 0; i < RACES; i++) {
        (void)pthread_barrier_wait(&start_line);
        if (settle(raced_id, *(const int *)argument) == 0) ck_pr_inc_32(&won);
        (void)pthread_barrier_wait(&finish_line);
    }
    return NULL;
}

static void *wait_in_races(void *argument)
{
    for (int i = 0; i < RACES; i++) {
        (void)pthread_barrier_wait(&start_line);
        quay_future *f = (quay_future *)raced;
        int error = i % 2 ? qy_thread_future_wait_any(&f, 1, QUAY_FOREVER) : qy_thread_future_wait(raced, QUAY_FOREVER);
        int status = qy_thread_future_result(raced).status;
        if (error || (status != -1 && status != -2)) ck_pr_store_int((int *)argument, 1);
        (void)pthread_barrier_wait(&finish_line);
    }
    return NULL;
}

START_TEST(one_of_two_settlers_wins_and_every_waiter_is_told)
{
    int statuses[2] = {-1, -2}, wrong[WAITERS] = {0};
    pthread_t threads[2 + WAITERS];
    ck_assert_int_eq(pthread_barrier_init(&start_line, NULL, 3 + WAITERS), 0);
    ck_assert_int_eq(pthread_barrier_init(&finish_line, NULL, 3 + WAITERS), 0);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, settle_in_races, &statuses[i]), 0);
    for (int i = 0; i < WAITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[2 + i], NULL, wait_in_races, &wrong[i]), 0);
    for (uint32_t i = 1; i <= RACES; i++) {
        raced = make(&raced_id);
        (void)pthread_barrier_wait(&start_line);
        (void)pthread_barrier_wait(&finish_line);
        ck_assert_uint_eq(ck_pr_load_32(&won), i);
        qy_thread_future_drop(raced);
    }
    for (int i = 0; i < 2 + WAITERS; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < WAITERS; i++) ck_assert_int_eq(wrong[i], 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_id_is_of_the_home_and_of_no_tables_slot,
                            the_first_settles_it,
                            an_id_is_stale_after_the_drop_and_in_every_later_life,
                            an_id_of_no_slot_is_refused,
                            many_live_at_once,
                            results_of_any_size_are_copied_in,
                            a_deadline_is_kept_by_who_looks,
                            who_comes_before_the_deadline_is_kept_decides,
                            a_wait_may_end_before_the_deadline,
                            a_wait_that_ends_leaves_the_future_live,
                            a_descriptor_wants_memory_for_its_deadline,
                            without_descriptors_there_is_none,
                            a_deadline_that_no_worker_can_keep_is_an_answer,
                            cancelling_a_home_settles_what_it_owes_and_no_more,
                            then_sends_once_in_any_order_of_settling_and_dropping,
                            then_that_fails_may_be_tried_again,
                            one_of_two_settlers_wins_and_every_waiter_is_told};
    return run_tests("thread_future", tests, COUNT_OF(tests));
}
