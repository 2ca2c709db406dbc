/* buffer.c - Savina 10, producers and consumers with a bounded buffer.
 *
 * Measures a manager between many ports that compute. The buffer's port hands items to consumers that wait, keeps a few
 * when there are none, and lets no producer go on while it is full. Checked: every item was consumed, once: their bits
 * add up to those of all that must have been produced.
 *
 * Read next: philosophers.c */
#include "savina.h"

enum { BUFFER, PRODUCERS, CONSUMERS, ITEMS, PRODUCE_COST, CONSUME_COST };

static struct savina_parameter parameters[] = {
    [BUFFER] = {"buffer", 50, 0},
    [PRODUCERS] = {"producers", 40, 0},
    [CONSUMERS] = {"consumers", 40, 0},
    [ITEMS] = {"items", 1000, 10}, /* each producer makes */
    [PRODUCE_COST] = {"produce_cost", 25, 1},
    [CONSUME_COST] = {"consume_cost", 25, 1},
    {.name = NULL},
};

enum { START, PRODUCE, ITEM, PRODUCED_ALL, AVAILABLE, TOTAL };

/* The work of making an item from the one before, or of using one. */
static double process(double item, uint64_t cost)
{
    uint64_t seed = cost;
    for (uint64_t i = 0; i < cost * 100; i++) item += log(savina_unit(&seed) + 0.01);
    return item;
}

static uint64_t bits_of(double item)
{
    uint64_t bits;
    memcpy(&bits, &item, sizeof bits);
    return bits;
}

/* ---- producers and consumers ---- */

struct producer {
    double item;
    uint64_t made;
};

static int produce(quay_self *self, void *state, const quay_message *message)
{
    (void)self;
    struct producer *producer = state;
    if (producer->made++ == parameters[ITEMS].value) return quay_send(message->from, PRODUCED_ALL, NULL, 0);
    producer->item = process(producer->item, parameters[PRODUCE_COST].value);
    return quay_send(message->from, ITEM, &producer->item, sizeof producer->item);
}

struct consumer {
    double item;
    uint64_t total; /* the sum of the bits of all items */
};

static int consume(quay_self *self, void *state, const quay_message *message)
{
    struct consumer *consumer = state;
    if (message->tag == TOTAL) return quay_reply(self, &consumer->total, sizeof consumer->total);
    double item = *(const double *)message->data;
    consumer->total += bits_of(item);
    consumer->item = process(consumer->item + item, parameters[CONSUME_COST].value);
    return quay_send(message->from, AVAILABLE, NULL, 0);
}

/* ---- the buffer ---- */

/* A queue of at most so many. */
struct queue {
    uint64_t *items; /* ids of ports, or bits of doubles */
    uint64_t first, count, room;
};

struct buffer {
    struct queue producers, consumers, items; /* that wait */
    quay_port *all_consumers;
    uint64_t finished; /* producers */
    quay_promise done;
};

static struct queue make_queue(uint64_t room)
{
    return (struct queue){.items = savina_allocate(room, sizeof(uint64_t)), .room = room};
}

static void add(struct queue *queue, uint64_t item)
{
    bench_check(queue->count < queue->room, "the queue has room");
    queue->items[(queue->first + queue->count++) % queue->room] = item;
}

static uint64_t take(struct queue *queue)
{
    uint64_t item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->room;
    queue->count--;
    return item;
}

static int start(quay_self *self, struct buffer *buffer)
{
    int error = 0;
    buffer->producers = make_queue(parameters[PRODUCERS].value);
    buffer->consumers = make_queue(parameters[CONSUMERS].value);
    buffer->items = make_queue(parameters[BUFFER].value + parameters[PRODUCERS].value);
    buffer->all_consumers = savina_allocate(parameters[CONSUMERS].value, sizeof(quay_port));
    buffer->done = quay_defer(self);
    for (uint64_t i = 0; i < parameters[CONSUMERS].value; i++) {
        quay_port port = bench_spawn(quay_self_runtime(self), consume, sizeof(struct consumer), QUAY_SPREAD);
        add(&buffer->consumers, (buffer->all_consumers[i] = port).id);
    }
    for (uint64_t i = 0; i < parameters[PRODUCERS].value && !error; i++) {
        quay_port port = bench_spawn(quay_self_runtime(self), produce, sizeof(struct producer), QUAY_SPREAD);
        error = quay_send(port, PRODUCE, NULL, 0);
    }
    return error;
}

static int take_item(struct buffer *buffer, quay_port producer, double item)
{
    uint64_t full = parameters[BUFFER].value - parameters[PRODUCERS].value;
    int error = 0;
    if (buffer->consumers.count) error = quay_send((quay_port){take(&buffer->consumers)}, ITEM, &item, sizeof item);
    else add(&buffer->items, bits_of(item));
    if (error || buffer->items.count < full) return error ? error : quay_send(producer, PRODUCE, NULL, 0);
    add(&buffer->producers, producer.id);
    return 0;
}

static int take_consumer(struct buffer *buffer, quay_port consumer)
{
    if (!buffer->items.count) {
        add(&buffer->consumers, consumer.id);
        return 0;
    }
    uint64_t bits = take(&buffer->items);
    int error = quay_send(consumer, ITEM, &bits, sizeof bits);
    if (error || !buffer->producers.count) return error;
    return quay_send((quay_port){take(&buffer->producers)}, PRODUCE, NULL, 0);
}

/* All is consumed: the consumers say what they got. */
static int finish(struct buffer *buffer)
{
    uint64_t total = 0, part;
    for (uint64_t i = 0; i < parameters[CONSUMERS].value; i++) {
        savina_call(buffer->all_consumers[i], TOTAL, NULL, 0, &part, sizeof part);
        total += part;
    }
    return quay_settle(buffer->done, 0, &total, sizeof total);
}

static int manage(quay_self *self, void *state, const quay_message *message)
{
    struct buffer *buffer = state;
    int error = 0;
    if (message->tag == START) return start(self, buffer);
    if (message->tag == ITEM) error = take_item(buffer, message->from, *(const double *)message->data);
    else if (message->tag == AVAILABLE) error = take_consumer(buffer, message->from);
    else buffer->finished++;
    bool over =
        buffer->finished == parameters[PRODUCERS].value && buffer->consumers.count == parameters[CONSUMERS].value;
    return error || !over ? error : finish(buffer);
}

static void free_buffer(void *state, int reason)
{
    (void)reason;
    struct buffer *buffer = state;
    free(buffer->producers.items);
    free(buffer->consumers.items);
    free(buffer->items.items);
    free(buffer->all_consumers);
}

/* ---- the round ---- */

static uint64_t total; /* what was consumed */

static void run(quay_runtime *rt)
{
    quay_port buffer;
    quay_port_options options = {.state_size = sizeof(struct buffer), .fini = free_buffer};
    bench_must(quay_spawn(rt, &buffer, manage, &options), "quay_spawn");
    savina_call(buffer, START, NULL, 0, &total, sizeof total);
}

static void verify(void)
{
    uint64_t sum = 0;
    double item = 0;
    for (uint64_t i = 0; i < parameters[ITEMS].value; i++)
        sum += bits_of(item = process(item, parameters[PRODUCE_COST].value));
    bench_check(total == sum * parameters[PRODUCERS].value, "every item was consumed once");
}

int main(int argc, char **argv)
{
    return savina_main(argc, argv, &(struct savina_benchmark){"buffer", parameters, .run = run, .verify = verify});
}
