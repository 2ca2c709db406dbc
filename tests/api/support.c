/* support.c - see support.h. */
#include "support.h"

#include <stdio.h>

#define TIMEOUT_SECONDS (SANITIZED ? 300 : 60)

captured_log runtime_log = CAPTURED_LOG;

/* ---- suites ---- */

int run_tests_between(const char *name, const TTest *const *tests, size_t count, void (*start)(void),
                      void (*stop)(void))
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    if (!getenv("CK_DEFAULT_TIMEOUT")) tcase_set_timeout(tcase, TIMEOUT_SECONDS);
    tcase_add_checked_fixture(tcase, start, stop);
    for (size_t i = 0; i < count; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    return run_tests_between(name, tests, count, NULL, NULL);
}

static struct {
    pthread_mutex_t lock;
    unsigned count;
    char first[512];
} failures = {.lock = PTHREAD_MUTEX_INITIALIZER};

void expect_failed(const char *file, int line, const char *what, intmax_t actual, intmax_t expected)
{
    pthread_mutex_lock(&failures.lock);
    if (failures.count++ == 0)
        snprintf(failures.first, sizeof failures.first, "%s:%d: %s: got %jd, expected %jd", file, line, what, actual,
                 expected);
    pthread_mutex_unlock(&failures.lock);
}

void assert_expectations(void)
{
    pthread_mutex_lock(&failures.lock);
    unsigned failed = failures.count;
    failures.count = 0;
    pthread_mutex_unlock(&failures.lock);
    ck_assert_msg(failed == 0, "%u expectations failed, first %s", failed, failures.first);
}

/* ---- logs ---- */

void capture_log(void *context, quay_log_level level, const char *text)
{
    captured_log *log = context;
    pthread_mutex_lock(&log->lock);
    log->lines[level]++;
    size_t room = sizeof log->text - log->length;
    int length = snprintf(log->text + log->length, room, "%s\n", text);
    if (length > 0 && (size_t)length < room) log->length += (size_t)length;
    pthread_mutex_unlock(&log->lock);
}

bool log_mentions(captured_log *log, const char *text)
{
    pthread_mutex_lock(&log->lock);
    bool found = strstr(log->text, text) != NULL;
    pthread_mutex_unlock(&log->lock);
    return found;
}

unsigned log_lines(captured_log *log, quay_log_level level)
{
    pthread_mutex_lock(&log->lock);
    unsigned lines = log->lines[level];
    pthread_mutex_unlock(&log->lock);
    return lines;
}

/* ---- runtimes ---- */

quay_runtime_options runtime_options(unsigned workers)
{
    static char topology[32];
    snprintf(topology, sizeof topology, "core:%u pu:1", workers);
    return (quay_runtime_options){
        .workers = workers,
        .pin = QUAY_PIN_OFF,
        .topology = topology,
        .log = capture_log,
        .log_context = &runtime_log,
    };
}

quay_runtime *start_runtime_with(const quay_runtime_options *options)
{
    quay_runtime *rt = NULL;
    ck_assert_int_eq(quay_runtime_start(&rt, options), 0);
    ck_assert_ptr_nonnull(rt);
    return rt;
}

quay_runtime *start_runtime(unsigned workers)
{
    quay_runtime_options options = runtime_options(workers);
    return start_runtime_with(&options);
}

quay_stats drained_stats(quay_runtime *rt)
{
    quay_stats stats;
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
    ck_assert_int_eq(quay_runtime_stats(rt, &stats), 0);
    ck_assert_uint_eq(stats.queued, 0);
    ck_assert_uint_eq(stats.sent, stats.handled + quay_dead_total(&stats) + stats.queued);
    return stats;
}

void stop_runtime(quay_runtime *rt)
{
    drained_stats(rt);
    ck_assert_int_eq(quay_runtime_stop(rt, QUAY_FOREVER), 0);
    assert_expectations();
}

/* ---- ports ---- */

int keep_argument(quay_self *self, void *state, void *argument)
{
    (void)self;
    SHARED(state, void) = argument;
    return 0;
}

