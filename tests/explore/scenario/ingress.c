/* ingress.c - ingress.h and parking.h: two guests send to a worker that sleeps when it finds nothing. */
#include "core/ingress.h"

#include <limits.h>

#include "core/parking.h"
#include "explore.h"
#include "os/os.h"

#define GUESTS 2
#define PARCELS 3

typedef struct parcel {
    qy_parcel parcel;
    unsigned number;
} parcel;

typedef struct guest {
    qy_ingress_lane lane;
    unsigned taken;
} guest;

typedef struct place {
    qy_ingress ingress;
    qy_parking parking;
    guest guests[GUESTS];
} place;

static place *here;

static void send_all(void *argument)
{
    guest *me = argument;
    for (unsigned i = 0; i < PARCELS; i++) {
        parcel *p = explore_new(sizeof *p);
        p->number = i;
        qy_ingress_send(&here->ingress, &me->lane, &p->parcel);
        qy_parking_wake(&here->parking, &qy_os_linux);
    }
}

static void end(qy_parcel *spent)
{
    if (spent) explore_delete(spent, sizeof(parcel));
}

static unsigned take_lane(guest *from)
{
    unsigned count = 0;
    qy_parcel *unpinned;
    for (qy_parcel *p; (p = qy_lane_pop(&from->lane.lane, &unpinned)); count++) {
        EXPLORE_CHECK(((parcel *)p)->number == from->taken++);
        end(unpinned);
    }
    return count;
}

static unsigned take_ingress(void)
{
    unsigned count = 0;
    qy_ingress_link *next;
    for (qy_ingress_link *link = qy_ingress_take(&here->ingress); link; link = next) {
        next = link->next;
        guest *from = QY_CONTAINER_OF(link, guest, lane.link);
        do count += take_lane(from);
        while (!qy_ingress_lane_done(&from->lane));
    }
    return count;
}

static void take_all(void *argument)
{
    (void)argument;
    for (unsigned left = GUESTS * PARCELS; left > 0;) {
        unsigned count = take_ingress();
        left -= count;
        if (count || !left) continue;
        qy_parking_announce(&here->parking);
        if (qy_ingress_empty(&here->ingress)) qy_parking_wait(&here->parking, &qy_os_linux, INT64_MAX);
        else qy_parking_cancel(&here->parking);
    }
}

static void start(void)
{
    here = explore_new(sizeof *here);
    qy_ingress_init(&here->ingress);
    for (unsigned i = 0; i < GUESTS; i++) {
        qy_ingress_lane_init(&here->guests[i].lane);
        (void)explore_thread(i ? "guest 1" : "guest 0", send_all, &here->guests[i]);
    }
    (void)explore_thread("worker", take_all, NULL);
}

static void check(void)
{
    for (unsigned i = 0; i < GUESTS; i++) {
        EXPLORE_CHECK(here->guests[i].taken == PARCELS);
        end(qy_lane_close(&here->guests[i].lane.lane));
    }
    explore_delete(here, sizeof *here);
}

const explore_scenario explore_ingress = {.name = "ingress", .steps = 120, .start = start, .check = check};
