/* 03_port_exercise.c - the classic exercise: a slow port, and callers that do not wait for one another.
 *
 * The port takes a second over each sum. Its client counts the messages it has sent. Sending never waits for the
 * handler, so after five asks the count is five higher while no answer is there yet; and each answer goes to the
 * future of its own question, in whatever order the futures are awaited.
 *
 * The handler really keeps its core busy for that second, as a computation would. The other cores go on; ports of
 * the same core would wait, which is the price of a handler that takes long.
 *
 * Run:       samples/03_port_exercise [-t milliseconds]      how long a sum takes, 1000 if not said
 * Read next: 04_many_ports.c */
#define _POSIX_C_SOURCE 200809L
#include <quay/quay.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CALLS_MAX 5

struct operands {
    int64_t a, b;
};

/* ---- the port ---- */

static int keep_duration(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(int64_t *)state = *(const int64_t *)arg;
    return 0;
}

static int add_slowly(quay_self *self, void *state, const quay_message *message)
{
    const struct operands *x = QUAY_PAYLOAD(message, struct operands);
    quay_time ready = quay_in(*(const int64_t *)state);
    if (!x) return -EBADMSG;
    while (quay_now() < ready) continue;
    int64_t sum = x->a + x->b;
    return quay_reply(self, &sum, sizeof sum);
}

/* ---- its client ---- */

struct client {
    quay_port adder;
    unsigned sent_messages;
};

static quay_future *client_ask(struct client *client, struct operands x)
{
    client->sent_messages++;
    return quay_ask(client->adder, 0, &x, sizeof x, QUAY_FOREVER);
}

static unsigned count_settled(quay_future *const *futures, unsigned count)
{
    unsigned settled = 0;
    for (unsigned i = 0; i < count; i++) settled += quay_settled(futures[i]);
    return settled;
}

/* Await one answer and say what came of it: 1 if it is the sum of x. */
static unsigned check_answer(quay_future *future, struct operands x)
{
    int64_t sum;
    int got = quay_await(future, &sum, sizeof sum);
    quay_drop(future);
    if (got != sizeof sum) {
        printf("  %2lld + %2lld failed: %s\n", (long long)x.a, (long long)x.b, quay_explain(got));
        return 0;
    }
    printf("  %2lld + %2lld = %2lld\n", (long long)x.a, (long long)x.b, (long long)sum);
    return sum == x.a + x.b;
}

/* Send all questions at once, then take the answers last one first. Returns how many were right. */
static unsigned client_ask_all(struct client *client, const struct operands *questions, unsigned count)
{
    quay_future *futures[CALLS_MAX];
    unsigned before = client->sent_messages, right = 0;
    for (unsigned i = 0; i < count; i++) futures[i] = client_ask(client, questions[i]);
    printf("%u sent at once: sent_messages +%u, answers so far %u\n", count, client->sent_messages - before,
           count_settled(futures, count));
    for (unsigned i = count; i-- > 0;) right += check_answer(futures[i], questions[i]);
    return right;
}

static bool exercise(quay_port adder)
{
    struct client client = {.adder = adder};
    unsigned right = client_ask_all(&client, (struct operands[]){{1, 2}}, 1);
    right += client_ask_all(&client, (struct operands[]){{1, 2}, {3, 4}}, 2);
    right += client_ask_all(&client, (struct operands[]){{1, 2}, {3, 4}, {2, 2}, {4, 5}, {-2, -3}}, 5);
    printf("%u of %u answers right\n", right, client.sent_messages);
    return right == client.sent_messages;
}

int main(int argc, char **argv)
{
    int64_t milliseconds = 1000;
    for (int option; (option = getopt(argc, argv, "t:")) != -1;) milliseconds = option == 't' ? atoi(optarg) : 0;
    if (milliseconds <= 0 || optind != argc) {
        fprintf(stderr, "usage: %s [-t milliseconds]\n", argv[0]);
        return 2;
    }
    int64_t duration = QUAY_MS(milliseconds);
    quay_runtime *rt;
    quay_port adder;
    quay_port_options options = {
        .name = "slow adder", .state_size = sizeof duration, .init = keep_duration, .arg = &duration};
    quay_runtime_options quiet = {.stuck_after = QUAY_FOREVER}; /* it takes long on purpose: no need to be told so */
    if (quay_runtime_start(&rt, &quiet)) return 1;
    bool good = !quay_spawn(rt, &adder, add_slowly, &options) && exercise(adder);
    return quay_runtime_stop(rt, QUAY_FOREVER) || !good;
}
