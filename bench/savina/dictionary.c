/* dictionary.c - Savina 8, concurrent dictionary: many clients, one port that owns a hash map.
 *
 * Measures asks to a shared service. Each client is one handler call that asks and waits, again and again; a tenth of
 * the asks are writes. What is written under a key is a function of the key, so whatever the order, a read gives the
 * first value or that one. Checked: every answer, and in the end the whole map against a sequential one.
 *
 * Read next: sortedlist.c */
#include "savina.h"

enum { CLIENTS, ASKS, WRITES, KEYS };

static struct savina_parameter parameters[] = {
    [CLIENTS] = {"clients", 20, 5},
    [ASKS] = {"asks", 10000, 100},
    [WRITES] = {"writes", 10, 0}, /* percent */
    [KEYS] = {"keys", INT32_MAX / 4096, 512},
    {.name = NULL},
};

enum { START, READ, WRITE };

/* ---- the map: open addressing, twice as many slots as keys ---- */

struct entry {
    int32_t key; /* 0 is none: keys are stored plus one */
    int32_t value;
};

struct map {
    struct entry *entries;
    uint32_t mask;
};

static struct map map; /* the dictionary's; the main thread's before and after the round */

static struct map make_map(void)
{
    uint32_t slots = 1;
    while (slots < 2 * parameters[KEYS].value) slots *= 2;
    return (struct map){savina_allocate(slots, sizeof(struct entry)), slots - 1};
}

/* The entry of a key, or the empty one where it would be. */
static struct entry *find(const struct map *in, int32_t key)
{
    uint32_t slot = (uint32_t)key * UINT32_C(2654435769);
    for (slot ^= slot >> 15;; slot++) {
        struct entry *entry = &in->entries[slot & in->mask];
        if (entry->key == key + 1 || entry->key == 0) return entry;
    }
}

static void put(const struct map *in, int32_t key, int32_t value)
{
    *find(in, key) = (struct entry){key + 1, value};
}

static int serve(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    const int32_t *request = message->data; /* key, value */
    if (message->tag == WRITE) put(&map, request[0], request[1]);
    return quay_reply(self, &find(&map, request[0])->value, sizeof(int32_t));
}

/* ---- clients ---- */

static int32_t written(int32_t key)
{
    return ~key;
}

/* The next request of a client; true if it is a write. */
static bool choose(uint64_t *seed, int32_t request[2])
{
    bool write = savina_below(seed, 100) < parameters[WRITES].value;
    request[0] = (int32_t)savina_below(seed, parameters[KEYS].value);
    request[1] = written(request[0]);
    return write;
}

struct client {
    quay_port dictionary;
    uint64_t seed;
};

static int use(quay_self *self, void *state, const quay_message *message)
{
    (void)state;
    struct client client = *(const struct client *)message->data;
    for (uint64_t i = 0; i < parameters[ASKS].value; i++) {
        int32_t request[2], answer;
        bool write = choose(&client.seed, request);
        savina_call(client.dictionary, write ? WRITE : READ, request, sizeof request, &answer, sizeof answer);
        if (answer != request[1] && (write || answer != request[0])) return -EBADMSG;
    }
    return quay_reply(self, NULL, 0);
}

/* ---- the round ---- */

static void prepare(void)
{
    map = make_map();
    for (int32_t key = 0; key < (int32_t)parameters[KEYS].value; key++) put(&map, key, key);
}

static void run(quay_runtime *rt)
{
    uint64_t count = parameters[CLIENTS].value;
    quay_port *ports = savina_allocate(count, sizeof *ports);
    struct client *clients = savina_allocate(count, sizeof *clients);
    quay_port dictionary = bench_spawn(rt, serve, 0, QUAY_SPREAD);
    for (uint64_t i = 0; i < count; i++) {
        ports[i] = bench_spawn(rt, use, 0, QUAY_SPREAD);
        clients[i] = (struct client){dictionary, i};
    }
    savina_call_all(ports, count, START, clients, sizeof *clients);
    free(clients);
    free(ports);
}

/* What the clients wrote, again, one after the other. */
static void verify(void)
{
    struct map expected = make_map();
    for (int32_t key = 0; key < (int32_t)parameters[KEYS].value; key++) put(&expected, key, key);
    for (uint64_t i = 0; i < parameters[CLIENTS].value; i++) {
        uint64_t seed = i;
        for (uint64_t k = 0; k < parameters[ASKS].value; k++) {
            int32_t request[2];
            if (choose(&seed, request)) put(&expected, request[0], request[1]);
        }
    }
    bool same = !memcmp(map.entries, expected.entries, (map.mask + 1) * sizeof *map.entries);
    bench_check(same, "the dictionary has what was written");
    free(map.entries);
    free(expected.entries);
}

int main(int argc, char **argv)
{
    return savina_main(
        argc, argv,
        &(struct savina_benchmark){"dictionary", parameters, .prepare = prepare, .run = run, .verify = verify});
}
