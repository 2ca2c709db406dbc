/* philosophers.c - Savina 11, dining philosophers: an arbiter has the forks.
 *
 * Measures many who contend for one port. A philosopher who is denied his forks asks again at once. Checked: nobody
 * eats while a neighbour does, everybody eats so many times, and all forks lie on the table in the end.
 *
 * Read next: barber.c */
#include "savina.h"

enum { PHILOSOPHERS, ROUNDS };

static struct savina_parameter parameters[] = {
    [PHILOSOPHERS] = {"philosophers", 20, 5},
    [ROUNDS] = {"rounds", 10000, 50},
    {.name = NULL},
};

enum { START, HUNGRY, EAT, DENIED, FULL, LEAVE };

/* ---- a philosopher ---- */

struct philosopher {
    quay_port arbiter;
    uint64_t seat;
    uint64_t eaten;
};

static int tell(const struct philosopher *philosopher, uint32_t what)
{
    return quay_send(philosopher->arbiter, what, &philosopher->seat, sizeof philosopher->seat);
}

static int dine(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct philosopher *philosopher = state;
    if (message->tag == DENIED) return tell(philosopher, HUNGRY);
    if (message->tag == START) {
        *philosopher = *(const struct philosopher *)message->data;
        return tell(philosopher, HUNGRY);
    }
    philosopher->eaten++;
    int error = tell(philosopher, FULL);
    if (error) return error;
    if (philosopher->eaten < parameters[ROUNDS].value) return tell(philosopher, HUNGRY);
    return quay_send(philosopher->arbiter, LEAVE, &philosopher->eaten, sizeof philosopher->eaten);
}

/* ---- the arbiter ---- */

struct arbiter {
    quay_promise done;
    uint64_t left, eaten, used;
    bool taken[]; /* forks */
};

static int lay_table(quay_self *self, struct arbiter *arbiter)
{
    int error = 0;
    arbiter->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[PHILOSOPHERS].value && !error; i++) {
        struct philosopher philosopher = {quay_self_port(self), i, 0};
        quay_port port = bench_spawn(quay_self_runtime(self), dine, sizeof philosopher, QUAY_SPREAD);
        error = quay_send(port, START, &philosopher, sizeof philosopher);
    }
    return error;
}

static int give_forks(struct arbiter *arbiter, quay_port to, bool *left, bool *right)
{
    if (*left || *right) return quay_send(to, DENIED, NULL, 0);
    *left = *right = true;
    arbiter->used += 2;
    return quay_send(to, EAT, NULL, 0);
}

static int take_forks(struct arbiter *arbiter, bool *left, bool *right)
{
    if (!*left || !*right) return -EBADMSG;
    *left = *right = false;
    arbiter->used -= 2;
    return 0;
}

static int arbitrate(quay_self *self, void *state, const quay_message *message)
{
    struct arbiter *arbiter = state;
    if (message->tag == START) return lay_table(self, arbiter);
    uint64_t number = *(const uint64_t *)message->data; /* the seat, or how many meals */
    if (message->tag == LEAVE) {
        arbiter->eaten += number;
        if (++arbiter->left < parameters[PHILOSOPHERS].value) return 0;
        return quay_settle(arbiter->done, arbiter->used ? -EBADMSG : 0, &arbiter->eaten, sizeof arbiter->eaten);
    }
    bool *left = &arbiter->taken[number], *right = &arbiter->taken[(number + 1) % parameters[PHILOSOPHERS].value];
    return message->tag == HUNGRY ? give_forks(arbiter, message->from, left, right) : take_forks(arbiter, left, right);
}

static void run(quay_runtime *rt)
{
    uint64_t eaten, size = sizeof(struct arbiter) + parameters[PHILOSOPHERS].value * sizeof(bool);
    savina_call(bench_spawn(rt, arbitrate, size, QUAY_ANYWHERE), START, NULL, 0, &eaten, sizeof eaten);
    bench_check(eaten == parameters[PHILOSOPHERS].value * parameters[ROUNDS].value,
                "everybody ate as often as he must");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"philosophers", parameters, .run = run});
}
