/* books.c - luck, and the books that all of the load writes. Owns the books. Read next: members.c */
#include "load.h"

#include <stdatomic.h>

static struct {
    _Atomic uint64_t opened, closed, opened_sum, closed_sum, born, died;
} books;

/* ---- luck ---- */

static uint64_t mix(uint64_t z) /* splitmix64 */
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t load_draw(uint64_t *luck, uint64_t bound)
{
    *luck += 0x9e3779b97f4a7c15u;
    return mix(*luck) % bound;
}

quay_time load_soon(uint64_t *luck)
{
    return quay_in((int64_t)load_draw(luck, (uint64_t)QUAY_MS(10)));
}

/* ---- asks ---- */

/* So that sums tell asks apart. */
static uint64_t weigh(uint32_t number)
{
    return mix(number + UINT64_C(0x9e3779b97f4a7c15));
}

uint32_t load_open(void)
{
    uint32_t number = (uint32_t)atomic_fetch_add(&books.opened, 1) & (UINT32_MAX >> 1);
    atomic_fetch_add(&books.opened_sum, weigh(number));
    return number;
}

static bool may_end(int result)
{
    static const int errors[] = {EPIPE, EAGAIN, ETIMEDOUT, ECANCELED, EDEADLK, ENOMSG, EBADMSG, EOWNERDEAD, EMSGSIZE};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (result == -errors[i]) return true;
    }
    return result >= 0;
}

void load_close(uint32_t number, int result)
{
    if (!may_end(result)) bench_must(result, "an ask of the load");
    atomic_fetch_add(&books.closed_sum, weigh(number));
    atomic_fetch_add(&books.closed, 1);
}

int load_call(quay_port to, uint32_t tag, const void *data, size_t size, void *out, quay_time deadline)
{
    uint32_t number = load_open();
    int result = quay_call(to, tag, data, size, out, LOAD_SMALL, deadline);
    load_close(number, result);
    return result;
}

void load_sent(int result)
{
    if (result != -EPIPE && result != -EAGAIN) bench_must(result, "a send of the load");
}

/* ---- ports ---- */

int load_begin(quay_self *self, void *state, void *arg)
{
    *(uint64_t *)state = (uintptr_t)arg;
    atomic_fetch_add(&books.born, 1);
    return 0;
}

void load_end(void *state, int reason)
{
    atomic_fetch_add(&books.died, 1);
}

void *load_seed(uint64_t *luck)
{
    return (void *)(uintptr_t)load_draw(luck, UINTPTR_MAX); // NOLINT(performance-no-int-to-ptr): a number in a pointer
}

struct load_books load_look(void)
{
    return (struct load_books){books.opened, books.closed, books.opened_sum, books.closed_sum, books.born, books.died};
}
