/* 01_hello.c - the first program: a port that adds, and a thread that asks it.
 *
 * A port is a handler (add) that runs for one message at a time. An ask sends a message and gives a future;
 * awaiting the future parks this thread until the handler has replied. Nobody shares memory: the operands are
 * copied to the port, the sum is copied back.
 *
 * Run:       samples/01_hello
 * Read next: 02_add_server.c, the same port grown up. */
/* clang-format off */
#include <quay/quay.h>
#include <stdio.h>

struct operands { long a, b; };

static int add(quay_self *self, void *state, const quay_message *message)
{
    const struct operands *x = QUAY_PAYLOAD(message, struct operands);
    if (!x) return -EBADMSG;
    long sum = x->a + x->b;
    return quay_reply(self, &sum, sizeof sum);
}

int main(void)
{
    quay_runtime *rt; quay_port adder; long sum;
    if (quay_runtime_start(&rt, NULL) || quay_spawn(rt, &adder, add, NULL)) return 1;
    quay_future *f = quay_ask(adder, 0, &(struct operands){1, 2}, sizeof(struct operands), QUAY_FOREVER);
    if (quay_await(f, &sum, sizeof sum) == sizeof sum) printf("1 + 2 = %ld\n", sum);
    quay_drop(f);
    return quay_runtime_stop(rt, QUAY_FOREVER);
}
