/* test_mailbox.c - order, and that a popped mail has left the queue altogether. */
#include "core/mailbox.h"

#include <string.h>

#include "../suite.h"
#include "base/rng.h"

static void assert_pins_nothing(const qy_mailbox *mailbox)
{
    ck_assert(qy_mailbox_empty(mailbox));
    ck_assert_ptr_eq(mailbox->fifo.head, &mailbox->stub);
    ck_assert_ptr_eq(mailbox->fifo.tail, &mailbox->stub);
}

START_TEST(mails_come_in_order_with_their_values)
{
    qy_mailbox mailbox;
    qy_mail mails[4];
    int values[4];
    qy_mailbox_init(&mailbox);
    for (size_t i = 0; i < COUNT_OF(mails); i++) {
        mails[i].value = &values[i];
        qy_mailbox_push(&mailbox, &mails[i]);
    }
    for (size_t i = 0; i < COUNT_OF(mails); i++) {
        ck_assert(!qy_mailbox_empty(&mailbox));
        ck_assert_ptr_eq(qy_mailbox_pop(&mailbox), &mails[i]);
        ck_assert_ptr_eq(mails[i].value, &values[i]);
    }
    ck_assert_ptr_null(qy_mailbox_pop(&mailbox));
}
END_TEST

START_TEST(an_empty_mailbox_pins_nothing)
{
    qy_mailbox mailbox;
    qy_mail mail;
    qy_mailbox_init(&mailbox);
    assert_pins_nothing(&mailbox);
    qy_mailbox_push(&mailbox, &mail);
    ck_assert_ptr_eq(qy_mailbox_pop(&mailbox), &mail);
    assert_pins_nothing(&mailbox);
}
END_TEST

/* Each mail is destroyed as soon as it is popped, and used again later. */
START_TEST(popped_mails_are_used_again)
{
    enum { MAILS = 32 };
    qy_mail mails[MAILS];
    qy_mailbox mailbox;
    qy_rng rng = {.state = 3};
    size_t in = 0, out = 0;
    qy_mailbox_init(&mailbox);
    for (int i = 0; i < 20000; i++) {
        if (in - out < MAILS && qy_rng_below(&rng, 2)) {
            qy_mailbox_push(&mailbox, &mails[in++ % MAILS]);
            continue;
        }
        qy_mail *mail = qy_mailbox_pop(&mailbox);
        ck_assert_ptr_eq(mail, in == out ? NULL : &mails[out % MAILS]);
        if (!mail) continue;
        memset(mail, 0xEE, sizeof *mail);
        if (++out == in) assert_pins_nothing(&mailbox);
    }
}
END_TEST

START_TEST(behind_the_last_there_is_nothing)
{
    qy_mail mails[2];
    qy_mailbox mailbox;
    qy_mailbox_init(&mailbox);
    ck_assert_ptr_null(qy_mailbox_pop_behind(&mailbox, NULL));
    for (int i = 0; i < 2; i++) qy_mailbox_push(&mailbox, &mails[i]);
    ck_assert_ptr_null(qy_mailbox_pop_behind(&mailbox, &mails[1]));
    ck_assert_ptr_eq(qy_mailbox_pop_behind(&mailbox, &mails[0]), &mails[1]);
    ck_assert_ptr_null(qy_mailbox_pop_behind(&mailbox, &mails[0]));
    ck_assert_ptr_eq(qy_mailbox_pop(&mailbox), &mails[0]);
    assert_pins_nothing(&mailbox);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {mails_come_in_order_with_their_values, an_empty_mailbox_pins_nothing,
                            popped_mails_are_used_again, behind_the_last_there_is_nothing};
    return run_tests("mailbox", tests, COUNT_OF(tests));
}
