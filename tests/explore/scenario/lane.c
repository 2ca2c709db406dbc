/* lane.c - lane.h: one pushes, one pops; a parcel is freed when the next pop has handed it back (L3). */
#include "core/lane.h"

#include "explore.h"

#define PARCELS 5

typedef struct parcel {
    qy_parcel parcel;
    unsigned number; /* written before the push (L2) */
} parcel;

static qy_lane *lane;

static void push_all(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < PARCELS; i++) {
        parcel *p = explore_new(sizeof *p);
        p->number = i;
        qy_lane_push(lane, &p->parcel);
    }
}

static void end(qy_parcel *spent)
{
    if (spent) explore_delete(spent, sizeof(parcel));
}

static void pop_all(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < PARCELS;) {
        qy_parcel *unpinned;
        qy_parcel *p = qy_lane_pop(lane, &unpinned);
        if (!p) {
            ck_pr_stall();
            continue;
        }
        EXPLORE_CHECK(((parcel *)p)->number == i);
        end(unpinned);
        i++;
    }
    EXPLORE_CHECK(qy_lane_empty(lane));
    end(qy_lane_close(lane));
    explore_delete(lane, sizeof *lane);
}

static void start(void)
{
    lane = explore_new(sizeof *lane);
    qy_lane_init(lane);
    (void)explore_thread("producer", push_all, NULL);
    (void)explore_thread("consumer", pop_all, NULL);
}

const explore_scenario explore_lane = {.name = "lane", .steps = 30, .start = start};
