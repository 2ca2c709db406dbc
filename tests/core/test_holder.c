/* test_holder.c - an ask passed on: what is known of who has it, and cancels that go that way. Rings: test_ring.c. */
#include "core/holder.h"

#include "fixture.h"

enum { ASK };

static quay_port a, b, c, d; /* a asks b, who passes it on to c; some pass it on to d */
static int result_c;

static void begin(void)
{
    machine_start(&m, 3);
    result_c = 1;
}

static void end(void)
{
    assert_all_accounted();
    machine_stop(&m);
}

static int pass_to_c(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    ck_assert_int_eq(quay_forward(self, c), 0);
    return 0;
}

static int pass_to_d(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    ck_assert_int_eq(quay_forward(self, d), 0);
    return 0;
}

/* ---- what the future knows ---- */

static quay_future *f;
static qy_port_future *of_port; /* the same */

static void ask(quay_self *self)
{
    (void)self;
    f = quay_ask(b, ASK, NULL, 0, QUAY_FOREVER);
    of_port = (qy_port_future *)f;
}

static void cancel(quay_self *self)
{
    (void)self;
    ck_assert_int_eq(quay_cancel(f), 0);
}

static void cancel_and_drop(quay_self *self)
{
    cancel(self);
    quay_drop(f);
}

static void drop(quay_self *self)
{
    (void)self;
    quay_drop(f);
}

static void await(quay_self *self)
{
    (void)self;
    ck_assert_int_eq(quay_await(f, NULL, 0), 0);
    quay_drop(f);
}

static int answer(quay_self *self, void *state, const quay_message *message)
{
    (void)note_message(self, state, message);
    return quay_reply(self, NULL, 0);
}

/* It is at work for as long as it is let. */
static int be_at_work(quay_self *self, void *state, const quay_message *message)
{
    (void)note_message(self, state, message);
    result_c = quay_sleep(self, QUAY_SEC(1000));
    ck_assert(quay_cancelled(self) == (result_c == -ECANCELED));
    return result_c;
}

static void begin_asking(unsigned home_of_c, quay_handler *handler_of_c)
{
    begin();
    a = spawn_on(0, do_as_told, NULL);
    b = spawn_on(1, pass_to_c, NULL);
    c = spawn_on(home_of_c, handler_of_c, NULL);
}

/* b, of worker 1, has passed it on; what is sent of that to others has not arrived. */
static void ask_and_pass_on(void)
{
    give_order(a, ask);
    (void)step(0);
    (void)step(1);
}

START_TEST(the_future_learns_who_has_the_ask)
{
    for (unsigned home = 0; home < 3; home++) {
        begin_asking(home, be_at_work);
        give_order(a, ask);
        (void)step(0);
        ck_assert_uint_eq(of_port->callee, b.id);
        settle_down();
        ck_assert_uint_eq(of_port->callee, c.id);
        give_order(a, cancel_and_drop);
        settle_down();
        end();
    }
}
END_TEST

/* From c, on worker 2, to d, on worker 1: that d has it comes first, or second. */
START_TEST(the_last_holder_counts)
{
    for (int first = 0; first < 2; first++) {
        begin_asking(2, pass_to_d);
        d = spawn_on(1, be_at_work, NULL);
        ask_and_pass_on();
        (void)step(2);
        if (!first) take_all(0);
        ck_assert_uint_eq(of_port->callee, first ? b.id : c.id);
        take_all(1);
        qy_outbound_flush(as_worker(1));
        as_nobody();
        take_all(0);
        ck_assert_uint_eq(of_port->callee, d.id);
        settle_down();
        ck_assert_uint_eq(of_port->callee, d.id);
        give_order(a, cancel_and_drop);
        settle_down();
        ck_assert_int_eq(result_c, -ECANCELED);
        end();
    }
}
END_TEST

static void tell_holder(uint64_t id, quay_port port, uint64_t stamp)
{
    uint64_t holder[] = {port.id, stamp};
    ck_assert_int_eq(qy_send_control(id, QY_KIND_HOLDER, 0, NULL, holder, sizeof holder), 0);
    settle_down();
}

