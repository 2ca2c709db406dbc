/* family.c - see family.h. */
#include "family.h"

#include <stdio.h>

static struct {
    pthread_mutex_t lock;
    size_t length;
    char text[4096];
} notes = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note(char sign, const char *name)
{
    pthread_mutex_lock(&notes.lock);
    int length = snprintf(notes.text + notes.length, sizeof notes.text - notes.length, " %c%s", sign, name);
    if (length > 0 && notes.length + (size_t)length < sizeof notes.text) notes.length += (size_t)length;
    pthread_mutex_unlock(&notes.lock);
}

const char *diary(void)
{
    return notes.text;
}

void diary_clear(void)
{
    pthread_mutex_lock(&notes.lock);
    notes.length = 0;
    notes.text[0] = 0;
    pthread_mutex_unlock(&notes.lock);
}

quay_runtime *rt;

static void start(void)
{
    diary_clear();
    rt = start_runtime(2);
}

static void stop(void)
{
    quay_stats stats = drained_stats(rt);
    ck_assert_uint_eq(stats.alive, 0);
    stop_runtime(rt);
}

int run_family(const char *suite, const TTest *const *tests, size_t count)
{
    return run_tests_between(suite, tests, count, start, stop);
}

static int begin_toy(quay_self *self, void *state, void *argument)
{
    toy *t = argument;
    SHARED(state, toy) = t;
    if (t->slow) EXPECT_EQ(quay_sleep(self, t->slow), 0);
    if (t->init_error) return t->init_error;
    note('+', t->name);
    return 0;
}

static void end_toy(void *state, int reason)
{
    toy *t = SHARED(state, toy);
    t->reason = reason;
    note('-', t->name);
}

static int play(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    switch (message->tag) {
    case TOY_ECHO:
        return quay_reply(self, message->data, message->size);
    case TOY_CRASH:
        quay_exit_because(self, -EIO, "crashed");
        return 0;
    case TOY_LEAVE:
        quay_exit(self, 0);
        return 0;
    default: /* it hangs, and says so before */
        EXPECT_EQ(quay_reply(self, NULL, 0), 0);
        return quay_sleep(self, QUAY_SEC(3600));
    }
}

quay_child toy_child(toy *t, quay_restart restart)
{
    return (quay_child){
        .name = t->name,
        .handler = play,
        .restart = restart,
        .options = {.place = QUAY_SPREAD, .state_size = sizeof(void *), .init = begin_toy, .fini = end_toy, .arg = t},
    };
}

quay_port family_spawn(const quay_supervisor_options *options)
{
    quay_port supervisor = QUAY_NOBODY;
    ck_assert_int_eq(quay_supervisor_spawn(rt, &supervisor, options), 0);
    ck_assert_int_eq(quay_supervisor_ready(supervisor, QUAY_FOREVER), 0);
    return supervisor;
}

void tell_toy(const char *name, uint32_t tag)
{
    quay_port port = quay_lookup(rt, name);
    ck_assert_uint_ne(port.id, 0);
    if (tag == TOY_HANG) {
        ck_assert_int_eq(quay_call(port, tag, NULL, 0, NULL, 0, QUAY_FOREVER), 0);
        return;
    }
    ck_assert_int_eq(quay_send(port, tag, NULL, 0), 0);
    ck_assert_int_eq(quay_runtime_drain(rt, QUAY_FOREVER), 0);
}

bool toy_runs(const char *name)
{
    return !quay_call(quay_lookup(rt, name), TOY_ECHO, NULL, 0, NULL, 0, QUAY_FOREVER);
}
