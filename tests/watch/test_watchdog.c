/* test_watchdog.c - when a worker is suspected, when not, and that the watchdog sleeps when there is nothing to watch.
 *
 * Time is a number here: a suspect is a worker without a thread, looked at by a clock the test makes up. What the log
 * says of a handler that is really stuck is in tests/api/test_stuck.c. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

#include "../suite.h"
#include "watch/watchdog.h"

#define AFTER QUAY_MS(100)
#define NOON QUAY_SEC(1000)

static sem_t allowed, leave;
static qy_worker *worker;
static qy_port port, other;
static pthread_t thread;

static void *sleeper(void *argument)
{
    qy_os_probe_allow(&worker->target);
    (void)sem_post(&allowed);
    while (sem_wait(&leave)) {
    }
    return argument;
}

/* A worker whose thread sleeps in the system, in a handler of `port`. */
static void start_suspect(void)
{
    worker = qy_os_allocate(NULL, sizeof *worker, QY_CACHE_LINE);
    ck_assert_int_eq(sem_init(&allowed, 0, 0) | sem_init(&leave, 0, 0), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleeper, NULL), 0);
    while (sem_wait(&allowed)) {
    }
    while (!qy_os_sleeps(&worker->target)) (void)sched_yield();
    worker->turn = &port;
}

static void end_suspect(void)
{
    (void)sem_post(&leave);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    qy_os_release(NULL, worker, sizeof *worker);
}

static bool stuck_at(qy_sight *sight, int64_t later)
{
    return qy_sight_look(sight, worker, NOON + later, AFTER);
}

/* ---- suspicion ---- */

START_TEST(it_is_told_when_the_time_is_up_and_then_at_twice_the_time_each)
{
    qy_sight sight = {0};
    ck_assert(!stuck_at(&sight, 0));
    ck_assert(!stuck_at(&sight, AFTER - 1));
    ck_assert(stuck_at(&sight, AFTER));
    ck_assert(!stuck_at(&sight, 2 * AFTER - 1));
    ck_assert(stuck_at(&sight, 2 * AFTER));
    ck_assert(!stuck_at(&sight, 4 * AFTER - 1));
    ck_assert(stuck_at(&sight, 4 * AFTER));
    ck_assert(stuck_at(&sight, 100 * AFTER)); /* late itself, it does not tell what it missed */
    ck_assert(!stuck_at(&sight, 127 * AFTER));
    ck_assert(stuck_at(&sight, 128 * AFTER));
}
END_TEST

START_TEST(whatever_ends_or_waits_begins_the_time_anew)
{
    uint64_t *const rises[] = {&worker->station.count.handled, &worker->station.count.retired,
                               &worker->station.count.ended, &worker->waits};
    qy_sight sight = {0};
    ck_assert(!stuck_at(&sight, 0));
    for (unsigned i = 0; i < COUNT_OF(rises); i++) {
        int64_t base = (int64_t)(i + 1) * AFTER;
        ++*rises[i];
        ck_assert(!stuck_at(&sight, base));
        ck_assert(!stuck_at(&sight, base + AFTER - 1));
    }
    ck_assert(stuck_at(&sight, 5 * AFTER));
}
END_TEST

START_TEST(another_port_or_none_begins_the_time_anew)
{
    qy_sight sight = {0};
    ck_assert(!stuck_at(&sight, 0));
    worker->turn = &other;
    ck_assert(!stuck_at(&sight, AFTER));
    ck_assert(!stuck_at(&sight, 2 * AFTER - 1));
    worker->turn = NULL;
    ck_assert(!stuck_at(&sight, 2 * AFTER));
    ck_assert(!stuck_at(&sight, 9 * AFTER));
    worker->turn = &other;
    ck_assert(!stuck_at(&sight, 9 * AFTER));
    ck_assert(stuck_at(&sight, 10 * AFTER));
}
END_TEST

/* The thread of this test runs, and has had next to nothing of the time that is claimed to have passed. */
START_TEST(a_worker_that_had_no_core_to_run_on_is_not_stuck)
{
    qy_sight sight = {0};
    qy_os_target sleeping = worker->target;
    qy_os_probe_allow(&worker->target);
    ck_assert(!stuck_at(&sight, 0));
    ck_assert(!stuck_at(&sight, QUAY_SEC(3600)));
    worker->target = sleeping;
    sight.busy = -1; /* where the system does not say, time is all there is */
    ck_assert(stuck_at(&sight, QUAY_SEC(3600)));
}
END_TEST

START_TEST(time_in_which_the_machine_stood_still_does_not_count)
{
    quay_runtime rt = {.workers_count = 1};
    qy_watchdog *dog = qy_os_allocate(NULL, sizeof *dog + sizeof(qy_sight), QY_CACHE_LINE);
    dog->runtime = &rt;
    dog->tick = AFTER / 2;
    ck_assert(!stuck_at(&dog->sights[0], 0));
    qy_watchdog_forgive(dog, dog->tick);
    ck_assert(stuck_at(&dog->sights[0], AFTER)); /* a tick is within what happens every day */
    qy_watchdog_forgive(dog, QUAY_SEC(60));
    ck_assert(!stuck_at(&dog->sights[0], QUAY_SEC(60) + AFTER));
    ck_assert(stuck_at(&dog->sights[0], QUAY_SEC(60) + 2 * AFTER));
    qy_os_release(NULL, dog, sizeof *dog);
}
END_TEST

/* ---- its thread ---- */

