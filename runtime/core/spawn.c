/* spawn.c - choosing a worker, and having a port born there under an id that is known at once. */
#include <string.h>

#include "core/host.h"
#include "core/life.h"
#include "core/runtime.h"
#include "core/send.h"

/* ---- places ---- */

quay_place quay_core(unsigned core)
{
    return (quay_place){.kind = QUAY_PLACE_CORE, .number = core};
}

quay_place quay_numa(unsigned node)
{
    return (quay_place){.kind = QUAY_PLACE_NUMA, .number = node};
}

quay_place quay_near(quay_port port)
{
    return (quay_place){.kind = QUAY_PLACE_NEAR, .port = port};
}

/* "core:" and a number that fits, and nothing behind it. */
static bool parse_number(const char *text, const char *prefix, unsigned *number)
{
    size_t length = strlen(prefix);
    if (strncmp(text, prefix, length) != 0 || !text[length]) return false;
    uint64_t value = 0;
    for (const char *c = text + length; *c; c++) {
        if (*c < '0' || *c > '9') return false;
        value = value * 10 + (uint64_t)(*c - '0');
        if (value > UINT32_MAX) return false;
    }
    *number = (unsigned)value;
    return true;
}

int quay_place_parse(const char *text, quay_place *place)
{
    unsigned number;
    if (!text || !place) return -EINVAL;
    if (!strcmp(text, "anywhere")) *place = QUAY_ANYWHERE;
    else if (!strcmp(text, "spread")) *place = QUAY_SPREAD;
    else if (parse_number(text, "core:", &number)) *place = quay_core(number);
    else if (parse_number(text, "numa:", &number)) *place = quay_numa(number);
    else return -EINVAL;
    return 0;
}

/* 0 to count - 1, round and round. */
static uint32_t next_in_turn(quay_runtime *rt, qy_worker *me, uint32_t count)
{
    return (me ? me->next_spread++ : ck_pr_faa_32(&rt->spread, 1)) % count;
}

static int worker_of_core(const quay_runtime *rt, unsigned core, uint32_t *index)
{
    for (uint32_t i = 0; i < rt->workers_count; i++) {
        if (rt->cores[i].core != core) continue;
        *index = i;
        return 0;
    }
    return -EINVAL;
}

static int worker_of_numa(quay_runtime *rt, qy_worker *me, unsigned node, uint32_t *index)
{
    QY_CHECK(rt->workers_count > 0);
    uint32_t local = 0;
    for (uint32_t i = 0; i < rt->workers_count; i++) local += rt->cores[i].numa == node;
    if (!local) return -EINVAL;
    uint32_t skip = next_in_turn(rt, me, local);
    for (*index = 0; rt->cores[*index].numa != node || skip--;) ++*index;
    return 0;
}

/* New ports then go round. A tree that grows depth first never has much queued; but the others stand aside for it. */
static bool is_busy(const qy_worker *worker)
{
    return qy_count_queued(&worker->station.count) >= worker->busy_at || qy_ready_waits(&worker->ready);
}

static int anywhere(quay_runtime *rt, qy_worker *me, uint32_t *index)
{
    *index = me && !is_busy(me) ? me->index : next_in_turn(rt, me, rt->workers_count);
    return 0;
}

/* A blocking port is on no core, and no worker is nearer to it than others. */
static int worker_near(quay_runtime *rt, qy_worker *me, quay_port port, uint32_t *index)
{
    const qy_worker *worker = qy_runtime_worker(rt, qy_id_home(port.id));
    if (!worker) return -EINVAL;
    if (worker->blocking) return anywhere(rt, me, index);
    *index = worker->index;
    QY_CHECK(*index < rt->workers_count);
    return 0;
}

static int choose(quay_runtime *rt, const quay_place *place, uint32_t *index)
{
    qy_worker *me = qy_me && qy_me->station.runtime == rt && !qy_me->blocking ? qy_me : NULL;
    switch (place->kind) {
    case QUAY_PLACE_ANYWHERE:
        return anywhere(rt, me, index);
    case QUAY_PLACE_SPREAD:
        *index = next_in_turn(rt, me, rt->workers_count);
        return 0;
    case QUAY_PLACE_CORE:
        return worker_of_core(rt, place->number, index);
    case QUAY_PLACE_NUMA:
        return worker_of_numa(rt, me, place->number, index);
    case QUAY_PLACE_NEAR:
        return worker_near(rt, me, place->port, index);
    }
    return -EINVAL;
}

/* ---- births ---- */

static int check(quay_handler *handler, const quay_port_options *options)
{
    if (!handler || options->state_size > QUAY_STATE_MAX) return -EINVAL;
    if (options->blocking && options->place.kind != QUAY_PLACE_ANYWHERE) return -EINVAL;
    if ((unsigned)options->overflow > QUAY_OVERFLOW_WAIT) return -EINVAL;
    if (options->overflow != QUAY_OVERFLOW_REFUSE && !options->mailbox_limit) return -EINVAL;
    return options->name && strlen(options->name) > QUAY_NAME_MAX ? -EINVAL : 0;
}

