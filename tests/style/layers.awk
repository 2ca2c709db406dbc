# layers.awk - complains of every #include that its layer does not allow.

BEGIN {
    # What of ours each part of the tree may include.
    may["include"] = "^quay/[a-z_]+[.]h$"
    may["runtime/base"] = "^base/"
    may["runtime/os"] = "^(os|base)/"
    may["runtime/core"] = "^(core|base|quay)/|^os/os[.]h$"
    may["runtime/sim"] = "^(sim|core|base|quay)/|^os/os[.]h$"
    may["runtime/watch"] = "^(watch|core|base|quay)/|^os/os[.]h$"
    may["actors"] = may["samples"] = may["bench"] = "^quay/"

    ours = "^(base|os|core|sim|watch|quay|actors|runtime|include)/"
    queues = "^ck_(fifo|stack|ring|hp_fifo|hp_stack)[.]h$"
    queue_owners = "^runtime/core/(lane|ingress|mailbox)[.][ch]$|^runtime/watch/|^bench/floors_alone[.]c$"
    system_calls = "^(pthread|threads|unistd|sched|signal|time|fcntl|semaphore|poll)[.]h$|^(sys|linux)/"
}

function complain(why) {
    printf "%s:%d: %s may not include %s%s\n", FILENAME, FNR, part, name, why
}

FNR == 1 {
    part = FILENAME
    sub(/\/[^\/]*$/, "", part)
    if (part !~ /^runtime\//) sub(/\/.*/, "", part)
    inside = part ~ /^runtime/
    if (!(part in may)) printf "%s: is in no layer\n", FILENAME
}

/^[ \t]*#[ \t]*include/ {
    name = $0
    quoted = name ~ /include[ \t]*"/
    sub(/^[^"<]*["<]/, "", name)
    sub(/[">].*/, "", name)

    if (name ~ ours) {
        if (name !~ may[part]) complain("")
    } else if (name ~ /\.\.\//) {
        complain(": write its path from the root of its layers")
    } else if (quoted && inside) {
        complain(": it names no layer")
    } else if (name ~ /^hwloc/ && FILENAME != "runtime/os/topology_hwloc.c") {
        complain(": only topology_hwloc.c knows hwloc")
    } else if (name ~ /^ck_/ && !inside && part != "bench") {
        complain(": only the runtime knows ConcurrencyKit")
    } else if (name ~ queues && FILENAME !~ queue_owners) {
        complain(": queues are for lane, ingress and mailbox")
    } else if (name == "stdatomic.h" && inside) {
        complain(": atomics are ck_pr_ operations, which sanitizers and simulator see")
    } else if (name ~ system_calls && inside && part != "runtime/os") {
        complain(": the system is behind os/os.h")
    }
}
