/* test_thread_slots.c - slots of threads' futures: one future each, numbered for ever; and the word's transitions. */
#include "core/thread_slots.h"

#include "fixture.h"
#include "os/os.h"

/* One that somebody holds. */
static qy_thread_future *take(void)
{
    qy_thread_future *f = qy_thread_slot_take();
    ck_assert_ptr_nonnull(f);
    f->word = (f->word | QY_WORD_REFERENCE) & ~(uint64_t)QY_WORD_CLAIMED;
    return f;
}

static uint64_t generation_of(const qy_thread_future *f)
{
    return qy_word_load(f) >> QY_WORD_GENERATION_SHIFT;
}

START_TEST(a_slot_comes_claimed_and_with_the_next_generation)
{
    qy_thread_future *f = take();
    uint64_t generation = generation_of(f);
    ck_assert_uint_gt(generation, 0);
    qy_word_unrefer(f);
    ck_assert_ptr_eq(qy_thread_slot_take(), f);
    ck_assert_uint_eq(f->word, (generation + 1) << QY_WORD_GENERATION_SHIFT | QY_WORD_CLAIMED);
    qy_thread_slot_free(f);
}
END_TEST

START_TEST(a_slot_is_found_by_its_number)
{
    enum { MANY = 1000 };
    qy_thread_future *f[MANY];
    for (int i = 0; i < MANY; i++) f[i] = take();
    for (int i = 0; i < MANY; i++) {
        ck_assert_ptr_eq(qy_thread_slot(qy_id_slot(f[i]->id) - QY_TABLE_SLOTS), f[i]);
        for (int j = 0; j < i; j++) ck_assert_ptr_ne(f[i], f[j]);
    }
    for (int i = 0; i < MANY; i++) qy_word_unrefer(f[i]);
    ck_assert_ptr_null(qy_thread_slot(UINT32_MAX));
    ck_assert_ptr_null(qy_thread_slot(QY_TABLE_SLOTS - 1));
}
END_TEST

START_TEST(a_slot_whose_generations_are_used_up_retires)
{
    qy_thread_future *f = take();
    f->word = ((UINT64_C(1) << QY_ID_GENERATION_BITS) - 1) << QY_WORD_GENERATION_SHIFT | QY_WORD_REFERENCE;
    qy_word_unrefer(f);
    qy_thread_future *next = take();
    ck_assert_ptr_ne(next, f);
    qy_word_unrefer(next);
}
END_TEST

START_TEST(the_last_reference_lets_go_what_the_future_had)
{
    qy_thread_future *f = take();
    int event = qy_os_event_new();
    f->event = (uint32_t)event + 1;
    f->large = qy_os_allocate(NULL, 1000, 16);
    f->size = 1000;
    qy_word_refer(f);
    qy_word_unrefer(f);
    ck_assert_ptr_nonnull(f->large);
    qy_word_unrefer(f);
    ck_assert_ptr_null(f->large);
    ck_assert_uint_eq(f->event, 0);
    int again = qy_os_event_new(); /* the lowest that is free */
    ck_assert_int_eq(again, event);
    qy_os_event_free(again);
}
END_TEST

START_TEST(a_change_needs_the_word_that_was_seen)
{
    qy_thread_future *f = take();
    uint64_t before = qy_word_load(f), seen = before + 1;
    ck_assert(!qy_word_change(f, &seen, 0));
    ck_assert_uint_eq(seen, before);
    ck_assert_uint_eq(qy_word_set(f, QY_WORD_ANY | QY_WORD_DONE), before);
    ck_assert(qy_word_done(f));
    qy_word_clear(f, QY_WORD_ANY);
    ck_assert_uint_eq(*qy_word_half(f), (uint32_t)(before | QY_WORD_DONE));
    qy_word_unrefer(f);
}
END_TEST

static unsigned strangers;

static void note_stranger(void)
{
    strangers++;
}

/* Whoever drives a simulation may hold futures of real runtimes; the other way round somebody has to say so. */
START_TEST(a_holder_on_another_system_is_told_of_if_that_minds)
{
    const qy_os *here = qy_os_here;
    const qy_os open = {.stranger = NULL}, minds = {.stranger = note_stranger};
    qy_thread_future f = {.os = &open};
    qy_thread_slot_check_holder(&f);
    f.os = &minds;
    qy_os_here = &minds;
    qy_thread_slot_check_holder(&f);
    ck_assert_uint_eq(strangers, 0);
    qy_os_here = here;
    qy_thread_slot_check_holder(&f);
    ck_assert_uint_eq(strangers, 1);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_slot_comes_claimed_and_with_the_next_generation,
                            a_slot_is_found_by_its_number,
                            a_slot_whose_generations_are_used_up_retires,
                            the_last_reference_lets_go_what_the_future_had,
                            a_change_needs_the_word_that_was_seen,
                            a_holder_on_another_system_is_told_of_if_that_minds};
    return run_tests("thread_slots", tests, COUNT_OF(tests));
}