quay_port spawn(quay_runtime *rt, quay_handler *handler, quay_place place, void *shared)
{
    quay_port_options options = {
        .place = place,
        .state_size = sizeof(void *),
        .init = keep_argument,
        .arg = shared,
    };
    quay_port port = QUAY_NOBODY;
    int error = quay_spawn(rt, &port, handler, &options);
    ck_assert_msg(error == 0, "spawn: %s", quay_strerror(error));
    ck_assert(port.id != 0);
    return port;
}

int echo(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    return quay_reply(self, message->data, message->size);
}

int count(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    (void)message;
    atomic_fetch_add(SHARED(state, atomic_long), 1);
    return 0;
}

int ignore(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    (void)state;
    (void)message;
    return 0;
}

int never_answer(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    (void)message;
    EXPECT(quay_defer(self).id != 0);
    return 0;
}

typedef struct errand {
    handler_body *body;
    void *argument;
} errand;

static int run_errand(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const errand *e = QUAY_PAYLOAD(message, errand);
    e->body(self, e->argument);
    quay_exit(self, 0);
    return quay_reply(self, NULL, 0);
}

void run_in_handler(quay_runtime *rt, quay_place place, handler_body *body, void *argument)
{
    quay_port port = spawn(rt, run_errand, place, NULL);
    errand e = {body, argument};
    ck_assert_int_eq(quay_call(port, 0, &e, sizeof e, NULL, 0, QUAY_FOREVER), 0);
    int error = quay_join(port, QUAY_FOREVER, NULL);
    ck_assert_msg(error == 0 || error == -EPIPE, "join: %s", quay_strerror(error)); /* or forgotten already */
}

void join_port(quay_port port, int expected_reason)
{
    int reason = 1;
    ck_assert_int_eq(quay_join(port, QUAY_FOREVER, &reason), 0);
    ck_assert_int_eq(reason, expected_reason);
}

void send_in_vain(quay_port port)
{
    int error = quay_send(port, 0, NULL, 0);
    ck_assert_msg(error == 0 || error == -EPIPE, "send: %s", quay_strerror(error));
}

int finish_future(quay_future *future, void *out, size_t size)
{
    ck_assert_ptr_nonnull(future);
    int result = quay_await(future, out, size);
    quay_drop(future);
    return result;
}

/* ---- gates ---- */

void gate_init(gate *g)
{
    ck_assert_int_eq(sem_init(&g->entered, 0, 0), 0);
    ck_assert_int_eq(sem_init(&g->opened, 0, 0), 0);
}

static void semaphore_wait(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ; /* a signal came between */
}

void gate_pass(gate *g)
{
    sem_post(&g->entered);
    semaphore_wait(&g->opened);
}

void gate_await_entry(gate *g)
{
    semaphore_wait(&g->entered);
}

void gate_open(gate *g)
{
    sem_post(&g->opened);
}

int pass_gate(quay_self *self, void *state, const quay_message *message)
{
    (void)message;
    gate_pass(SHARED(state, gate));
    int error = quay_reply(self, NULL, 0);
    return error == -EINVAL ? 0 : error;
}

quay_port hold_worker(quay_runtime *rt, quay_place place, gate *g)
{
    gate_init(g);
    quay_port keeper = spawn(rt, pass_gate, place, g);
    ck_assert_int_eq(quay_send(keeper, 0, NULL, 0), 0);
    ck_assert_int_eq(quay_stop(keeper), 0);
    gate_await_entry(g);
    return keeper;
}

/* ---- threads ---- */

static void *crew_run(void *argument)
{
    const crew_member *member = argument;
    member->work(member->index, member->shared);
    return NULL;
}

void crew_start(crew *c, unsigned size, crew_work *work, void *shared)
{
    ck_assert_uint_le(size, CREW_MAX);
    c->size = size;
    for (unsigned i = 0; i < size; i++) {
        crew_member *member = &c->members[i];
        *member = (crew_member){.work = work, .index = i, .shared = shared};
        ck_assert_int_eq(pthread_create(&member->thread, NULL, crew_run, member), 0);
    }
}

void crew_join(crew *c)
{
    for (unsigned i = 0; i < c->size; i++) ck_assert_int_eq(pthread_join(c->members[i].thread, NULL), 0);
}
