/* fixture.c - see fixture.h. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arrivals.h"

machine m;
notes noted;

/* ---- the system of the machine ---- */

static void *allocate(void *context, size_t size, size_t align)
{
    machine *it = context;
    if (it->starved && !it->spare) {
        it->refused++;
        return NULL;
    }
    it->spare -= it->starved;
    void *memory = aligned_alloc(align, (size + align - 1) / align * align);
    ck_assert_ptr_nonnull(memory);
    it->live += size;
    return memset(memory, 0xA5, size);
}

static void release(void *context, void *memory, size_t size)
{
    ((machine *)context)->live -= size;
    free(memory);
}

static int64_t now(void)
{
    return m.now;
}

static int park(uint32_t *word, uint32_t expect, int64_t deadline)
{
    (void)word, (void)expect, (void)deadline;
    m.parks++;
    if (m.parked) m.parked();
    return 0;
}

static void yield(void)
{
}

static void wake(uint32_t *word, int count)
{
    (void)word, (void)count;
    m.wakes++;
}

static const qy_os os = {
    .now = now, .park = park, .yield = yield, .wake = wake, .stack_make = qy_stack_make, .stack_free = qy_stack_free};

static const qy_machine on_test = {.os = &os, .body = qy_worker_loop, .threads = true};

static void keep_log(void *context, quay_log_level level, const char *text)
{
    machine *it = context;
    size_t length = strlen(it->log);
    (void)snprintf(it->log + length, sizeof it->log - length, "%d %s\n", (int)level, text);
}

/* ---- steps ---- */

static bool busy;

/* On a fiber, and on any other that takes over: so handlers may wait. */
static void step_on_fiber(qy_worker *worker)
{
    for (;;) {
        busy |= qy_worker_step(worker);
        qy_fiber_leave(worker);
    }
}

static bool step_of(machine *it, unsigned index)
{
    busy = false;
    qy_me = it->rt->workers[index];
    qy_fiber_enter(qy_me, step_on_fiber);
    qy_me = NULL;
    return busy;
}

/* A step may send something and yet have had nothing to do: what it owed. So there is one idle round more. */
void machine_settle(machine *it)
{
    for (unsigned idle = 0; idle < 2; idle++) {
        for (unsigned i = 0; i < it->rt->workers_count; i++) {
            if (step_of(it, i)) idle = 0;
        }
    }
}

bool step(unsigned index)
{
    return step_of(&m, index);
}

void settle_down(void)
{
    machine_settle(&m);
}

qy_worker *as_worker(unsigned index)
{
    return qy_me = m.rt->workers[index];
}

void as_nobody(void)
{
    qy_me = NULL;
}

/* ---- start and stop ---- */

static void *allocate_array(machine *it, size_t count, size_t size)
{
    return memset(allocate(it, count * size, QY_CACHE_LINE), 0, count * size);
}

static void make_worker(quay_runtime *rt, uint32_t index)
{
    rt->workers[index] = qy_allocate(&rt->memory, sizeof(qy_worker), QY_CACHE_LINE);
    ck_assert_int_eq(qy_worker_init(rt->workers[index], rt, index), 0);
}

void machine_start_on(machine *it, const char *topology)
{
    static uint64_t serial = UINT64_C(1) << 32; /* above those of runtimes started otherwise */
    const qy_core *cores;
    *it = (machine){.now = QUAY_SEC(1000)};
    if (it == &m) {
        noted = (notes){0};
        exits_seen.count = 0;
    }
    quay_runtime *rt = it->rt = allocate_array(it, 1, sizeof *rt);
    rt->os = &os;
    rt->machine = &on_test;
    rt->memory = (qy_memory){allocate, release, it};
    rt->log = keep_log;
    rt->log_context = it;
    rt->serial = ++serial;
    rt->holders = 1;
    rt->pin = QUAY_PIN_OFF;
    rt->stack_size = QY_STACK_DEFAULT;
    qy_offload_init(&rt->offload, 0, 0);
    qy_names_init(&rt->names, &rt->memory);
    qy_groups_init(&rt->groups, &rt->memory);
    ck_assert_int_eq(qy_topology_load(&rt->topology, topology), 0);
    rt->workers_count = qy_topology_cores(rt->topology, &cores);
    rt->workers = allocate_array(it, rt->workers_count, sizeof *rt->workers);
    rt->boots = allocate_array(it, rt->workers_count, sizeof *rt->boots);
    rt->cores = allocate_array(it, rt->workers_count, sizeof *rt->cores);
    memcpy(rt->cores, cores, rt->workers_count * sizeof *cores);
    ck_assert_int_eq(qy_homes_take(rt->workers_count + 1, &rt->first_home), 0);
    for (uint32_t i = 0; i < rt->workers_count; i++) make_worker(rt, i);
    qy_homes_list(rt, true);
}

void machine_start(machine *it, unsigned workers)
{
    char topology[32];
    (void)snprintf(topology, sizeof topology, "core:%u pu:1", workers);
    machine_start_on(it, topology);
}

