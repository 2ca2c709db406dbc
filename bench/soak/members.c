/* members.c - ports that do what they are told, whoever tells them.
 *
 * Their ids lie in one table. Who replaces a member ends it, and those who bear a child end it too, so there are never
 * many more than the table has room for. A member's state begins with its luck.
 *
 * Owns the table. Read next: sources.c */
#include "load.h"

#include <stdatomic.h>
#include <string.h>

#define MEMBERS 1024

static _Atomic uint64_t members[MEMBERS];

quay_port load_member(uint64_t *luck)
{
    return (quay_port){atomic_load(&members[load_draw(luck, MEMBERS)])};
}

void load_fill(void *data, size_t size)
{
    memset(data, (int)(size & 0xff), size);
}

bool load_is_filled(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)size) return false;
    }
    return true;
}

/* ---- birth ---- */

static int obey(quay_self *self, void *state, const quay_message *message);

static int begin_or_fail(quay_self *self, void *state, void *arg)
{
    return (uintptr_t)arg % 64 ? load_begin(self, state, arg) : -ECANCELED;
}

static quay_place somewhere(uint64_t *luck)
{
    quay_port other = load_member(luck);
    if (!other.id) return QUAY_SPREAD;
    const quay_place places[] = {QUAY_ANYWHERE, QUAY_SPREAD, quay_near(other)};
    return places[load_draw(luck, 3)];
}

static quay_port spawn(quay_runtime *rt, uint64_t *luck)
{
    quay_port port;
    quay_port_options options = {.name = "member",
                                 .place = somewhere(luck),
                                 .state_size = sizeof(uint64_t) << load_draw(luck, 10),
                                 .init = begin_or_fail,
                                 .fini = load_end,
                                 .arg = load_seed(luck),
                                 .mailbox_limit = load_draw(luck, 4) ? 0 : 4};
    bench_must(quay_spawn(rt, &port, obey, &options), "quay_spawn");
    return port;
}

static void end(quay_port port, uint64_t *luck)
{
    if (load_draw(luck, 4) == 0) load_sent(quay_send(port, LEAVE, NULL, 0));
    load_sent(load_draw(luck, 2) ? quay_stop(port) : quay_kill(port, -ECANCELED));
}

quay_port load_renew(quay_runtime *rt, uint64_t *luck)
{
    quay_port port = spawn(rt, luck);
    quay_port old = {atomic_exchange(&members[load_draw(luck, MEMBERS)], port.id)};
    if (old.id) end(old, luck);
    return old;
}

/* ---- what they do ---- */

static int answer(quay_self *self, const void *data, size_t size)
{
    int error = quay_reply(self, data, size);
    return error == -EINVAL ? 0 : error; /* nobody asked */
}

static int take(quay_self *self, const quay_message *message)
{
    bench_check(load_is_filled(message->data, message->size), "a payload arrives as it was sent");
    void *buffer = message->size % 2 ? quay_take(self) : NULL;
    int error = answer(self, message->data, message->size);
    quay_buffer_free(buffer);
    return error;
}

static int nap(quay_self *self, uint64_t *luck)
{
    int error = quay_sleep(self, (int64_t)load_draw(luck, (uint64_t)QUAY_MS(2)));
    return error ? error : answer(self, NULL, 0);
}

static int relay(quay_self *self, uint64_t *luck, const struct load_job *job)
{
    if (!job->next.id) return answer(self, NULL, 0);
    char out[LOAD_SMALL];
    quay_time deadline = load_draw(luck, 2) ? QUAY_FOREVER : load_soon(luck);
    struct load_job rest = {.next = job->after};
    int result = load_call(job->next, RELAY, &rest, sizeof rest, out, deadline);
    return result < 0 ? result : answer(self, NULL, 0);
}

static int pass(quay_self *self, uint64_t *luck, const struct load_job *job)
{
    if (load_draw(luck, 2)) return answer(self, NULL, 0);
    int error = quay_forward(self, load_draw(luck, 2) ? job->next : job->after);
    load_sent(error);
    return error;
}

static int hold(quay_self *self, uint64_t *luck)
{
    quay_promise promise = quay_defer(self);
    if (!promise.id) return 0; /* nobody asked */
    return quay_send_after(quay_self_port(self), SETTLE, &promise, sizeof promise, load_soon(luck), NULL);
}

static int settle(quay_promise promise)
{
    int error = quay_settle(promise, 0, NULL, 0);
    return error == -EALREADY ? 0 : error;
}

static int bear(quay_self *self, uint64_t *luck)
{
    quay_port child = spawn(quay_self_runtime(self), luck);
    load_sent(quay_send(child, NAP, NULL, 0));
    end(child, luck);
    return answer(self, &child, sizeof child);
}

static int leave(quay_self *self)
{
    quay_exit(self, 0);
    return 0;
}

static int obey(quay_self *self, void *state, const quay_message *message)
{
    uint64_t *luck = state;
    switch (message->tag) {
    case TAKE:
        return take(self, message);
    case NAP:
        return nap(self, luck);
    case RELAY:
        return relay(self, luck, message->data);
    case PASS:
        return pass(self, luck, message->data);
    case HOLD:
        return hold(self, luck);
    case BEAR:
        return bear(self, luck);
    case SETTLE:
        return settle(*(const quay_promise *)message->data);
    case LEAVE:
        return leave(self);
    default:
        return load_draw(luck, 2) ? 0 : -EBADMSG; /* SHUN: an ask ends with this, or with -ENOMSG */
    }
}
