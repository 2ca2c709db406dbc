#!/bin/sh
# assertions.sh - the runtime checks itself: at least 15 QY_CHECK per thousand lines of core.
. "$(dirname "$0")/common.sh"

check() {
    cat runtime/core/*.[ch] | awk '
        /QY_(DEBUG_)?CHECK\(/ { checks++ }
        END { if (checks * 1000 < NR * 15) printf "runtime/core: %d QY_CHECK in %d lines, below 15 a thousand\n", checks, NR }'
}

report check
