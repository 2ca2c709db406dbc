/* 05_await.c - a port that needs two others: it calls them in straight lines of code, and its core is not held up.
 *
 * A desk makes offers. For each it asks one port for the price and another whether there is enough of it; both take
 * their time, by sleeping, as one does that waits for a database. While the desk waits it handles no other message, so
 * its handler may be read as if it were alone; its worker meanwhile runs other ports, the two included.
 *
 *   one after the other   quay_call twice: takes as long as both
 *   both at once          quay_ask twice, then quay_await_all: takes as long as the slower one
 *   no longer than        an ask with a deadline; what the desk asks while handling it has the same deadline
 *
 * Run:       samples/05_await [-t milliseconds]      how long each takes, 100 if not said
 * Read next: 06_lift.c */
#define _POSIX_C_SOURCE 200809L
#include <quay/quay.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ITEMS 4

enum { ONE_AFTER_THE_OTHER, BOTH_AT_ONCE };

/* ---- two slow ports ---- */

struct table {
    int64_t delay;
    int64_t column[ITEMS];
};

static int keep_table(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(struct table *)state = *(const struct table *)arg;
    return 0;
}

static int look_up(quay_self *self, void *state, const quay_message *message)
{
    const struct table *table = state;
    const int64_t *item = QUAY_PAYLOAD(message, int64_t);
    if (!item || *item < 0 || *item >= ITEMS) return -EBADMSG;
    int error = quay_sleep(self, table->delay);
    return error ? error : quay_reply(self, &table->column[*item], sizeof *table->column);
}

/* ---- the desk ---- */

struct order {
    int64_t item, pieces;
};

struct offer {
    int64_t total, in_stock;
};

struct desk {
    quay_port prices, stocks;
};

static int keep_desk(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(struct desk *)state = *(const struct desk *)arg;
    return 0;
}

static int ask_one_after_the_other(const struct desk *desk, const int64_t *item, int64_t *price, int64_t *stock)
{
    int got = quay_call(desk->prices, 0, item, sizeof *item, price, sizeof *price, QUAY_FOREVER);
    if (got < 0) return got;
    return quay_call(desk->stocks, 0, item, sizeof *item, stock, sizeof *stock, QUAY_FOREVER);
}

static int ask_both_at_once(const struct desk *desk, const int64_t *item, int64_t *price, int64_t *stock)
{
    quay_future *f[] = {quay_ask(desk->prices, 0, item, sizeof *item, QUAY_FOREVER),
                        quay_ask(desk->stocks, 0, item, sizeof *item, QUAY_FOREVER)};
    int got = quay_await_all(f, 2, QUAY_FOREVER);
    if (got >= 0) got = quay_await(f[0], price, sizeof *price); /* settled: does not wait any more */
    if (got >= 0) got = quay_await(f[1], stock, sizeof *stock);
    quay_drop(f[0]);
    quay_drop(f[1]);
    return got;
}

/* An error of either port becomes the desk's own answer. */
static int make_offer(quay_self *self, void *state, const quay_message *message)
{
    const struct desk *desk = state;
    const struct order *order = QUAY_PAYLOAD(message, struct order);
    int64_t price = 0, stock = 0;
    if (!order) return -EBADMSG;
    int got = message->tag == BOTH_AT_ONCE ? ask_both_at_once(desk, &order->item, &price, &stock)
                                           : ask_one_after_the_other(desk, &order->item, &price, &stock);
    if (got < 0) return got;
    struct offer offer = {.total = price * order->pieces, .in_stock = stock >= order->pieces};
    return quay_reply(self, &offer, sizeof offer);
}

/* ---- its customer ---- */

/* Returns what the call returned, having printed it. */
static int order(quay_port desk, uint32_t how, struct order order, quay_time deadline, const char *what)
{
    struct offer offer = {0};
    quay_time start = quay_now();
    int got = quay_call(desk, how, &order, sizeof order, &offer, sizeof offer, deadline);
    long long ms = (quay_now() - start) / QUAY_MS(1);
    if (got < 0) printf("%-20s %s after %lld ms: %s\n", what, quay_strerror(got), ms, quay_explain(got));
    else
        printf("%-20s %lld pieces for %lld, %s, after %lld ms\n", what, (long long)order.pieces, (long long)offer.total,
               offer.in_stock ? "in stock" : "not in stock", ms);
    return got;
}

static bool play(quay_port desk, int64_t delay)
{
    const int size = sizeof(struct offer);
    bool good = order(desk, ONE_AFTER_THE_OTHER, (struct order){1, 3}, QUAY_FOREVER, "one after the other") == size;
    good &= order(desk, BOTH_AT_ONCE, (struct order){2, 50}, QUAY_FOREVER, "both at once") == size;
    good &= order(desk, BOTH_AT_ONCE, (struct order){9, 1}, QUAY_FOREVER, "no such item") == -EBADMSG;
    good &=
        order(desk, ONE_AFTER_THE_OTHER, (struct order){1, 3}, quay_in(delay / 2), "no longer than half") == -ETIMEDOUT;
    return good;
}

static int spawn_all(quay_runtime *rt, int64_t delay, quay_port *out)
{
    static struct table prices = {.column = {250, 400, 150, 990}}, stocks = {.column = {10, 12, 40, 0}};
    static struct desk desk; /* init reads these when it runs, so they must live until then */
    quay_port_options table = {.name = "prices", .state_size = sizeof prices, .init = keep_table, .arg = &prices};
    prices.delay = stocks.delay = delay;
    int error = quay_spawn(rt, &desk.prices, look_up, &table);
    table.name = "stocks";
    table.arg = &stocks;
    if (!error) error = quay_spawn(rt, &desk.stocks, look_up, &table);
    if (error) return error;
    return quay_spawn(rt, out, make_offer,
                      &(quay_port_options){.name = "desk", .state_size = sizeof desk, .init = keep_desk, .arg = &desk});
}

int main(int argc, char **argv)
{
    int64_t milliseconds = 100;
    for (int option; (option = getopt(argc, argv, "t:")) != -1;) milliseconds = option == 't' ? atoi(optarg) : 0;
    if (milliseconds <= 0 || optind != argc) {
        fprintf(stderr, "usage: %s [-t milliseconds]\n", argv[0]);
        return 2;
    }
    quay_runtime *rt;
    quay_port desk;
    if (quay_runtime_start(&rt, NULL)) return 1;
    int error = spawn_all(rt, QUAY_MS(milliseconds), &desk);
    bool good = !error && play(desk, QUAY_MS(milliseconds));
    if (error) fprintf(stderr, "%s: %s\n", quay_strerror(error), quay_explain(error));
    return quay_runtime_stop(rt, QUAY_FOREVER) || !good;
}