/* A bounded port's id is marked, and its cell open, before anybody learns the id. 0 or -ENOMEM. */
static int mark_bounded(qy_worker *worker, uint64_t *id, const qy_birth *birth)
{
    if (!birth->limit) return 0;
    *id |= QY_ID_MARK;
    return qy_gates_open(&worker->gates, *id, birth->limit, birth->overflow);
}

/* Blocks are counted where they are taken; what is larger, here, while it can be refused. */
static bool state_fits(const qy_station *station, const qy_birth *birth)
{
    return !qy_state_is_large(birth->state_size) || qy_budget_allows(station->pool.budget, birth->state_size);
}

static int try_here(qy_worker *me, quay_port *out, const qy_birth *birth)
{
    uint64_t id = state_fits(&me->station, birth) ? qy_table_reserve(&me->ports) : 0;
    if (!id) return -ENOMEM;
    if (mark_bounded(me, &id, birth) || qy_port_create(me, id, birth)) {
        qy_table_release(&me->ports, id);
        return -ENOMEM;
    }
    *out = (quay_port){id};
    return 0;
}

/* What lies unused in pools may do. */
static int spawn_here(qy_worker *me, quay_port *out, const qy_birth *birth)
{
    int error = try_here(me, out, birth);
    return QY_UNLIKELY(error) && qy_make_memory(&me->station) ? try_here(me, out, birth) : error;
}

static qy_message *try_birth(qy_sender *sender, const qy_birth *birth, size_t size)
{
    return state_fits(sender->station, birth) ? qy_sender_message(sender, size, 0) : NULL;
}

static qy_message *new_birth(qy_sender *sender, const qy_birth *birth, size_t size)
{
    qy_message *message = try_birth(sender, birth, size);
    return QY_UNLIKELY(!message) && qy_make_memory(sender->station) ? try_birth(sender, birth, size) : message;
}

static int post_birth(qy_sender *sender, qy_worker *worker, quay_port *out, const qy_birth *birth)
{
    QY_CHECK(birth->foreign);
    size_t size = offsetof(qy_birth, name) + strlen(birth->name) + 1;
    uint64_t id = qy_stock_take(&worker->stock, &worker->ports);
    if (!id) return -EAGAIN;
    uint64_t plain = id;
    qy_message *message = mark_bounded(worker, &id, birth) ? NULL : new_birth(sender, birth, size);
    if (!message) {
        qy_stock_untake(&worker->stock, plain);
        return -ENOMEM;
    }
    message->from = 0;
    message->tag = 0;
    memcpy(qy_message_data(message), birth, size);
    qy_sender_post(sender, id, QY_KIND_SPAWN, message);
    *out = (quay_port){id};
    return 0;
}

static int spawn_there(qy_worker *there, quay_port *out, qy_birth *birth)
{
    qy_sender sender;
    int error = qy_sender_open(&sender, there->home);
    if (error) return error;
    birth->foreign = true;
    error = post_birth(&sender, there, out, birth);
    qy_sender_close(&sender);
    return error;
}

static int spawn_on_host(quay_runtime *rt, quay_port *out, qy_birth *birth)
{
    qy_worker *host;
    int error = qy_host_take(rt, &host);
    if (error) return error;
    error = spawn_there(host, out, birth);
    if (error) qy_host_give_back(host);
    return error;
}

static int spawn(quay_runtime *rt, quay_port *out, quay_handler *handler, const quay_port_options *options)
{
    uint32_t index = 0;
    if (ck_pr_load_32(&rt->phase) >= QY_KILLING) return -ECANCELED;
    int error = choose(rt, &options->place, &index);
    if (error) return error;
    qy_birth birth = {.handler = handler,
                      .init = options->init,
                      .fini = options->fini,
                      .arg = options->arg,
                      .state_size = options->state_size,
                      .limit = options->mailbox_limit,
                      .overflow = options->overflow};
    if (options->name) strcpy(birth.name, options->name);
    if (options->blocking && rt->machine->threads) return spawn_on_host(rt, out, &birth);
    qy_worker *there = rt->workers[index];
    return there == qy_me ? spawn_here(qy_me, out, &birth) : spawn_there(there, out, &birth);
}

int quay_spawn(quay_runtime *rt, quay_port *out, quay_handler *handler, const quay_port_options *options)
{
    static const quay_port_options defaults;
    if (!options) options = &defaults;
    int error = out ? check(handler, options) : -EINVAL;
    if (error || (error = qy_runtime_visit(rt))) return error;
    error = spawn(rt, out, handler, options);
    qy_runtime_visit_end(rt);
    return error;
}
