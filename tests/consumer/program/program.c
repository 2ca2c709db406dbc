/* program.c - a user's program: a ready-made port and a runtime. Exits with 0 when 1 + 2 is 3. */
#include <quay/actors/add_server.h>
#include <quay/quay.h>

int main(void)
{
    quay_runtime *rt;
    quay_port server;
    int64_t sum = 0;
    int error = quay_runtime_start(&rt, NULL);
    if (error) return 1;
    error = quay_add_server_spawn(rt, &server, QUAY_ANYWHERE);
    if (!error) error = quay_add_server_call(server, 1, 2, &sum, QUAY_FOREVER);
    if (quay_runtime_stop(rt, QUAY_FOREVER)) return 1;
    return error || sum != 3;
}
