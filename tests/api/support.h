/* support.h - what the tests of the public API share: runtimes that are checked when they stop, ports that keep a
 * pointer, a gate to hold a worker, threads, a captured log.
 *
 * A runtime of start_runtime(n) has n workers on a synthetic machine of n cores, so quay_core(i) is its worker i on
 * every machine. stop_runtime drains it first and asserts `sent == handled + dead + queued`.
 * EXPECT is for handlers and threads, where a libcheck assertion may not be used: the first failure is kept, and
 * reported by the next stop_runtime or assert_expectations. Ownership: the caller's, unless said otherwise.
 * Read next: counting.h, then any test. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <check.h>
#include <pthread.h>
#include <quay/quay.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* A number of repetitions, fewer where each is slow. */
#define REPEAT(n) ((n) / (SANITIZED ? 20 : 1))
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- suites ---- */

/* Run the tests and return main's result. */
int run_tests(const char *name, const TTest *const *tests, size_t count);

/* The same with what comes before and after each of them. */
int run_tests_between(const char *name, const TTest *const *tests, size_t count, void (*start)(void),
                      void (*stop)(void));

void expect_failed(const char *file, int line, const char *what, intmax_t actual, intmax_t expected);
void assert_expectations(void);
#define EXPECT(x) ((x) ? (void)0 : expect_failed(__FILE__, __LINE__, #x, 0, 1))
#define EXPECT_EQ(x, y) expect_equal(__FILE__, __LINE__, #x " == " #y, (intmax_t)(x), (intmax_t)(y))
static inline void expect_equal(const char *file, int line, const char *what, intmax_t actual, intmax_t expected)
{
    if (actual != expected) expect_failed(file, line, what, actual, expected);
}

/* ---- logs ---- */

typedef struct captured_log {
    pthread_mutex_t lock;
    unsigned lines[QUAY_LOG_INFO + 1];
    size_t length;
    char text[8192];
} captured_log;
#define CAPTURED_LOG                                                                                                   \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                              \
    }

/* For quay_runtime_options.log; the context is a captured_log. */
void capture_log(void *context, quay_log_level level, const char *text);
bool log_mentions(captured_log *log, const char *text);
unsigned log_lines(captured_log *log, quay_log_level level);

/* The log of every runtime of start_runtime. */
extern captured_log runtime_log;

/* ---- runtimes ---- */

/* Workers not bound, a synthetic machine, log captured: the options start_runtime uses. */
quay_runtime_options runtime_options(unsigned workers);
quay_runtime *start_runtime(unsigned workers);
quay_runtime *start_runtime_with(const quay_runtime_options *options);

/* Drain, assert that nothing was lost, and return the counters. */
quay_stats drained_stats(quay_runtime *rt);
void stop_runtime(quay_runtime *rt);

/* ---- ports ---- */

/* A port whose state is the pointer `shared`; its handler gets at it by SHARED(state, type). */
quay_port spawn(quay_runtime *rt, quay_handler *handler, quay_place place, void *shared);
#define SHARED(state, type) (*(type **)(state))
int keep_argument(quay_self *self, void *state, void *argument);

/* Handlers: answer with the payload; add one to the shared atomic_long; do nothing; keep the duty to answer. */
quay_handler echo, count, ignore, never_answer;

/* Run a function inside a handler of a port made for it, and wait for it. */
typedef void handler_body(quay_self *self, void *argument);
void run_in_handler(quay_runtime *rt, quay_place place, handler_body *body, void *argument);

void join_port(quay_port port, int expected_reason);

/* A send that may be refused or become a dead letter, but has no other error. */
void send_in_vain(quay_port port);

/* Await, drop, and return what the await returned. */
int finish_future(quay_future *future, void *out, size_t size);

/* ---- gates ---- */

/* A handler that waits inside gate_pass occupies its worker until the test opens the gate. */
typedef struct gate {
    sem_t entered;
    sem_t opened;
} gate;

void gate_init(gate *g);
void gate_pass(gate *g);
void gate_await_entry(gate *g);
void gate_open(gate *g);

/* The handler of a port whose shared pointer is a gate: passes it, and answers if asked. */
quay_handler pass_gate;

/* Occupy the worker of a place until gate_open. Returns the port in the way, which ends when it is through. */
quay_port hold_worker(quay_runtime *rt, quay_place place, gate *g);

/* ---- threads ---- */

#define CREW_MAX 8

typedef void crew_work(unsigned index, void *shared);

typedef struct crew_member {
    pthread_t thread;
    crew_work *work;
    unsigned index;
    void *shared;
} crew_member;

typedef struct crew {
    unsigned size;
    crew_member members[CREW_MAX];
} crew;

void crew_start(crew *c, unsigned size, crew_work *work, void *shared);
void crew_join(crew *c);

#endif
