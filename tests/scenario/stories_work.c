/* stories_work.c - work that blocks: given to other threads, or done by ports that live on one.
 * Ownership: see stories.h. Read next: stories_forwards.c. */
#include <string.h>

#include "stories.h"

#define WORKS 3

enum { GO, ASK, TELL };

static struct job {
    cast *cast;
    unsigned runs;
    int result;
} jobs[WORKS];

/* ---- each function runs once, and its result comes back ---- */

static int run(void *arg)
{
    struct job *job = arg;
    job->runs++;
    job->cast->handled++;
    return job->result;
}

static int hand_out(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    quay_future *f[WORKS];
    (void)message;
    for (int i = 0; i < WORKS; i++) f[i] = quay_offload(self, run, &jobs[i]);
    for (int i = 0; i < WORKS; i++) {
        int answer = 0;
        int got = quay_await(f[i], &answer, sizeof answer);
        EXPECT(jobs[i].runs == 1 && got == (jobs[i].result < 0 ? -EIO : jobs[i].result ? (int)sizeof answer : 0));
        ALWAYS(got <= 0 || answer == jobs[i].result);
        quay_drop(f[i]);
    }
    c->ended++;
    return 0;
}

static void play_offload(cast *c)
{
    static const int results[WORKS] = {42, 0, -EIO};
    for (int i = 0; i < WORKS; i++) jobs[i] = (struct job){.cast = c, .result = results[i]};
    c->port[0] = enter(c, hand_out, "hands out");
    EXPECT(!quay_send(c->port[0], GO, NULL, 0));
    ALWAYS(!quay_sim_run(c->rt));
    for (int i = 0; i < WORKS; i++) ALWAYS(jobs[i].runs <= 1);
    EXPECT(c->handled == WORKS && c->ended == 1);
}

/* ---- ports that block, and others that ask them ---- */

static int block(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    unsigned me = role_of(state)->number;
    c->handled++;
    if (message->tag == TELL) {
        ALWAYS(message->size == sizeof(uint32_t));
        uint32_t number = message->size ? *(const uint32_t *)message->data : 0;
        ALWAYS(number >= c->next[me]);
        EXPECT(number == c->next[me]);
        c->next[me] = number + 1;
        return 0;
    }
    int error = quay_sleep(self, QUAY_US(50));
    return error ? error : quay_reply(self, &me, sizeof me);
}

static int ask_both(quay_self *self, void *state, const quay_message *message)
{
    cast *c = cast_of(state);
    (void)self, (void)message;
    for (uint32_t i = 0; i < 4; i++) {
        for (unsigned to = 0; to < 2; to++) {
            unsigned answer = 9;
            EXPECT(!quay_send(c->port[to], TELL, &i, sizeof i));
            int got = quay_call(c->port[to], ASK, NULL, 0, &answer, sizeof answer, QUAY_FOREVER);
            EXPECT(got == sizeof answer);
            ALWAYS(got < 0 || answer == to);
        }
    }
    c->ended++;
    return 0;
}

static void play_blocking(cast *c)
{
    for (int i = 0; i < 2; i++) c->port[i] = enter_by(c, block, "blocks", (quay_port_options){.blocking = true});
    c->port[2] = enter(c, ask_both, "asks");
    EXPECT(!quay_send(c->port[2], GO, NULL, 0));
    ALWAYS(!quay_sim_run(c->rt));
    EXPECT(c->handled == 16 && c->ended == 1);
    for (int i = 0; i < 2; i++) end_for_sure(c->port[i], -EINTR);
    ALWAYS(!quay_sim_run(c->rt));
    for (int i = 0; i < 2; i++) ALWAYS(!c->roles[i].began || c->roles[i].ended);
}

/* ---- the list ---- */

const story stories_of_work[] = {{"work for other threads", play_offload}, {"ports that block", play_blocking}, {0}};
