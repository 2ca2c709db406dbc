/* test_table.c - an id released is never accepted again: against a model, at the ends of generations and slots, and
 * from one table of a home to the next. */
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "base/rng.h"
#include "counted.h"

#define HOME 5

static void begin(qy_table *table, uint32_t floor)
{
    allowed = UINT32_MAX;
    qy_table_init(table, &counted, HOME, floor);
}

static void end(qy_table *table)
{
    qy_table_free(table);
    ck_assert_uint_eq(live, 0);
}

/* What a table's owner does: things know their id. */
typedef struct thing {
    uint64_t id;
} thing;

static thing *find(const qy_table *table, uint64_t id)
{
    thing *found = qy_table_find(table, id);
    return found && found->id == id ? found : NULL;
}

static void bind(qy_table *table, thing *t, uint64_t id)
{
    ck_assert_uint_ne(id, 0);
    t->id = id;
    qy_table_bind(table, id, t);
    ck_assert_ptr_eq(find(table, id), t);
}

/* ---- ids ---- */

START_TEST(an_id_is_home_slot_and_generation)
{
    uint32_t homes[] = {0, 1, QY_ID_HOMES - 1}, slots[] = {0, 1, 12345, (1u << QY_ID_SLOT_BITS) - 1};
    uint32_t generations[] = {0, 1, QY_ID_LAST_GENERATION};
    for (size_t i = 0; i < COUNT_OF(homes) * COUNT_OF(slots) * COUNT_OF(generations); i++) {
        uint32_t home = homes[i % COUNT_OF(homes)];
        uint32_t slot = slots[i / COUNT_OF(homes) % COUNT_OF(slots)];
        uint32_t generation = generations[i / COUNT_OF(homes) / COUNT_OF(slots)];
        uint64_t id = qy_id_make(home, slot, generation);
        ck_assert_uint_eq(qy_id_home(id), home);
        ck_assert_uint_eq(qy_id_slot(id), slot);
        ck_assert_uint_eq(qy_id_generation(id), generation);
    }
}
END_TEST

/* ---- the model ---- */

#define THINGS 4000
#define STALE 20000

/* The ids of a run: those that must lead to their thing, and those that must lead to nothing. */
typedef struct run {
    qy_table table;
    qy_rng rng;
    thing things[THINGS]; /* id 0: not bound */
    uint64_t stale[STALE];
    size_t stale_count;
} run;

static void change_one(run *r)
{
    thing *t = &r->things[qy_rng_below(&r->rng, THINGS)];
    if (!t->id) {
        bind(&r->table, t, qy_table_reserve(&r->table));
        return;
    }
    if (r->stale_count < STALE) r->stale[r->stale_count++] = t->id;
    qy_table_release(&r->table, t->id);
    t->id = 0;
}

static void count_bound(void *context, void *pointer)
{
    ck_assert_uint_ne(((thing *)pointer)->id, 0);
    ++*(size_t *)context;
}

static void assert_run(run *r)
{
    size_t bound = 0, visited = 0;
    for (size_t i = 0; i < THINGS; i++) {
        if (!r->things[i].id) continue;
        bound++;
        ck_assert_ptr_eq(find(&r->table, r->things[i].id), &r->things[i]);
    }
    for (size_t i = 0; i < r->stale_count; i++) ck_assert_ptr_null(find(&r->table, r->stale[i]));
    qy_table_each(&r->table, count_bound, &visited);
    ck_assert_uint_eq(visited, bound);
}

START_TEST(random_operations_agree_with_a_model)
{
    run *r = calloc(1, sizeof *r);
    ck_assert_ptr_nonnull(r);
    for (uint64_t seed = 0; seed < 3; seed++) {
        memset(r, 0, sizeof *r);
        r->rng = (qy_rng){.state = seed};
        begin(&r->table, 1);
        for (int i = 0; i < 40000; i++) {
            change_one(r);
            if (i % 4000 == 0) assert_run(r);
        }
        assert_run(r);
        end(&r->table);
    }
    free(r);
}
END_TEST

static void release_it(void *context, void *pointer)
{
    qy_table *table = context;
    qy_table_release(table, ((thing *)pointer)->id);
}

START_TEST(each_may_release_what_it_visits)
{
    static thing things[3 * QY_TABLE_CHUNK];
    qy_table table;
    size_t left = 0;
    begin(&table, 1);
    for (size_t i = 0; i < COUNT_OF(things); i++) bind(&table, &things[i], qy_table_reserve(&table));
    qy_table_each(&table, release_it, &table);
    qy_table_each(&table, count_bound, &left);
    ck_assert_uint_eq(left, 0);
    end(&table);
}
END_TEST

START_TEST(the_slot_freed_last_is_used_first)
{
    qy_table table;
    thing a, b;
    begin(&table, 1);
    bind(&table, &a, qy_table_reserve(&table));
    bind(&table, &b, qy_table_reserve(&table));
    qy_table_release(&table, a.id);
    ck_assert_uint_eq(qy_table_reserve(&table), a.id + 1);
    end(&table);
}
END_TEST

