# The runtime's sources, in the order a reader meets them. tests/style/sources.sh compares this with what is there.
set(QUAY_SOURCES
    base/check.c
    base/heap.c
    base/table.c
    base/rng.c

    os/os_linux.c
    os/event.c
    os/topology_hwloc.c
    os/stack.c

    core/message.c
    core/pool.c
    core/send.c
    core/guest.c
    core/belt.c
    core/outbound.c
    core/worker.c
    core/arrivals.c
    core/receive.c
    core/dispatch.c
    core/life.c
    core/stock.c
    core/spawn.c
    core/control.c
    core/ask.c
    core/answer.c
    core/future.c
    core/carrier.c
    core/thread_slots.c
    core/thread_future.c
    core/wait.c
    core/suspend.c
    core/fiber.c
    core/ring.c
    core/timer.c
    core/alarm.c
    core/homes.c
    core/start.c
    core/quiet.c
    core/stop.c
    core/order.c
    core/report.c
    core/explain.c

    sim/strategy.c
)
