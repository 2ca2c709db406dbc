/* start.h - a simulated runtime with both kinds of options, and what the environment says.
 *
 * Owns nothing. Read next: sim.c, door.c. */
#ifndef QY_SIM_START_H
#define QY_SIM_START_H

#include <quay/sim.h>

/* Read QUAY_SIM from the environment into the options; `keep` has room for QY_SETTINGS_KEEP_MOST numbers. 1; 0 without
 * it; -EINVAL when it makes no sense, which the options' log is told. */
int qy_sim_from_environment(quay_sim_options *options, uint64_t *keep);

/* As quay_sim_start; what of `given` does not concern a simulation is ignored. */
int qy_sim_start(quay_runtime **out, const quay_sim_options *options, const quay_runtime_options *given);

#endif
