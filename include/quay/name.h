/* name.h - finding ports by name, and several at once.
 *
 * A name leads to one port of a runtime, a group to any number. Both forget a port when it ends: before anybody is told
 * of its end, so a successor can take the name at once. Names and groups are apart from each other, and from
 * quay_port_options.name, which is for reports only. A name has 1 to QUAY_NAME_MAX bytes. */
#ifndef QUAY_NAME_H
#define QUAY_NAME_H

#include <quay/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* quay_register - give a port a name. A port may have several.
 * Thread: any thread, any handler.   Blocks: for as long as another call changes the names.
 * Owns:   name is copied.
 * Errors: -EEXIST the name is taken; -EINVAL it is NULL, empty or too long, or rt is not running; -EPIPE no such port
 *         in rt, when that can be known here (elsewhere the name is free again as soon as it is found out); -ENOMEM;
 *         -EPERM after fork. */
QUAY_API int quay_register(quay_runtime *rt, const char *name, quay_port port);

/* quay_unregister - take a name back.
 * Thread: any thread, any handler.   Blocks: as quay_register.
 * Owns:   nothing.
 * Errors: -ENOENT nobody has it; -EINVAL and -EPERM as quay_register. */
QUAY_API int quay_unregister(quay_runtime *rt, const char *name);

/* quay_lookup - the port of a name. It may end at any time, so look it up for each use rather than once.
 * Thread: any thread, any handler.   Blocks: never, and takes no lock.
 * Owns:   nothing.
 * Errors: QUAY_NOBODY when nobody has the name, it makes no sense, or rt is not running. */
QUAY_API quay_port quay_lookup(const quay_runtime *rt, const char *name);

/* quay_group_join - make a port a member of a group, which begins with its first member and ends with its last.
 * Thread: any thread, any handler.   Blocks: for as long as another call uses the groups.
 * Owns:   group is copied.
 * Errors: as quay_register; -EALREADY it is a member. */
QUAY_API int quay_group_join(quay_runtime *rt, const char *group, quay_port port);

/* quay_group_leave - make it one no more.
 * Thread: any thread, any handler.   Blocks: as quay_group_join.
 * Owns:   nothing.
 * Errors: -ENOENT it is no member; -EINVAL and -EPERM as quay_register. */
QUAY_API int quay_group_leave(quay_runtime *rt, const char *group, quay_port port);

/* quay_group_members - who is in a group, in no order.
 * Thread: any thread, any handler.   Blocks: as quay_group_join.
 * Owns:   ports is the caller's; at most room of them are written. It may be NULL with a room of 0.
 * Errors: -EINVAL and -EPERM as quay_register. Returns how many there are, which may be 0 or more than room. */
QUAY_API int quay_group_members(quay_runtime *rt, const char *group, quay_port *ports, size_t room);

/* quay_group_send - send a message to each member there is now.
 * Thread: any thread, any handler.   Blocks: as quay_group_join, and as quay_send at each member whose mailbox has its
 *         senders wait.
 * Owns:   data stays the caller's.
 * Errors: -ENOENT there is no member; -EINVAL, -EMSGSIZE, -ENOMEM, -EPERM and those of a wait: nobody got it. Returns
 *         to how many it was sent: one who has ended, or whose mailbox refuses, is not counted. */
QUAY_API int quay_group_send(quay_runtime *rt, const char *group, uint32_t tag, const void *data, size_t size);

/* quay_group_pick - one member, each in turn.
 * Thread: any thread, any handler.   Blocks: as quay_group_join.
 * Owns:   nothing.
 * Errors: QUAY_NOBODY when there is none, the name makes no sense, or rt is not running. */
QUAY_API quay_port quay_group_pick(quay_runtime *rt, const char *group);

#ifdef __cplusplus
}
#endif
#endif
