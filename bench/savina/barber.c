/* barber.c - Savina 12, sleeping barber: customers, a waiting room with so many chairs, one barber.
 *
 * Measures a chain of ports with a little work in each, and ports that live as long as a customer. Who finds the room
 * full goes back to the street and is sent again. Checked: everybody had one haircut, nobody sat where no chair was.
 *
 * Read next: smokers.c */
#include "savina.h"

enum { HAIRCUTS, CHAIRS, ARRIVAL, HAIRCUT };

static struct savina_parameter parameters[] = {
    [HAIRCUTS] = {"haircuts", 5000, 100},
    [CHAIRS] = {"chairs", 1000, 10},
    [ARRIVAL] = {"arrival", 1000, 0}, /* steps of work between customers, at most */
    [HAIRCUT] = {"haircut", 1000, 0}, /* and for one of them */
    {.name = NULL},
};

enum { OPEN, NEXT, ENTER, ROOM_FULL, BEGIN, CUT, RETURNED, LEAVES };

/* A customer on the way; who has entered is the message's sender, or this. */
struct visit {
    quay_port customer;
};

/* ---- customers: they tell the street what becomes of them ---- */

static int be_customer(quay_self *self, void *state, const quay_message *message)
{
    quay_port *street = state;
    switch (message->tag) {
    case ROOM_FULL:
        return quay_send(*street, RETURNED, NULL, 0);
    case CUT:
        quay_exit(self, 0);
        return quay_send(*street, LEAVES, NULL, 0);
    default:
        return 0; /* BEGIN: it sits still */
    }
}

/* ---- the barber cuts one and asks the room for the next ---- */

struct barber {
    uint64_t seed;
};

static int cut_hair(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct barber *barber = state;
    const struct visit *visit = message->data;
    int error = quay_send(visit->customer, BEGIN, NULL, 0);
    savina_work(savina_below(&barber->seed, parameters[HAIRCUT].value) + 10);
    if (!error) error = quay_send(visit->customer, CUT, NULL, 0);
    return error ? error : quay_send(message->from, NEXT, NULL, 0);
}

/* ---- the waiting room ---- */

struct room {
    quay_port barber;
    bool busy; /* the barber */
    uint64_t first, count;
    struct visit chairs[];
};

static int send_next(struct room *room)
{
    room->busy = room->count > 0;
    if (!room->busy) return 0;
    struct visit next = room->chairs[room->first];
    room->first = (room->first + 1) % parameters[CHAIRS].value;
    room->count--;
    return quay_send(room->barber, ENTER, &next, sizeof next);
}

static int wait_in_room(quay_self *self, void *state, const quay_message *message)
{
    struct room *room = state;
    (void)self;
    if (message->tag == NEXT) return send_next(room);
    const struct visit *visit = message->data;
    if (room->count == parameters[CHAIRS].value) return quay_send(visit->customer, ROOM_FULL, NULL, 0);
    room->chairs[(room->first + room->count++) % parameters[CHAIRS].value] = *visit;
    return room->busy ? 0 : send_next(room);
}

/* ---- the street: sends a customer, then itself a message to send the next ---- */

struct street {
    quay_port room;
    quay_promise done;
    uint64_t seed, sent, cut;
};

static int send_customer(quay_self *self, struct street *street)
{
    quay_port here = quay_self_port(self);
    struct visit visit = {savina_spawn(quay_self_runtime(self), be_customer, QUAY_SPREAD, &here, sizeof here, NULL)};
    int error = quay_send(street->room, ENTER, &visit, sizeof visit);
    savina_work(savina_below(&street->seed, parameters[ARRIVAL].value) + 10);
    if (error || ++street->sent == parameters[HAIRCUTS].value) return error;
    return quay_send(here, NEXT, NULL, 0);
}

static int watch_street(quay_self *self, void *state, const quay_message *message)
{
    struct street *street = state;
    switch (message->tag) {
    case OPEN:
        *street = (struct street){.room = *(const quay_port *)message->data, .done = quay_defer(self), .seed = 1};
        return send_customer(self, street);
    case NEXT:
        return send_customer(self, street);
    case RETURNED:
        return quay_send(street->room, ENTER, &(struct visit){message->from}, sizeof(struct visit));
    default:
        if (++street->cut < parameters[HAIRCUTS].value) return 0;
        return quay_settle(street->done, 0, &street->cut, sizeof street->cut);
    }
}

static void run(quay_runtime *rt)
{
    uint64_t cut, size = sizeof(struct room) + parameters[CHAIRS].value * sizeof(struct visit);
    struct room *empty = savina_allocate(1, size);
    empty->barber = bench_spawn(rt, cut_hair, sizeof(struct barber), QUAY_SPREAD);
    quay_port room = savina_spawn(rt, wait_in_room, QUAY_SPREAD, empty, size, NULL);
    free(empty);
    quay_port street = bench_spawn(rt, watch_street, sizeof(struct street), QUAY_SPREAD);
    savina_call(street, OPEN, &room, sizeof room, &cut, sizeof cut);
    bench_check(cut == parameters[HAIRCUTS].value, "everybody had a haircut");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"barber", parameters, .run = run});
}
