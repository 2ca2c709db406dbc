/* 07_protocols.c - the classic protocols of ports that talk: who asks, who waits, and who is asked back.
 *
 * A server computes x·x + 2x + 2, a client wants that of some numbers. In turn:
 *
 *   request and reply       the client calls, and waits
 *   asynchronous request    it asks, goes on, and waits when it needs the answers
 *   error                   the server cannot answer; the client is told why
 *   callback                the server has to ask the client something first. If the client waits in its handler
 *                           meanwhile, the two wait for each other: a ring, which Quay finds and ends with -EDEADLK
 *                           (and logs). So the client has the answer sent to it as a message (quay_then)
 *   double callback         the client, asked back, has to ask the server. Now neither may wait in a handler that the
 *                           other needs: the server, too, goes on by quay_then
 *
 * Run:       samples/07_protocols
 * Read next: docs/guide.md, "Waiting" */
#include <quay/quay.h>

#include <stdio.h>
#include <string.h>

/* ---- the server ---- */

enum {
    COMPUTE,                /* a number; answered by a number */
    COMPUTE_WITH_CALLBACK,  /* asks who asked for delta, waiting for it */
    COMPUTE_WITH_CALLBACKS, /* the same without waiting */
    SERVER_DELTA,           /* answered by a number */
    DELTA_HAS_COME          /* what quay_then brings */
};

/* The double callback: what was asked, and who is owed the answer. */
struct server {
    long x;
    quay_promise duty;
};

static long polynomial(long x)
{
    return x * x + 2 * x + 2;
}

static int answer(quay_self *self, long number)
{
    return quay_reply(self, &number, sizeof number);
}

enum { CLIENT_DELTA = 100 };

static int compute_with_callback(quay_self *self, const quay_message *message, long x)
{
    long delta;
    int got = quay_call(message->from, CLIENT_DELTA, NULL, 0, &delta, sizeof delta, QUAY_FOREVER);
    return got < 0 ? got : answer(self, polynomial(x + delta));
}

static int compute_with_callbacks(quay_self *self, struct server *server, const quay_message *message, long x)
{
    *server = (struct server){.x = x, .duty = quay_defer(self)};
    quay_future *delta = quay_ask(message->from, CLIENT_DELTA, NULL, 0, QUAY_FOREVER);
    int error = quay_then(delta, quay_self_port(self), DELTA_HAS_COME);
    quay_drop(delta);
    return error;
}

static int finish(const struct server *server, const quay_message *message)
{
    const long *delta = QUAY_PAYLOAD(message, long);
    if (!delta) return quay_settle(server->duty, message->status, NULL, 0);
    long result = polynomial(server->x + *delta);
    return quay_settle(server->duty, 0, &result, sizeof result);
}

static int serve(quay_self *self, void *state, const quay_message *message)
{
    const long *x = QUAY_PAYLOAD(message, long);
    if (message->tag == SERVER_DELTA) return answer(self, 1);
    if (message->tag == DELTA_HAS_COME) return finish(state, message);
    if (!x) return -EBADMSG;
    if (*x < 0) return -EDOM; /* it does not like negative numbers */
    if (message->tag == COMPUTE_WITH_CALLBACK) return compute_with_callback(self, message, *x);
    if (message->tag == COMPUTE_WITH_CALLBACKS) return compute_with_callbacks(self, state, message, *x);
    return answer(self, polynomial(*x));
}

/* ---- the client ---- */

/* Each but the last two is a protocol that main has it play; it is answered when that is over. */
enum { REQUEST, ASYNCHRONOUS, ERROR, CALLBACK_WAITING, CALLBACK, DOUBLE_CALLBACK, RESULT };

struct client {
    quay_port server;
    quay_promise duty; /* to tell main that it is over */
    bool doubly;       /* ask the server when it asks back */
};

static int keep_server(quay_self *self, void *state, void *arg)
{
    (void)self;
    ((struct client *)state)->server = *(const quay_port *)arg;
    return 0;
}

static int compute(const struct client *client, uint32_t how, long x, long *result)
{
    return quay_call(client->server, how, &x, sizeof x, result, sizeof *result, QUAY_FOREVER);
}