START_TEST(a_reserved_id_may_be_released_unbound)
{
    qy_table table;
    begin(&table, 1);
    uint64_t id = qy_table_reserve(&table);
    qy_table_release(&table, id);
    ck_assert_ptr_null(qy_table_find(&table, id));
    ck_assert_uint_eq(qy_table_reserve(&table), id + 1);
    end(&table);
}
END_TEST

/* ---- the end of generations ---- */

START_TEST(a_slot_that_used_up_its_generations_is_retired)
{
    qy_table table;
    thing t;
    begin(&table, QY_ID_LAST_GENERATION - 1);
    uint64_t id = qy_table_reserve(&table);
    uint32_t slot = qy_id_slot(id);
    for (int life = 0; life < 2; life++) {
        ck_assert_uint_eq(qy_id_slot(id), slot);
        bind(&table, &t, id);
        qy_table_release(&table, id);
        ck_assert_ptr_null(find(&table, id));
        id = qy_table_reserve(&table);
    }
    ck_assert_uint_ne(qy_id_slot(id), slot);
    for (int i = 0; i < 2 * QY_TABLE_CHUNK; i++) ck_assert_uint_ne(qy_id_slot(qy_table_reserve(&table)), slot);
    end(&table);
}
END_TEST

START_TEST(renewing_keeps_the_slot_and_ends_with_its_generations)
{
    qy_table table;
    begin(&table, QY_ID_LAST_GENERATION - 1);
    uint64_t id = qy_table_reserve(&table);
    ck_assert_uint_eq(qy_table_renew(&table, id), id + 1);
    ck_assert_uint_eq(qy_table_renew(&table, id + 1), 0);
    ck_assert_ptr_null(qy_table_find(&table, id + 1));
    end(&table);
}
END_TEST

START_TEST(what_is_used_again_stays_bound_until_its_generations_end)
{
    qy_table table;
    thing t;
    begin(&table, QY_ID_LAST_GENERATION - 2);
    uint64_t id = qy_table_reserve(&table);
    bind(&table, &t, id);
    ck_assert_uint_eq(qy_table_reuse(&table, id), id + 1);
    ck_assert_ptr_eq(qy_table_find(&table, id + 1), &t);
    ck_assert_uint_eq(qy_table_reuse(&table, id + 1), id + 2);
    ck_assert_uint_eq(qy_table_floor(&table), 0);
    ck_assert_uint_eq(qy_table_reuse(&table, id + 2), 0);
    ck_assert_ptr_null(qy_table_find(&table, id + 2));
    end(&table);
}
END_TEST

START_TEST(the_next_table_starts_above_every_id_of_this_one)
{
    qy_table table;
    thing t;
    begin(&table, 1);
    uint64_t highest = 0, bound = qy_table_reserve(&table);
    bind(&table, &t, bound);
    for (int i = 0; i < 1000; i++) {
        highest = qy_table_reserve(&table);
        qy_table_release(&table, highest);
    }
    uint32_t floor = qy_table_floor(&table);
    ck_assert_uint_gt(floor, qy_id_generation(highest));
    ck_assert_uint_gt(floor, qy_id_generation(bound));
    end(&table);
    begin(&table, floor);
    ck_assert_uint_ge(qy_id_generation(qy_table_reserve(&table)), floor);
    end(&table);
}
END_TEST

START_TEST(the_next_table_starts_above_ids_that_were_renewed_and_may_be_out)
{
    qy_table table;
    thing t;
    begin(&table, 1);
    uint64_t id = qy_table_reserve(&table);
    bind(&table, &t, id);
    id = qy_table_reuse(&table, id);
    ck_assert_uint_gt(qy_table_floor(&table), qy_id_generation(id));
    id = qy_table_renew(&table, id);
    ck_assert_uint_gt(qy_table_floor(&table), qy_id_generation(id));
    end(&table);
}
END_TEST

START_TEST(a_fresh_table_raises_the_floor_too)
{
    qy_table table;
    begin(&table, 7);
    uint64_t reserved = qy_table_reserve(&table);
    ck_assert_uint_gt(qy_table_floor(&table), qy_id_generation(reserved));
    end(&table);
}
END_TEST

START_TEST(a_home_with_few_generations_left_is_used_up)
{
    qy_table table;
    begin(&table, QY_ID_LAST_GENERATION - 5);
    qy_table_release(&table, qy_table_reserve(&table));
    ck_assert_uint_eq(qy_table_floor(&table), 0);
    end(&table);
}
END_TEST

/* ---- claims ---- */

