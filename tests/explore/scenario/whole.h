/* whole.h - scenarios in which a whole runtime is started, used from outside and stopped, workers being threads of the
 * schedule. Read next: whole.c. */
#ifndef WHOLE_H
#define WHOLE_H

#include <quay/quay.h>

#include "explore.h"

/* A thread that starts a runtime of two workers, runs body(), which may stop it and set it to NULL, and else drains it,
 * looks whether every message is accounted for, and stops it. */
extern quay_runtime *whole;
void whole_start(void (*body)(void));

/* The same; with threads for blocking ports and for offloaded functions, or without. */
void whole_start_with(void (*body)(void), bool threads);

/* Run body(argument) on so many threads, the argument being 0, 1, …, and wait for them. */
#define WHOLE_GUESTS 3
typedef struct whole_guests {
    unsigned count;
    unsigned threads[WHOLE_GUESTS];
} whole_guests;

whole_guests whole_begin(unsigned count, void (*body)(void *number));
void whole_wait(const whole_guests *guests);
void whole_run(unsigned count, void (*body)(void *number));

quay_port whole_port(unsigned worker, quay_handler *handler, const quay_port_options *given);

#endif
