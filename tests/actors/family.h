/* family.h - children for the tests of supervisors: ports that note when they begin and end, and crash on demand.
 *
 * A toy is what a child is made of; its port writes "+name" to the diary when it begins and "-name" when it ends.
 * Ownership: toys and the diary are the test's. Read next: test_supervisor.c. */
#ifndef FAMILY_H
#define FAMILY_H

#include <quay/actors/supervisor.h>

#include "support.h"

/* What toys understand; an ask of TOY_ECHO is answered with its payload. */
enum { TOY_ECHO, TOY_CRASH, TOY_LEAVE, TOY_HANG };

typedef struct toy {
    const char *name;
    atomic_int init_error; /* what its init returns */
    atomic_int reason;     /* of its last end */
    int64_t slow;          /* its init takes so long */
} toy;

/* Run the tests, each in a runtime of two workers, with an empty diary; at its end no port may be left. */
int run_family(const char *suite, const TTest *const *tests, size_t count);
extern quay_runtime *rt;

/* What was noted, so far, in order; a blank before each entry. */
const char *diary(void);
void diary_clear(void);

/* A child, by its toy's name. */
quay_child toy_child(toy *t, quay_restart restart);

/* A supervisor of these, ready. */
quay_port family_spawn(const quay_supervisor_options *options);

/* Send it to whoever has the name, and wait until all is quiet again. */
void tell_toy(const char *name, uint32_t tag);

/* Is there a port of that name, and does it answer? */
bool toy_runs(const char *name);

#endif