START_TEST(claimed_ids_are_apart_from_reserved_ones)
{
    qy_table table;
    thing t;
    begin(&table, 3);
    uint64_t reserved = qy_table_reserve(&table);
    uint64_t claimed = qy_table_claim(&table);
    ck_assert_uint_ne(qy_id_slot(reserved) / QY_TABLE_CHUNK, qy_id_slot(claimed) / QY_TABLE_CHUNK);
    uint64_t last = claimed + (QY_TABLE_CHUNK - 1) * QY_TABLE_STEP;
    ck_assert_uint_eq(qy_id_generation(last), 3);
    ck_assert_uint_eq(qy_id_home(last), HOME);
    ck_assert_int_eq(qy_table_provide(&table, last), 0);
    bind(&table, &t, last);
    for (int i = 0; i < 2 * QY_TABLE_CHUNK; i++) {
        uint32_t chunk = qy_id_slot(qy_table_reserve(&table)) / QY_TABLE_CHUNK;
        ck_assert_uint_ne(chunk, qy_id_slot(claimed) / QY_TABLE_CHUNK);
    }
    end(&table);
}
END_TEST

START_TEST(an_id_is_unborn_from_its_claim_until_it_is_bound)
{
    qy_table table;
    thing t;
    begin(&table, 1);
    uint64_t id = qy_table_claim(&table);
    ck_assert(qy_table_unborn(&table, id));
    ck_assert_int_eq(qy_table_provide(&table, id), 0);
    ck_assert(qy_table_unborn(&table, id));
    bind(&table, &t, id);
    ck_assert(!qy_table_unborn(&table, id));
    uint64_t next = qy_table_renew(&table, id);
    ck_assert(!qy_table_unborn(&table, id));
    ck_assert(qy_table_unborn(&table, next));
    ck_assert(!qy_table_unborn(&table, next + QY_TABLE_CHUNK * QY_TABLE_STEP));
    end(&table);
}
END_TEST

START_TEST(claims_end_with_the_slots)
{
    qy_table table;
    begin(&table, 1);
    for (uint32_t i = 0; i < QY_TABLE_SLOTS / QY_TABLE_CHUNK; i++) {
        uint64_t first = qy_table_claim(&table);
        ck_assert_uint_ne(first, 0);
        ck_assert_uint_le(qy_id_slot(first), QY_TABLE_SLOTS - QY_TABLE_CHUNK);
    }
    for (int i = 0; i < 3; i++) ck_assert_uint_eq(qy_table_claim(&table), 0);
    ck_assert_uint_eq(qy_table_reserve(&table), 0);
    end(&table);
}
END_TEST

START_TEST(a_far_slot_grows_the_directory_and_keeps_the_near_ones)
{
    qy_table table;
    thing near, far;
    begin(&table, 1);
    bind(&table, &near, qy_table_reserve(&table));
    uint64_t claimed = 0;
    for (int i = 0; i < 1000; i++) claimed = qy_table_claim(&table);
    ck_assert_ptr_null(qy_table_find(&table, claimed));
    ck_assert_int_eq(qy_table_provide(&table, claimed), 0);
    bind(&table, &far, claimed);
    ck_assert_ptr_eq(find(&table, near.id), &near);
    end(&table);
}
END_TEST

/* ---- no memory ---- */

START_TEST(a_table_without_memory_says_so_and_goes_on_with_it)
{
    qy_table table;
    begin(&table, 1);
    for (allowed = 0; allowed < 2; allowed++) {
        unsigned before = allowed;
        ck_assert_uint_eq(qy_table_reserve(&table), 0); /* no directory, then no chunk */
        allowed = before;
    }
    uint64_t claimed = qy_table_claim(&table);
    allowed = 0;
    ck_assert_int_eq(qy_table_provide(&table, claimed), -ENOMEM);
    ck_assert_ptr_null(qy_table_find(&table, claimed));
    allowed = UINT32_MAX;
    thing t;
    bind(&table, &t, qy_table_reserve(&table));
    ck_assert_int_eq(qy_table_provide(&table, claimed), 0);
    end(&table);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_id_is_home_slot_and_generation,
                            random_operations_agree_with_a_model,
                            each_may_release_what_it_visits,
                            the_slot_freed_last_is_used_first,
                            a_reserved_id_may_be_released_unbound,
                            a_slot_that_used_up_its_generations_is_retired,
                            renewing_keeps_the_slot_and_ends_with_its_generations,
                            what_is_used_again_stays_bound_until_its_generations_end,
                            the_next_table_starts_above_every_id_of_this_one,
                            the_next_table_starts_above_ids_that_were_renewed_and_may_be_out,
                            a_fresh_table_raises_the_floor_too,
                            a_home_with_few_generations_left_is_used_up,
                            claimed_ids_are_apart_from_reserved_ones,
                            an_id_is_unborn_from_its_claim_until_it_is_bound,
                            claims_end_with_the_slots,
                            a_far_slot_grows_the_directory_and_keeps_the_near_ones,
                            a_table_without_memory_says_so_and_goes_on_with_it};
    return run_tests("table", tests, COUNT_OF(tests));
}
