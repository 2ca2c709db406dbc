/* message.c - payloads beyond the largest class, and buffers to give: one header before the payload says where the
 * memory came from and how much it is. */
#include "core/message.h"

#include <quay/quay.h>

#include "core/runtime.h"
#include "core/station.h"
#include "os/os.h"

typedef struct buffer_header {
    qy_memory memory;
    size_t size;
} buffer_header;

#define HEADER_BYTES ((sizeof(buffer_header) + 15) / 16 * 16)

static buffer_header *header_of(const void *buffer)
{
    QY_CHECK(buffer);
    return (buffer_header *)((uintptr_t)buffer - HEADER_BYTES);
}

void *qy_buffer_new(const qy_memory *memory, size_t size)
{
    if (!size || size > QUAY_MESSAGE_MAX) return NULL;
    buffer_header *header = qy_allocate(memory, HEADER_BYTES + size, 16);
    if (!header) return NULL;
    *header = (buffer_header){.memory = *memory, .size = size};
    return (char *)header + HEADER_BYTES;
}

size_t qy_buffer_size(const void *buffer)
{
    QY_CHECK(header_of(buffer)->size);
    return header_of(buffer)->size;
}

void *quay_buffer_new(size_t size)
{
    static const qy_memory outside = {.allocate = qy_os_allocate, .release = qy_os_release};
    qy_worker *me = qy_me;
    if (me && !qy_pool_allows(&me->station.pool, size)) return NULL;
    return qy_buffer_new(me ? me->station.pool.memory : &outside, size);
}

void quay_buffer_free(void *buffer)
{
    if (!buffer) return;
    buffer_header header = *header_of(buffer);
    qy_release(&header.memory, header_of(buffer), HEADER_BYTES + header.size);
}

qy_message *qy_message_new_control(qy_station *station, size_t size, uint64_t flags)
{
    station->pool.beyond = true;
    qy_message *message = qy_message_new(station, size, flags);
    station->pool.beyond = false;
    return message;
}

qy_message *qy_message_new_large(qy_station *station, size_t size, uint64_t flags)
{
    if (!qy_pool_allows(&station->pool, size)) return NULL;
    void *buffer = qy_buffer_new(station->pool.memory, size);
    if (!buffer) return NULL;
    qy_message *message = qy_message_new(station, sizeof buffer, flags | QY_BUFFER);
    if (!message) {
        quay_buffer_free(buffer);
        return NULL;
    }
    message->size = (uint32_t)size;
    *(void **)qy_message_room(message) = buffer;
    return message;
}

void qy_message_free_rare(qy_worker *worker, qy_message *message)
{
    qy_message_discard_buffer(message);
    message->meta &= ~QY_BUFFER;
    uint32_t owner = qy_message_owner(message);
    if (message->meta & QY_PINNED) message->meta |= QY_SPENT;
    else if (owner == worker->station.number) qy_pool_put(&worker->station.pool, qy_message_class(message), message);
    else if (owner < worker->peers) qy_outbound_send_home(worker, message);
    else qy_ingress_push(&qy_runtime_guest(worker->station.runtime, owner)->returned, &message->ingress);
}
