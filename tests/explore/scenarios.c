/* scenarios.c - the list of them: first of parts, then of whole runtimes. */
#include "explore.h"

extern const explore_scenario explore_lane, explore_belt, explore_roads, explore_told, explore_ingress;
extern const explore_scenario explore_blocks, explore_stock, explore_inside;
extern const explore_scenario explore_future, explore_drop, explore_deadline, explore_any, explore_event;
extern const explore_scenario explore_messages, explore_drains, explore_asks, explore_awaits, explore_thens;
extern const explore_scenario explore_spawns, explore_ends, explore_stop, explore_kills, explore_alarms;
extern const explore_scenario explore_offloads, explore_hosts, explore_rooms, explore_cancels;

const explore_scenario *const explore_scenarios[] = {
    &explore_lane,   &explore_belt,     &explore_roads,   &explore_told,  &explore_ingress,  &explore_blocks,
    &explore_stock,  &explore_inside,   &explore_future,  &explore_drop,  &explore_deadline, &explore_any,
    &explore_event,  &explore_messages, &explore_drains,  &explore_asks,  &explore_awaits,   &explore_thens,
    &explore_spawns, &explore_ends,     &explore_stop,    &explore_kills, &explore_alarms,   &explore_offloads,
    &explore_hosts,  &explore_rooms,    &explore_cancels, NULL,
};
