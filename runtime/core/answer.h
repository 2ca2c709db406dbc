/* answer.h - the way of a result from whoever has it to the future that waits, wherever each is.
 *
 * Read next: answer.c, future.c. */
#ifndef QY_ANSWER_H
#define QY_ANSWER_H

#include "core/future.h"

/* Settle the future of an id with a result, from any thread. A future that is settled or gone is counted as late and is
 * no error. 0; -ENOMEM (the future waits on); -EPIPE its runtime is gone. */
int qy_answer(uint64_t future, const qy_result *result);

#endif
