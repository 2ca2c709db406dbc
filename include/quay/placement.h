/* placement.h - on which worker a new port will live. It lives there until it ends.
 *
 * Cores are numbered as hwloc numbers them (logical index), NUMA nodes likewise. */
#ifndef QUAY_PLACEMENT_H
#define QUAY_PLACEMENT_H

#include <quay/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum quay_place_kind {
    QUAY_PLACE_ANYWHERE, /* the runtime's choice: near the spawner while that one has little to do */
    QUAY_PLACE_SPREAD,   /* the next worker, round and round */
    QUAY_PLACE_CORE,
    QUAY_PLACE_NUMA,
    QUAY_PLACE_NEAR
} quay_place_kind;

/* A value; make it with the functions below. */
typedef struct quay_place {
    quay_place_kind kind;
    unsigned number; /* of the core or the NUMA node */
    quay_port port;  /* whose worker is meant by QUAY_PLACE_NEAR */
} quay_place;

#ifdef __cplusplus
#define QUAY_ANYWHERE (quay_place{QUAY_PLACE_ANYWHERE, 0, {0}})
#define QUAY_SPREAD (quay_place{QUAY_PLACE_SPREAD, 0, {0}})
#else
#define QUAY_ANYWHERE ((quay_place){.kind = QUAY_PLACE_ANYWHERE})
#define QUAY_SPREAD ((quay_place){.kind = QUAY_PLACE_SPREAD})
#endif

/* quay_core, quay_numa, quay_near - the worker of a core, the workers of a NUMA node in turn, the worker
 * another port lives on; for a blocking port, which is on none, the same as QUAY_ANYWHERE.
 * Thread: any.   Blocks: never.
 * Owns:   a value.
 * Errors: none here; quay_spawn says -EINVAL when no worker is there. */
QUAY_API quay_place quay_core(unsigned core);
QUAY_API quay_place quay_numa(unsigned node);
QUAY_API quay_place quay_near(quay_port port);

/* quay_place_parse - a place from configuration: "anywhere", "spread", "core:3" or "numa:0".
 * Thread: any.   Blocks: never.
 * Owns:   text stays the caller's; *place is written on success only.
 * Errors: -EINVAL when the text is none of these. */
QUAY_API int quay_place_parse(const char *text, quay_place *place);

#ifdef __cplusplus
}
#endif
#endif
