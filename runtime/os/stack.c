/* stack.c - stacks with guards, and the report of an overflow.
 *
 * A guard by MADV_GUARD_INSTALL costs no mapping. One by mprotect splits the mapping in two, and a process may have
 * vm.max_map_count of these; guards keep to half of that. Ownership: a stack is its maker's. */
#define _GNU_SOURCE
#include "os/switch.h"

#include <ck_pr.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/valgrind.h"

#define GUARD_BYTES ((size_t)64 * 1024) /* so that an ordinary large frame cannot jump it */
#define GUARD_INSTALL 102               /* MADV_GUARD_INSTALL, Linux 6.13 */
#define ALTERNATE_BYTES ((size_t)64 * 1024)

static uint32_t guards_by_mprotect;

/* ---- guards ---- */

static uint32_t most_mappings(void)
{
    char text[32] = "65530";
    int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 65530;
    ssize_t length = read(file, text, sizeof text - 1);
    (void)close(file);
    text[length > 0 ? length : 0] = 0;
    return (uint32_t)strtoul(text, NULL, 10);
}

static int guard_by_mprotect(void *guard)
{
    static uint32_t most;
    if (!ck_pr_load_32(&most)) ck_pr_store_32(&most, most_mappings());
    if (ck_pr_faa_32(&guards_by_mprotect, 1) < ck_pr_load_32(&most) / 4 && !mprotect(guard, GUARD_BYTES, PROT_NONE))
        return 0;
    ck_pr_dec_32(&guards_by_mprotect);
    return -EAGAIN;
}

/* Does advice make guards? An emulator may take the advice and do nothing, so a system call is asked to read one. */
static bool advice_makes_guards(void)
{
    int ends[2];
    long page = sysconf(_SC_PAGESIZE);
    if (pipe(ends)) return false;
    char *probe = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool guarded = probe != MAP_FAILED && !madvise(probe, (size_t)page, GUARD_INSTALL) && write(ends[1], probe, 1) < 0;
    if (probe != MAP_FAILED) (void)munmap(probe, (size_t)page);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return guarded;
}

static pthread_once_t probe_once = PTHREAD_ONCE_INIT;
static bool guards_by_advice;

static void probe_guards(void)
{
    guards_by_advice = advice_makes_guards();
}

/* Which kind this one is, is told by nothing but a count: all stacks of a process have the same kind. */
static int make_guard(void *guard)
{
    (void)pthread_once(&probe_once, probe_guards);
    return guards_by_advice && !madvise(guard, GUARD_BYTES, GUARD_INSTALL) ? 0 : guard_by_mprotect(guard);
}

/* ---- stacks ---- */

static void tell_tools(qy_stack *stack)
{
    stack->valgrind = VALGRIND_STACK_REGISTER(stack->low, stack->low + stack->size);
#ifdef QY_TSAN
    stack->tsan = __tsan_create_fiber(0);
#endif
}

int qy_stack_make(qy_stack *stack, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size = (size + page - 1) / page * page;
    char *memory = mmap(NULL, GUARD_BYTES + size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return -ENOMEM;
    int error = make_guard(memory);
    if (error) {
        (void)munmap(memory, GUARD_BYTES + size);
        return error;
    }
    *stack = (qy_stack){.low = memory + GUARD_BYTES, .size = size, .guard = GUARD_BYTES};
    tell_tools(stack);
    return 0;
}

void qy_stack_free(qy_stack *stack)
{
#ifdef QY_TSAN
    __tsan_destroy_fiber(stack->tsan);
#endif
#ifdef QY_ASAN
    ASAN_UNPOISON_MEMORY_REGION(stack->low, stack->size); /* frames that never returned have red zones */
#endif
    VALGRIND_STACK_DEREGISTER(stack->valgrind);
    (void)munmap(stack->low - stack->guard, stack->guard + stack->size);
    if (ck_pr_load_32(&guards_by_mprotect)) ck_pr_dec_32(&guards_by_mprotect);
}

void qy_stack_adopt(qy_stack *stack)
{
    *stack = (qy_stack){0};
#ifdef QY_TSAN
    stack->tsan = __tsan_get_current_fiber();
#endif
}

/* ---- overflow ---- */

static struct {
    pthread_once_t once;
    struct sigaction before;
    void (*overflow)(const void *address); /* atomic; always the same */
} watch = {.once = PTHREAD_ONCE_INIT};

/* Returning runs the faulting instruction again, now with whatever was installed before. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    void (*overflow)(const void *) = (void (*)(const void *))(uintptr_t)ck_pr_load_ptr(&watch.overflow);
    overflow(info->si_addr);
    (void)sigaction(signal, &watch.before, NULL);
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGSEGV, &action, &watch.before);
}

int qy_stack_watch(void (*overflow)(const void *address), void **alternate)
{
    *alternate = malloc(ALTERNATE_BYTES);
    if (!*alternate) return -ENOMEM;
    ck_pr_store_ptr(&watch.overflow, (void *)(uintptr_t)overflow);
    (void)pthread_once(&watch.once, install);
    stack_t stack = {.ss_sp = *alternate, .ss_size = ALTERNATE_BYTES};
    (void)sigaltstack(&stack, NULL);
    return 0;
}

void qy_stack_unwatch(void *alternate)
{
    if (!alternate) return;
    stack_t none = {.ss_flags = SS_DISABLE};
    (void)sigaltstack(&none, NULL);
    free(alternate);
}
