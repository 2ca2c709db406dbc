/* os.h - what scenarios may ask of the system they run on. Read next: os.c. */
#ifndef EXPLORE_OS_H
#define EXPLORE_OS_H

#include "explore.h"

#define EXPLORE_EVENTS 16

bool explore_event_raised(int event);

/* After a schedule: everything was given back. */
void explore_os_check(void);

#endif
