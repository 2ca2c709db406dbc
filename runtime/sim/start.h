/* start.h - a simulated runtime with both kinds of options. Owns nothing. Read next: sim.c, door.c. */
#ifndef QY_SIM_START_H
#define QY_SIM_START_H

#include <quay/sim.h>

/* As quay_sim_start; what of `given` does not concern a simulation is ignored. */
int qy_sim_start(quay_runtime **out, const quay_sim_options *options, const quay_runtime_options *given);

#endif
