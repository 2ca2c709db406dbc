/* scenarios.c - the list of them. */
#include "explore.h"

extern const explore_scenario explore_lane, explore_ingress, explore_stock;
extern const explore_scenario explore_future, explore_drop, explore_deadline, explore_any, explore_event;

const explore_scenario *const explore_scenarios[] = {
    &explore_lane, &explore_ingress, &explore_stock, &explore_future, &explore_drop, &explore_deadline,
    &explore_any,  &explore_event,   NULL,
};
