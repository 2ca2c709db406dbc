/* explain.c - what each error means, and what to do. */
#include <errno.h>
#include <quay/error.h>

typedef struct explanation {
    int error;
    const char *name;
    const char *text;
} explanation;

static const explanation explanations[] = {
    {0, "ok", "No error."},
    {EAGAIN, "EAGAIN",
     "There is no room now: the mailbox or the queue of quay_offload is full, or a number, a thread or a guarded stack "
     "cannot be had. Try again later, or raise the limit (for stacks vm.max_map_count)."},
    {EPIPE, "EPIPE", "There is no such port: it has ended, or its runtime has. Spawn it again, or stop sending to it."},
    {ETIMEDOUT, "ETIMEDOUT", "The deadline passed. Give more time, or find out what the other side was busy with."},
    {ECANCELED, "ECANCELED", "It was cancelled, or the port or the runtime was being ended. Clean up and return."},
    {EDEADLK, "EDEADLK",
     "Waiting here would never end: a handler cannot wait for its own runtime, nor for a port that waits for it, be it "
     "for "
     "an answer or for room in a mailbox. Use quay_then, a deadline, or a thread outside the runtime."},
    {EOWNERDEAD, "EOWNERDEAD",
     "The port that was to answer ended before it did. Ask its successor, or find the reason by quay_join."},
    {ENOMSG, "ENOMSG",
     "The handler returned without answering. Have it call quay_reply, quay_fail, quay_forward or quay_defer."},
    {EMSGSIZE, "EMSGSIZE",
     "The size does not fit: the payload is beyond QUAY_MESSAGE_MAX, or the answer is larger than the room for it. "
     "Send "
     "less, or make room."},
    {EBADMSG, "EBADMSG", "The message is not what the handler expects. Check its tag and its payload's size."},
    {EMFILE, "EMFILE", "The process has as many files open as it may. Close some, or raise the limit (ulimit -n)."},
    {ENFILE, "ENFILE", "The system has as many files open as it may. Close some, or raise the limit (fs.file-max)."},
    {ENOMEM, "ENOMEM",
     "There is no memory, or the runtime has reached its memory_limit. Nothing was lost; let what is queued be "
     "handled, or free some, and try again."},
    {EINVAL, "EINVAL", "An argument makes no sense here. See the function's description for what it accepts."},
    {EPERM, "EPERM",
     "This is not the caller's to use: a future belongs to the port that made it, and a runtime to its process, not to "
     "a "
     "forked child. To hand a result on, use quay_then or a promise."},
    {EPROTO, "EPROTO",
     "One seed was run twice, and not the same happened: something outside the simulation decides, such as a real "
     "clock, "
     "rand(), an address, or a static variable that is not reset. Take it from a message, or from the seed."},
    {ECHILD, "ECHILD",
     "A supervisor's children failed more often than it allows, so it gave up. Look for the reason of the first "
     "failure, "
     "or allow more restarts."},
    {EEXIST, "EEXIST",
     "The name is taken. Choose another, or unregister it; the name of a port that ends is free again."},
    {ENOENT, "ENOENT", "Nobody has that name, or the port is not in that group. Register it first."},
    {EALREADY, "EALREADY",
     "It has happened before: an answer is given once, and a future has one receiver. Drop the second."},
};

static const explanation *find(int error)
{
    for (unsigned i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        if (-explanations[i].error == error) return &explanations[i];
    }
    return 0;
}

const char *quay_strerror(int error)
{
    const explanation *found = find(error);
    return found ? found->name : "unknown";
}

const char *quay_explain(int error)
{
    const explanation *found = find(error);
    return found ? found->text
                 : "This is not an error of Quay's; a handler may have returned it. See the C library's strerror.";
}
