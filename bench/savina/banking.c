/* banking.c - Savina 15, bank transactions: accounts that pay to each other.
 *
 * Measures await in ports that others wait for too: an account that pays takes the money off, asks the receiver to add
 * it, and handles nothing else until that is done. Money always goes to a higher number, so no two wait for each other.
 * The teller keeps so many transactions under way. Checked: the balance of each account, against a sequential bank.
 *
 * Read next: radixsort.c */
#include "savina.h"

#define UNDER_WAY 512 /* transactions at a time */

enum { ACCOUNTS, TRANSACTIONS };

static struct savina_parameter parameters[] = {
    [ACCOUNTS] = {"accounts", 1000, 20},
    [TRANSACTIONS] = {"transactions", 50000, 500},
    {.name = NULL},
};

enum { START, PAY, RECEIVE, PAID, BALANCE };

/* ---- an account ---- */

struct payment {
    quay_port to;
    int64_t amount;
};

static int keep_account(quay_self *self, void *state, const quay_message *message)
{
    int64_t *balance = state;
    if (message->tag == PAY) {
        struct payment payment = *(const struct payment *)message->data;
        *balance -= payment.amount;
        savina_call(payment.to, RECEIVE, &payment.amount, sizeof payment.amount, NULL, 0);
        return quay_send(message->from, PAID, NULL, 0);
    }
    if (message->tag == BALANCE) return quay_reply(self, balance, sizeof *balance);
    *balance += *(const int64_t *)message->data;
    return quay_reply(self, NULL, 0);
}

/* ---- transactions, as they come from a seed ---- */

struct transaction {
    uint64_t from, to;
    int64_t amount;
};

static struct transaction draw(uint64_t *seed)
{
    uint64_t from = savina_below(seed, parameters[ACCOUNTS].value / 10 * 8);
    uint64_t step = savina_below(seed, parameters[ACCOUNTS].value - from);
    return (struct transaction){from, from + (step ? step : 1), (int64_t)savina_below(seed, 1000)};
}

/* ---- the teller ---- */

struct teller {
    quay_promise done;
    uint64_t seed, sent, paid;
    quay_port accounts[];
};

static int send_payment(struct teller *teller)
{
    if (teller->sent++ >= parameters[TRANSACTIONS].value) return 0;
    struct transaction transaction = draw(&teller->seed);
    struct payment payment = {teller->accounts[transaction.to], transaction.amount};
    return quay_send(teller->accounts[transaction.from], PAY, &payment, sizeof payment);
}

/* The same transactions again, one after the other. */
static int check_balances(const struct teller *teller)
{
    uint64_t seed = 0;
    int64_t *expected = savina_allocate(parameters[ACCOUNTS].value, sizeof *expected), balance;
    int error = 0;
    for (uint64_t i = 0; i < parameters[TRANSACTIONS].value; i++) {
        struct transaction transaction = draw(&seed);
        expected[transaction.from] -= transaction.amount;
        expected[transaction.to] += transaction.amount;
    }
    for (uint64_t i = 0; i < parameters[ACCOUNTS].value && !error; i++) {
        savina_call(teller->accounts[i], BALANCE, NULL, 0, &balance, sizeof balance);
        if (balance != expected[i]) error = -EBADMSG;
    }
    free(expected);
    return quay_settle(teller->done, error, NULL, 0);
}

static int tell(quay_self *self, void *state, const quay_message *message)
{
    struct teller *teller = state;
    int error = 0;
    if (message->tag == PAID)
        return ++teller->paid < parameters[TRANSACTIONS].value ? send_payment(teller) : check_balances(teller);
    teller->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[ACCOUNTS].value; i++)
        teller->accounts[i] = bench_spawn(quay_self_runtime(self), keep_account, sizeof(int64_t), QUAY_SPREAD);
    for (int i = 0; i < UNDER_WAY && !error; i++) error = send_payment(teller);
    return error;
}

static void run(quay_runtime *rt)
{
    size_t size = sizeof(struct teller) + parameters[ACCOUNTS].value * sizeof(quay_port);
    savina_call(bench_spawn(rt, tell, size, QUAY_ANYWHERE), START, NULL, 0, NULL, 0);
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"banking", parameters, .run = run});
}
