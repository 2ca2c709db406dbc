/* fiber.c - making, switching and keeping fibers. */
#include "core/fiber.h"

#include "core/life.h"
#include "core/runtime.h"
#include "core/suspend.h"
#include "core/switching.h"

/* A fiber lies at the upper end of its own stack. */
#define FIBER_BYTES ((sizeof(qy_fiber) + 63) / 64 * 64)

/* ---- making ---- */

static void entry(qy_transfer transfer)
{
    qy_worker *worker = qy_me;
    QY_CHECK(worker);
    qy_fiber_arrive(worker, transfer);
    worker->body(worker);
    qy_check_failed("a worker's loop leaves its fiber, it does not return", __FILE__, __LINE__);
}

static void *top_of(qy_fiber *fiber)
{
    return fiber; /* stacks grow down, from below the fiber itself */
}

static size_t room_of(const qy_fiber *fiber)
{
    return fiber->stack.size - FIBER_BYTES;
}

static qy_fiber *make_fiber(qy_worker *worker, int *error)
{
    qy_stack stack;
    *error = worker->os->stack_make(&stack, worker->stack_size + FIBER_BYTES);
    if (*error) return NULL;
    qy_fiber *fiber = (qy_fiber *)(void *)(stack.low + stack.size - FIBER_BYTES);
    *fiber = (qy_fiber){.stack = stack};
    fiber->context = make_fcontext(top_of(fiber), room_of(fiber), entry);
    return fiber;
}

void qy_fiber_trim(qy_worker *worker)
{
    qy_fiber *fiber = qy_fiber_take(worker);
    qy_stack stack = fiber->stack;
    worker->os->stack_free(&stack);
}

int qy_fiber_init(qy_worker *worker)
{
    int error;
    qy_fiber *fiber = make_fiber(worker, &error);
    if (fiber) qy_fiber_keep(worker, fiber);
    return error;
}

int qy_fiber_prepare(qy_worker *worker)
{
    if (!worker->fiber) return -EDEADLK;
    return QY_LIKELY(worker->spare != NULL) ? 0 : qy_fiber_init(worker);
}

/* ---- the first and the last ---- */

void qy_fiber_enter(qy_worker *worker, void (*body)(qy_worker *))
{
    QY_CHECK(!worker->fiber);
    qy_fiber thread = {0}; /* the thread's own stack */
    qy_stack_adopt(&thread.stack);
    worker->body = body;
    worker->thread = &thread;
    worker->fiber = &thread;
    qy_fiber_go_to(worker, qy_fiber_take(worker));
    worker->fiber = worker->thread = NULL;
}

void qy_fiber_leave(qy_worker *worker)
{
    QY_CHECK(worker->thread && !worker->running);
    qy_fiber_keep(worker, worker->fiber);
    qy_fiber_go_to(worker, worker->thread);
}

void qy_fiber_free_all(qy_worker *worker)
{
    QY_CHECK(!worker->fiber);
    while (worker->spare) {
        qy_stack stack = qy_fiber_take(worker)->stack;
        worker->os->stack_free(&stack);
    }
}

/* ---- overflow ---- */

static bool in_guard(const qy_stack *stack, const void *address)
{
    uintptr_t at = (uintptr_t)address;
    uintptr_t low = (uintptr_t)stack->low;
    return at < low && at >= low - stack->guard;
}

/* In a signal handler, on the alternate stack. */
void qy_fiber_report_overflow(const void *address)
{
    char text[256];
    const qy_worker *worker = qy_me;
    if (!worker || !worker->fiber || !in_guard(&worker->fiber->stack, address)) return;
    const quay_self *self = worker->running;
    qy_format(text, sizeof text,
              "port %s overflowed its stack of %zu KiB while handling a message with tag %u; raise "
              "quay_runtime_options.stack_size, or use less stack",
              self ? qy_port_name(self->port) : "unnamed", worker->stack_size / 1024,
              self && self->message ? self->message->tag : 0);
    qy_os_print(text);
}