static quay_runtime *start(int64_t stuck_after)
{
    quay_runtime *rt;
    quay_runtime_options options = {.workers = 2, .topology = "core:2 pu:1", .stuck_after = stuck_after};
    ck_assert_int_eq(quay_runtime_start(&rt, &options), 0);
    return rt;
}

static int echo(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, message->data, message->size);
}

START_TEST(it_dozes_while_all_workers_sleep_and_is_woken_by_the_first)
{
    quay_port echoer;
    quay_runtime *rt = start(QUAY_MS(1));
    ck_assert_int_eq(quay_spawn(rt, &echoer, echo, NULL), 0);
    for (int i = 0; i < 3; i++) {
        while (!ck_pr_load_32(&rt->watch_dozes)) (void)sched_yield();
        while (ck_pr_load_32(&rt->watch_dozes)) {
            ck_assert_int_eq(quay_call(echoer, 0, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
        }
    }
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(it_ends_with_its_runtime_at_whatever_it_is)
{
    for (int i = 0; i < 50; i++) {
        quay_runtime *rt = start(QUAY_MS(1));
        for (int yields = 0; yields < i * 20; yields++) (void)sched_yield();
        ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    }
}
END_TEST

/* ---- what a thread answers ---- */

/* The handler is the watchdog, too: it asks its own thread, which takes the signal before it goes on. */
typedef struct question {
    uint32_t step;
    bool of_another;
    bool of_another_turn;
    bool long_ago;
    uint32_t answer;
} question;

static int ask_itself(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const question *q = QUAY_PAYLOAD(message, question);
    qy_worker *me = self->worker;
    qy_watchdog *dog = me->station.runtime->watchdog;
    qy_sight suspect = {.turn = q->of_another_turn ? &other : me->turn,
                        .progress = qy_worker_progress(me) - q->long_ago};
    dog->asked = q->of_another ? NULL : me;
    dog->suspect = &suspect;
    ck_pr_store_32(&dog->step, q->step);
    if (!qy_os_probe(&me->target)) return -EIO;
    uint32_t answer = ck_pr_load_32(&dog->step);
    ck_pr_store_32(&dog->step, QY_PROBE_IDLE);
    return quay_reply(self, &answer, sizeof answer);
}

START_TEST(a_thread_answers_what_it_is_asked_and_nothing_else)
{
    static const question questions[] = {
        {.step = QY_PROBE_IDLE, .answer = QY_PROBE_IDLE},
        {.step = QY_PROBE_LOOKING, .answer = QY_PROBE_LOOKING},
        {.step = QY_PROBE_ASKED, .of_another = true, .answer = QY_PROBE_ASKED},
        {.step = QY_PROBE_ASKED, .of_another_turn = true, .answer = QY_PROBE_IDLE},
        {.step = QY_PROBE_ASKED, .long_ago = true, .answer = QY_PROBE_IDLE},
        {.step = QY_PROBE_ASKED, .answer = QY_PROBE_SEEN},
    };
    quay_port asker;
    quay_runtime *rt = start(QUAY_SEC(3600)); /* it looks at nobody meanwhile */
    ck_assert_int_eq(quay_spawn(rt, &asker, ask_itself, &(quay_port_options){.name = "asker"}), 0);
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        uint32_t answer;
        ck_assert_int_eq(quay_call(asker, 7, &questions[i], sizeof *questions, &answer, sizeof answer, QUAY_FOREVER),
                         sizeof answer);
        ck_assert_uint_eq(answer, questions[i].answer);
    }
    ck_assert_str_eq(rt->watchdog->sighting.name, "asker");
    ck_assert_uint_eq(rt->watchdog->sighting.tag, 7);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

/* This one is no worker, though the question is there. */
START_TEST(a_thread_that_is_no_worker_answers_nothing)
{
    qy_os_target self;
    quay_runtime *rt = start(QUAY_SEC(3600));
    ck_pr_store_32(&rt->watchdog->step, QY_PROBE_ASKED);
    qy_os_probe_allow(&self);
    ck_assert(qy_os_probe(&self));
    ck_assert_uint_eq(ck_pr_load_32(&rt->watchdog->step), QY_PROBE_ASKED);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

START_TEST(there_is_none_if_it_is_not_wanted)
{
    quay_runtime *rt = start(QUAY_FOREVER);
    ck_assert_ptr_null(rt->watchdog);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watchdog");
    TCase *suspicion = tcase_create("suspicion");
    tcase_add_checked_fixture(suspicion, start_suspect, end_suspect);
    tcase_add_test(suspicion, it_is_told_when_the_time_is_up_and_then_at_twice_the_time_each);
    tcase_add_test(suspicion, whatever_ends_or_waits_begins_the_time_anew);
    tcase_add_test(suspicion, another_port_or_none_begins_the_time_anew);
    tcase_add_test(suspicion, a_worker_that_had_no_core_to_run_on_is_not_stuck);
    tcase_add_test(suspicion, time_in_which_the_machine_stood_still_does_not_count);
    suite_add_tcase(suite, suspicion);
    TCase *life = tcase_create("thread");
    tcase_add_test(life, it_dozes_while_all_workers_sleep_and_is_woken_by_the_first);
    tcase_add_test(life, it_ends_with_its_runtime_at_whatever_it_is);
    tcase_add_test(life, a_thread_answers_what_it_is_asked_and_nothing_else);
    tcase_add_test(life, a_thread_that_is_no_worker_answers_nothing);
    tcase_add_test(life, there_is_none_if_it_is_not_wanted);
    suite_add_tcase(suite, life);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
