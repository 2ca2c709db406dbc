// program.cpp - a user's program in C++17: a handler that is a lambda. Exits with 0 when 1 + 2 is 3.
#include <quay/quay.h>

namespace {
struct operands {
    long a, b;
};

long add(quay_port adder, operands x)
{
    long sum = 0;
    int got = quay_call(adder, 0, &x, sizeof x, &sum, sizeof sum, QUAY_FOREVER);
    return got == int{sizeof sum} ? sum : 0;
}
} // namespace

int main()
{
    quay_runtime *rt = nullptr;
    quay_port adder = QUAY_NOBODY;
    auto handler = [](quay_self *self, void *, const quay_message *message) -> int {
        const operands *x = QUAY_PAYLOAD(message, operands);
        if (!x) return -EBADMSG;
        long sum = x->a + x->b;
        return quay_reply(self, &sum, sizeof sum);
    };
    if (quay_runtime_start(&rt, nullptr)) return 1;
    long sum = quay_spawn(rt, &adder, handler, nullptr) ? 0 : add(adder, {1, 2});
    return quay_runtime_stop(rt, QUAY_FOREVER) || sum != 3;
}
