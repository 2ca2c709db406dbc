/* precisepi.c - Savina 22, precise pi: the terms of a series for pi, each computed by some port to so many digits.
 *
 * Measures messages with large payloads, which are given away, not copied. The master has ten terms under way for each
 * port until one is too small to count. The series is that of Bailey, Borwein and Plouffe (1995). Checked: every bit
 * against Machin's formula (1706), computed here.
 *
 * Numbers are fixed-point: the first limb is the whole part, the others the fraction.
 *
 * Read next: matmul.c */
#include "savina.h"

enum { PORTS, DIGITS };

static struct savina_parameter parameters[] = {
    [PORTS] = {"ports", 20, 4},
    [DIGITS] = {"digits", 5000, 200},
    {.name = NULL},
};

enum { START, TERM, RESULT };

/* ---- arithmetic ---- */

#define LIMBS_MOST 4096
static uint64_t limbs; /* of each number; written before the round */

/* Each carries up to the whole part. */
static void add(uint32_t *sum, const uint32_t *number)
{
    uint64_t carry = 0;
    for (uint64_t i = limbs; i-- > 0; carry >>= 32) sum[i] = (uint32_t)(carry += (uint64_t)sum[i] + number[i]);
}

static void subtract(uint32_t *from, const uint32_t *number)
{
    int64_t borrow = 0;
    for (uint64_t i = limbs; i-- > 0; borrow >>= 32) from[i] = (uint32_t)(borrow += (int64_t)from[i] - number[i]);
}

static void divide(uint32_t *number, uint32_t divisor)
{
    uint64_t rest = 0;
    for (uint64_t i = 0; i < limbs; i++) {
        rest = rest << 32 | number[i];
        number[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
}

static bool is_zero(const uint32_t *number)
{
    for (uint64_t i = 0; i < limbs; i++) {
        if (number[i]) return false;
    }
    return true;
}

/* numerator / divisor / 16^k: the bits begin 4k behind the point, and those before are zero. */
static void quotient(uint32_t *number, uint32_t numerator, uint32_t divisor, uint64_t k)
{
    memset(number, 0, limbs * sizeof *number);
    uint64_t at = k / 8; /* whole limbs of 16^k */
    uint64_t value = (uint64_t)numerator << 32 >> 4 * (k % 8);
    if (at < limbs) number[at] = (uint32_t)(value >> 32);
    if (at + 1 < limbs) number[at + 1] = (uint32_t)value;
    divide(number, divisor);
}

static void term(uint32_t *number, uint64_t k)
{
    static const struct {
        uint32_t numerator, offset;
    } less[] = {{2, 4}, {1, 5}, {1, 6}};
    uint32_t part[LIMBS_MOST];
    quotient(number, 4, (uint32_t)(8 * k + 1), k);
    for (int i = 0; i < 3; i++) {
        quotient(part, less[i].numerator, (uint32_t)(8 * k + less[i].offset), k);
        subtract(number, part);
    }
}

/* ---- the ports that compute ---- */

static int compute(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    void *number = quay_buffer_new(limbs * sizeof(uint32_t));
    if (!number) return -ENOMEM;
    term(number, *(const uint64_t *)message->data);
    int error = quay_give(message->from, RESULT, &number, limbs * sizeof(uint32_t));
    quay_buffer_free(number);
    return error;
}

/* ---- the master ---- */

struct master {
    quay_promise done;
    uint64_t asked, received;
    bool enough;
};

static uint32_t *pi;

static int ask_for_term(struct master *master, quay_port port)
{
    uint64_t k = master->asked++;
    return quay_send(port, TERM, &k, sizeof k);
}

static int start(quay_self *self, struct master *master)
{
    int error = 0;
    master->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[PORTS].value && !error; i++) {
        quay_port port = bench_spawn(quay_self_runtime(self), compute, 0, QUAY_SPREAD);
        for (int k = 0; k < 10 && !error; k++) error = ask_for_term(master, port);
    }
    return error;
}

static int sum_up(quay_self *self, void *state, const quay_message *message)
{
    struct master *master = state;
    if (message->tag == START) return start(self, master);
    add(pi, message->data);
    master->received++;
    master->enough |= is_zero(message->data);
    if (!master->enough) return ask_for_term(master, message->from);
    return master->received < master->asked ? 0 : quay_settle(master->done, 0, NULL, 0);
}

/* ---- the round ---- */

/* log2(10) bits a digit, and two limbs for what is cut off. */
static void prepare(void)
{
    limbs = parameters[DIGITS].value * 33220 / 320000 + 4;
    bench_check(limbs <= LIMBS_MOST, "there is room for so many digits");
    pi = savina_allocate(limbs, sizeof *pi);
}

static void run(quay_runtime *rt)
{
    savina_call(bench_spawn(rt, sum_up, sizeof(struct master), QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
}

/* sum += or -= factor * arctan(1 / x) */
static void arctan(uint32_t *sum, uint32_t factor, uint32_t x, bool negative)
{
    uint32_t *power = savina_allocate(limbs, sizeof *power), *part = savina_allocate(limbs, sizeof *part);
    power[0] = factor;
    divide(power, x);
    for (uint32_t k = 1; !is_zero(power); k += 2, negative = !negative) {
        memcpy(part, power, limbs * sizeof *part);
        divide(part, k);
        (negative ? subtract : add)(sum, part);
        divide(power, x * x);
    }
    free(power);
    free(part);
}

/* The last two limbs gather what every term has cut off. */
static void verify(void)
{
    uint32_t *expected = savina_allocate(limbs, sizeof *expected);
    arctan(expected, 16, 5, false);
    arctan(expected, 4, 239, true);
    bench_check(!memcmp(pi, expected, (limbs - 2) * sizeof *pi), "pi is right");
    free(expected);
    free(pi);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"precisepi", parameters, .prepare = prepare, .run = run, .verify = verify});
}