static int request(quay_self *self, const struct client *client)
{
    long result;
    int got = compute(client, COMPUTE, 10, &result);
    if (got < 0) return got;
    printf("request and reply:     of 10 it is %ld\n", result);
    return quay_reply(self, NULL, 0);
}

static int request_asynchronously(quay_self *self, const struct client *client)
{
    quay_future *f[2];
    long x[2] = {10, 20}, result[2] = {0};
    for (int i = 0; i < 2; i++) f[i] = quay_ask(client->server, COMPUTE, &x[i], sizeof x[i], QUAY_FOREVER);
    printf("asynchronous request:  asked both, and going on\n");
    int got = quay_await_all(f, 2, QUAY_FOREVER);
    for (int i = 0; i < 2; i++) {
        if (got >= 0) got = quay_await(f[i], &result[i], sizeof result[i]);
        quay_drop(f[i]);
    }
    if (got < 0) return got;
    printf("asynchronous request:  the sum is %ld\n", result[0] + result[1]);
    return quay_reply(self, NULL, 0);
}

static int request_in_vain(quay_self *self, const struct client *client, uint32_t how, long x, const char *protocol)
{
    long result;
    int got = compute(client, how, x, &result);
    printf("%s  %s\n", protocol, got < 0 ? strerror(-got) : "no error");
    return quay_reply(self, NULL, 0);
}

static int request_with_callback(quay_self *self, struct client *client, bool doubly)
{
    client->duty = quay_defer(self);
    client->doubly = doubly;
    quay_future *f = quay_ask(client->server, doubly ? COMPUTE_WITH_CALLBACKS : COMPUTE_WITH_CALLBACK, &(long){10},
                              sizeof(long), QUAY_FOREVER);
    int error = quay_then(f, quay_self_port(self), RESULT);
    quay_drop(f);
    return error;
}

/* Called back. */
static int give_delta(quay_self *self, const struct client *client)
{
    long delta = 1;
    int got = client->doubly ? quay_call(client->server, SERVER_DELTA, NULL, 0, &delta, sizeof delta, QUAY_FOREVER) : 0;
    return got < 0 ? got : answer(self, 10 * delta);
}

static int take_result(const struct client *client, const quay_message *message)
{
    const long *result = QUAY_PAYLOAD(message, long);
    if (result)
        printf("%s  of 10 + 10 it is %ld\n",
               client->doubly ? "double callback:     " : "callback:            ", *result);
    return quay_settle(client->duty, message->status, NULL, 0);
}

static int play(quay_self *self, void *state, const quay_message *message)
{
    struct client *client = state;
    switch (message->tag) {
    case REQUEST:
        return request(self, client);
    case ASYNCHRONOUS:
        return request_asynchronously(self, client);
    case ERROR:
        return request_in_vain(self, client, COMPUTE, -1, "error:               ");
    case CALLBACK_WAITING:
        return request_in_vain(self, client, COMPUTE_WITH_CALLBACK, 10, "callback, waiting:   ");
    case CALLBACK:
        return request_with_callback(self, client, false);
    case DOUBLE_CALLBACK:
        return request_with_callback(self, client, true);
    case CLIENT_DELTA:
        return give_delta(self, client);
    case RESULT:
        return take_result(client, message);
    default:
        return -EBADMSG;
    }
}

int main(void)
{
    quay_runtime *rt;
    quay_port server, client;
    if (quay_runtime_start(&rt, NULL)) return 1;
    int error =
        quay_spawn(rt, &server, serve, &(quay_port_options){.name = "server", .state_size = sizeof(struct server)});
    if (!error)
        error =
            quay_spawn(rt, &client, play,
                       &(quay_port_options){
                           .name = "client", .state_size = sizeof(struct client), .init = keep_server, .arg = &server});
    for (uint32_t protocol = REQUEST; protocol < RESULT && !error; protocol++)
        error = quay_call(client, protocol, NULL, 0, NULL, 0, QUAY_FOREVER);
    if (error) fprintf(stderr, "%s: %s\n", quay_strerror(error), quay_explain(error));
    int stopped = quay_runtime_stop(rt, QUAY_FOREVER);
    return error || stopped;
}