START_TEST(news_of_an_earlier_holder_or_of_another_ask_is_none)
{
    begin_asking(2, be_at_work);
    give_order(a, ask);
    settle_down();
    uint64_t first = of_port->id;
    tell_holder(first, b, of_port->forwarded);
    ck_assert_uint_eq(of_port->callee, c.id);
    tell_holder(first, b, of_port->forwarded + 10);
    ck_assert_uint_eq(of_port->callee, b.id);
    tell_holder(first, c, of_port->forwarded + 10);
    give_order(a, cancel_and_drop);
    settle_down();
    give_order(a, ask);
    settle_down();
    ck_assert_uint_ne(of_port->id, first);
    ck_assert_uint_eq(qy_id_slot(of_port->id), qy_id_slot(first)); /* in the same block; it goes by later stamps */
    ck_assert_uint_eq(of_port->callee, c.id);
    tell_holder(first, b, of_port->forwarded + 10);
    tell_holder(first + 100 * QY_TABLE_STEP, b, of_port->forwarded + 10);
    ck_assert_uint_eq(of_port->callee, c.id);
    give_order(a, cancel_and_drop);
    settle_down();
    end();
}
END_TEST

/* d's answer, and even the next ask, are there before it is told that c had it. */
START_TEST(an_answer_may_come_first)
{
    begin_asking(2, pass_to_d);
    d = spawn_on(1, answer, NULL);
    ask_and_pass_on();
    (void)step(2);
    (void)step(1);
    give_order(a, await);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(living_futures(m.rt->workers[0]), 0);
    end();
}
END_TEST

static void await_no_memory(quay_self *self)
{
    (void)self;
    ck_assert_int_eq(quay_await(f, NULL, 0), -ENOMEM);
    quay_drop(f);
}

/* A place in the mailbox it would have got is given back. */
START_TEST(an_ask_is_refused_if_who_asked_cannot_be_told)
{
    for (int bounded = 0; bounded < 2; bounded++) {
        begin_asking(2, answer);
        if (bounded) c = spawn_on(1, answer, &(quay_port_options){.mailbox_limit = 1});
        else c = spawn_on(1, answer, NULL);
        give_order(a, ask);
        (void)step(0);
        ration(1, 2 * QY_CACHE_LINE, 2); /* for the ask that arrives, and when it is passed on */
        (void)step(1);
        ck_assert_uint_gt(m.refused, 0);
        feed();
        give_order(a, await_no_memory);
        settle_down();
        ck_assert_uint_eq(noted.count, 0);
        ck_assert_uint_eq(stats().dead[QUAY_DEAD_REFUSED], 1);
        give_order(a, ask);
        give_order(a, await);
        settle_down();
        ck_assert_uint_eq(noted.count, 1);
        end();
    }
}
END_TEST

/* ---- cancels ---- */

START_TEST(a_cancel_reaches_the_port_that_has_it)
{
    for (unsigned home = 0; home < 3; home++) {
        begin_asking(home, be_at_work);
        give_order(a, ask);
        settle_down();
        give_order(a, cancel_and_drop);
        settle_down();
        ck_assert_int_eq(result_c, -ECANCELED);
        end();
    }
}
END_TEST

START_TEST(an_ask_passed_on_and_cancelled_in_the_mailbox_is_not_handled)
{
    begin_asking(2, be_at_work);
    ask_and_pass_on();
    take_all(2);
    qy_outbound_flush(as_worker(2));
    as_nobody();
    give_order(a, cancel_and_drop);
    (void)step(0);
    settle_down();
    ck_assert_uint_eq(noted.count, 0);
    ck_assert_uint_eq(stats().dead[QUAY_DEAD_EXPIRED], 1);
    end();
}
END_TEST

/* The future has been cancelled, and with `order` dropped, and another ask may be in its place, before it learns. */
static void cancel_before_it_arrives(in_handler *order, bool again)
{
    begin_asking(2, be_at_work);
    ask_and_pass_on();
    give_order(a, order);
    (void)step(0);
    if (again) {
        give_order(a, ask);
        (void)step(0);
    }
    settle_down();
    ck_assert_int_eq(result_c, -ECANCELED);
    if (again) give_order(a, cancel_and_drop);
    else if (order == cancel) give_order(a, drop);
    settle_down();
    end();
}

START_TEST(a_cancel_follows_an_ask_that_is_on_its_way)
{
    cancel_before_it_arrives(cancel, false);
    cancel_before_it_arrives(cancel_and_drop, false);
    cancel_before_it_arrives(cancel_and_drop, true);
}
END_TEST

START_TEST(an_ask_that_nobody_waits_for_is_passed_on_all_the_same)
{
    begin_asking(2, answer);
    ask_and_pass_on();
    give_order(a, drop);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_uint_eq(stats().late, 1);
    end();
}
END_TEST

/* ---- asks of threads ---- */

static void begin_asking_as_thread(bool passed_on)
{
    begin_asking(2, be_at_work);
    f = quay_ask(b, ASK, NULL, 0, QUAY_FOREVER);
    if (passed_on) settle_down();
    else (void)step(1);
}

