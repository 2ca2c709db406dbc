#!/bin/sh
# sources.sh - the build names every source there is, and no other, once.
. "$(dirname "$0")/common.sh"

compare() { # list-file folder: the .c names in the file against those in the folder
    listed=$(grep -oE "$3" "$1" | sort)
    present=$(find "$2" -name '*.c' | sed "s|^$4||" | sort)
    printf '%s\n' "$listed" | uniq -d | sed "s|\$|: is twice in $1|"
    { printf '%s\n' "$listed" | uniq; printf '%s\n' "$present"; } | sort | uniq -u | sed "s|\$|: is in $1 or in $2/, not both|"
}

check() {
    compare runtime/sources.cmake runtime '[a-z_]+/[a-z0-9_]+\.c$' runtime/
    compare CMakeLists.txt actors 'actors/[a-z0-9_]+\.c$' ''
}

report check
