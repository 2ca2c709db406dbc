/* unload.h - from the belt to the worker: what lies there by value is given a block and received.
 *
 * Ownership: a line is the belt's until its message has been read; then the block is the worker's, and goes where the
 * message goes. Read next: receive.h. */
#ifndef QY_UNLOAD_H
#define QY_UNLOAD_H

#include "core/worker.h"

/* Receive the message of the belt's first line. False when there is no memory for it; then it stays where it is. */
bool qy_belt_unload(qy_worker *worker, qy_belt *belt, const qy_line *line);

/* Nobody will take what lies there: give up its buffers. */
void qy_belt_discard(qy_belt *belt);

#endif
