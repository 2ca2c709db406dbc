/* facility.c - Savina 20, online facility location: a tree of quadrants that splits where many customers are.
 *
 * Measures a tree of ports that grows, and news that go up and down in it. Customers come one after the other, and the
 * root asks for the next when it has passed one on. A quadrant without children keeps its customers, each of whom costs
 * the way to the nearest facility known here; when they cost too much together it opens a facility in its middle and
 * splits. That is told to the parents and, one level down, to the opposite quadrants, on whose timing it depends how
 * many there will be. Checked: every customer is in one quadrant, inside its bounds, and the tree is whole: four
 * quadrants for each facility, and one.
 *
 * Read next: trapezoid.c */
#include "savina.h"

enum { CUSTOMERS, SIDE };

static struct savina_parameter parameters[] = {
    [CUSTOMERS] = {"customers", 100000, 1000},
    [SIDE] = {"side", 500, 0},
    {.name = NULL},
};

enum { START, CUSTOMER, NEXT, OPENED, COUNT };

struct point {
    double x, y;
};

struct box {
    struct point low, high;
};

/* ---- places, without messages ---- */

static double distance(struct point a, struct point b)
{
    return sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

static struct point middle_of(struct box box)
{
    return (struct point){(box.low.x + box.high.x) / 2, (box.low.y + box.high.y) / 2};
}

static bool is_inside(struct box box, struct point p)
{
    return box.low.x <= p.x && p.x < box.high.x && box.low.y <= p.y && p.y < box.high.y;
}

/* Quadrants are numbered so that 3 - number is the opposite one. */
static int quadrant_of(struct box box, struct point p)
{
    struct point middle = middle_of(box);
    return (p.x >= middle.x) + 2 * (p.y >= middle.y);
}

static struct box quadrant_box(struct box box, int number)
{
    struct point middle = middle_of(box);
    struct box quarter = {box.low, middle};
    if (number & 1) {
        quarter.low.x = middle.x;
        quarter.high.x = box.high.x;
    }
    if (number & 2) {
        quarter.low.y = middle.y;
        quarter.high.y = box.high.y;
    }
    return quarter;
}

/* Points that grow in number. */
struct points {
    struct point *all;
    size_t count, room;
};

static void add_point(struct points *points, struct point p)
{
    if (points->count == points->room) {
        points->room = points->room ? 2 * points->room : 16;
        points->all = realloc(points->all, points->room * sizeof *points->all);
        bench_check(points->all, "there is memory");
    }
    points->all[points->count++] = p;
}

/* ---- a quadrant ---- */

struct quadrant {
    quay_port parent; /* nobody for the root */
    struct box box;
    struct points facilities, customers; /* that it knows; that it keeps */
    double cost;
    bool split;
    quay_port children[4];
};

struct tally {
    uint64_t customers, quadrants, facilities;
};

static quay_handler live;

static void free_quadrant(void *state, int reason)
{
    (void)reason;
    struct quadrant *quadrant = state;
    free(quadrant->facilities.all);
    free(quadrant->customers.all);
}

static void keep_customer(struct quadrant *quadrant, struct point p)
{
    double nearest = distance(middle_of(quadrant->box), p);
    bench_check(is_inside(quadrant->box, p), "a customer is where its quadrant is");
    for (size_t i = 0; i < quadrant->facilities.count; i++)
        nearest = fmin(nearest, distance(quadrant->facilities.all[i], p));
    add_point(&quadrant->customers, p);
    quadrant->cost += nearest;
}

/* A facility in the middle, and a child for each quarter with the customers who are there. */
static int split(quay_self *self, struct quadrant *quadrant)
{
    struct point middle = middle_of(quadrant->box);
    quadrant->split = true;
    add_point(&quadrant->facilities, middle);
    for (int number = 0; number < 4; number++) {
        struct quadrant child = {.parent = quay_self_port(self), .box = quadrant_box(quadrant->box, number)};
        for (size_t i = 0; i < quadrant->facilities.count; i++)
            add_point(&child.facilities, quadrant->facilities.all[i]);
        for (size_t i = 0; i < quadrant->customers.count; i++) {
            struct point p = quadrant->customers.all[i];
            if (quadrant_of(quadrant->box, p) == number) keep_customer(&child, p);
        }
        quadrant->children[number] =
            savina_spawn(quay_self_runtime(self), live, QUAY_SPREAD, &child, sizeof child, free_quadrant);
    }
    quadrant->customers.count = 0;
    return quadrant->parent.id ? quay_send(quadrant->parent, OPENED, &middle, sizeof middle) : 0;
}

static int take_customer(quay_self *self, struct quadrant *quadrant, const quay_message *message)
{
    struct point p = *(const struct point *)message->data;
    double most = 2 * sqrt(2) * (double)parameters[SIDE].value;
    int error = 0;
    if (quadrant->split) {
        error = quay_send(quadrant->children[quadrant_of(quadrant->box, p)], CUSTOMER, &p, sizeof p);
    } else {
        keep_customer(quadrant, p);
        if (quadrant->cost > most) error = split(self, quadrant);
    }
    return error || quadrant->parent.id ? error : quay_send(message->from, NEXT, NULL, 0);
}

/* From a child: on to the parent, and to the child opposite. From the parent: to all children. */
static int hear_of_facility(struct quadrant *quadrant, const quay_message *message)
{
    struct point p = *(const struct point *)message->data;
    bool from_parent = message->from.id == quadrant->parent.id;
    int error = 0, opposite = 3 - quadrant_of(quadrant->box, p);
    add_point(&quadrant->facilities, p);
    if (!from_parent && quadrant->parent.id) error = quay_send(quadrant->parent, OPENED, &p, sizeof p);
    for (int number = 0; quadrant->split && number < 4 && !error; number++) {
        if (from_parent || number == opposite) error = quay_send(quadrant->children[number], OPENED, &p, sizeof p);
    }
    return error;
}

static int count(quay_self *self, const struct quadrant *quadrant)
{
    struct tally tally = {quadrant->customers.count, 1, quadrant->split}, part;
    for (int number = 0; quadrant->split && number < 4; number++) {
        savina_call(quadrant->children[number], COUNT, NULL, 0, &part, sizeof part);
        tally.customers += part.customers;
        tally.quadrants += part.quadrants;
        tally.facilities += part.facilities;
    }
    return quay_reply(self, &tally, sizeof tally);
}

static int live(quay_self *self, void *state, const quay_message *message)
{
    if (message->tag == CUSTOMER) return take_customer(self, state, message);
    if (message->tag == OPENED) return hear_of_facility(state, message);
    return count(self, state);
}

/* ---- the producer ---- */

struct producer {
    quay_port root;
    quay_promise done;
    uint64_t seed, sent;
};

static int produce(quay_self *self, void *state, const quay_message *message)
{
    struct producer *producer = state;
    double side = (double)parameters[SIDE].value;
    if (message->tag == START) producer->done = quay_defer(self);
    if (producer->sent++ == parameters[CUSTOMERS].value) return quay_settle(producer->done, 0, NULL, 0);
    struct point p = {savina_unit(&producer->seed) * side, savina_unit(&producer->seed) * side};
    return quay_send(producer->root, CUSTOMER, &p, sizeof p);
}

static void run(quay_runtime *rt)
{
    struct tally tally;
    double side = (double)parameters[SIDE].value;
    struct quadrant whole = {.box = {{0, 0}, {side, side}}};
    struct producer producer = {.root = savina_spawn(rt, live, QUAY_SPREAD, &whole, sizeof whole, free_quadrant)};
    quay_port port = savina_spawn(rt, produce, quay_near(producer.root), &producer, sizeof producer, NULL);
    savina_call(port, START, NULL, 0, NULL, 0);
    bench_must(quay_runtime_drain(rt, QUAY_FOREVER), "quay_runtime_drain");
    savina_call(producer.root, COUNT, NULL, 0, &tally, sizeof tally);
    bench_check(tally.customers == parameters[CUSTOMERS].value, "every customer is in one quadrant");
    bench_check(tally.facilities > 0 && tally.quadrants == 4 * tally.facilities + 1, "the tree is whole");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"facility", parameters, .run = run});
}
