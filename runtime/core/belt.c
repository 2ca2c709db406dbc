/* belt.c - bodies that take more than one line. */
#include "core/belt.h"

void qy_belt_put_more(qy_belt *belt, const unsigned char *rest, size_t size)
{
    QY_CHECK(size <= QY_BELT_LARGEST - QY_BELT_FIRST);
    for (uint64_t position = belt->put + 1; size; position++) {
        qy_line *line = qy_belt_line(belt, position);
        size_t part = size < QY_BELT_MORE ? size : QY_BELT_MORE;
        memcpy(line->more, rest, part);
        ck_pr_fence_store();
        ck_pr_store_64(&line->turn, position + 1);
        rest += part;
        size -= part;
    }
}

void qy_belt_get_more(qy_belt *belt, unsigned char *rest, size_t size)
{
    QY_CHECK(size <= QY_BELT_LARGEST - QY_BELT_FIRST);
    for (uint64_t position = belt->take + 1; size; position++) {
        const qy_line *line = qy_belt_line(belt, position);
        QY_CHECK(ck_pr_load_64(&line->turn) == position + 1);
        size_t part = size < QY_BELT_MORE ? size : QY_BELT_MORE;
        memcpy(rest, line->more, part);
        rest += part;
        size -= part;
    }
}
