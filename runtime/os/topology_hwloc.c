/* topology_hwloc.c - which cores there are, and binding to them. The only file that knows hwloc.
 *
 * Everything is looked up once, by qy_topology_load; the result is constant and belongs to the runtime that
 * loaded it. Numbers are those of the whole machine: a narrower affinity mask leaves cores out and renames none.
 * Read next: core/runtime.h. */
#include "os/os.h"

#include "base/check.h"

#include <errno.h>
#include <hwloc.h>
#include <stdlib.h>
#include <unistd.h>

struct qy_topology {
    hwloc_topology_t hwloc;
    hwloc_bitmap_t allowed; /* hardware threads the process may use */
    hwloc_bitmap_t numbers; /* of the cores in the array below */
    qy_core *cores;
    unsigned count;
    bool synthetic;
};

/* ---- loading ---- */

/* hwloc's errno, as one of the two errors qy_topology_load promises. */
static int hwloc_error(void)
{
    return errno == ENOMEM ? -ENOMEM : -EINVAL;
}

/* Discovery must not move the calling thread from core to core, which hwloc does unless told: a load in another
 * thread would take that for the process's affinity. */
static int discover(qy_topology *topology, const char *synthetic)
{
    if (hwloc_topology_init(&topology->hwloc)) return hwloc_error();
    if (hwloc_topology_set_flags(topology->hwloc, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING)) return hwloc_error();
    if (synthetic && hwloc_topology_set_synthetic(topology->hwloc, synthetic)) return hwloc_error();
    if (hwloc_topology_load(topology->hwloc)) return hwloc_error();
    /* hwloc's own environment variables may have named another machine than this one. */
    topology->synthetic = synthetic || !hwloc_topology_is_thissystem(topology->hwloc);
    return 0;
}

/* hwloc has left out what the cgroup forbids; taskset and its like are the affinity of the process, which is its
 * first thread's: the caller's may be a pinned one. */
static int find_allowed(qy_topology *topology)
{
    hwloc_topology_t hwloc = topology->hwloc;
    topology->numbers = hwloc_bitmap_alloc();
    topology->allowed = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(hwloc));
    hwloc_bitmap_t affinity = hwloc_bitmap_alloc();
    int error = topology->numbers && topology->allowed && affinity ? 0 : -ENOMEM;
    if (!error && !topology->synthetic &&
        hwloc_get_proc_cpubind(hwloc, getpid(), affinity, HWLOC_CPUBIND_THREAD) == 0) {
        (void)hwloc_bitmap_and(topology->allowed, topology->allowed, affinity);
    }
    hwloc_bitmap_free(affinity);
    return error;
}

static size_t cache_bytes(hwloc_topology_t hwloc, hwloc_obj_t core, hwloc_obj_type_t level)
{
    hwloc_obj_t cache = hwloc_get_ancestor_obj_by_type(hwloc, level, core);
    return cache ? (size_t)cache->attr->cache.size : 0;
}

/* Memory hangs off the smallest part of the machine it is local to, perhaps below a cache of its own. A core
 * whose own memory the cgroup forbids gets node 0. */
static unsigned local_numa(hwloc_obj_t core)
{
    hwloc_obj_t place = core;
    while (place && !place->memory_first_child) place = place->parent;
    while (place && place->type != HWLOC_OBJ_NUMANODE) place = place->memory_first_child;
    return place ? place->logical_index : 0;
}

/* The core's first hardware thread that the process may use; -1 if there is none. */
static int first_processor(const qy_topology *topology, hwloc_obj_t core)
{
    int processor = hwloc_bitmap_first(core->cpuset);
    while (processor >= 0 && !hwloc_bitmap_isset(topology->allowed, (unsigned)processor)) {
        processor = hwloc_bitmap_next(core->cpuset, processor);
    }
    return processor;
}

static int add_core(qy_topology *topology, hwloc_obj_t core)
{
    int processor = first_processor(topology, core);
    if (processor < 0) return 0;
    topology->cores[topology->count++] = (qy_core){
        .core = core->logical_index,
        .numa = local_numa(core),
        .processor = (unsigned)processor,
        .l2_bytes = cache_bytes(topology->hwloc, core, HWLOC_OBJ_L2CACHE),
        .l3_bytes = cache_bytes(topology->hwloc, core, HWLOC_OBJ_L3CACHE),
    };
    return hwloc_bitmap_set(topology->numbers, core->logical_index) ? -ENOMEM : 0;
}

/* A machine that does not tell its cores has hardware threads at least. */
static int list_cores(qy_topology *topology)
{
    hwloc_topology_t hwloc = topology->hwloc;
    hwloc_obj_type_t kind = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    topology->cores = calloc((size_t)hwloc_get_nbobjs_by_type(hwloc, kind), sizeof *topology->cores);
    if (!topology->cores) return -ENOMEM;
    int error = 0;
    hwloc_obj_t core = NULL;
    while (!error && (core = hwloc_get_next_obj_by_type(hwloc, kind, core))) error = add_core(topology, core);
    return error ? error : topology->count ? 0 : -EINVAL;
}

int qy_topology_load(qy_topology **out, const char *synthetic)
{
    qy_topology *topology = calloc(1, sizeof *topology);
    if (!topology) return -ENOMEM;
    int error = discover(topology, synthetic);
    if (!error) error = find_allowed(topology);
    if (!error) error = list_cores(topology);
    if (error) {
        qy_topology_free(topology);
        return error;
    }
    *out = topology;
    return 0;
}

void qy_topology_free(qy_topology *topology)
{
    if (!topology) return;
    free(topology->cores);
    hwloc_bitmap_free(topology->numbers);
    hwloc_bitmap_free(topology->allowed);
    if (topology->hwloc) hwloc_topology_destroy(topology->hwloc);
    free(topology);
}

/* ---- asking ---- */

unsigned qy_topology_cores(const qy_topology *topology, const qy_core **cores)
{
    *cores = topology->cores;
    return topology->count;
}

bool qy_topology_is_synthetic(const qy_topology *topology)
{
    return topology->synthetic;
}

int qy_topology_list(const qy_topology *topology, char *text, size_t size)
{
    return hwloc_bitmap_list_snprintf(text, size, topology->numbers);
}

/* ---- binding ---- */

/* A preference, not STRICT: a full node must not end the process. Where it cannot be had, memory comes from where it
 * is first touched, which for a bound thread is nearly always the same node. */
static void prefer_memory(const qy_topology *topology, unsigned numa)
{
    hwloc_obj_t node = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_NUMANODE, numa);
    if (!node) return;
    int flags = HWLOC_MEMBIND_THREAD | HWLOC_MEMBIND_BYNODESET;
    (void)hwloc_set_membind(topology->hwloc, node->nodeset, HWLOC_MEMBIND_BIND, flags);
}

int qy_topology_bind(const qy_topology *topology, const qy_core *core)
{
    QY_CHECK(!topology->synthetic);
    hwloc_bitmap_t processor = hwloc_bitmap_alloc();
    if (!processor) return -ENOMEM;
    int error = hwloc_bitmap_only(processor, core->processor) ? -ENOMEM : 0;
    if (!error && hwloc_set_cpubind(topology->hwloc, processor, HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT)) {
        error = -errno;
    }
    hwloc_bitmap_free(processor);
    if (!error) prefer_memory(topology, core->numa);
    return error;
}
