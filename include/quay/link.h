/* link.h - being told when a port ends, and ending together.
 *
 * A monitor looks one way: who set it gets one exit notice when the other port ends, or at once when there is no such
 * port. A link works both ways: when one of two linked ports fails or is killed, the other is killed with the same
 * reason, unless it traps exits; then it gets an exit notice, whatever way the other ends. Both reach any core.
 *
 * An exit notice is a message like any other: its tag is the receiver's choice, `from` the port that ended, `status`
 * the reason, its payload a quay_exit_notice. It goes by the control lane: ahead of what is queued, whatever the
 * mailbox's limit. So it may overtake the last messages of the port it speaks of. */
#ifndef QUAY_LINK_H
#define QUAY_LINK_H

#include <quay/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a port ended. */
typedef enum quay_exit_cause {
    QUAY_EXIT_NORMAL,  /* it called quay_exit with 0 */
    QUAY_EXIT_STOPPED, /* by quay_stop, or its runtime stopped */
    QUAY_EXIT_KILLED,  /* by quay_kill, or by a link to one that was killed */
    QUAY_EXIT_ERROR,   /* it called quay_exit with an error, or its init failed; or a link to one that did */
    QUAY_EXIT_UNKNOWN  /* there was no such port, and its reason is forgotten; the reason is -EPIPE */
} quay_exit_cause;

/* The longest text of a reason, in bytes, its closing NUL not counted. */
#define QUAY_EXIT_TEXT_MAX 47

/* The name of a monitor. */
typedef struct quay_monitor_id {
    uint64_t id;
} quay_monitor_id;

/* The payload of an exit notice. */
typedef struct quay_exit_notice {
    quay_monitor_id monitor; /* that was set; an id of 0: it comes of a link */
    quay_port port;          /* that ended */
    quay_exit_cause cause;
    int reason;                        /* 0 or a negative errno */
    char text[QUAY_EXIT_TEXT_MAX + 1]; /* for people: of quay_exit_because, or the cause in a word */
} quay_exit_notice;

/* quay_monitor - have the running port told, once, when another ends.
 * Thread: the port's own handler or init; outside threads use quay_join.   Blocks: never.
 * Owns:   *monitor (may be NULL) is a value to take the monitor back by. It ends with either port.
 * Errors: -EINVAL self is not the running port, or port is itself; -ENOMEM. A port that does not exist is no error: the
 *         notice comes at once, with the reason if it ended recently, else with QUAY_EXIT_UNKNOWN. */
QUAY_API int quay_monitor(quay_self *self, quay_port port, uint32_t tag, quay_monitor_id *monitor);

/* quay_demonitor - take a monitor back: after 0 its notice does not come any more.
 * Thread: a handler of the port that set it.   Blocks: never.
 * Owns:   nothing.
 * Errors: -EALREADY its notice was handled, or it was taken back before; -EINVAL self is not the running port. */
QUAY_API int quay_demonitor(quay_self *self, quay_monitor_id monitor);

/* quay_link - let the running port and another end together. To link them again, from either side, changes nothing.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   nothing; the link ends with either port.
 * Errors: as quay_monitor. A port that does not exist is as one that ends right now. */
QUAY_API int quay_link(quay_self *self, quay_port port);

/* quay_unlink - undo it: after 0 the other's end changes nothing here, and gives no notice.
 * Thread: the port's own handler.   Blocks: never.
 * Owns:   nothing.
 * Errors: -EALREADY they are not linked; -EINVAL self is not the running port; -ENOMEM (they stay linked). */
QUAY_API int quay_unlink(quay_self *self, quay_port port);

/* quay_trap_exits - have the ends of linked ports arrive as exit notices with this tag, instead of being killed.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   nothing. A later call changes the tag.
 * Errors: -EINVAL self is not the running port; -ENOMEM. */
QUAY_API int quay_trap_exits(quay_self *self, uint32_t tag);

/* quay_untrap_exits - be killed by links again. Notices that have come are handled still.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   nothing.
 * Errors: -EINVAL self is not the running port. */
QUAY_API int quay_untrap_exits(quay_self *self);

/* quay_exit_because - quay_exit with a text for exit notices.
 * Thread: the port's own handler or init.   Blocks: never.
 * Owns:   text stays the caller's; what is beyond QUAY_EXIT_TEXT_MAX is cut. Without memory the text is lost.
 * Errors: none. */
QUAY_API void quay_exit_because(quay_self *self, int reason, const char *text);

/* quay_exit_failed - did the port end in a way that takes linked ports along: an error, a kill, or unknown?
 * Thread: any.   Blocks: never.
 * Owns:   nothing.
 * Errors: none. */
QUAY_API bool quay_exit_failed(quay_exit_cause cause);

/* quay_exit_word - the cause in a word: "normal", "stopped", "killed", "error", "unknown".
 * Thread: any.   Blocks: never.
 * Owns:   a constant.
 * Errors: "unknown" for anything else. */
QUAY_API const char *quay_exit_word(quay_exit_cause cause);

#ifdef __cplusplus
}
#endif
#endif
