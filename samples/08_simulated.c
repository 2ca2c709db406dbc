/* 08_simulated.c - test your actors by seed: a bug that shows once in many runs is found, made small, and run again.
 *
 * Alice pays 100 into an account, Bob takes 60 out of it. The program tells Alice first and Bob second, and its author
 * thinks that so the money is there when Bob comes. But messages are in order only from one sender to one port; Alice
 * and Bob are two. On a real machine Alice is nearly always first, so a test that runs the program a thousand times
 * passes.
 *
 * quay_sim_search runs the story under one seed after another, each with an order of its own, until it goes wrong;
 * then it leaves out of that order all that does not matter, and draws what is left. Mended, Bob is told by Alice when
 * her money has arrived, and no seed goes wrong.
 *
 * Run:       samples/08_simulated                search, and see what is found
 *            QUAY_SIM=... samples/08_simulated   no search: the story under the value that the search printed
 * Read next: docs/testing.md */
#include <quay/quay.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- the program under test ---- */

enum { DEPOSIT, WITHDRAW, PAY };

static int keep_account(quay_self *self, void *state, const quay_message *message)
{
    long *balance = state;
    const long *amount = QUAY_PAYLOAD(message, long);
    if (!amount) return -EBADMSG;
    if (message->tag == WITHDRAW && *balance < *amount) return quay_fail(self, -EAGAIN);
    *balance += message->tag == DEPOSIT ? *amount : -*amount;
    return quay_reply(self, balance, sizeof *balance);
}

struct customer {
    quay_port account;
    uint32_t order;
    long amount;
    int *outcome;
};

static int meet_customer(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(struct customer *)state = *(const struct customer *)arg;
    return 0;
}

/* The message names who is told when the account has answered; nobody, unless the program is mended. */
static int visit_bank(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    const struct customer *c = state;
    const quay_port *next = QUAY_PAYLOAD(message, quay_port);
    long balance;
    int got = quay_call(c->account, c->order, &c->amount, sizeof c->amount, &balance, sizeof balance, QUAY_FOREVER);
    *c->outcome = got < 0 ? got : 0;
    return next ? quay_send(*next, PAY, NULL, 0) : 0;
}

/* ---- the story ---- */

static quay_port spawn(quay_runtime *rt, const char *name, quay_handler *handler, struct customer *customer)
{
    quay_port port = QUAY_NOBODY;
    quay_port_options options = {.name = name, .place = QUAY_SPREAD, .state_size = sizeof(long)};
    if (customer) {
        options.state_size = sizeof *customer;
        options.init = meet_customer;
        options.arg = customer;
    }
    int error = quay_spawn(rt, &port, handler, &options);
    if (error) fprintf(stderr, "%s: %s\n", name, quay_explain(error));
    return port;
}

/* A quay_sim_story: what Bob was told, 0 if he got his money. */
static int pay_and_take(quay_runtime *rt, void *context)
{
    const bool *mended = context;
    int paid = -ENOMSG, taken = -ENOMSG;
    quay_port account = spawn(rt, "account", keep_account, NULL);
    struct customer alice = {.account = account, .order = DEPOSIT, .amount = 100, .outcome = &paid};
    struct customer bob = {.account = account, .order = WITHDRAW, .amount = 60, .outcome = &taken};
    quay_port first = spawn(rt, "alice", visit_bank, &alice);
    quay_port second = spawn(rt, "bob", visit_bank, &bob);
    int error = quay_runtime_drain(rt, QUAY_FOREVER); /* all are at home */
    if (!error) error = quay_send(first, PAY, &second, *mended ? sizeof second : 0);
    if (!error && !*mended) error = quay_send(second, PAY, NULL, 0);
    if (!error) error = quay_runtime_drain(rt, QUAY_FOREVER);
    return error ? error : paid ? paid : taken;
}

/* ---- tests of it; under QUAY_SIM they try that value alone ---- */

static void print_log(void *context, quay_log_level level, const char *text)
{
    (void)context;
    if (level == QUAY_LOG_INFO) printf("    %s\n", text); /* the chart; warnings are the story's own */
}

static bool search(bool mended)
{
    const char *once = getenv("QUAY_SIM");
    quay_sim_finding finding;
    quay_sim_options options = {.seed = 1, .log = print_log};
    int result = quay_sim_search(&options, 2000, pay_and_take, &mended, &finding);
    if (result < 0) printf("no search: %s\n", quay_explain(result));
    else if (!result) printf("%s: right under %s\n", mended ? "mended" : "as it was", once ? once : "every seed");
    else {
        printf("wrong under seed %llu: bob is told %s\n", (unsigned long long)finding.seed,
               quay_strerror(finding.result));
        printf("%u decisions of that seed made it so, of %u\n", finding.choices, finding.drawn);
        printf("again: QUAY_SIM=%s samples/08_simulated\n", finding.replay);
    }
    return once ? result >= 0 : result == (mended ? 0 : 1);
}

int main(void)
{
    bool found = search(false);
    return !(search(true) && found);
}
