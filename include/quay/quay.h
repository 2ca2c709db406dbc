/* quay.h - Quay, an actor runtime for C. Include this one.
 *
 * Glossary
 *   port      an actor: a handler, private state and a mailbox, living on one worker
 *   worker    a thread bound to a core; runs its ports' handlers one at a time
 *   message   a tag and some bytes, copied (quay_send) or moved (quay_give)
 *   ask       a message that wants an answer; its future is the read end, its promise the write end
 *   dead letter  a message that was accepted and could not be handled; counted by reason
 *   exit notice  the message by which a port is told that another one has ended
 *
 * Order of calls: quay_runtime_start, quay_spawn, quay_send and quay_ask, quay_await, quay_drop,
 * quay_runtime_stop. Every function returns 0 (or a count) or a negative errno; quay_explain says more. */
#ifndef QUAY_H
#define QUAY_H

#include <errno.h>

#include <quay/dead_letter.h>
#include <quay/error.h>
#include <quay/future.h>
#include <quay/link.h>
#include <quay/message.h>
#include <quay/name.h>
#include <quay/offload.h>
#include <quay/placement.h>
#include <quay/port.h>
#include <quay/runtime.h>
#include <quay/sim.h>
#include <quay/stats.h>
#include <quay/timer.h>
#include <quay/types.h>
#include <quay/version.h>

#endif
