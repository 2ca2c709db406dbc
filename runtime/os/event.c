/* event.c - descriptors that say by being readable that something has happened.
 *
 * Ownership: the caller's. Read next: stack.c. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "os/os.h"

int qy_os_event_new(void)
{
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    return event < 0 ? -errno : event;
}

/* To the highest count there is, of which each read takes one. Once there, a further raise is refused. */
void qy_os_event_raise(int event)
{
    int error = eventfd_write(event, UINT64_MAX - 1);
    QY_CHECK(!error || errno == EAGAIN);
}

void qy_os_event_free(int event)
{
    (void)close(event);
}
