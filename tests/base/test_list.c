/* test_list.c - links in order, and off again from anywhere. */
#include "base/list.h"

#include "../suite.h"

/* The list has just these members, in this order, and its links agree in both directions. */
static void assert_members(const qy_link *list, qy_link *const *members, size_t count)
{
    const qy_link *at = list;
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_eq(at->next, members[i]);
        ck_assert_ptr_eq(members[i]->previous, at);
        at = members[i];
    }
    ck_assert_ptr_eq(at->next, list);
    ck_assert_ptr_eq(list->previous, at);
    ck_assert_int_eq(qy_list_empty(list), count == 0);
}

START_TEST(a_list_begins_empty)
{
    qy_link list;
    qy_list_init(&list);
    assert_members(&list, NULL, 0);
}
END_TEST

START_TEST(append_goes_to_the_end_and_insert_behind)
{
    qy_link list, a, b, c, d;
    qy_list_init(&list);
    qy_list_append(&list, &b);
    qy_list_append(&list, &d);
    qy_list_insert(&list, &a);
    qy_list_insert(&b, &c);
    assert_members(&list, (qy_link *const[]){&a, &b, &c, &d}, 4);
}
END_TEST

START_TEST(remove_takes_off_from_anywhere)
{
    qy_link list, links[5];
    qy_list_init(&list);
    for (size_t i = 0; i < COUNT_OF(links); i++) qy_list_append(&list, &links[i]);
    qy_list_remove(&links[0]);
    qy_list_remove(&links[2]);
    qy_list_remove(&links[4]);
    assert_members(&list, (qy_link *const[]){&links[1], &links[3]}, 2);
    qy_list_remove(&links[1]);
    qy_list_remove(&links[3]);
    assert_members(&list, NULL, 0);
}
END_TEST

START_TEST(a_link_on_no_list_may_be_removed)
{
    qy_link list, link;
    qy_list_init(&list);
    qy_list_append(&list, &link);
    qy_list_remove(&link);
    qy_list_remove(&link);
    ck_assert(qy_list_empty(&link));
    qy_list_append(&list, &link);
    assert_members(&list, (qy_link *const[]){&link}, 1);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_list_begins_empty, append_goes_to_the_end_and_insert_behind,
                            remove_takes_off_from_anywhere, a_link_on_no_list_may_be_removed};
    return run_tests("list", tests, COUNT_OF(tests));
}
