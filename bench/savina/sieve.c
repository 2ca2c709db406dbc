/* sieve.c - Savina 18, sieve of Eratosthenes: a chain of ports, each of which knows so many primes.
 *
 * Measures a pipeline that grows while it runs, with less and less traffic towards its end. A number that none of a
 * port's primes divides goes on to the next port, or is the next prime. Flows (savina.h) along the chain. Checked: how
 * many primes there are, and their sum, against a sequential sieve.
 *
 * Read next: cobwebbedtree.c */
#include "savina.h"

enum { LIMIT, LOCAL };

static struct savina_parameter parameters[] = {
    [LIMIT] = {"limit", 100000, 3000},
    [LOCAL] = {"local", 1000, 50}, /* primes of one port */
    {.name = NULL},
};

enum { START, NUMBER, END };

struct tally {
    uint64_t count, sum;
};

/* ---- a filter ---- */

struct filter {
    struct savina_flow onward; /* to nobody, until there is a next filter */
    uint64_t known;
    uint32_t primes[];
};

static quay_handler sift;

static quay_port spawn_filter(quay_runtime *rt)
{
    return bench_spawn(rt, sift, sizeof(struct filter) + parameters[LOCAL].value * sizeof(uint32_t), QUAY_SPREAD);
}

static bool divides_none(const struct filter *filter, uint64_t number)
{
    for (uint64_t i = 0; i < filter->known; i++) {
        if (number % filter->primes[i] == 0) return false;
    }
    return true;
}

static int take_number(quay_self *self, struct filter *filter, uint64_t number)
{
    if (!divides_none(filter, number)) return 0;
    if (filter->known < parameters[LOCAL].value) {
        filter->primes[filter->known++] = (uint32_t)number;
        return 0;
    }
    if (!filter->onward.to.id) filter->onward.to = spawn_filter(quay_self_runtime(self));
    return savina_flow_send(&filter->onward, NUMBER, &number, sizeof number);
}

/* The end comes as an ask, and every filter adds what it knows to what those behind it know. */
static int end(quay_self *self, struct filter *filter)
{
    struct tally tally = {0};
    int error = savina_flow_end(&filter->onward);
    if (filter->onward.to.id) savina_call(filter->onward.to, END, NULL, 0, &tally, sizeof tally);
    tally.count += filter->known;
    for (uint64_t i = 0; i < filter->known; i++) tally.sum += filter->primes[i];
    return error ? error : quay_reply(self, &tally, sizeof tally);
}

static int sift(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == NUMBER) return take_number(self, state, *(const uint64_t *)message->data);
    if (message->tag == END) return end(self, state);
    return savina_take_mark(self, message) ? 0 : -EBADMSG;
}

/* ---- the producer ---- */

static int produce(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    struct savina_flow flow = {.to = spawn_filter(quay_self_runtime(self))};
    int error = 0;
    for (uint64_t number = 2; number < parameters[LIMIT].value && !error; number += number == 2 ? 1 : 2)
        error = savina_flow_send(&flow, NUMBER, &number, sizeof number);
    if (!error) error = savina_flow_end(&flow);
    struct tally tally;
    if (error) return error;
    savina_call(flow.to, END, NULL, 0, &tally, sizeof tally);
    return quay_reply(self, &tally, sizeof tally);
}

static struct tally found;

static void run(quay_runtime *rt)
{
    savina_call(bench_spawn(rt, produce, 0, QUAY_ANYWHERE), START, NULL, 0, &found, sizeof found);
}

static void verify(void)
{
    struct tally expected = {0};
    bool *composite = savina_allocate(parameters[LIMIT].value, sizeof *composite);
    for (uint64_t i = 2; i < parameters[LIMIT].value; i++) {
        if (composite[i]) continue;
        expected.count++;
        expected.sum += i;
        for (uint64_t k = i * i; k < parameters[LIMIT].value; k += i) composite[k] = true;
    }
    free(composite);
    bench_check(found.count == expected.count && found.sum == expected.sum, "all primes were found");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"sieve", parameters, .run = run, .verify = verify});
}
