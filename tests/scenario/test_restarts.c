/* test_restarts.c - a server crashes a hundred thousand times under load, and is restarted each time under its name:
 * every ask that was accepted ends in a reply or an error, and exactly so many lives were lived. */
#include <quay/actors/supervisor.h>

#include "support.h"

#define CRASHES REPEAT(100000)
#define CLIENTS 4
#define IN_FLIGHT 8

enum { ASK, CRASH, BORN, RESULT, GO };

typedef struct stage {
    quay_runtime *rt;
    quay_port chaos;
    atomic_long lives;
    atomic_bool over;
    atomic_long asked, replies, errors;
    quay_promise done;
} stage;

/* ---- the server ---- */

static int be_born(quay_self *self, void *state, void *argument)
{
    stage *s = SHARED(state, stage) = argument;
    (void)self;
    s->lives++;
    return quay_send(s->chaos, BORN, NULL, 0);
}

/* A crash leaves an ask unanswered, others queued, and one in a promise. */
static int serve(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    if (message->tag == CRASH) {
        quay_exit_because(self, -EIO, "told to");
        return 0;
    }
    uint64_t number = *(const uint64_t *)message->data;
    if (number % 7 == 0) {
        EXPECT(quay_defer(self).id != 0);
        return number % 2 ? 0 : quay_send(quay_self_port(self), CRASH, NULL, 0);
    }
    return quay_reply(self, &number, sizeof number);
}

/* Each life is ended from outside, besides. */
static int be_chaos(quay_self *self, void *state, const quay_message *message)
{
    stage *s = SHARED(state, stage);
    (void)self;
    if (s->lives <= CRASHES) {
        int error = quay_send(message->from, CRASH, NULL, 0);
        return error == -EPIPE ? 0 : error;
    }
    if (!atomic_exchange(&s->over, true)) EXPECT_EQ(quay_settle(s->done, 0, NULL, 0), 0);
    return 0;
}

/* ---- its clients ---- */

static int ask_again(quay_self *self, stage *s)
{
    uint64_t number = (uint64_t)s->asked++;
    quay_future *f = quay_ask(quay_lookup(s->rt, "server"), ASK, &number, sizeof number, QUAY_FOREVER);
    int error = quay_then(f, quay_self_port(self), RESULT);
    quay_drop(f);
    return error;
}

static int be_client(quay_self *self, void *state, const quay_message *message)
{
    stage *s = SHARED(state, stage);
    int error = 0;
    if (message->tag == GO) {
        for (int i = 0; i < IN_FLIGHT && !error; i++) error = ask_again(self, s);
        return error;
    }
    if (message->status) {
        EXPECT(message->status == -EPIPE || message->status == -EOWNERDEAD);
        s->errors++;
    } else {
        s->replies++;
    }
    return s->over ? 0 : ask_again(self, s);
}

START_TEST(no_accepted_ask_is_lost)
{
    stage s = {.rt = start_runtime(2)};
    quay_future *done;
    quay_port supervisor;
    quay_child server = {
        .name = "server",
        .handler = serve,
        .options = {.place = quay_core(1), .state_size = sizeof(void *), .init = be_born, .arg = &s},
    };
    quay_supervisor_options options = {
        .intensity = QUAY_INTENSITY_MAX, .place = quay_core(0), .children = &server, .count = 1};
    ck_assert_int_eq(quay_promise_new(s.rt, &s.done, &done), 0);
    s.chaos = spawn(s.rt, be_chaos, quay_core(0), &s);
    ck_assert_int_eq(quay_supervisor_spawn(s.rt, &supervisor, &options), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        ck_assert_int_eq(quay_send(spawn(s.rt, be_client, quay_core(i % 2), &s), GO, NULL, 0), 0);
    }
    ck_assert_int_eq(finish_future(done, NULL, 0), 0);
    ck_assert_int_eq(quay_supervisor_stop(supervisor, QUAY_FOREVER), 0);
    drained_stats(s.rt);
    ck_assert_int_eq(s.replies + s.errors, s.asked);
    ck_assert_int_gt(s.replies, 0);
    ck_assert_int_gt(s.errors, 0);
    ck_assert_int_ge(s.lives, CRASHES + 1);
    stop_runtime(s.rt);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {no_accepted_ask_is_lost};
    return run_tests("restarts", tests, COUNT_OF(tests));
}
