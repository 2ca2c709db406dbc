/* report.c - counters and descriptions, for people and programs. */
#include <stdarg.h>
#include <stdio.h>

#include "core/runtime.h"

/* ---- log ---- */

void qy_format(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, size, format, arguments);
    va_end(arguments);
}

void qy_log(const quay_runtime *rt, quay_log_level level, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (rt->log) rt->log(rt->log_context, level, text);
    else qy_os_print(text);
}

/* ---- counters ---- */

static void add(quay_stats *sum, const qy_counts *count)
{
    sum->handled += ck_pr_load_64(&count->handled);
    for (int reason = 0; reason < QUAY_DEAD_REASONS; reason++) sum->dead[reason] += ck_pr_load_64(&count->dead[reason]);
    sum->sent += qy_count_sent(count);
    sum->failed += ck_pr_load_64(&count->failed);
    sum->queued += qy_count_queued(count);
    sum->late += ck_pr_load_64(&count->late);
    sum->spawned += ck_pr_load_64(&count->spawned);
    sum->alive += ck_pr_load_64(&count->spawned) - ck_pr_load_64(&count->ended);
    sum->parks += ck_pr_load_64(&count->parks);
}

uint64_t quay_dead_total(const quay_stats *stats)
{
    uint64_t total = 0;
    for (int reason = 0; stats && reason < QUAY_DEAD_REASONS; reason++) total += stats->dead[reason];
    return total;
}

int quay_worker_stats(const quay_runtime *rt, unsigned worker, quay_stats *stats)
{
    if (!stats || qy_runtime_enter(rt)) return -EINVAL;
    int error = worker < rt->workers_count ? 0 : -EINVAL;
    *stats = (quay_stats){0};
    if (!error) add(stats, &rt->workers[worker]->station.count);
    qy_guest_leave();
    return error;
}

int quay_runtime_stats(const quay_runtime *rt, quay_stats *stats)
{
    if (!stats || qy_runtime_enter(rt)) return -EINVAL;
    *stats = (quay_stats){0};
    for (const qy_worker *worker = NULL; (worker = qy_runtime_next_worker(rt, worker));) {
        add(stats, &worker->station.count);
    }
    uint32_t guests = ck_pr_load_32(&rt->guests_count);
    ck_pr_fence_load(); /* pairs with the fence in make_guest */
    for (uint32_t i = 0; i < guests; i++) {
        add(stats, &qy_runtime_guest(rt, rt->workers_count + i)->station.count);
    }
    qy_guest_leave();
    return 0;
}

unsigned quay_runtime_workers(const quay_runtime *rt)
{
    if (qy_me && qy_me->station.runtime == rt) return rt->workers_count;
    if (qy_runtime_enter(rt)) return 0;
    unsigned workers = rt->workers_count;
    qy_guest_leave();
    return workers;
}

/* ---- description ---- */

/* A text that may be longer than the room for it. */
typedef struct page {
    char *text;
    size_t size;
    size_t length;
} page;

static void print(page *to, const char *format, ...) QY_PRINTF(2, 3);

static void print(page *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = to->length < to->size ? to->size - to->length : 0;
    int length = vsnprintf(room ? to->text + to->length : NULL, room, format, arguments);
    va_end(arguments);
    QY_CHECK(length >= 0); /* our own formats are well formed */
    to->length += (size_t)length;
}

static void print_cache(page *to, const char *name, size_t bytes)
{
    if (bytes) print(to, ", %s %zu KiB", name, bytes / 1024);
}

static void print_work(page *to, const qy_worker *worker)
{
    quay_stats stats = {0};
    add(&stats, &worker->station.count);
    print(to, "; %llu ports, %llu messages handled\n", (unsigned long long)stats.alive,
          (unsigned long long)stats.handled);
}

static void print_worker(page *to, const quay_runtime *rt, uint32_t index)
{
    const qy_core *core = &rt->cores[index];
    print(to, "worker %u: core %u (%s), NUMA node %u", index, core->core,
          rt->pin == QUAY_PIN_OFF ? "not bound" : "bound", core->numa);
    print_cache(to, "L2", core->l2_bytes);
    print_cache(to, "L3", core->l3_bytes);
    print_work(to, rt->workers[index]);
}

int quay_runtime_describe(const quay_runtime *rt, char *text, size_t size)
{
    int error = qy_runtime_enter(rt);
    if (error) return error;
    page to = {.text = text, .size = text ? size : 0};
    char cores[256];
    (void)qy_topology_list(rt->topology, cores, sizeof cores);
    print(&to, "Quay %s: %u workers, cores %s%s\n", QUAY_VERSION, rt->workers_count, cores,
          qy_topology_is_synthetic(rt->topology) ? " of a synthetic topology" : "");
    for (uint32_t i = 0; i < rt->workers_count; i++) print_worker(&to, rt, i);
    for (const qy_worker *host = ck_pr_load_ptr(&rt->newest_host); host; host = host->older) {
        print(&to, "worker %u: for a blocking port", host->index);
        print_work(&to, host);
    }
    qy_guest_leave();
    return (int)to.length;
}
