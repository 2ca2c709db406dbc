#!/bin/sh
# layers.sh - who may include what, and no circles. The table is in layers.awk.
. "$(dirname "$0")/common.sh"

includes() {
    find include runtime actors samples bench -name '*.[ch]' -exec awk -f tests/style/layers.awk {} +
}

# tsort names the members of each circle it meets.
circles() {
    (cd runtime && find . -name '*.h' -exec awk '
        FNR == 1 { file = substr(FILENAME, 3) }
        /^#include "/ { split($0, part, "\""); print file, part[2] }' {} +) |
        tsort 2>&1 >/dev/null | sed 's/^tsort: -:/runtime: header in a circle:/' || true
}

check() {
    includes
    circles
}

report check
