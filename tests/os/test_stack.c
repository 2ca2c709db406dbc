/* test_stack.c - stacks: one can jump to them, they have what was asked for, and below them nothing can be touched. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "../suite.h"
#include "os/switch.h"

/* ---- switching ---- */

typedef struct visit {
    qy_stack stack, thread;
    unsigned calls;
    size_t depth; /* to be used */
} visit;

static visit v;

static void use_stack(size_t depth)
{
    volatile char frame[1024];
    frame[0] = 1;
    if (depth > sizeof frame) use_stack(depth - sizeof frame);
    frame[1] = frame[0];
}

static void visitor(qy_transfer transfer)
{
    for (;;) {
        qy_switch_end(&v.stack, &v.thread);
        ck_assert_ptr_eq(transfer.data, &v);
        v.calls++;
        char here;
        ck_assert(&here > v.stack.low && &here < v.stack.low + v.stack.size);
        if (v.depth) use_stack(v.depth);
        qy_switch_begin(&v.stack, &v.thread);
        transfer = jump_fcontext(transfer.from, &v);
    }
}

static void visit_it(size_t size, unsigned times)
{
    v = (visit){.depth = size / 4};
    ck_assert_int_eq(qy_stack_make(&v.stack, size), 0);
    qy_stack_adopt(&v.thread);
    qy_context context = make_fcontext(v.stack.low + v.stack.size, v.stack.size, visitor);
    for (unsigned i = 1; i <= times; i++) {
        qy_switch_begin(&v.thread, &v.stack);
        context = jump_fcontext(context, &v).from;
        qy_switch_end(&v.thread, &v.stack);
        ck_assert_uint_eq(v.calls, i);
    }
    qy_stack_free(&v.stack);
}

START_TEST(to_a_stack_and_back)
{
    visit_it(64 * 1024, 100);
    visit_it(8 << 20, 3);
}
END_TEST

/* ---- memory ---- */

START_TEST(a_stack_is_whole_pages_and_writable)
{
    static const size_t sizes[] = {1, 4096, 4097, 100000, 1 << 20};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        qy_stack stack;
        ck_assert_int_eq(qy_stack_make(&stack, sizes[i]), 0);
        ck_assert_uint_ge(stack.size, sizes[i]);
        ck_assert_uint_eq((uintptr_t)stack.low % 4096, 0);
        ck_assert_uint_eq(stack.size % 4096, 0);
        ck_assert_uint_gt(stack.guard, 28 * 1024); /* so that an ordinary large frame does not jump it */
        memset(stack.low, 0x5A, stack.size);
        qy_stack_free(&stack);
    }
}
END_TEST

START_TEST(more_than_there_is_is_an_error)
{
    qy_stack stack;
    ck_assert_int_eq(qy_stack_make(&stack, (size_t)1 << 60), -ENOMEM);
}
END_TEST

START_TEST(many_stacks_come_and_go)
{
    enum { MANY = 1000 };
    static qy_stack stacks[MANY];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++) ck_assert_int_eq(qy_stack_make(&stacks[i], 64 * 1024), 0);
        for (int i = 0; i < MANY; i++) qy_stack_free(&stacks[i]);
    }
}
END_TEST

/* ---- guards ---- */

static void touch(size_t below)
{
    qy_stack stack;
    ck_assert_int_eq(qy_stack_make(&stack, 4096), 0);
    *(volatile char *)(stack.low - below) = 1;
}

/* Expected: SIGSEGV. */
START_TEST(the_guard_begins_below_the_stack)
{
    touch(1);
}
END_TEST

START_TEST(the_guard_is_as_large_as_it_says)
{
    touch(64 * 1024);
}
END_TEST

/* What is called is told where; then the process ends as it would have. */
static char *volatile expected_at; /* read in a signal handler */

static void note_touch(const void *address)
{
    if (address == expected_at) raise(SIGUSR1);
}

START_TEST(who_watches_is_told_of_the_address)
{
    qy_stack stack;
    void *alternate;
    ck_assert_int_eq(qy_stack_watch(note_touch, &alternate), 0);
    ck_assert_int_eq(qy_stack_make(&stack, 4096), 0);
    expected_at = stack.low - 100;
    *(volatile char *)expected_at = 1;
}
END_TEST

static void ignore_touch(const void *address)
{
    (void)address;
}

START_TEST(the_process_ends_all_the_same)
{
    void *alternate, *second;
    ck_assert_int_eq(qy_stack_watch(ignore_touch, &alternate), 0);
    qy_stack_unwatch(alternate);
    qy_stack_unwatch(NULL);
    ck_assert_int_eq(qy_stack_watch(ignore_touch, &second), 0);
    touch(1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stack");
    TCase *tcase = tcase_create("stack");
    tcase_add_test(tcase, to_a_stack_and_back);
    tcase_add_test(tcase, a_stack_is_whole_pages_and_writable);
    tcase_add_test(tcase, more_than_there_is_is_an_error);
    tcase_add_test(tcase, many_stacks_come_and_go);
#if !defined(QY_ASAN) && !defined(QY_TSAN) /* they take these signals for themselves */
    tcase_add_test_raise_signal(tcase, the_guard_begins_below_the_stack, SIGSEGV);
    tcase_add_test_raise_signal(tcase, the_guard_is_as_large_as_it_says, SIGSEGV);
    tcase_add_test_raise_signal(tcase, the_process_ends_all_the_same, SIGSEGV);
    tcase_add_test_raise_signal(tcase, who_watches_is_told_of_the_address, SIGUSR1);
#else
    (void)the_guard_begins_below_the_stack, (void)the_guard_is_as_large_as_it_says;
    (void)the_process_ends_all_the_same, (void)who_watches_is_told_of_the_address;
#endif
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