void machine_stop(machine *it)
{
    it->starved = false;
    for (unsigned i = 0; i < it->rt->workers_count; i++) {
        ck_pr_or_32(&it->rt->workers[i]->parking.orders, QY_ORDER_KILL);
    }
    machine_settle(it);
    qy_homes_list(it->rt, false);
    qy_guest_wait_outside(it->rt);
    qy_thread_future_cancel_home(it->rt->first_home + it->rt->workers_count);
    qy_runtime_release(it->rt);
    ck_assert_uint_eq(it->live, 0);
}

/* ---- memory ---- */

void send_by_lane(quay_port to)
{
    static const char large[QY_BELT_LARGEST + 1];
    ck_assert_int_eq(quay_send(to, 0, large, sizeof large), 0);
}

void run_ready(unsigned index)
{
    qy_worker *worker = as_worker(index);
    (void)qy_worker_run_ready(worker);
    qy_outbound_flush(worker);
    as_nobody();
}

void take_all(unsigned index)
{
    qy_worker_take_all(as_worker(index));
    as_nobody();
}

static void count_living(void *context, void *pointer)
{
    const qy_port_future *f = pointer;
    const qy_port_future *spare = f->worker->free_futures;
    while (spare && spare != f) spare = spare->next;
    *(unsigned *)context += !spare;
}

unsigned living_futures(const qy_worker *worker)
{
    unsigned living = 0;
    qy_table_each((qy_table *)&worker->futures, count_living, &living);
    return living;
}

void starve(unsigned index)
{
    qy_pool *pool = &m.rt->workers[index]->station.pool;
    m.rt->workers[index]->free_futures = NULL;
    for (unsigned i = 0; i < QY_CLASSES; i++) pool->free[i] = NULL; /* their chunk still frees them */
    m.starved = true;
    m.spare = 0;
}

void starve_after(unsigned index, unsigned spare)
{
    starve(index);
    m.spare = spare;
}

void ration(unsigned index, size_t bytes, unsigned blocks)
{
    void *kept[8];
    unsigned size_class = qy_class_for(bytes);
    qy_pool *pool = &m.rt->workers[index]->station.pool;
    ck_assert_uint_le(blocks, COUNT_OF(kept));
    for (unsigned i = 0; i < blocks; i++) ck_assert_ptr_nonnull(kept[i] = qy_pool_take(pool, size_class));
    starve(index);
    while (blocks) qy_pool_put(pool, size_class, kept[--blocks]);
}

void feed(void)
{
    m.starved = false;
    m.spare = 0;
}

/* ---- ports ---- */

quay_port spawn_on(unsigned index, quay_handler *handler, const quay_port_options *given)
{
    quay_port port;
    quay_port_options options = {0};
    if (given) options = *given;
    options.place = quay_core(index);
    ck_assert_int_eq(quay_spawn(m.rt, &port, handler, &options), 0);
    settle_down();
    return port;
}

void tell(quay_port to, uint32_t tag)
{
    ck_assert_int_eq(quay_send(to, tag, NULL, 0), 0);
}

qy_port *port_of(quay_port port)
{
    return qy_worker_port(m.rt->workers[qy_id_home(port.id) - m.rt->first_home], port.id);
}

quay_stats stats(void)
{
    quay_stats sum;
    ck_assert_int_eq(quay_runtime_stats(m.rt, &sum), 0);
    return sum;
}

void assert_all_accounted(void)
{
    quay_stats sum = stats();
    ck_assert_uint_eq(sum.queued, 0);
    ck_assert_uint_eq(sum.sent, sum.handled + quay_dead_total(&sum));
}

int note_message(quay_self *self, void *state, const quay_message *message)
{
    (void)self, (void)state;
    ck_assert_uint_lt(noted.count, NOTED_MOST);
    const uint64_t *number = QUAY_PAYLOAD(message, uint64_t);
    noted.tag[noted.count] = message->tag;
    noted.status[noted.count] = message->status;
    noted.number[noted.count++] = number ? *number : 0;
    return 0;
}

void note_end(void *state, int reason)
{
    (void)state;
    noted.ended++;
    noted.reason = reason;
}

exits exits_seen;

#define ORDER UINT32_MAX

void give_order(quay_port port, in_handler *body)
{
    ck_assert_int_eq(quay_send(port, ORDER, &body, sizeof body), 0);
}

int do_as_told(quay_self *self, void *state, const quay_message *message)
{
    const quay_exit_notice *notice = QUAY_PAYLOAD(message, quay_exit_notice);
    if (message->tag == ORDER) {
        (*(in_handler *const *)message->data)(self);
    } else if (notice) {
        ck_assert_uint_lt(exits_seen.count, NOTED_MOST);
        ck_assert_uint_eq(message->from.id, notice->port.id);
        ck_assert_int_eq(message->status, notice->reason);
        exits_seen.tag[exits_seen.count] = message->tag;
        exits_seen.notice[exits_seen.count++] = *notice;
    } else {
        return note_message(self, state, message);
    }
    return 0;
}

static in_handler *body_to_run;

static int run_body(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    body_to_run(self);
    return 0;
}

quay_port run_in_port(unsigned index, in_handler *body)
{
    quay_port port = spawn_on(index, run_body, NULL);
    body_to_run = body;
    tell(port, 0);
    (void)step(index);
    return port;
}
