/* pingpong.c - Savina 1, ping-pong: two ports send each other one message to and fro.
 *
 * Measures the road of a message there and back. The two talk to nobody else, so the second is placed near the first.
 * Checked: each pong has the number of its ping, and pong saw all of them.
 *
 * Read next: counting.c */
#include "savina.h"

enum { PINGS };

static struct savina_parameter parameters[] = {[PINGS] = {"pings", 40000, 100}, {.name = NULL}};

enum { START, PING, PONG, COUNT };

/* ---- pong ---- */

static int pong(quay_self *self, void *state, const quay_message *message)
{
    uint64_t *count = state;
    if (message->tag == COUNT) return quay_reply(self, count, sizeof *count);
    ++*count;
    return quay_send(message->from, PONG, count, sizeof *count);
}

/* ---- ping: asked to start, it answers when the last pong is there ---- */

struct pinger {
    quay_port pong;
    quay_promise done;
    uint64_t pings;
};

static int send_ping(struct pinger *pinger)
{
    pinger->pings++;
    return quay_send(pinger->pong, PING, NULL, 0);
}

static int ping(quay_self *self, void *state, const quay_message *message)
{
    struct pinger *pinger = state;
    if (message->tag == START) {
        pinger->pong = *(const quay_port *)message->data;
        pinger->done = quay_defer(self);
        return send_ping(pinger);
    }
    if (*(const uint64_t *)message->data != pinger->pings) return -EBADMSG;
    if (pinger->pings < parameters[PINGS].value) return send_ping(pinger);
    return quay_settle(pinger->done, 0, NULL, 0);
}

static void run(quay_runtime *rt)
{
    uint64_t count;
    quay_port ponger = bench_spawn(rt, pong, sizeof(uint64_t), QUAY_ANYWHERE);
    quay_port pinger = bench_spawn(rt, ping, sizeof(struct pinger), quay_near(ponger));
    savina_call(pinger, START, &ponger, sizeof ponger, NULL, 0);
    savina_call(ponger, COUNT, NULL, 0, &count, sizeof count);
    bench_check(count == parameters[PINGS].value, "every ping had its pong");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"pingpong", parameters, .run = run});
}
