/* 06_lift.c - the lifts of a house: a classic exercise of programming with messages.
 *
 * Every thing of the house that acts on its own is a port:
 *
 *   floor       has a button. Pressed, it calls a lift, and calls no other before one has come. When a lift arrives it
 *               opens its doors for a while, and the lift stays until they are closed.
 *   lift        goes where it is called to, in the order of the calls.
 *   controller  the motor of one lift: takes it one floor up or down, which takes its time.
 *
 *   person ──press──▶ floor ──call──▶ lift ──step──▶ controller
 *                       ▲              │
 *                       └───arrive─────┘
 *
 * Three ways to wait are to be seen. The lift awaits each step and the doors in a loop of straight code; calls that
 * come meanwhile wait in its mailbox, which is all the schedule it has. The controller sleeps. The floor must not,
 * as people press its button while its doors are open: it takes the duty to answer the lift out of the handler
 * (quay_defer), and has a timer send it a message when it is time to close the doors.
 *
 * Run:       samples/06_lift [-t milliseconds]      how long a floor takes, and the doors: 20 if not said
 * Read next: 07_protocols.c */
#define _POSIX_C_SOURCE 200809L
#include <quay/quay.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FLOORS 10
#define LIFTS 2

/* What the ports know of each other. Written before the first button is pressed, and then no more. */
struct house {
    int64_t unit; /* the time that a floor takes */
    quay_time opened;
    int numbers[FLOORS];
    quay_port floors[FLOORS], lifts[LIFTS], controllers[LIFTS];
};
static struct house house;

/* A line of the trace: when, in units, and what. */
static void trace(const char *format, ...)
{
    char text[80];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    printf("%5.1f  %s\n", (double)(quay_now() - house.opened) / (double)house.unit, text);
}

/* Which floor or lift a port is: the first field of its state. */
static int keep_number(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(int *)state = *(const int *)arg;
    return 0;
}

/* ---- floor ---- */

enum { PRESS, ARRIVE, CLOSE, COUNT };

struct floor {
    int number;
    bool called, open;
    unsigned waiting, served;  /* lifts at the doors; times they were opened */
    quay_promise lifts[LIFTS]; /* what the waiting are to be told */
};

static int press(struct floor *floor)
{
    if (floor->called || floor->open) return 0;
    int lift = floor->number % LIFTS;
    floor->called = true;
    trace("floor %d calls lift %d", floor->number, lift);
    return quay_send(house.lifts[lift], 0, &floor->number, sizeof floor->number);
}

/* A second lift that finds the doors open leaves with the first. */
static int arrive(quay_self *self, struct floor *floor)
{
    floor->lifts[floor->waiting++] = quay_defer(self);
    floor->called = false;
    if (floor->open) return 0;
    floor->open = true;
    floor->served++;
    trace("floor %d opens its doors", floor->number);
    return quay_send_after(quay_self_port(self), CLOSE, NULL, 0, quay_in(house.unit), NULL);
}

static int close_doors(struct floor *floor)
{
    int error = 0;
    floor->open = false;
    trace("floor %d closes its doors", floor->number);
    while (floor->waiting && !error) error = quay_settle(floor->lifts[--floor->waiting], 0, NULL, 0);
    return error;
}

static int floor_handler(quay_self *self, void *state, const quay_message *message)
{
    struct floor *floor = state;
    switch (message->tag) {
    case PRESS:
        return press(floor);
    case ARRIVE:
        return arrive(self, floor);
    case CLOSE:
        return close_doors(floor);
    case COUNT:
        return quay_reply(self, &floor->served, sizeof floor->served);
    default:
        return -EBADMSG;
    }
}

/* ---- lift ---- */

struct lift {
    int number;
    int at;
};

/* Be called to a floor. */
static int lift_handler(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct lift *lift = state;
    const int *called_to = QUAY_PAYLOAD(message, int);
    if (!called_to) return -EBADMSG;
    while (lift->at != *called_to) {
        int step = *called_to > lift->at ? 1 : -1;
        int error = quay_call(house.controllers[lift->number], 0, &step, sizeof step, NULL, 0, QUAY_FOREVER);
        if (error) return error;
        lift->at += step;
        trace("lift %d at floor %d", lift->number, lift->at);
    }
    return quay_call(house.floors[lift->at], ARRIVE, NULL, 0, NULL, 0, QUAY_FOREVER);
}

/* ---- controller ---- */

static int controller_handler(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message; /* up and down take the same time */
    int error = quay_sleep(self, house.unit);
    return error ? error : quay_reply(self, NULL, 0);
}

/* ---- the house ---- */

static int build_floor(quay_runtime *rt, int number)
{
    house.numbers[number] = number;
    return quay_spawn(
        rt, &house.floors[number], floor_handler,
        &(quay_port_options){
            .name = "floor", .state_size = sizeof(struct floor), .init = keep_number, .arg = &house.numbers[number]});
}

static int build_lift(quay_runtime *rt, int number)
{
    int error =
        quay_spawn(rt, &house.controllers[number], controller_handler, &(quay_port_options){.name = "controller"});
    if (error) return error;
    return quay_spawn(
        rt, &house.lifts[number], lift_handler,
        &(quay_port_options){
            .name = "lift", .state_size = sizeof(struct lift), .init = keep_number, .arg = &house.numbers[number]});
}

static int build(quay_runtime *rt)
{
    int error = 0;
    for (int i = 0; i < FLOORS && !error; i++) error = build_floor(rt, i);
    for (int i = 0; i < LIFTS && !error; i++) error = build_lift(rt, i);
    house.opened = quay_now();
    return error;
}

/* Buttons that are pressed at once, and that of a lift from within; then all of them rest again. */
static int press_buttons(quay_runtime *rt, const int *floors, int count, int lift, int to)
{
    int error = 0;
    for (int i = 0; i < count && !error; i++) error = quay_send(house.floors[floors[i]], PRESS, NULL, 0);
    if (!error) error = quay_send(house.lifts[lift], 0, &to, sizeof to);
    return error ? error : quay_runtime_drain(rt, QUAY_FOREVER);
}

/* Whether every floor that a lift was called to was served. */
static bool all_served(const int *floors, int count)
{
    int good = 0;
    for (int i = 0; i < count; i++) {
        unsigned served = 0;
        int got = quay_call(house.floors[floors[i]], COUNT, NULL, 0, &served, sizeof served, QUAY_FOREVER);
        good += got == sizeof served && served > 0;
    }
    printf("%d of %d floors served\n", good, count);
    return good == count;
}

int main(int argc, char **argv)
{
    const int morning[] = {9, 4, 3}, evening[] = {0, 5, 9}, all[] = {0, 1, 2, 3, 4, 5, 9};
    int milliseconds = 20;
    for (int option; (option = getopt(argc, argv, "t:")) != -1;) milliseconds = option == 't' ? atoi(optarg) : 0;
    if (milliseconds <= 0 || optind != argc) {
        fprintf(stderr, "usage: %s [-t milliseconds]\n", argv[0]);
        return 2;
    }
    quay_runtime *rt;
    if (quay_runtime_start(&rt, NULL)) return 1;
    house.unit = QUAY_MS(milliseconds);
    int error = build(rt);
    if (!error) error = press_buttons(rt, morning, 3, 0, 2);
    if (!error) error = press_buttons(rt, evening, 3, 1, 1);
    if (error) fprintf(stderr, "%s: %s\n", quay_strerror(error), quay_explain(error));
    bool good = !error && all_served(all, 7);
    return quay_runtime_stop(rt, QUAY_FOREVER) || !good;
}