START_TEST(a_threads_cancel_reaches_the_port_that_has_it)
{
    for (int passed_on = 0; passed_on < 2; passed_on++) {
        begin_asking_as_thread(passed_on);
        ck_assert_int_eq(quay_cancel(f), 0);
        if (!passed_on) quay_drop(f); /* the slot is free when it arrives */
        settle_down();
        ck_assert_int_eq(result_c, passed_on ? -ECANCELED : 1);
        ck_assert_uint_eq(noted.count, passed_on ? 1 : 0); /* what has not begun never does */
        if (passed_on) quay_drop(f);
        end();
    }
}
END_TEST

START_TEST(a_threads_slot_is_anothers_when_the_ask_arrives)
{
    begin_asking_as_thread(false);
    quay_drop(f);
    quay_future *next = quay_ask(a, 7, NULL, 0, QUAY_FOREVER);
    ck_assert_ptr_eq(next, f);
    (void)step(2);
    ck_assert_int_eq(result_c, 1);
    ck_assert_int_eq(quay_cancel(next), 0); /* of a, not of c */
    quay_drop(next);
    settle_down();
    ck_assert_int_eq(result_c, 1);
    m.now += QUAY_SEC(1000);
    settle_down();
    ck_assert_int_eq(result_c, 0);
    end();
}
END_TEST

/* ---- ports not born yet, and gone ---- */

static int ignore(quay_self *self, void *state, const quay_message *message)
{
    (void)state, (void)message;
    return self ? 0 : -EINVAL;
}

START_TEST(an_ask_passed_on_may_overtake_the_birth)
{
    begin_asking(2, ignore);
    quay_port deaf = c;
    as_worker(0);
    send_by_lane(deaf);
    ck_assert_int_eq(quay_spawn(m.rt, &c, be_at_work, &(quay_port_options){.place = quay_core(2)}), 0);
    as_nobody();
    quay_future *asked = quay_ask(b, ASK, NULL, 0, QUAY_FOREVER);
    (void)step(1);
    (void)step(2);
    ck_assert_uint_eq(noted.count, 0);
    settle_down();
    ck_assert_uint_eq(noted.count, 1);
    ck_assert_int_eq(quay_cancel(asked), 0);
    settle_down();
    ck_assert_int_eq(result_c, -ECANCELED);
    quay_drop(asked);
    end();
}
END_TEST

START_TEST(an_ask_passed_on_to_the_dead_is_answered)
{
    begin_asking(2, ignore);
    ck_assert_int_eq(quay_kill(c, 0), 0);
    settle_down();
    quay_future *asked = quay_ask(b, ASK, NULL, 0, QUAY_FOREVER);
    settle_down();
    ck_assert_int_eq(quay_await(asked, NULL, 0), -EPIPE);
    quay_drop(asked);
    end();
}
END_TEST

/* Ids that nobody has, or whose runtime has gone: nobody is to be told. */
START_TEST(who_is_not_there_is_not_told)
{
    begin_asking(2, ignore);
    qy_worker *worker = as_worker(2);
    uint64_t ids[] = {qy_id_make(worker->home, 7, 1), qy_id_make(QY_ID_HOMES - 1, 7, 1),
                      qy_id_make(worker->home, (UINT32_C(1) << QY_ID_SLOT_BITS) - 1, 1)};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        qy_message *message = qy_message_new(&worker->station, 0, QY_EXTENDED);
        message->to = c.id;
        *qy_message_extra(message) = (qy_extra){.reply_to = ids[i], .stamp = 1};
        ck_assert_int_eq(qy_holder_tell(worker, message), 0);
        qy_message_free(worker, message);
    }
    as_nobody();
    end();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        the_future_learns_who_has_the_ask,
        the_last_holder_counts,
        news_of_an_earlier_holder_or_of_another_ask_is_none,
        an_answer_may_come_first,
        an_ask_is_refused_if_who_asked_cannot_be_told,
        a_cancel_reaches_the_port_that_has_it,
        an_ask_passed_on_and_cancelled_in_the_mailbox_is_not_handled,
        a_cancel_follows_an_ask_that_is_on_its_way,
        an_ask_that_nobody_waits_for_is_passed_on_all_the_same,
        a_threads_cancel_reaches_the_port_that_has_it,
        a_threads_slot_is_anothers_when_the_ask_arrives,
        an_ask_passed_on_may_overtake_the_birth,
        an_ask_passed_on_to_the_dead_is_answered,
        who_is_not_there_is_not_told,
    };
    return run_tests("holder", tests, COUNT_OF(tests));
}
