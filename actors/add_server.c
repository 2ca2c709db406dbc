/* add_server.c - a port that adds two numbers: its handler, and its callers' side.
 *
 * Ownership: struct add_server is the port's state; only its handler touches it, one message at a time, so it has
 * no lock.
 * Read next: samples/02_add_server.c. */
#include "add_server.h"

#include <string.h>

struct add_server {
    uint64_t sums; /* given so far */
};

/* ---- the server's side ---- */

static bool sum_fits(int64_t a, int64_t b)
{
    return b < 0 ? a >= INT64_MIN - b : a <= INT64_MAX - b;
}

static int answer_sum(quay_self *self, struct add_server *server, const quay_message *message)
{
    const quay_add_server_operands *x = QUAY_PAYLOAD(message, quay_add_server_operands);
    if (!x) return -EBADMSG;
    if (!sum_fits(x->a, x->b)) return -ERANGE;
    int64_t sum = x->a + x->b;
    int error = quay_reply(self, &sum, sizeof sum);
    server->sums += !error;
    return error;
}

static int add_server(quay_self *self, void *state, const quay_message *message)
{
    struct add_server *server = state;
    switch (message->tag) {
    case QUAY_ADD_SERVER_ADD:
        return answer_sum(self, server, message);
    case QUAY_ADD_SERVER_COUNT:
        return quay_reply(self, &server->sums, sizeof server->sums);
    default:
        return -EBADMSG; /* fails the ask; a plain message is counted and logged. The port goes on. */
    }
}

int quay_add_server_spawn(quay_runtime *rt, quay_port *out, quay_place place)
{
    return quay_spawn(
        rt, out, add_server,
        &(quay_port_options){.name = "add-server", .place = place, .state_size = sizeof(struct add_server)});
}

/* ---- the callers' side ---- */

quay_future *quay_add_server_ask(quay_port server, int64_t a, int64_t b, quay_time deadline)
{
    quay_add_server_operands x = {a, b};
    return quay_ask(server, QUAY_ADD_SERVER_ADD, &x, sizeof x, deadline);
}

/* The 8 bytes that `got` bytes of an answer ought to be. */
static int take_word(int got, const void *answer, void *word)
{
    if (got < 0) return got == -EMSGSIZE ? -EBADMSG : got;
    if (got != (int)sizeof(int64_t)) return -EBADMSG;
    memcpy(word, answer, sizeof(int64_t));
    return 0;
}

int quay_add_server_await(quay_future *f, int64_t *sum)
{
    int64_t answer;
    return take_word(quay_await(f, &answer, sizeof answer), &answer, sum);
}

int quay_add_server_result(const quay_message *message, int64_t *sum)
{
    const int64_t *answer = QUAY_PAYLOAD(message, int64_t);
    if (message->status) return message->status;
    if (!answer) return -EBADMSG;
    *sum = *answer;
    return 0;
}

int quay_add_server_call(quay_port server, int64_t a, int64_t b, int64_t *sum, quay_time deadline)
{
    quay_future *f = quay_add_server_ask(server, a, b, deadline);
    int error = quay_add_server_await(f, sum);
    quay_drop(f);
    return error;
}

int quay_add_server_count(quay_port server, uint64_t *count, quay_time deadline)
{
    uint64_t answer;
    int got = quay_call(server, QUAY_ADD_SERVER_COUNT, NULL, 0, &answer, sizeof answer, deadline);
    return take_word(got, &answer, count);
}
