/* belt.c - belt.h: one puts messages of all sizes, one takes them; round and round, and mostly on a belt that is nearly
 * full. */
#include "core/belt.h"

#include "explore.h"

#define MESSAGES (QY_BELT_REPORT / 2) /* besides those that are there at the start: some rounds of being told */
#define ROUNDS 3                      /* that the belt may have made before */

typedef union block {
    qy_message message;
    unsigned char bytes[QY_MESSAGE_HEADER + QY_BELT_LARGEST];
} block;

static struct {
    qy_belt *belt;
    unsigned before; /* messages that are there at the start */
    size_t sizes[QY_BELT_LINES + MESSAGES];
} here;

static size_t random_size(void)
{
    static const size_t bounds[] = {QY_COPY_SMALL + 1, QY_BELT_FIRST + QY_BELT_MORE + 1, QY_BELT_LARGEST + 1};
    return explore_random((unsigned)bounds[explore_random(COUNT_OF(bounds))]);
}

static void fill(block *b, unsigned number, size_t size)
{
    b->message.to = number;
    b->message.meta = qy_meta(QY_KIND_USER, 0, qy_class_for(QY_MESSAGE_HEADER + size), 0);
    b->message.from = ~(uint64_t)number;
    b->message.label = qy_label(number, size);
    for (size_t i = 0; i < size; i++) b->message.payload[i] = (unsigned char)(number + i);
}

static void put(unsigned number)
{
    block b;
    fill(&b, number, here.sizes[number]);
    qy_belt_put(here.belt, &b.message, here.sizes[number]);
}

static void take(const qy_line *line, unsigned number)
{
    block got, expected;
    size_t size = here.sizes[number];
    EXPLORE_CHECK(qy_line_size(line) == size);
    qy_belt_take(here.belt, line, &got.message, size);
    fill(&expected, number, size);
    EXPLORE_CHECK(got.message.to == expected.message.to && got.message.from == expected.message.from);
    EXPLORE_CHECK(got.message.label == expected.message.label);
    EXPLORE_CHECK(!memcmp(got.message.payload, expected.message.payload, size));
}

static void put_all(void *argument)
{
    (void)argument;
    for (unsigned i = here.before; i < here.before + MESSAGES; i++) {
        while (!qy_belt_has_room(here.belt, qy_belt_lines(here.sizes[i]))) ck_pr_stall();
        put(i);
    }
}

static void take_all(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < here.before + MESSAGES; i++) {
        const qy_line *line;
        while (!(line = qy_belt_first(here.belt))) ck_pr_stall();
        take(line, i);
    }
    EXPLORE_CHECK(!qy_belt_first(here.belt));
}

/* As if so many lines had been written and read. */
static void let_turn(qy_belt *belt, uint64_t position)
{
    belt->put = belt->take = belt->reported = belt->taken = position;
    belt->limit = position + QY_BELT_LINES;
    for (uint64_t i = position < QY_BELT_LINES ? 0 : position - QY_BELT_LINES; i < position; i++) {
        qy_belt_line(belt, i)->turn = i + 1;
    }
}

static void start(void)
{
    here.belt = explore_new(sizeof *here.belt);
    qy_belt_init(here.belt);
    let_turn(here.belt, explore_random(ROUNDS * QY_BELT_LINES));
    unsigned free_lines = explore_random(4) ? explore_random(8) : QY_BELT_LINES;
    for (unsigned i = 0; i < COUNT_OF(here.sizes); i++) here.sizes[i] = random_size();
    for (here.before = 0;; here.before++) {
        if (!qy_belt_has_room(here.belt, qy_belt_lines(here.sizes[here.before]) + free_lines)) break;
        put(here.before);
    }
    (void)explore_thread("producer", put_all, NULL);
    (void)explore_thread("consumer", take_all, NULL);
}

static void check(void)
{
    EXPLORE_CHECK(here.belt->put == here.belt->take);
    explore_delete(here.belt, sizeof *here.belt);
}

const explore_scenario explore_belt = {.name = "belt", .steps = 300, .start = start, .check = check};
