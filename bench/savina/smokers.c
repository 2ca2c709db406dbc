/* smokers.c - Savina 13, cigarette smokers: an arbiter lets one smoker after the other begin.
 *
 * Measures short messages to ports that are busy: a smoker says that it has begun, and then works for a while, and the
 * arbiter chooses the next meanwhile. Checked: each smoked as often as a sequential draw says.
 *
 * Read next: logisticmap.c */
#include "savina.h"

enum { SMOKERS, ROUNDS };

static struct savina_parameter parameters[] = {
    [SMOKERS] = {"smokers", 200, 10},
    [ROUNDS] = {"rounds", 1000, 100},
    {.name = NULL},
};

enum { START, SMOKE, SMOKING, COUNT };

static int smoke(quay_self *self, void *state, const quay_message *message)
{
    uint64_t *smoked = state;
    if (message->tag == COUNT) return quay_reply(self, smoked, sizeof *smoked);
    ++*smoked;
    int error = quay_send(message->from, SMOKING, NULL, 0);
    savina_work(*(const uint64_t *)message->data);
    return error;
}

/* Who is next, and for how long. */
static uint64_t draw(uint64_t *seed, uint64_t *work)
{
    uint64_t smoker = savina_below(seed, parameters[SMOKERS].value);
    *work = savina_below(seed, 1000) + 10;
    return smoker;
}

/* ---- the arbiter ---- */

struct arbiter {
    quay_promise done;
    uint64_t seed, rounds;
    quay_port smokers[];
};

static int choose_next(struct arbiter *arbiter)
{
    uint64_t work, smoker = draw(&arbiter->seed, &work);
    return quay_send(arbiter->smokers[smoker], SMOKE, &work, sizeof work);
}

/* The seed again, so that the draw can be repeated and compared. */
static int check_all(const struct arbiter *arbiter)
{
    uint64_t work, seed = 0, count;
    uint64_t *expected = savina_allocate(parameters[SMOKERS].value, sizeof *expected);
    int error = 0;
    for (uint64_t i = 0; i < parameters[ROUNDS].value; i++) expected[draw(&seed, &work)]++;
    for (uint64_t i = 0; i < parameters[SMOKERS].value && !error; i++) {
        savina_call(arbiter->smokers[i], COUNT, NULL, 0, &count, sizeof count);
        if (count != expected[i]) error = -EBADMSG;
    }
    free(expected);
    return quay_settle(arbiter->done, error, NULL, 0);
}

static int arbitrate(quay_self *self, void *state, const quay_message *message)
{
    struct arbiter *arbiter = state;
    if (message->tag == SMOKING) {
        return ++arbiter->rounds < parameters[ROUNDS].value ? choose_next(arbiter) : check_all(arbiter);
    }
    arbiter->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[SMOKERS].value; i++)
        arbiter->smokers[i] = bench_spawn(quay_self_runtime(self), smoke, sizeof(uint64_t), QUAY_SPREAD);
    return choose_next(arbiter);
}

static void run(quay_runtime *rt)
{
    size_t size = sizeof(struct arbiter) + parameters[SMOKERS].value * sizeof(quay_port);
    savina_call(bench_spawn(rt, arbitrate, size, QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"smokers", parameters, .run = run});
}
